package org.shmarrays.internal.layout;

/** Offsets of the control file, for tests that write other bytes there. */
public final class ControlOffsets {
    public static final int CATALOG = ControlLayout.CATALOG_OFFSET;

    private ControlOffsets() {}

    public static int partitions(final ControlLayout layout) {
        return layout.partitionsOffset();
    }

    public static int slots(final ControlLayout layout) {
        return layout.slotsOffset();
    }

    public static int slotArrays(final ControlLayout layout) {
        return layout.slotArraysOffset();
    }

    public static int steps(final ControlLayout layout) {
        return layout.stepsOffset();
    }

    public static int events(final ControlLayout layout) {
        return layout.eventsOffset();
    }
}
