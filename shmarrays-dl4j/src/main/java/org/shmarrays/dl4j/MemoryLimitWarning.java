package org.shmarrays.dl4j;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * Warns, once for each JVM, where JavaCPP may refuse to allocate although there is memory: it counts the pages that are
 * shared with other workers as each process's own. A launcher sets the limit; a JVM that was started by hand may not
 * have it.
 */
final class MemoryLimitWarning {
    private static final System.Logger LOGGER = System.getLogger(MemoryLimitWarning.class.getName());
    private static final String PROPERTY = "org.bytedeco.javacpp.maxphysicalbytes";

    /** JavaCPP reads both. */
    private static final List<String> PROPERTIES = List.of(PROPERTY, "org.bytedeco.javacpp.maxPhysicalBytes");

    private static final AtomicBoolean WAS_GIVEN = new AtomicBoolean();

    private MemoryLimitWarning() {}

    static void giveOnce() {
        final String warning = of(System::getProperty);
        if (warning != null && WAS_GIVEN.compareAndSet(false, true)) {
            LOGGER.log(System.Logger.Level.WARNING, warning);
        }
    }

    /** The warning, or null if these properties set a limit, or none. */
    static String of(final UnaryOperator<String> properties) {
        return PROPERTIES.stream().anyMatch(name -> properties.apply(name) != null)
                ? null
                : "JavaCPP limits this JVM's physical memory, and counts the memory that is shared with other workers"
                        + " as its own, so that ND4J may fail to allocate arrays; start the JVM with -D" + PROPERTY
                        + "=0, as `bin/shmarrays run` does";
    }
}
