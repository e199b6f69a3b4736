package org.shmarrays.launch;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.shmarrays.internal.launch.JvmFlags;

/**
 * Copies one stream of a worker to the common output, line by line behind the worker's prefix {@code [rank] }.
 *
 * <p>The bytes pass as they are, in whatever charset. A line ends with LF, CR LF or CR, so that a progress bar shows too. A
 * line of more than {@value #MAX_LINE_BYTES} bytes comes in pieces, the later ones behind {@code [rank]+ }; a UTF-8 character
 * is never cut. The warning of a JVM that it uses the Vector API, which the launcher's own flag causes, is left out. For one
 * thread.
 */
final class LinePrefixer {
    static final int MAX_LINE_BYTES = 64 * 1024;

    private static final byte[] VECTOR_WARNING = JvmFlags.VECTOR_WARNING.getBytes(StandardCharsets.US_ASCII);
    private static final int READ_BYTES = 8 * 1024;
    private static final int MAX_UTF8_BYTES = 4;

    private final WorkerOutput output;
    private final PrintStream target;
    private final StreamRecord record;
    private final byte[] linePrefix;
    private final byte[] continuationPrefix;

    private final byte[] line = new byte[MAX_LINE_BYTES];
    private int lineLength;
    private boolean isContinuation;
    private boolean isAfterCarriageReturn;
    private final ByteArrayOutputStream finished = new ByteArrayOutputStream(2 * READ_BYTES);

    LinePrefixer(final int rank, final WorkerOutput output, final PrintStream target, final StreamRecord record) {
        this.output = output;
        this.target = target;
        this.record = record;
        this.linePrefix = ("[" + rank + "] ").getBytes(StandardCharsets.US_ASCII);
        this.continuationPrefix = ("[" + rank + "]+ ").getBytes(StandardCharsets.US_ASCII);
    }

    /** Copies until the end of the stream; a last line without an end gets one. */
    void copy(final InputStream in) throws IOException {
        final byte[] chunk = new byte[READ_BYTES];
        try {
            for (int length = in.read(chunk); length >= 0; length = in.read(chunk)) {
                for (int i = 0; i < length; i++) {
                    accept(chunk[i]);
                }
                flush();
            }
        } finally {
            if (lineLength > 0) {
                endLine();
            }
            try {
                flush();
            } finally {
                record.end();
            }
        }
    }

    private void accept(final byte next) {
        final boolean endsCrLf = next == '\n' && isAfterCarriageReturn;
        isAfterCarriageReturn = next == '\r';
        if (endsCrLf) {
            return;
        }
        if (next == '\n' || next == '\r') {
            endLine();
            return;
        }
        if (lineLength == MAX_LINE_BYTES) {
            breakLine();
        }
        line[lineLength++] = next;
    }

    private void endLine() {
        if (isContinuation || !isVectorWarning()) {
            emit(lineLength);
        }
        lineLength = 0;
        isContinuation = false;
    }

    private boolean isVectorWarning() {
        return Arrays.equals(line, 0, lineLength, VECTOR_WARNING, 0, VECTOR_WARNING.length);
    }

    private void breakLine() {
        final int length = lengthInWholeCharacters(line, lineLength);
        emit(length);
        System.arraycopy(line, length, line, 0, lineLength - length);
        lineLength -= length;
        isContinuation = true;
    }

    private void emit(final int length) {
        finished.writeBytes(isContinuation ? continuationPrefix : linePrefix);
        finished.write(line, 0, length);
        finished.write('\n');
        record.line(line, length, isContinuation);
    }

    private void flush() {
        if (finished.size() > 0) {
            record.flush();
            output.write(target, finished);
            finished.reset();
        }
    }

    /** The length up to which no UTF-8 character is cut; all of it where the end isn't UTF-8. */
    static int lengthInWholeCharacters(final byte[] text, final int length) {
        for (int tail = 1; tail < MAX_UTF8_BYTES && tail <= length; tail++) {
            final int last = text[length - tail] & 0xFF;
            final boolean isContinuationByte = (last & 0xC0) == 0x80;
            if (!isContinuationByte) {
                final int characterBytes = last >= 0xF0 ? 4 : last >= 0xE0 ? 3 : last >= 0xC0 ? 2 : 1;
                return characterBytes > tail ? length - tail : length;
            }
        }
        return length;
    }
}
