package org.shmarrays.cli;

import java.util.Locale;
import org.shmarrays.checkpoint.Checkpoint;

/** What stands in a checkpoint, in words. */
final class Contents {
    private Contents() {}

    static String describe(final Checkpoint.Contents contents) {
        final int arrays = contents.specs().size();
        return String.format(
                Locale.ROOT,
                "%d %s of %s after %,d steps and %,d samples%s, consistent %s",
                arrays,
                arrays == 1 ? "array" : "arrays",
                contents.segment(),
                contents.steps(),
                contents.samples(),
                contents.epoch() == 0 ? "" : String.format(Locale.ROOT, " in epoch %,d", contents.epoch()),
                contents.consistency() == Checkpoint.Consistency.WHOLE_SEGMENT ? "as a whole" : "per partition");
    }
}
