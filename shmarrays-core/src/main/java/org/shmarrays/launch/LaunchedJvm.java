package org.shmarrays.launch;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.shmarrays.Settings;
import org.shmarrays.internal.launch.JvmFlags;

/** The JVM of a worker: its binary and its flags, which are those of this JVM where workers need the same. */
final class LaunchedJvm {
    private static final String MAX_PHYSICAL_BYTES = "-Dorg.bytedeco.javacpp.maxphysicalbytes";
    private static final String OWN_PROPERTIES = "shmarrays.";

    private static final String DIRECTORY_ARGUMENT = "-Dshmarrays.directory=";
    private static final String FOREIGN_OWNER_ARGUMENT = "-Dshmarrays.foreign.owner=";

    private LaunchedJvm() {}

    /**
     * The command line up to the class path.
     *
     * @param hasOwnClassPath whether workers have the class path of this JVM, and so its archive of classes
     * @param heap as of {@code -Xmx}, or null
     * @param arguments further ones, which win
     */
    static List<String> command(final boolean hasOwnClassPath, final String heap, final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(JvmFlags.ofThisJvm());
        if (hasOwnClassPath) {
            command.addAll(
                    JvmFlags.inherited(ManagementFactory.getRuntimeMXBean().getInputArguments()));
        }
        if (arguments.stream().noneMatch(LaunchedJvm::setsMaxPhysicalBytes)) {
            // JavaCPP counts shared pages as each process's own memory, and would refuse to allocate.
            command.add(MAX_PHYSICAL_BYTES + "=0");
        }
        command.addAll(ownProperties());
        if (heap != null) {
            command.add("-Xmx" + heap);
        }
        command.addAll(arguments);
        return command;
    }

    /** This JVM's settings, so that launcher and workers look for segments in the same place. */
    private static List<String> ownProperties() {
        return System.getProperties().stringPropertyNames().stream()
                .filter(property -> property.startsWith(OWN_PROPERTIES))
                .sorted()
                .map(property -> "-D" + property + "=" + System.getProperty(property))
                .toList();
    }

    private static boolean setsMaxPhysicalBytes(final String jvmArgument) {
        return jvmArgument.toLowerCase(Locale.ROOT).startsWith(MAX_PHYSICAL_BYTES.toLowerCase(Locale.ROOT));
    }

    /** Settings that find the segment of workers with these arguments. */
    static Settings settings(final List<String> arguments) {
        Settings settings = Settings.fromProperties();
        final Optional<String> directory = lastSet(DIRECTORY_ARGUMENT, arguments);
        if (directory.isPresent()) {
            settings = settings.withDirectory(Path.of(directory.get()));
        }
        final Optional<String> foreignOwner = lastSet(FOREIGN_OWNER_ARGUMENT, arguments);
        return foreignOwner.isPresent()
                ? settings.withForeignOwner(Boolean.parseBoolean(foreignOwner.get()))
                : settings;
    }

    /** What the last argument sets that begins so. */
    private static Optional<String> lastSet(final String start, final List<String> arguments) {
        return arguments.stream()
                .filter(argument -> argument.startsWith(start))
                .reduce((first, last) -> last)
                .map(argument -> argument.substring(start.length()));
    }
}
