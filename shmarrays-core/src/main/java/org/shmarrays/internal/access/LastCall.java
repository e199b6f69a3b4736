package org.shmarrays.internal.access;

import java.util.List;
import java.util.function.Supplier;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Printable;

/**
 * Code of others that a push calls when everything is updated, as the last thing inside the gate. For the handle's
 * thread.
 */
final class LastCall {
    private final Attachment attachment;

    /** As messages call it. */
    private final String name;

    private Runnable code;

    LastCall(final Attachment attachment, final String name) {
        this.attachment = attachment;
        this.name = name;
    }

    /** Of pushes that call none. */
    static LastCall none(final Attachment attachment) {
        return new LastCall(attachment, "");
    }

    /** Takes the code of the next push; null calls none. */
    void set(final Runnable next) {
        if (code != next) {
            code = next; // stored only if it is another one, as in Operands
        }
    }

    boolean isSet() {
        return code != null;
    }

    /**
     * Calls it.
     *
     * @param array as messages call what was updated
     * @param partitions those that were updated
     * @throws UpdateFailedException with its exception
     */
    void run(final String array, final Supplier<List<Integer>> partitions) {
        attachment.scope().enter();
        try {
            code.run();
        } catch (final SegmentRemovedException e) {
            throw e;
        } catch (final RuntimeException e) {
            throw new UpdateFailedException(
                    name + " failed: segment=" + attachment.segment().name() + ", array=" + Printable.text(array)
                            + "; everything is updated, and the push can't be resumed. Cause: " + e,
                    partitions.get(),
                    null,
                    e);
        } finally {
            attachment.scope().leave();
        }
    }
}
