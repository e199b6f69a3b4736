package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.InsufficientSpaceException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.testing.Jvm;

/**
 * Segments in a tmpfs, under the memory limit of a container: of files in a mount namespace of its own, which only root
 * may make.
 */
class ContainerMemoryIT {
    private static final String UNSHARE = "unshare";

    /** Mounts a tmpfs for the segments, and one in place of the control groups; then runs the rest of its arguments. */
    private static final String CONTAINER =
            "set -e; mount -t tmpfs -o mode=700 tmpfs \"$1\"; mount -t tmpfs tmpfs /sys/fs/cgroup;"
                    + " mkdir -p \"/sys/fs/cgroup/$2\"; cd \"/sys/fs/cgroup/$2\"; printf \"$4\" > \"$3\"; printf"
                    + " \"$6\" > \"$5\";"
                    + " printf \"$7\" > memory.stat; cd /; shift 7; exec \"$@\"";

    @TempDir
    private Path directory;

    @BeforeEach
    void checkRights() throws Exception {
        assumeTrue(mayUnshare(), "unshare --mount needs rights that this user lacks here");
    }

    private static boolean mayUnshare() throws InterruptedException {
        try {
            final Process process = new ProcessBuilder(
                            UNSHARE, "--mount", "sh", "-c", "mount -t tmpfs tmpfs /sys/fs/cgroup")
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(30, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (final IOException e) {
            return false;
        }
    }

    private String outputInVersion2(final String usage, final String statistics) {
        return output("", "memory.max", "1073741824", "memory.current", usage, statistics);
    }

    private String output(final String... files) {
        final List<String> wrapper = new java.util.ArrayList<>(
                List.of(UNSHARE, "--mount", "sh", "-c", CONTAINER, "sh", directory.toString()));
        wrapper.addAll(List.of(files));
        try (Jvm jvm = Jvm.startUnder(wrapper, Creator.class, directory)) {
            return jvm.awaitSuccess();
        }
    }

    @Test
    void shouldCreateAndAttachWhereFilesThatWereReadFillTheMemory() {
        assertThat(outputInVersion2("1073700000", "anon 41943040\\ninactive_file 900000000\\nactive_file 100000000\\n"))
                .contains("attached");
    }

    @Test
    void shouldCreateAndAttachWhereFilesThatWereReadFillTheMemoryInVersion1() {
        assertThat(output(
                        "memory",
                        "memory.limit_in_bytes",
                        "1073741824",
                        "memory.usage_in_bytes",
                        "1073700000",
                        "total_inactive_file 900000000\\ntotal_active_file 100000000\\n"))
                .contains("attached");
    }

    @Test
    void shouldRefuseWhatDoesNotFitBesideOtherSegments() {
        assertThat(outputInVersion2("1073700000", "anon 41943040\\nfile 1000000000\\nshmem 1000000000\\n"))
                .contains(
                        "not enough memory for the segment",
                        "needed=16.",
                        "free=40.8 KiB, limited by the control group /sys/fs/cgroup, limit=1073741824 B",
                        "raise the container's memory limit");
    }

    /** Creates a segment, and attaches to it, which takes memory for another slot. */
    static final class Creator {
        public static void main(final String... arguments) {
            try (ShmArrays arrays = ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 4 << 20));
                    ShmArrays other = ShmArrays.attach("s")) {
                System.out.println("attached, slot " + other.slotId() + " beside " + arrays.slotId());
            } catch (final InsufficientSpaceException e) {
                System.out.println(e.getMessage());
            }
        }
    }
}
