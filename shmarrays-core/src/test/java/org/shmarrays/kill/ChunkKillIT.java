package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.KillSpot;

/**
 * A process is killed while code changes the memory itself, chunk by chunk. Each chunk has all of that or nothing of
 * it, and the locks of a group are all freed.
 */
class ChunkKillIT {
    /** Steps behind the publication of a chunk. */
    private static final Set<Step> PUSHED = EnumSet.of(Step.U14, Step.L21, Step.G4);

    @TempDir
    private Path directory;

    static Stream<KillSpot> spots() {
        return Stream.of(
                        EnumSet.of(Step.L19, Step.L20, Step.L21, Step.G4).stream()
                                .map(KillSpot::at),
                        EnumSet.range(Step.U1, Step.U15).stream().map(KillSpot::at),
                        Stream.of(
                                new KillSpot(Step.U7, 2),
                                new KillSpot(Step.U8, 18),
                                new KillSpot(Step.U9, 7),
                                new KillSpot(Step.U11, 2), // in the middle of the chunk
                                new KillSpot(Step.U15, 12)))
                .flatMap(spots -> spots);
    }

    @ParameterizedTest
    @MethodSource("spots")
    @Execution(ExecutionMode.CONCURRENT)
    void shouldTakeBackAChunkThatIsNotWhole(final KillSpot spot) {
        final Scene scene = new Scene(directory).created();
        scene.kill(spot.step() == Step.U15 ? Victim.Deed.FAIL_CHUNKS : Victim.Deed.CHUNKS, spot);
        if (PUSHED.contains(spot.step())) {
            scene.victimHasPushedChunks(1);
        }
        scene.checkOthersGoOn();
        assertThat(scene.recoveries()).isEqualTo(spot.step() == Step.G4 ? 0 : 1);
    }

    /**
     * Where the victim dies, how many of its four chunks are there then, and how many locks it holds. The last three
     * chunks are a group; step U11 comes before each chunk, in its middle, and before the group.
     */
    static Stream<Arguments> spotsOfGroup() {
        return Stream.of(
                Arguments.of(new KillSpot(Step.U11, 2), 0, 1), // in the middle of the first one
                Arguments.of(new KillSpot(Step.L2, 2), 1, 0),
                Arguments.of(new KillSpot(Step.L19, 3), 1, 2),
                Arguments.of(new KillSpot(Step.U11, 3), 1, 3), // before the group
                Arguments.of(new KillSpot(Step.U6, 2), 1, 3),
                Arguments.of(new KillSpot(Step.U11, 5), 1, 3), // in the middle of its first one
                Arguments.of(new KillSpot(Step.U12, 2), 1, 3),
                Arguments.of(new KillSpot(Step.U14, 2), 2, 3),
                Arguments.of(new KillSpot(Step.U11, 7), 2, 3), // in the middle of its second one
                Arguments.of(new KillSpot(Step.U13, 4), 3, 3),
                Arguments.of(new KillSpot(Step.U14, 4), 4, 3),
                Arguments.of(new KillSpot(Step.L21, 2), 4, 3),
                Arguments.of(new KillSpot(Step.L21, 3), 4, 2),
                Arguments.of(new KillSpot(Step.U15, 4), 3, 3)); // of the last one, which has failed
    }

    @ParameterizedTest
    @MethodSource("spotsOfGroup")
    @Execution(ExecutionMode.CONCURRENT)
    void shouldFreeTheLocksOfAGroup(final KillSpot spot, final int chunks, final int locks) {
        final Scene scene = Scene.inFourPartitions(directory).created();
        scene.kill(spot.step() == Step.U15 ? Victim.Deed.FAIL_CHUNKS : Victim.Deed.CHUNKS, spot);
        scene.victimHasPushedChunks(chunks);
        scene.checkOthersGoOn();
        assertThat(scene.recoveries()).isEqualTo(locks);
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"L4", "L14"})
    @Execution(ExecutionMode.CONCURRENT)
    void shouldFreeTheLockOfAGroupThatWaitsForAnother(final Step step) {
        final Scene scene = Scene.inFourPartitions(directory).created();
        try (ShmArrays holder = scene.attach()) {
            holder.array("w").chunkPush().run((chunk, first, count) -> {
                if (chunk == 2) {
                    scene.kill(Victim.Deed.CHUNKS, KillSpot.at(step));
                }
            });
        }
        scene.victimHasPushedChunks(1);
        scene.checkOthersGoOn();
        assertThat(scene.recoveries()).isEqualTo(1);
    }

    /** The holder has changed the group's first chunk in part, and holds the locks of two others. */
    static Stream<KillSpot> spotsOfRecoverer() {
        return Stream.of(
                new KillSpot(Step.R1, 2), new KillSpot(Step.R2, 3), new KillSpot(Step.R5, 2), new KillSpot(Step.R6, 3));
    }

    @ParameterizedTest
    @MethodSource("spotsOfRecoverer")
    @Execution(ExecutionMode.CONCURRENT)
    void shouldFreeTheLocksOfAGroupWhoseRecovererIsKilledToo(final KillSpot spot) {
        final Scene scene = Scene.inFourPartitions(directory).created();
        scene.kill(Victim.Deed.CHUNKS, new KillSpot(Step.U11, 5));
        scene.victimHasPushedChunks(1);
        scene.kill(Victim.Deed.CHECKPOINT, spot); // pauses the segment, for which it repairs what the dead one holds
        scene.checkOthersGoOn();
        assertThat(scene.recoveries()).isEqualTo(3);
    }
}
