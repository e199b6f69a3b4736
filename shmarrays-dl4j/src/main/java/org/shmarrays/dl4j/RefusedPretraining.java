package org.shmarrays.dl4j;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.layers.wrapper.BaseWrapperLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.deeplearning4j.optimize.Solver;
import org.deeplearning4j.optimize.api.ConvexOptimizer;

/**
 * Takes the place of what trains a layer in {@code network.pretrain(...)}, in a network that computes on a copy: that
 * would change the copy past the network's updater, and the next step would overwrite it.
 */
final class RefusedPretraining extends Solver {
    private final Solver replaced;

    private RefusedPretraining(final Solver replaced) {
        this.replaced = replaced;
    }

    /** Refuses to pretrain a layer, or one that it wraps. */
    static void in(final Layer layer) {
        if (layer instanceof BaseWrapperLayer wrapper) {
            in(wrapper.getUnderlying());
        } else if (layer.isPretrainLayer()) {
            Internals.setSolver(layer, new RefusedPretraining(Internals.solver(layer)));
        }
    }

    /** Lets a layer pretrain again, if it was refused. */
    static void endIn(final Layer layer) {
        if (layer instanceof BaseWrapperLayer wrapper) {
            endIn(wrapper.getUnderlying());
        } else if (layer.isPretrainLayer() && Internals.solver(layer) instanceof RefusedPretraining refused) {
            Internals.setSolver(layer, refused.replaced);
        }
    }

    @Override
    public void optimize(final LayerWorkspaceMgr workspaces) {
        throw refused();
    }

    @Override
    public ConvexOptimizer getOptimizer() {
        throw refused();
    }

    private static IllegalStateException refused() {
        return new IllegalStateException("layer-wise pretraining would change this worker's copy of the parameters"
                + " alone; pretrain the network before it joins, or train in mode HOGWILD");
    }
}
