package org.shmarrays.dl4j;

import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/**
 * Warns, once for each JVM, where DL4J's log lines go nowhere because SLF4J has no binding: a listener that should
 * print the score prints nothing then.
 */
final class LoggerWarning {
    private static final System.Logger LOGGER = System.getLogger(LoggerWarning.class.getName());
    private static final AtomicBoolean WAS_GIVEN = new AtomicBoolean();

    private LoggerWarning() {}

    static void giveOnce() {
        final String warning = of(LoggerFactory.getILoggerFactory());
        if (warning != null && WAS_GIVEN.compareAndSet(false, true)) {
            LOGGER.log(System.Logger.Level.WARNING, warning);
        }
    }

    /** The warning, or null if lines to these loggers go somewhere. */
    static String of(final ILoggerFactory loggers) {
        return loggers instanceof NOPLoggerFactory
                ? "DL4J's log lines go nowhere, those of ScoreIterationListener too, because SLF4J has no"
                        + " binding; put one"
                        + " on the class path, such as org.slf4j:slf4j-simple"
                : null;
    }
}
