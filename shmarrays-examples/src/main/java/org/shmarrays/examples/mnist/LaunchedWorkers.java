package org.shmarrays.examples.mnist;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.examples.WorkTable;
import org.shmarrays.launch.GroupResult;
import org.shmarrays.launch.WorkerGroup;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerStatus;

/** Workers of this module, {@link MnistWorker}, over a segment that the coordinator has created. */
final class LaunchedWorkers implements Workers {
    private final Model model;
    private final ShmArrays arrays;
    private final WorkerGroup group;
    private final SegmentStatus status;
    private GroupResult ended;

    /** The workers of a group, which is polled here. */
    LaunchedWorkers(final Model model, final ShmArrays arrays, final WorkerGroup group) {
        this.model = model;
        this.arrays = arrays;
        this.group = group;
        this.status = arrays.status();
    }

    @Override
    public Map<String, float[]> initialValues() {
        return parameters();
    }

    private Map<String, float[]> parameters() {
        final Map<String, float[]> values = new LinkedHashMap<>();
        model.parameters()
                .forEach(parameter -> values.put(
                        parameter.name(),
                        new float[arrays.array(parameter.name()).elementCount()]));
        arrays.readInto(values);
        return values;
    }

    /** The coordinator has created it. */
    @Override
    public void awaitSegment(final Settings settings) {}

    /** As many as there were workers when the training began. */
    @Override
    public int streams() {
        return arrays.array(WorkTable.NAME).shape()[0];
    }

    @Override
    public Classifier classifier() {
        return model.classifier(Evaluator.BATCH_SIZE);
    }

    @Override
    public SegmentStatus status() {
        return status;
    }

    @Override
    public RunControl control() {
        return arrays.runControl();
    }

    @Override
    public Map<String, float[]> values() {
        arrays.checkPresent(); // its values would be those of a segment that no worker trains any more
        return parameters();
    }

    /** Its first barrier comes after its warm-up. */
    @Override
    public boolean isReady(final WorkerStatus worker) {
        return worker.barriers() > 0;
    }

    @Override
    public int wanted() {
        return group.worldSize();
    }

    @Override
    public boolean haveEnded() throws InterruptedException {
        group.poll();
        return awaitEnd(Duration.ZERO);
    }

    @Override
    public boolean awaitEnd(final Duration timeout) throws InterruptedException {
        ended = group.await(timeout).orElse(null);
        return ended != null;
    }

    @Override
    public void failIfAnyFailed() {
        if (ended != null && !ended.isSuccess()) {
            final List<String> last = ended.lastLinesOfFailed();
            throw new IllegalStateException(
                    ended.failure() + (last.isEmpty() ? "" : "; its last lines:\n  ") + String.join("\n  ", last));
        }
    }
}
