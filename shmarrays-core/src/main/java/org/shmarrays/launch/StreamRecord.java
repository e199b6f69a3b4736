package org.shmarrays.launch;

/** What is kept of one stream of a worker: its last lines, its errors, and, where there is a log, all of it. */
final class StreamRecord {
    private final String name;
    private final LastLines lastLines;
    private final ErrorReader errors;
    private final WorkerLog log;

    /**
     * A record of one of the streams {@code out} and {@code err}.
     *
     * @param log null where there is none
     */
    StreamRecord(final String name, final LastLines lastLines, final LastError lastError, final WorkerLog log) {
        this.name = name;
        this.lastLines = lastLines;
        this.errors = new ErrorReader(lastError);
        this.log = log;
    }

    /** Takes a line, or the next part of one that is too long for one. */
    void line(final byte[] bytes, final int length, final boolean isContinuation) {
        final String text = new String(bytes, 0, length, WorkerOutput.CHARSET);
        lastLines.add(text);
        errors.accept(text, isContinuation);
        if (log != null) {
            log.line(name, bytes, length, isContinuation);
        }
    }

    void flush() {
        if (log != null) {
            log.flush();
        }
    }

    void end() {
        if (log != null) {
            log.endOfStream();
        }
    }
}
