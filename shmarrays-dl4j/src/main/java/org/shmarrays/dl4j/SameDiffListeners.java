package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.listeners.Listener;
import org.nd4j.autodiff.samediff.SameDiff;

/** {@link NetworkListeners} of a SameDiff graph: lists that the user sets are changed when the next fit begins. */
final class SameDiffListeners {
    private final SameDiff graph;
    private final Listener own;
    private final SameDiffSeam seam;
    private final TrainingSegment segment;
    private final Map<Listener, SameDiffOnceListener> replacements = new IdentityHashMap<>();

    /**
     * The listeners of a graph.
     *
     * @param own the training's own
     */
    SameDiffListeners(
            final SameDiff graph, final Listener own, final SameDiffSeam seam, final TrainingSegment segment) {
        this.graph = graph;
        this.own = own;
        this.seam = seam;
        this.segment = segment;
    }

    /** Changes the graph's list, if the user has set another one. */
    void follow() {
        final List<Listener> present = graph.getListeners();
        if (present.stream().anyMatch(SameDiffListeners::isToReplace) || !present.contains(own)) {
            final List<Listener> followed = new ArrayList<>(present.size() + 1);
            present.stream()
                    .filter(listener -> listener != own)
                    .map(listener -> isToReplace(listener) ? replacement(listener) : listener)
                    .forEach(followed::add);
            followed.add(own);
            graph.setListeners(followed);
        }
    }

    private static boolean isToReplace(final Listener listener) {
        return !(listener instanceof SameDiffOnceListener)
                && (listener instanceof MarkedSameDiffListener || OnceRules.isOnce(listener));
    }

    private SameDiffOnceListener replacement(final Listener listener) {
        return replacements.computeIfAbsent(listener, given -> new SameDiffOnceListener(given, seam, segment));
    }

    /** Tells listeners that are called once what the workers have done, between two steps. */
    void advance() {
        for (final Listener listener : List.copyOf(graph.getListeners())) {
            if (listener instanceof SameDiffOnceListener once) {
                once.advance();
            }
        }
    }

    /** Gives the graph the user's own listeners back. */
    void restore() {
        final List<Listener> users = new ArrayList<>();
        for (final Listener listener : graph.getListeners()) {
            if (listener instanceof SameDiffOnceListener once) {
                users.add(once.replaced());
            } else if (listener != own) {
                users.add(listener);
            }
        }
        graph.setListeners(users);
    }
}
