package org.shmarrays.dl4j;

import java.util.ArrayList;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.optimize.api.TrainingListener;

/**
 * The listeners of a joined network: those that are called once for the training are replaced by {@link OnceListener},
 * and one of the training's own comes last. Lists that the user sets meanwhile are changed before the next step.
 */
final class NetworkListeners {
    private final NetworkSeam seam;
    private final TrainingListener own;
    private final TrainingSegment segment;
    private final OnceView view;
    private final Map<TrainingListener, OnceListener> replacements = new IdentityHashMap<>();

    /**
     * The listeners of a network.
     *
     * @param own the training's own
     */
    NetworkListeners(final NetworkSeam seam, final TrainingListener own, final StepProtocol protocol) {
        this.seam = seam;
        this.own = own;
        this.segment = protocol.segment();
        this.view = new OnceView(seam, protocol);
    }

    /** Changes the network's list, if the user has set another one. */
    void follow() {
        final Collection<TrainingListener> present = seam.listeners();
        if (present.stream().anyMatch(this::isToReplace) || !present.contains(own)) {
            final List<TrainingListener> followed = new ArrayList<>(present.size() + 1);
            present.stream()
                    .filter(listener -> listener != own)
                    .map(listener -> isToReplace(listener) ? replacement(listener) : listener)
                    .forEach(followed::add);
            followed.add(own);
            seam.setListeners(followed);
        }
    }

    private boolean isToReplace(final TrainingListener listener) {
        return !(listener instanceof OnceListener)
                && (listener instanceof MarkedListener || OnceRules.isOnce(listener));
    }

    private OnceListener replacement(final TrainingListener listener) {
        final Model network = seam.model();
        return replacements.computeIfAbsent(listener, given -> new OnceListener(given, network, segment, view));
    }

    /** Tells listeners that are called once what the workers have done, between two steps. */
    void advance() {
        for (final TrainingListener listener : List.copyOf(seam.listeners())) {
            if (listener instanceof OnceListener once) {
                once.advance();
            }
        }
    }

    /** Gives the network the user's own listeners back. */
    void restore() {
        final List<TrainingListener> users = new ArrayList<>();
        for (final TrainingListener listener : seam.listeners()) {
            if (listener instanceof OnceListener once) {
                users.add(once.replaced());
            } else if (listener != own) {
                users.add(listener);
            }
        }
        seam.setListeners(users);
    }
}
