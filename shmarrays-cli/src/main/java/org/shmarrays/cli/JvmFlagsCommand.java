package org.shmarrays.cli;

import java.util.concurrent.Callable;
import org.shmarrays.internal.launch.JvmFlags;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code shmarrays jvm-flags}: for those who start their JVM without our launcher. */
@Command(
        name = "jvm-flags",
        description =
                "Print the flags that a JVM needs to use shmarrays, on one line. `shmarrays run` sets them itself.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  java $(shmarrays jvm-flags) -cp app.jar com.acme.Train",
            "  docker run -e JAVA_TOOL_OPTIONS=\"$(shmarrays jvm-flags --java 25)\" ...",
            "",
            "In an IDE, paste the line into the VM options; in a pom, into surefire's <argLine>."
        })
final class JvmFlagsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--java",
            paramLabel = "VERSION",
            description = "Print the flags for this Java version, such as 21; default: the one that runs this command.")
    private Integer featureVersion;

    JvmFlagsCommand() {}

    @Override
    public Integer call() {
        try {
            final int version = featureVersion == null ? Runtime.version().feature() : featureVersion;
            spec.commandLine().getOut().println(String.join(" ", JvmFlags.of(version)));
            return 0;
        } catch (final IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
