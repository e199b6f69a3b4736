package org.shmarrays.kill;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.KillSpot;

/**
 * A worker of a run under way is killed: in the middle of the claim of a slot that has a worker's record, or of its
 * push in its turn.
 */
class RunRecordKillIT {
    @TempDir
    private Path directory;

    @ParameterizedTest
    @CsvSource({
        "COME_AGAIN, S3",
        "COME_AGAIN, S4",
        "COME_AGAIN, S5",
        "COME_AGAIN, S6",
        "COME_AGAIN, S7",
        "COORDINATE, S3",
        "COORDINATE, S5",
        "COORDINATE, S6",
        "COORDINATE, S7",
        "COORDINATE, S8"
    })
    @Execution(ExecutionMode.CONCURRENT)
    void shouldKeepTheRecordOfADeadWorkerWhoseSlotIsClaimedBy(final RunScene.Deed deed, final Step step)
            throws Exception {
        new RunScene(directory).checkRecordStays(deed, KillSpot.at(step));
    }

    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"S4", "S6", "S7", "S8"})
    @Execution(ExecutionMode.CONCURRENT)
    void shouldLetOthersJoinWhenOneIsKilledThatJoins(final Step step) throws Exception {
        new RunScene(directory).checkOthersJoin(KillSpot.at(step));
    }

    /** Its version is odd, and its value the old one, or the new one. */
    @ParameterizedTest
    @EnumSource(
            value = Step.class,
            names = {"U11", "U12"})
    @Execution(ExecutionMode.CONCURRENT)
    void shouldCopyNoHalfPushOfAWorkerThatIsKilledInItsTurn(final Step step) throws Exception {
        new RunScene(directory).checkOtherReadsNoHalfPush(KillSpot.at(step));
    }
}
