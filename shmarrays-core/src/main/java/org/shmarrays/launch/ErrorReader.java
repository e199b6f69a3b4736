package org.shmarrays.launch;

import java.util.regex.Pattern;
import org.shmarrays.launch.LastError.Kind;

/**
 * Finds the errors in one stream of a worker, as the JVM, loggers and {@link Throwable#printStackTrace()} print them. A
 * message may have several lines: it ends where the stack begins. For one thread.
 */
final class ErrorReader {
    /** A longer error is cut, and says so: it is kept in memory. */
    static final int MAX_ERROR_LENGTH = 1 << 20;

    private static final int MAX_UNCONFIRMED_LINES = 100;
    private static final String OF_MAIN = "Exception in thread \"main\" ";
    private static final String CAUSE = "Caused by: ";
    private static final Pattern UNCAUGHT = beginning("Exception in thread \"|Exception: .+ thrown from ");
    private static final Pattern NOT_STARTED =
            beginning("Error: (Could not|Unable to|LinkageError|Main method|An unexpected|A JNI)"
                    + "|Error occurred during initialization of |Unrecognized option: ");
    private static final Pattern CRASH = beginning("# (A fatal error|There is insufficient memory)"
            + "|(Terminating|Aborting) due to java\\.lang\\.OutOfMemoryError");

    /** Of {@code org.shmarrays.internal.worker.FailureSentence}. */
    private static final Pattern SENTENCE = beginning("shmarrays: worker \\d+ of \\d+ failed: ");

    private static final Pattern SENTENCE_END = Pattern.compile("\\((at [^()]*\\([^()]*\\))?\\)\\z");
    private static final Pattern THROWABLE = beginning("(?:[a-z_][\\w$]*\\.)+[A-Z][\\w$]*(?:: |\\z)");
    private static final Pattern FRAME =
            beginning("\\s+(at |\\.\\.\\. \\d+ (more|common frames omitted)|Suppressed: )");

    /** A line is told by so much of it. */
    private static final int TELLING_LENGTH = 500;

    private final LastError last;

    private Kind kind = Kind.NONE;
    private StringBuilder message;
    private StringBuilder rootCause;

    /** What the next lines belong to: the message, or that of a cause; null in the stack and outside of an error. */
    private StringBuilder open;

    private int unconfirmedLines;
    private String previous = "";

    ErrorReader(final LastError last) {
        this.last = last;
    }

    /**
     * Takes the next line.
     *
     * @param isContinuation whether it continues the line before, which was too long for one
     */
    void accept(final String line, final boolean isContinuation) {
        if (isContinuation) {
            append(line);
        } else {
            acceptLine(line);
            previous = line;
        }
    }

    private void acceptLine(final String line) {
        final Kind found = kind(line);
        if (kind == Kind.CRASH && line.startsWith("#")) {
            append("\n" + line);
        } else if (found.compareTo(Kind.TRACE) > 0) {
            begin(found, line);
        } else if (begins(line, FRAME)) {
            acceptFrame();
        } else if (line.startsWith(CAUSE) && message != null) {
            rootCause = new StringBuilder();
            open = rootCause;
            confirm();
            append(line);
        } else if (found == Kind.MENTIONED && (open == null || kind == Kind.MENTIONED)) {
            begin(found, line);
            unconfirmedLines = 0;
        } else {
            acceptText(line);
        }
    }

    private void acceptFrame() {
        if (message == null) {
            begin(Kind.MENTIONED, previous); // an exception in other clothes, such as behind a logger's prefix
        }
        confirm();
        open = null;
    }

    private void acceptText(final String line) {
        if (open == null && message != null && line.startsWith("\t")) {
            return; // of a suppressed exception, such as its cause
        }
        if (open == null
                || kind == Kind.CRASH
                || kind == Kind.MENTIONED && ++unconfirmedLines > MAX_UNCONFIRMED_LINES) {
            forget();
            return;
        }
        append("\n" + line);
        closeSentence(line);
    }

    /** A sentence of this library has no stack, and its end is known. */
    private void closeSentence(final String line) {
        if (kind == Kind.OF_MAIN && SENTENCE_END.matcher(line).find() && begins(message, SENTENCE)) {
            forget();
        }
    }

    private void begin(final Kind found, final String line) {
        kind = found;
        message = new StringBuilder();
        rootCause = new StringBuilder();
        open = message;
        append(line);
        // What follows an unconfirmed one may be lines of something else.
        last.offer(found, found == Kind.MENTIONED ? line : message, rootCause);
        closeSentence(line);
    }

    private void forget() {
        kind = Kind.NONE;
        message = null;
        rootCause = null;
        open = null;
    }

    /** The lines since the exception's own are its message: the stack has begun. */
    private void confirm() {
        if (kind == Kind.MENTIONED) {
            kind = Kind.TRACE;
        }
        last.offer(kind, message, rootCause);
    }

    private void append(final String text) {
        if (open == null || open.length() > MAX_ERROR_LENGTH) {
            return;
        }
        final int left = MAX_ERROR_LENGTH - open.length();
        last.append(open, text.length() <= left ? text : text.substring(0, left) + "… (cut here)");
    }

    private static Pattern beginning(final String pattern) {
        return Pattern.compile(pattern, Pattern.DOTALL);
    }

    private static Kind kind(final String wholeLine) {
        final String line = wholeLine.substring(0, Math.min(TELLING_LENGTH, wholeLine.length()));
        if (begins(line, CRASH)) {
            return Kind.CRASH;
        }
        if (line.startsWith(OF_MAIN) || begins(line, NOT_STARTED) || begins(line, SENTENCE)) {
            return Kind.OF_MAIN;
        }
        if (begins(line, UNCAUGHT)) {
            return Kind.UNCAUGHT;
        }
        return begins(line, THROWABLE) ? Kind.MENTIONED : Kind.NONE;
    }

    private static boolean begins(final CharSequence text, final Pattern pattern) {
        return pattern.matcher(text).lookingAt();
    }
}
