package org.shmarrays.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ErrorReaderTest {
    private final LastError last = new LastError();
    private final ErrorReader err = new ErrorReader(last);
    private final ErrorReader out = new ErrorReader(last);

    @Test
    void shouldFindTheWholeMessageAndTheRootCause() {
        final String message = "shape mismatch:\n\n  expected [2, 3]\n  java.lang.Integer: is no element type\n  end "
                + "x".repeat(5_000);
        final Exception failure = new IllegalStateException(
                message, new IllegalArgumentException("middle", new java.io.IOException("disk\nis full")));
        failure.addSuppressed(new RuntimeException("while closing", new RuntimeException("suppressed cause")));

        read(err, "Exception in thread \"main\" " + trace(failure));
        read(err, "bye");

        assertThat(last.message())
                .isEqualTo("Exception in thread \"main\" java.lang.IllegalStateException: " + message);
        assertThat(last.rootCause()).isEqualTo("Caused by: java.io.IOException: disk\nis full");
    }

    @Test
    void shouldPreferWhatEndedTheMainThreadToWhatWasLogged() {
        read(out, trace(new RuntimeException("logged before")));
        read(err, "Exception in thread \"main\" " + trace(new RuntimeException("decisive")));
        read(err, "Exception in thread \"pool-1\" " + trace(new RuntimeException("of another thread")));
        read(out, trace(new RuntimeException("logged while closing")));

        assertThat(last.message()).endsWith("decisive");
    }

    @Test
    void shouldTakeTheLastOfEqualErrors() {
        read(out, trace(new RuntimeException("first")));
        read(out, "step 1");
        read(out, trace(new RuntimeException("second")));
        read(out, "com.acme.Loss: 0.5\nstep 2");

        assertThat(last.message()).isEqualTo("java.lang.RuntimeException: second");
        assertThat(last.rootCause()).isEmpty();
    }

    @Test
    void shouldTakeAnExceptionWithoutAStack() {
        read(out, "java.lang.RuntimeException: printed alone\nnext line");
        assertThat(last.message()).isEqualTo("java.lang.RuntimeException: printed alone");

        read(err, "Exception in thread \"main\" com.acme.Fast: no stack");
        assertThat(last.message()).isEqualTo("Exception in thread \"main\" com.acme.Fast: no stack");
    }

    @Test
    void shouldTakeTheLineBeforeAStackWhateverItLooksLike() {
        read(
                out,
                "12:00 ERROR [main] Boom: fell\n\tat Train.main(Train.java:3)\nCaused by: Other: below\n\tat A.b(A:1)");

        assertThat(last.message()).isEqualTo("12:00 ERROR [main] Boom: fell");
        assertThat(last.rootCause()).isEqualTo("Caused by: Other: below");
    }

    @Test
    void shouldTakeTheSentenceOfAWorkerThatFails() {
        final String sentence =
                "shmarrays: worker 1 of 2 failed: segment not found:\nname=w (at Train.main(Train.java:7))";
        read(err, sentence + "\nother text");

        assertThat(last.message()).isEqualTo(sentence);
    }

    @Test
    void shouldTakeWhatTheJvmSaysWhereItDoesNotStartOrCrashes() {
        final String noClass = "Error: Could not find or load main class Trian";
        read(err, noClass + "\nCaused by: java.lang.ClassNotFoundException: Trian");
        assertThat(last.message()).isEqualTo(noClass);
        assertThat(last.rootCause()).isEqualTo("Caused by: java.lang.ClassNotFoundException: Trian");

        final String crash = "# A fatal error has been detected by the Java Runtime Environment:\n#\n"
                + "#  SIGSEGV (0xb) at pc=0x0, pid=1, tid=2";
        read(out, "#\n" + crash + "\nmore");
        assertThat(last.message()).isEqualTo(crash);
    }

    @Test
    void shouldJoinAMessageThatCameInPieces() {
        err.accept("Exception in thread \"main\" X: " + "a".repeat(10), false);
        err.accept("b".repeat(10), true);
        read(err, "\tat X.y(X.java:1)");

        assertThat(last.message()).endsWith("a".repeat(10) + "b".repeat(10));
    }

    @Test
    void shouldBoundWhatItKeeps() {
        err.accept("Exception in thread \"main\" X: ", false);
        for (int i = 0; i < 30; i++) {
            err.accept("c".repeat(LinePrefixer.MAX_LINE_BYTES), false);
        }

        assertThat(last.message()).endsWith("c… (cut here)").hasSizeLessThan(ErrorReader.MAX_ERROR_LENGTH + 20);
    }

    @Test
    void shouldNotFailOnAnyLine() {
        Stream.of("a.".repeat(30_000), "\tat ", "Caused by: ", "", "#", "\t... 3 more", "a.B", ": ")
                .forEach(line -> err.accept(line, false));

        assertThat(last.message().length()).isEqualTo(60_000); // the line before the stack
    }

    private static void read(final ErrorReader reader, final String text) {
        text.lines().forEach(line -> reader.accept(line, false));
    }

    private static String trace(final Throwable failure) {
        final StringWriter text = new StringWriter();
        failure.printStackTrace(new PrintWriter(text, true));
        return text.toString();
    }
}
