package org.shmarrays.internal.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.ProcessStat;
import org.shmarrays.testing.Signals;

class ProcessIdentityTest {
    @Test
    void shouldNotTakeALivingProcessForOneThatEnds() {
        assertThat(ProcessIdentity.current().isEnding()).isFalse();
    }

    /** A zombie still has the flag that the kernel sets when it begins to end a process. */
    @Test
    void shouldSeeThatTheKernelEndsAProcess() throws IOException {
        assumeTrue(Files.exists(Path.of("/proc/self/stat")), "only Linux tells");
        final Process parent = new ProcessBuilder("sh", "-c", "sleep 600 & echo $!; exec sleep 600").start();
        try (BufferedReader output = parent.inputReader(StandardCharsets.UTF_8)) {
            final long pid = Long.parseLong(output.readLine());
            final ProcessIdentity self = ProcessIdentity.current();
            final ProcessIdentity child =
                    new ProcessIdentity(pid, ProcessStat.of(pid).startTicks(), self.bootId(), self.pidNamespace());
            final boolean before = child.isEnding();
            Signals.send(pid, "KILL"); // before anything can fail: it would outlive its parent
            Await.processEnd(pid);

            assertThat(before).isFalse();
            assertThat(ProcessStat.of(pid).startTicks())
                    .as("a zombie is still there")
                    .isEqualTo(child.start());
            assertThat(child.isEnding()).isTrue();
        } finally {
            parent.destroyForcibly();
        }
    }
}
