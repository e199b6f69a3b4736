package org.shmarrays.internal.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.WaitTimeoutException;

class FailureSentenceTest {
    private static String printed(final Throwable failure) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new FailureSentence(new WorkerEnvironment(1, 4, "s", 7, true), new PrintStream(bytes, true, UTF_8))
                .uncaughtException(Thread.currentThread(), failure);
        return bytes.toString(UTF_8);
    }

    private static <T extends Throwable> T at(final T failure, final String... classes) {
        final StackTraceElement[] frames = new StackTraceElement[classes.length];
        for (int i = 0; i < classes.length; i++) {
            frames[i] = new StackTraceElement(classes[i], "main", "F.java", i + 10);
        }
        failure.setStackTrace(frames);
        return failure;
    }

    @Test
    void shouldPrintOneSentenceOfWhatTheLibraryThrows() {
        final WaitTimeoutException late = at(
                new WaitTimeoutException("rank 2 does not come"),
                "org.shmarrays.worker.Worker",
                "com.acme.Train",
                "com.acme.Main");

        assertThat(printed(late))
                .isEqualTo(
                        "shmarrays: worker 1 of 4 failed: rank 2 does not come (at com.acme.Train.main(F.java:11))\n");
    }

    @Test
    void shouldNameTheProgramWhereItIsOneOfTheLibrarysOwn() {
        final WaitTimeoutException late = at(
                new WaitTimeoutException("late"),
                "org.shmarrays.worker.Worker",
                "org.shmarrays.examples.LineWorker",
                "java.lang.Thread");

        assertThat(printed(late)).contains("(at org.shmarrays.examples.LineWorker.main(F.java:11))");
    }

    @Test
    void shouldPrintOneSentenceAlsoWhereAFileIsTheCause() {
        assertThat(printed(at(new InvalidSegmentException("can't map it", new IOException("no such file")), "a.B")))
                .isEqualTo("shmarrays: worker 1 of 4 failed: can't map it (at a.B.main(F.java:10))\n");
    }

    @Test
    void shouldPrintTheStackOfWhatTheProgramThrows() {
        assertThat(printed(at(new IllegalStateException("mine"), "a.B")))
                .startsWith("Exception in thread \"" + Thread.currentThread().getName()
                        + "\" java.lang.IllegalStateException: mine")
                .contains("at a.B.main(F.java:10)");
        assertThat(printed(at(
                        new InvalidSegmentException("of a function", at(new NullPointerException("x"), "c.D")), "a.B")))
                .contains("of a function", "Caused by: java.lang.NullPointerException: x", "at c.D.main(F.java:10)");
        assertThat(printed(at(new OutOfMemoryError("heap"), "a.B"))).contains("OutOfMemoryError: heap");
        assertThat(printed(at(new java.io.UncheckedIOException(new IOException("y")), "a.B")))
                .contains("Exception in thread");
    }
}
