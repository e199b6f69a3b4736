package org.shmarrays.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmarrays.testing.Jvm;

/** What signals do to a process that handles them. */
class StopSignalsIT {
    @TempDir
    private Path directory;

    /** Ends in the way that its argument says. */
    public static final class Program {
        private Program() {}

        /** Arguments: ends, stays, refuses, throws, ignores, or closes. */
        public static void main(final String... arguments) throws InterruptedException {
            final CountDownLatch isAsked = new CountDownLatch(1);
            if (arguments[0].equals("ignores")) {
                StopSignals.ignoreInterrupt();
                System.out.println("ready");
                new CountDownLatch(1).await();
            }
            try (StopSignals signals = StopSignals.handle(() -> {
                System.out.println("asked");
                if (arguments[0].equals("throws")) {
                    throw new IllegalStateException("no segment");
                }
                if (arguments[0].equals("ends")) {
                    isAsked.countDown();
                }
                return !arguments[0].equals("refuses");
            })) {
                if (!arguments[0].equals("closes")) {
                    System.out.println("ready");
                    isAsked.await();
                    System.out.println("received " + signals.isReceived());
                    System.exit(signals.exitCode().orElse(1));
                }
            }
            System.out.println("ready");
            new CountDownLatch(1).await();
        }
    }

    private Jvm start(final String how) {
        final Jvm jvm = Jvm.start(Program.class, directory, how);
        jvm.awaitLine("ready");
        return jvm;
    }

    private static void assumeInterruptible(final String signal) throws Exception {
        assumeFalse(
                signal.equals("INT")
                        && Files.readString(Path.of("/proc/self/status"))
                                .matches("(?s).*SigIgn:\\s+[0-9a-f]*[2367abef]\n.*"),
                "a shell without job control started this JVM with SIGINT ignored");
    }

    @ParameterizedTest
    @CsvSource({"INT, 130", "TERM, 143"})
    void shouldLetTheProgramComeToItsEnd(final String signal, final int exitCode) throws Exception {
        assumeInterruptible(signal);
        try (Jvm jvm = start("ends")) {
            jvm.signal(signal);

            assertThat(jvm.awaitExit()).isEqualTo(exitCode);
            assertThat(jvm.output()).contains("asked", "received true");
        }
    }

    @Test
    void shouldEndTheProcessAtTheSecondSignal() {
        try (Jvm jvm = start("stays")) {
            jvm.signal("TERM");
            jvm.awaitLine("asked");
            jvm.signal("TERM");

            assertThat(jvm.awaitExit()).isEqualTo(143);
        }
    }

    @ParameterizedTest
    @CsvSource({"refuses, asked", "throws, no segment", "closes, ready"})
    void shouldEndTheProcessAtOnceWhereItDoesNotComeToItsEnd(final String how, final String output) {
        try (Jvm jvm = start(how)) {
            jvm.signal("TERM");

            assertThat(jvm.awaitExit()).isEqualTo(143);
            assertThat(jvm.output()).contains(output).doesNotContain("received");
        }
    }

    @Test
    void shouldIgnoreAnInterruptWhereAnotherProcessGetsIt() {
        try (Jvm jvm = start("ignores")) {
            jvm.signal("INT");
            jvm.signal("TERM"); // the first one would have ended it with 130

            assertThat(jvm.awaitExit()).isEqualTo(143);
        }
    }
}
