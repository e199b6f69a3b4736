package org.shmarrays.launch;

/**
 * The error that most likely ended a worker: of the weightiest kind that it printed, the last one. Two {@link
 * ErrorReader}s, one for each stream, find them. Any thread may use it.
 */
final class LastError {
    /** How much an error that was printed says about the end of the process; the later ones say more. */
    enum Kind {
        NONE,
        /** An exception without a stack trace, as {@code println(e)} prints it. */
        MENTIONED,
        /** An exception with its stack trace, such as a logger prints. */
        TRACE,
        /** An exception that ended a thread. */
        UNCAUGHT,
        /** What ended the main thread, or kept the program from starting. */
        OF_MAIN,
        /** A crash of the JVM. */
        CRASH
    }

    private Kind kind = Kind.NONE;
    private CharSequence message = "";
    private CharSequence rootCause = "";

    /** Takes an error unless a weightier one is known. Its texts may still grow by {@link #append}. */
    synchronized void offer(final Kind found, final CharSequence foundMessage, final CharSequence foundRootCause) {
        if (found.compareTo(kind) >= 0) {
            kind = found;
            message = foundMessage;
            rootCause = foundRootCause;
        }
    }

    /** Appends to a text that may have been offered. */
    synchronized void append(final StringBuilder text, final String more) {
        text.append(more);
    }

    /** The exception with its message, as it was printed; empty where none was. */
    synchronized String message() {
        return message.toString();
    }

    /** The last {@code Caused by: } of it, with its message; empty where it has no cause. */
    synchronized String rootCause() {
        return rootCause.toString();
    }
}
