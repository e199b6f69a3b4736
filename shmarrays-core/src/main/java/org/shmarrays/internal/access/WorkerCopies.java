package org.shmarrays.internal.access;

import org.shmarrays.internal.layout.ArrayLayout;

/** A worker's own copies of arrays, from which it reads in place of the shared memory. */
interface WorkerCopies {
    /** Of a handle that reads the shared memory. */
    WorkerCopies NONE = new WorkerCopies() {
        @Override
        public boolean areHeld() {
            return false;
        }

        @Override
        public Object of(final ArrayLayout array) {
            return null;
        }
    };

    /** Whether there are copies now. */
    boolean areHeld();

    /** The copy of an array, or null if there is none. */
    Object of(ArrayLayout array);
}
