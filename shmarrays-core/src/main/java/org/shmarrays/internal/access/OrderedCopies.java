package org.shmarrays.internal.access;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.layout.ArrayLayout;
import org.shmarrays.internal.layout.SegmentLayout;
import org.shmarrays.internal.segment.Segment;

/**
 * A worker's own copy of the ORDERED arrays, as they were at the end of its last turn: what it reads until its next
 * one, so that what it computes does not depend on when it reads. For the handle's thread.
 *
 * <p>The copy is made like any read, steps V1 to V6 of {@code docs/format/versions.md}: each partition is copied
 * whole, and what a dead worker has left half changed is put back first. All partitions together are of one instant,
 * because no one changes them meanwhile. The other workers don't push: the turn is this worker's, and the
 * compare-and-set that ended the last one, which {@link org.shmarrays.internal.worker.Turns} has read with acquire,
 * comes after all that they stored. The segment is not overwritten: this worker is inside the gate, {@code
 * docs/format/snapshot.md}. A repair changes only partitions whose version is odd, which are not accepted as they
 * are.
 */
final class OrderedCopies implements WorkerCopies {
    private final Reading reading;
    private final List<ArrayLayout> arrays = new ArrayList<>();
    private final Object[] copies;

    /** Reads all arrays into the copies; made for the first turn. */
    private DensePull pull;

    /** Whether the copies are whole. */
    private boolean held;

    /** One that is known to update every array. */
    private AccessPlan covering;

    OrderedCopies(final Reading reading) {
        this.reading = reading;
        final SegmentLayout layout = reading.segment().layout();
        this.copies = new Object[layout.arrays().size()];
        for (final ArrayLayout array : layout.arrays()) {
            if (array.spec().mode().takesTurns()) {
                arrays.add(array);
            }
        }
    }

    /** The ORDERED arrays of the segment. */
    List<ArrayLayout> arrays() {
        return arrays;
    }

    /**
     * Throws unless a push updates every ORDERED array as a whole.
     *
     * @throws IllegalArgumentException if not: a turn pushes everything, or is skipped
     */
    void checkCovers(final AccessPlan plan, final String name) {
        if (plan == covering) {
            return;
        }
        final BitSet whole = new BitSet();
        for (int i = 0; i < plan.arrayCount(); i++) {
            whole.set(
                    plan.array(i).index(),
                    plan.arrayBytes(i) == plan.array(i).spec().lengthBytes());
        }
        for (final ArrayLayout array : arrays) {
            if (!whole.get(array.index())) {
                throw new IllegalArgumentException("a turn must push every ORDERED array: segment=" + name
                        + ", missing=" + Printable.text(array.spec().name())
                        + "; push all in one call, zeros for those without a gradient");
            }
        }
        covering = plan;
    }

    /** True if the last turn has left copies. */
    @Override
    public boolean areHeld() {
        return held;
    }

    @Override
    public Object of(final ArrayLayout array) {
        return held ? copies[array.index()] : null;
    }

    /** Allocates the copies, so that there is memory for {@link #capture}. */
    void reserve() {
        if (pull != null) {
            return;
        }
        final Segment segment = reading.segment();
        final AccessPlan plan = AccessPlan.of(
                segment.layout(),
                arrays.stream()
                        .map(array -> Target.of(
                                segment.layout(), segment.name(), array.spec().name()))
                        .toList());
        final DensePull all = new DensePull(reading, NONE, plan);
        for (int t = 0; t < plan.targets().length; t++) {
            final ArrayLayout array = plan.targets()[t].array();
            copies[array.index()] = ElementAccesses.of(array.spec().elementType())
                    .allocate(array.spec().elementCount());
            all.set(t, copies[array.index()]);
        }
        pull = all;
    }

    /** The copies are of a turn that is over: until {@link #capture} the handle reads the shared values. */
    void forget() {
        held = false;
    }

    /**
     * Copies the arrays; in the worker's turn, inside the gate, and with no lock held. If anything is thrown there is
     * no copy.
     *
     * @throws org.shmarrays.errors.LockTimeoutException if a partition keeps changing, and its lock is not free in
     *     time
     * @throws org.shmarrays.errors.DamagedPartitionException if a partition was left half changed, and could not be
     *     repaired
     */
    void capture() {
        held = false;
        pull.copyAll();
        held = true;
    }
}
