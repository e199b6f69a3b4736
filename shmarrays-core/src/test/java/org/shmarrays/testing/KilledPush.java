package org.shmarrays.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.shmarrays.internal.launch.JvmFlags;

/** A process that is killed while it pushes, at a step of the protocol. */
public final class KilledPush {
    /** What a process's exit code is when SIGKILL has ended it. */
    public static final int SIGKILLED = 137;

    private KilledPush() {}

    /** Flags of a JVM that this one's kernels are in, and that kills itself at the spot; its steps are written to the journal. */
    public static List<String> flags(final Path journal, final KillSpot spot) {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.addAll(StepJournal.flags(journal));
        flags.add(StepJournal.killAt(spot));
        flags.addAll(List.of("-XX:TieredStopAtLevel=1", "-Dorg.shmarrays.kernelsWithoutC2=true"));
        return flags;
    }

    /**
     * Runs a program until it has died where it should.
     *
     * @param directory of the segments; the journal stands beside it
     */
    public static void run(
            final Path directory, final KillSpot spot, final Class<?> program, final String... arguments) {
        final Path journal = directory.resolveSibling("journal");
        try (Jvm victim = Jvm.start(flags(journal, spot), 0, 1, program, directory, arguments)) {
            assertThat(victim.awaitExit())
                    .as("exit code, to be killed at %s:%n%s", spot, victim.output())
                    .isEqualTo(SIGKILLED);
            assertThat(StepJournal.last(journal)).isEqualTo(spot.step());
        }
    }
}
