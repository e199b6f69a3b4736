package org.shmarrays.dl4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What a joined model copies of the shared values: its parameters, and the updater's state in DL4J's layout. For the
 * thread that trains.
 */
final class SharedValues {
    private final TrainingSegment segment;
    private final StateLayout layout;
    private final DataType type;
    private final INDArray parameters;

    /**
     * Values of a model.
     *
     * @param live whether the model's parameters are the shared values
     */
    SharedValues(final ModelSeam seam, final TrainingSegment segment, final boolean live) {
        this.segment = segment;
        this.layout = new StateLayout(seam.ranges());
        this.type = seam.gradient().dataType();
        this.parameters = live ? null : seam.parameters();
    }

    /** Takes the shared values over into the model's own parameters, all or nothing. */
    void take() {
        if (parameters != null) {
            final INDArray values = parameters.ulike();
            segment.readInto(values);
            parameters.assign(values);
        }
    }

    /** Copies the shared values into the model's own parameters; consistent per partition. */
    void pull() {
        if (parameters != null) {
            segment.readInto(parameters);
        }
    }

    /** Copies what all workers have pushed so far into the model's own parameters, while none pushes. */
    void pullPaused() {
        if (parameters != null) {
            segment.whilePaused(() -> segment.readMemory(parameters, layout, null));
        }
    }

    /**
     * Copies what all workers have pushed so far, while none pushes.
     *
     * @param into the values, {@code [n]}; null for a model that computes on the shared ones
     */
    Contents contents(final INDArray into) {
        final Contents[] contents = new Contents[1];
        segment.whilePaused(() -> {
            contents[0] = new Contents(readMemory(into), segment.iteration(), segment.epoch());
        });
        return contents[0];
    }

    /** Copies what all workers have pushed into the model's own parameters, and returns the state of that moment. */
    INDArray pullWithState() {
        return contents(parameters).updaterState();
    }

    /** What a segment has beside the values; the state is null if there is none. */
    record Contents(INDArray updaterState, int iteration, int epoch) {}

    /** The model's own parameters where they are not the shared ones, or null. */
    INDArray ownParameters() {
        return parameters;
    }

    /**
     * A copy of the shared state in DL4J's flat layout and the model's type, consistent per element; null if there is
     * none.
     */
    INDArray updaterState() {
        return readMemory(null);
    }

    private INDArray readMemory(final INDArray values) {
        final INDArray state = layout.newFlat(type);
        segment.readMemory(values, layout, state);
        return state;
    }

    /** Why the updater of a joined network takes no state from elsewhere. */
    static IllegalStateException stateIsShared() {
        return new IllegalStateException("the updater's state is shared while the network is joined; set it before"
                + " the network joins, or after the training is closed");
    }
}
