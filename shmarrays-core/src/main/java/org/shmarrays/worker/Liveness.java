package org.shmarrays.worker;

import org.agrona.concurrent.AtomicBuffer;
import org.shmarrays.layout.SlotDescriptor;
import org.shmarrays.segment.Segment;

/**
 * Tells whether the owner of a slot lives. A worker is dead when its process is; a stopped one is only slow.
 *
 * <p>Dead is who can be shown to be dead twice: its lock file can be locked, and there is no process of its id and start
 * time. Where the process ids are those of another namespace, or of another boot, the lock alone tells.
 */
public final class Liveness {
    private Liveness() {}

    /** True if the slot's owner has published its identity, has not departed, and its process lives. */
    public static boolean isAlive(final Segment segment, final int slotId) {
        final AtomicBuffer control = segment.control();
        final int slot = segment.controlLayout().slot(slotId);
        if (SlotDescriptor.stateAcquire(control, slot) != SlotDescriptor.ACTIVE) {
            return false;
        }
        final ProcessIdentity owner = new ProcessIdentity(
                SlotDescriptor.pid(control, slot),
                SlotDescriptor.processStart(control, slot),
                SlotDescriptor.bootId(control, slot),
                SlotDescriptor.pidNamespace(control, slot));
        final ProcessIdentity self = ProcessIdentity.current();
        if (owner.equals(self)) {
            return true;
        }
        final boolean comparable = owner.bootId() == self.bootId() && owner.pidNamespace() == self.pidNamespace();
        if (comparable && !owner.isGone()) {
            return true;
        }
        return !SlotFile.isFree(segment, slotId);
    }
}
