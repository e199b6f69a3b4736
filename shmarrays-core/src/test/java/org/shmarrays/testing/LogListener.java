package org.shmarrays.testing;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Hears what a logger of this JVM says, from now on until it is closed. */
public final class LogListener extends Handler implements AutoCloseable {
    /** Held, so that it is not collected with its handler. */
    private final Logger logger;

    private final List<String> messages = new CopyOnWriteArrayList<>();

    private LogListener(final Logger logger) {
        this.logger = logger;
    }

    public static LogListener on(final String loggerName) {
        final LogListener listener = new LogListener(Logger.getLogger(loggerName));
        listener.logger.addHandler(listener);
        return listener;
    }

    public List<String> messages() {
        return messages;
    }

    @Override
    public void publish(final LogRecord message) {
        messages.add(message.getMessage());
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
    }
}
