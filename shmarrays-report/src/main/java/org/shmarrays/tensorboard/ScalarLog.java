package org.shmarrays.tensorboard;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.shmarrays.status.StatusSnapshot;

/** What happens to a segment, as scalars in an event file. For any thread. */
public final class ScalarLog implements AutoCloseable {
    private final EventFile file;
    private final Map<String, Long> measuredSteps = new HashMap<>();
    private StatusSnapshot earlier;

    /** Over a file that this closes. */
    public ScalarLog(final EventFile file) {
        this.file = file;
    }

    /** The event file. */
    public Path file() {
        return file.path();
    }

    /**
     * Logs the counters of a moment, and the rates since the one before. A segment that was created again under its
     * name begins as a new training.
     *
     * @throws java.io.UncheckedIOException if it can't be written
     */
    public synchronized void record(final StatusSnapshot now) {
        final long step = Scalars.step(now);
        final boolean isFirst = earlier == null || !earlier.uid().equals(now.uid());
        if (isFirst) {
            measuredSteps.clear();
            file.start(step, now.timeMs());
        }
        file.scalars(step, now.timeMs(), Scalars.of(now, now.since(isFirst ? now : earlier)));
        earlier = now;
    }

    /**
     * Logs what was measured of the training at a step, such as its accuracy. TensorBoard takes a step that is not
     * after the one before for the restart of a training, and would drop later values: such a value is skipped.
     *
     * @param timeMs when the training was at that step, ms since 1970
     * @throws java.io.UncheckedIOException if it can't be written
     */
    public synchronized void measured(final String tag, final long step, final long timeMs, final double value) {
        final Long last = measuredSteps.get(tag);
        if (last == null || step > last) {
            measuredSteps.put(tag, step);
            file.scalars(step, timeMs, Map.of(tag, value));
        }
    }

    @Override
    public synchronized void close() {
        file.close();
    }
}
