package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.worker.Worker;

/** How far a process has come, which begins in a run under way. */
class PositionsTest {
    @TempDir
    private Path directory;

    /** The program's first fit, of batches that the workers shared, has ended before this process began. */
    @Test
    void shouldSkipWhatAnEarlierProcessHasDoneWhicheverFitThisOneBeganWith() {
        final Worker worker = Worker.of(0, 1, 7);
        try (ShmArrays arrays = ShmArrays.createOrAttach(
                worker, "s", List.of(Positions.spec()), created -> {}, Trained.settings(directory))) {
            final Positions positions = new Positions(arrays, worker, false);
            final int pass = positions.nextPass() + 3;
            positions.claims().ownBatches(pass, 5); // by the earlier process
            positions.nextPass(pass);
            final Positions joinedAgain = new Positions(arrays, worker, false);

            assertThat(joinedAgain.batchesToSkip(pass)).isEqualTo(5);
            assertThat(joinedAgain.batchesToSkip(pass)).isZero(); // its fit has failed, and the program fits again
            joinedAgain.claims().ownBatches(pass, 2);
            assertThat(new Positions(arrays, worker, false).batchesToSkip(pass)).isZero();
            assertThat(joinedAgain.batchesToSkip(pass + 1)).isZero();
        }
    }
}
