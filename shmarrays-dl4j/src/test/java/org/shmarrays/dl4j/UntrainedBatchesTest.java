package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.BaseTrainingListener;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.learning.config.Sgd;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** A batch that no worker trains on is warned of, whatever ends the fit. */
class UntrainedBatchesTest {
    private static final int PASSES = 3;
    private static final int BATCHES = 3;

    @TempDir
    private Path directory;

    private final Logger logger = Logger.getLogger(Passes.class.getPackageName());
    private final List<String> warnings = new ArrayList<>();
    private final Handler handler = new Handler() {
        @Override
        public void publish(final LogRecord logged) {
            warnings.add(logged.getMessage());
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    };

    @BeforeEach
    void listen() {
        logger.addHandler(handler);
    }

    @AfterEach
    void listenNoMore() {
        logger.removeHandler(handler);
    }

    private SharedTraining join(final int rank, final MultiLayerNetwork network) {
        return SharedTraining.join(network, Trained.options(directory, Mode.LOCKED, Worker.of(rank, 2, 7)));
    }

    private static MultiLayerNetwork network() {
        return Trained.network(Trained.dense(new Sgd(0.1)));
    }

    /** The first batch of the first pass is rank 1's, which dies with it. */
    private void claimAndDie() {
        try (SharedTraining killed = join(1, network())) {
            final Claims claims = new Positions(killed.arrays().arrays(), killed.worker(), false).claims();
            claims.enter(claims.firstPass(), 0);
            assertThat(claims.claim(claims.head()).index()).isZero();
        }
    }

    /** In the second pass; rank 1, started again, finds the stop before it trains on its batch of the first pass. */
    @Test
    void shouldWarnOfABatchOfAnEarlierPassAfterAStop() {
        claimAndDie();
        final MultiLayerNetwork network = network();
        try (SharedTraining training = join(0, network)) {
            network.addListeners(new BaseTrainingListener() {
                @Override
                public void iterationDone(final Model model, final int iteration, final int epoch) {
                    if (training.iteration() == BATCHES) {
                        training.arrays().arrays().runControl().stop();
                    }
                }
            });
            training.fit(Trained.iterator(BATCHES), PASSES);
            assertThat(training.iteration()).isEqualTo(BATCHES);
            assertThat(warnings)
                    .containsExactly("data was not trained on to its end, because its worker is dead, and the others"
                            + " can't go back to it: segment=training, pass=0 of this fit, batch=0, rank=1; a worker"
                            + " of that rank trains on it if it is started again");

            try (SharedTraining again = join(1, network())) {
                warnings.clear();
                again.fit(Trained.iterator(BATCHES), PASSES);

                assertThat(again.iteration()).isEqualTo(BATCHES);
                assertThat(warnings)
                        .containsExactly("data was not trained on to its end, because its worker was killed, and the"
                                + " fit was stopped before the one that was started again came to it:"
                                + " segment=training, pass=0 of this fit, batch=0, rank=1; the pass has ended without"
                                + " it");
            }
        }
    }
}
