package org.shmarrays.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.layout.Names;
import org.shmarrays.update.OwnedValues;

/**
 * An INDArray that a call was given for a shared array. The call refers to it until it is done, and a failed push as
 * long as it may be resumed.
 */
abstract class GivenArray implements OwnedValues {
    private final String name;
    private INDArray array;

    GivenArray(final String name, final INDArray array) {
        this.name = name;
        this.array = array;
    }

    final String name() {
        return name;
    }

    /**
     * The array.
     *
     * @throws IllegalStateException if it was closed
     */
    final INDArray array() {
        return open(name, array);
    }

    /**
     * The array that was given for a name.
     *
     * @throws IllegalStateException if it was closed
     */
    static INDArray open(final String name, final INDArray array) {
        if (array.wasClosed()) {
            throw new IllegalStateException(
                    "the INDArray was closed too early, so its memory is gone: name=" + Names.printable(name)
                            + "; close it after the call, and, if the push failed, after its last resume()");
        }
        return array;
    }

    /** Whether the memory belongs to a workspace, which uses it for something else when its scope is left. */
    final boolean isInWorkspace() {
        return array.isAttached();
    }

    /** Values or gradients. */
    abstract static class Source extends GivenArray {
        Source(final String name, final INDArray array) {
            super(name, array);
        }

        /**
         * Nothing tells whether a workspace has used an array's memory for something else, so a copy is taken in time.
         */
        @Override
        public final void suspended() {
            super.array = detached(super.array);
        }
    }

    /** What is read into. */
    abstract static class Destination extends GivenArray {
        private boolean lost;

        Destination(final String name, final INDArray array) {
            super(name, array);
        }

        @Override
        public final void suspended() {
            lost = isInWorkspace();
        }

        @Override
        public final Object values() {
            if (lost) {
                throw new IllegalStateException(
                        "the destination is in an ND4J workspace, which may have been closed since the push failed:"
                                + " name=" + Names.printable(name())
                                + "; give detached arrays, or push again what was not updated");
            }
            return memory();
        }

        /** The memory that takes the values. */
        abstract Object memory();
    }

    /** The array itself, or its copy outside of workspaces if it lies in one. */
    static INDArray detached(final INDArray array) {
        return array.isAttached() ? array.detach() : array;
    }
}
