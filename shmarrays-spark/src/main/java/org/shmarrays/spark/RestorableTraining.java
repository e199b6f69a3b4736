package org.shmarrays.spark;

import java.util.ArrayList;
import java.util.List;

/**
 * A training that is saved to checkpoints, and that goes back to the last one when common parameters are lost. For the
 * driver's thread.
 *
 * @param <T> type of the batches
 */
final class RestorableTraining<T> {
    private static final System.Logger LOG = System.getLogger(RestorableTraining.class.getName());

    private final TrainingState<T> state;
    private final TrainingCheckpoints checkpoints;
    private final LiveExecutors executors;
    private final RoundHistory history;
    private final List<Round> ended = new ArrayList<>();
    private Centre<T> centre;
    private int undone;

    RestorableTraining(
            final TrainingState<T> state,
            final TrainingCheckpoints checkpoints,
            final LiveExecutors executors,
            final RoundHistory history) {
        this.state = state;
        this.checkpoints = checkpoints;
        this.executors = executors;
        this.history = history;
    }

    /** Whether there are common parameters, lost ones included. */
    boolean isBegun() {
        return centre != null && centre.isBegun();
    }

    /** Number of the next round. */
    long rounds() {
        return state.rounds();
    }

    /** Notes a round that has ended. */
    void ended(final Round round) {
        ended.add(round);
    }

    /** The rounds that have ended and were not undone. */
    List<Round> ended() {
        return ended;
    }

    /** Number of rounds that were undone by going back to a checkpoint. */
    int undone() {
        return undone;
    }

    /** From which checkpoint the training can be resumed, as the end of a message; empty if there is none. */
    String hint() {
        return checkpoints.hint();
    }

    /** Makes the common parameters, on the hosts: those of the checkpoint to resume from, or new ones. */
    void begin(final Centre<T> newCentre) {
        centre = newCentre;
        if (checkpoints.newest().isPresent()) {
            final SavedTraining saved = checkpoints.read();
            checkpoints.check(saved, state.progress(saved.progress().hosts(executors.count())));
            state.checkResumable(saved.progress());
            goOnFrom(saved.progress());
        } else {
            centre.initialise(executors.count());
        }
        save();
    }

    /** What the driver knows comes first: with lost parameters it is read once more. */
    private void goOnFrom(final TrainingProgress progress) {
        state.goOnFrom(progress);
        centre.restore(executors.count(), checkpoints.newestFile());
    }

    /** Writes a checkpoint, unless the newest one is of this round. */
    void save() {
        if (checkpoints.isMissing(state.rounds())) {
            checkpoints.write(centre, state.progress(executors.count()));
        }
    }

    /** Goes back to the last checkpoint if some of the parameters were kept by lost executors only. */
    void goBackIfLost() throws Exception {
        try {
            centre.checkWhole();
        } catch (final Exception e) {
            if (executors.lost() != null || e instanceof InterruptedException) {
                throw e;
            }
            goBack(e);
        }
    }

    private void goBack(final Exception cause) {
        final long lostRound = state.rounds();
        if (checkpoints.newest().isEmpty()) {
            throw new HostTrainingException(
                    "parameters are lost with all executors that kept them: round=" + lostRound
                            + "; with checkpointTo(path, everyRounds) a training goes back to its last checkpoint",
                    cause);
        }
        final TrainingProgress saved = checkpoints.read().progress();
        ended.removeIf(round -> round.number() >= saved.rounds());
        undone += Math.toIntExact(lostRound - saved.rounds());
        goOnFrom(saved);
        history.goneBack(lostRound, saved.rounds());
        LOG.log(
                System.Logger.Level.WARNING,
                "parameters are lost with all executors that kept them, and the training goes back to its last"
                        + " checkpoint: round=" + lostRound + ", undone=" + (lostRound - saved.rounds()) + ", file="
                        + checkpoints.newestFile().file() + ", " + StackTraces.firstLine(cause));
    }
}
