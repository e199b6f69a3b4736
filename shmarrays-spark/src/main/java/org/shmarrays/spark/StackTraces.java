package org.shmarrays.spark;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Exceptions as text: their classes may not be there where the text is read. */
final class StackTraces {
    private StackTraces() {}

    static String of(final Throwable e) {
        final StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }

    /** The first line of the message: those of Spark go on with the stack of the executor. */
    static String firstLine(final Throwable e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }
}
