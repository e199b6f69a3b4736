package org.shmarrays.dl4j;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.management.JMException;
import javax.management.ObjectName;

/**
 * Keeps HotSpot's second compiler away from ND4J and DL4J. It needs some seconds of a worker's first half minute for
 * their long methods, on the cores that should train, and does not make them faster: they spend their time in native
 * code. The first compiler compiles them as before. This is for processes that only train: those that a launcher
 * started.
 */
final class FewerCompilations {
    /** System property: {@code true} or {@code false}; by default as {@code isLaunched}. */
    static final String PROPERTY = "shmarrays.fewer.compilations";

    private static final System.Logger LOGGER = System.getLogger(FewerCompilations.class.getName());
    private static final String DIRECTIVES = "compiler-directives.json";
    private static final String COMMANDS = "com.sun.management:type=DiagnosticCommand";
    private static final AtomicBoolean HAS_ASKED = new AtomicBoolean();

    private FewerCompilations() {}

    /**
     * Asks HotSpot for it, once in this JVM, where {@linkplain #isWanted it is wanted}.
     *
     * @param isLaunched whether a launcher started this process
     */
    static void askOnce(final boolean isLaunched) {
        if (isWanted(System.getProperty(PROPERTY), isLaunched) && HAS_ASKED.compareAndSet(false, true)) {
            try {
                ask();
            } catch (final JMException | IOException e) { // another JVM than HotSpot, or no place for a file
                LOGGER.log(System.Logger.Level.DEBUG, "HotSpot compiles all methods by both compilers", e);
            }
        }
    }

    static boolean isWanted(final String property, final boolean isLaunched) {
        return property == null || property.isBlank() ? isLaunched : Boolean.parseBoolean(property.strip());
    }

    private static void ask() throws JMException, IOException {
        final Path file = Files.createTempFile("shmarrays-", ".json");
        file.toFile().deleteOnExit(); // a signal may end this process meanwhile
        try (InputStream directives = FewerCompilations.class.getResourceAsStream(DIRECTIVES)) {
            Files.copy(directives, file, StandardCopyOption.REPLACE_EXISTING);
            final Object answer = ManagementFactory.getPlatformMBeanServer()
                    .invoke(
                            new ObjectName(COMMANDS),
                            "compilerDirectivesAdd",
                            new Object[] {new String[] {file.toString()}},
                            new String[] {String[].class.getName()});
            LOGGER.log(System.Logger.Level.DEBUG, () -> "HotSpot answers: " + answer);
        } finally {
            Files.deleteIfExists(file);
        }
    }
}
