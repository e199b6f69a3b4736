package org.shmarrays.cli;

import picocli.CommandLine.IVersionProvider;

/** The version of the jar that this class comes from. */
final class Version implements IVersionProvider {
    Version() {}

    @Override
    public String[] getVersion() {
        final String version = Version.class.getPackage().getImplementationVersion();
        return new String[] {
            "shmarrays " + (version == null ? "(not from a jar)" : version), "Java " + Runtime.version()
        };
    }
}
