package org.shmarrays.dl4j;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Passes of 0 to 7 batches, or of 1 to 5 shards, with up to five workers. */
class SimulatedRunTest {
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int RUNS = Integer.getInteger("simulation.runs", 150);

    @ParameterizedTest
    @CsvSource({
        "false, false, 0",
        "false, false, 0.005",
        "false, true, 0.02",
        "true, false, 0",
        "true, false, 0.005",
        "true, true, 0.02"
    })
    void shouldTrainEachBatchOfEachPassOnceButWhatAKillCutsOff(
            final boolean isSharded, final boolean canGoBack, final double kills) {
        for (int run = 0; run < RUNS; run++) {
            new SimulatedRun(SEED + run, isSharded, canGoBack, kills).run("seed " + (SEED + run));
        }
    }
}
