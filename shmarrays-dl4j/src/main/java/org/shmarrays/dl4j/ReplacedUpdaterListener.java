package org.shmarrays.dl4j;

import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.BaseTrainingListener;

/**
 * Notices, before a step changes anything, that a joined network's updater was replaced: the network's own fit would
 * train it alone, without a word. A clone of a graph has the graph's listeners, and is left alone.
 */
final class ReplacedUpdaterListener extends BaseTrainingListener {
    private final Model network;
    private final Runnable check;

    ReplacedUpdaterListener(final Model network, final Runnable check) {
        this.network = network;
        this.check = check;
    }

    @Override
    public void onGradientCalculation(final Model model) {
        if (model == network) {
            check.run();
        }
    }
}
