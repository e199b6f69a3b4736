package org.shmarrays.fuzz;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.InvalidCheckpointException;
import org.shmarrays.errors.InvalidSegmentException;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.kernel.ElementAccesses;
import org.shmarrays.internal.layout.Event;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.status.SegmentMetrics;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.update.Updates;

/** All that is done with one mutant, and what came of it. */
final class Trial {
    private static final int RARE = 5;
    private static final String NAME = "m";
    private static final String COPY = "c";
    private static final String TARGET = "t";
    private static final Duration SHORT = Duration.ofNanos(1);
    private static final Duration LOCK_TIMEOUT = Duration.ofMillis(2);

    /** Longer than it takes until a waiter looks whether the lock's holder is dead. */
    private static final Duration TAKEOVER_TIMEOUT = Duration.ofMillis(25);

    private final Path directory;
    private final Settings settings;
    private final ShmArrays target;
    private final Map<String, Object> original;
    private final HeldPartition held;
    private final Map<String, Integer> counts = new TreeMap<>();
    private final Set<String> known = new HashSet<>();
    private final Queue<ShmArrays> open = new ConcurrentLinkedQueue<>();
    private String mutant;
    private int findings;

    private interface Step {
        void run() throws Exception;
    }

    Trial(final Path directory, final Path originals) {
        this.directory = directory;
        this.settings = Originals.settings()
                .withDirectory(directory)
                .withAttachTimeout(SHORT)
                .withLockTimeout(LOCK_TIMEOUT)
                .withWorkerTimeout(LOCK_TIMEOUT);
        this.target = ShmArrays.create(TARGET, Originals.specs(), settings);
        this.held = new HeldPartition(originals);
        try (ShmArrays whole =
                ShmArrays.attachReadOnly(Originals.WHOLE, settings.withDirectory(originals.resolve("segments")))) {
            original = whole.read(Object.class);
        }
    }

    /** The next mutant, by the name that a message gives it. */
    void begin(final String name) {
        mutant = name;
        count("mutants");
    }

    Map<String, Integer> counts() {
        return counts;
    }

    int findings() {
        return findings;
    }

    private void count(final String name) {
        counts.merge(name, 1, Integer::sum);
    }

    /** A segment: attached to, read, changed, looked at, saved, removed. */
    void segment(final SegmentMutant files, final boolean claimantRepairs) {
        mutant += ", kind=" + files.kind();
        MutantRun.write(directory.resolve(NAME), files.files());
        final boolean[] decoded = new boolean[1];
        attempt("attachReadOnly", () -> {
            try (ShmArrays arrays = opened(() -> ShmArrays.attachReadOnly(NAME, settings))) {
                decoded[0] = true;
                look(arrays);
            } catch (final InvalidSegmentException e) {
                decoded[0] = isSaidByTables(e);
                throw e;
            }
        });
        if (files.isBehindChecksum()) {
            count("checksumsMended");
            if (decoded[0]) {
                count("behindChecksum");
            }
        }
        attempt("attach", () -> {
            final Settings patient = claimantRepairs ? settings : settings.withLockTimeout(TAKEOVER_TIMEOUT);
            final boolean held =
                    files.kind() == SegmentMutant.Kind.UNDO || files.kind() == SegmentMutant.Kind.LIVE_HELD;
            try (ShmArrays arrays = opened(() -> ShmArrays.attach(NAME, held ? patient : settings))) {
                count("attached");
                if (files.kind() == SegmentMutant.Kind.UNDO) {
                    repair(arrays, files, claimantRepairs);
                }
                change(arrays);
                look(arrays);
                save(arrays);
            }
        });
        if (isRare()) {
            attempt(
                    "createOrAttach",
                    () -> opened(() -> ShmArrays.createOrAttach(
                                    NAME,
                                    Originals.specs(),
                                    arrays -> {},
                                    settings.withLeftovers(Settings.Leftovers.ATTACH)))
                            .close());
        }
        remove(NAME);
    }

    /** What is said behind the checksum. */
    private static boolean isSaidByTables(final InvalidSegmentException e) {
        final String message = e.getMessage();
        return message.contains("the catalog is invalid")
                || message.contains("does not match its tables")
                || message.contains("has the wrong length")
                || message.contains("belongs to another segment")
                || message.contains("is missing");
    }

    private void repair(final ShmArrays arrays, final SegmentMutant files, final boolean byClaimant) {
        attempt("repair", () -> {
            if (byClaimant) {
                opened(arrays::newHandle).close(); // claims the slot of the dead process
            } else {
                arrays.add(Map.of("w", new float[600])); // waits for its lock
            }
        });
        final Path segment = directory.resolve(NAME);
        if (byClaimant) {
            held.checkOthersUnchanged(segment, files.files())
                    .ifPresent(what -> finding(what, new AssertionError(what)));
        }
        count(held.isWhole(segment) ? "repaired" : "unrepairable");
    }

    /** Reads all that can be read. */
    private void look(final ShmArrays arrays) {
        attempt("read", () -> arrays.read(Object.class));
        attempt("status", () -> {
            final SegmentStatus status = arrays.status();
            status.arrays();
            status.workers();
            for (int p = 0; p < Doors.SEGMENT.of(arrays).layout().partitions().size(); p++) {
                status.hasWaiter(p);
            }
        });
        attempt("metrics", () -> {
            final SimpleMeterRegistry registry = new SimpleMeterRegistry();
            new SegmentMetrics(arrays.status()).bindTo(registry);
            registry.getMeters().forEach(meter -> meter.measure().forEach(measurement -> measurement.getValue()));
            registry.close();
        });
        attempt("run control", () -> {
            arrays.runControl().globalStep();
            arrays.runControl().samples();
            arrays.runControl().learningRate();
            arrays.runControl().isStopped();
        });
        attempt("events", () -> {
            final EventReader reader = new EventReader(Doors.SEGMENT.of(arrays));
            for (Event event = reader.poll(); event != null; event = reader.poll()) {
                event.text();
                count("events");
            }
        });
    }

    /** Writes back what stands there, adds to it, and makes a step with state arrays. */
    private void change(final ShmArrays arrays) {
        final Map<String, Object> values = new LinkedHashMap<>();
        final Map<String, Object> withState = new LinkedHashMap<>();
        for (final ArraySpec spec : arrays.specs()) {
            final Object zeros = ElementAccesses.of(spec.elementType()).allocate(spec.elementCount());
            if (spec.mode() != Mode.ORDERED) {
                values.put(spec.name(), zeros);
            }
            if (spec.stateCount() >= 2
                    && spec.elementType().isFloatingPoint()
                    && (spec.mode() == Mode.LOCKED || spec.mode() == Mode.HOGWILD)) {
                withState.put(spec.name(), zeros);
            }
        }
        if (!values.isEmpty()) {
            attempt("add", () -> arrays.add(values));
        }
        attempt("note", () -> arrays.runControl().note("written into a mutant"));
        if (!withState.isEmpty()) {
            attempt("adam", () -> arrays.update(withState, Updates.adam(0.1)));
        }
    }

    private void save(final ShmArrays arrays) {
        final Path file = directory.resolve("saved.npz");
        attempt("checkpoint", () -> {
            Checkpoint.write(arrays, file);
            Checkpoint.describe(file);
            count("saved");
        });
        if (isRare()) {
            attempt("snapshot", () -> Checkpoint.write(arrays, file, Checkpoint.Consistency.WHOLE_SEGMENT));
        }
    }

    /** A checkpoint: looked at, restored to a new segment and to one that is there. */
    void checkpoint(final CheckpointMutant bytes) {
        mutant += ", kind=" + (bytes.isRepacked() ? "CHECKPOINT_REPACKED" : "CHECKPOINT");
        final Path file = directory.resolve("mutant.npz");
        try {
            Files.write(file, bytes.bytes());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        if (bytes.isRepacked()) {
            count("checksumsMended");
            count("behindChecksum");
        }
        attempt("describe", () -> Checkpoint.describe(file));
        attempt("restore", () -> {
            try (ShmArrays arrays = opened(() -> Checkpoint.restore(file, COPY, settings))) {
                count("restored");
                attempt("read restored", () -> arrays.read(Object.class));
            }
        });
        remove(COPY);
        attempt("restoreInto", () -> restoreInto(file, bytes.isRepacked()));
    }

    /** Either nothing was changed, or, where the checksums speak, the values are those that were saved. */
    private void restoreInto(final Path file, final boolean isRepacked) {
        clear();
        final Map<String, Object> before = target.read(Object.class);
        try {
            Checkpoint.restoreInto(target, file);
            if (!isRepacked) {
                checkEqual("restored other values", original);
            }
        } catch (final InvalidCheckpointException e) {
            checkEqual("changed by a checkpoint that was refused", before);
            throw e;
        }
    }

    private void clear() {
        final Map<String, Object> values = target.read(Object.class);
        values.replaceAll((name, value) -> ElementAccesses.of(target.array(name).elementType())
                .allocate(target.array(name).elementCount()));
        target.write(values);
    }

    private void checkEqual(final String what, final Map<String, Object> expected) {
        target.read(Object.class).forEach((name, values) -> {
            if (!java.util.Objects.deepEquals(values, expected.get(name))) {
                finding(what, new AssertionError(what + ": name=" + name));
            }
        });
    }

    /** What takes long is done with some of the mutants only. */
    private boolean isRare() {
        return counts.get("mutants") % RARE == 0;
    }

    private void remove(final String name) {
        if (!Files.exists(directory.resolve(name))) {
            return;
        }
        if (isRare() || name.equals(COPY)) {
            attempt("remove", () -> removeOrRefuse(name));
        }
        if (Files.exists(directory.resolve(name))) {
            Originals.delete(directory.resolve(name));
        }
    }

    /** What no magic and no uid shows to be a segment is left as it is, all of it, and the exception says so. */
    private void removeOrRefuse(final String name) {
        final Path segment = directory.resolve(name);
        final String[] before = segment.toFile().list();
        try {
            ShmArrays.remove(name, settings);
        } catch (final InvalidSegmentException e) {
            if (name.equals(COPY)
                    || !e.getMessage().startsWith("not deleted, because it is not only a segment")
                    || segment.toFile().list().length < before.length) {
                throw new AssertionError("refused without a reason: " + mutant, e);
            }
            throw e;
        }
        if (Files.exists(segment)) {
            throw new AssertionError("it can't be removed: " + mutant);
        }
    }

    private ShmArrays opened(final Supplier<ShmArrays> opening) {
        final ShmArrays arrays = opening.get();
        open.add(arrays);
        return arrays;
    }

    /** Ends the waits of a slow trial. */
    void closeHandles() {
        count("slow");
        for (ShmArrays arrays = open.poll(); arrays != null; arrays = open.poll()) {
            final ShmArrays closing = arrays;
            attempt("close", closing::close); // the trial may delete its segment at this moment
        }
    }

    private void attempt(final String what, final Step step) {
        try {
            step.run();
        } catch (final Throwable thrown) {
            if (isDocumented(thrown)) {
                count("refused by " + thrown.getClass().getSimpleName());
            } else {
                finding(what, thrown);
            }
        }
    }

    private static boolean isDocumented(final Throwable thrown) {
        if (thrown instanceof UpdateFailedException) {
            return isDocumented(thrown.getCause());
        }
        if (thrown.getClass() == IllegalStateException.class) {
            return thrown.getMessage().startsWith("the handle is closed")
                    || thrown.getMessage().startsWith("this handle has paused the segment");
        }
        if (thrown.getClass() == IllegalArgumentException.class) {
            // Those who attach to arrays that they expect.
            return thrown.getMessage().startsWith("the segment's array differs from the expected one")
                    || thrown.getMessage().startsWith("array not in segment");
        }
        return thrown.getClass().getName().startsWith("org.shmarrays.");
    }

    /** Said once for each place; counted each time. */
    void finding(final String what, final Throwable thrown) {
        findings++;
        final String stack = MutantRun.stack(thrown);
        final StackTraceElement[] frames = thrown.getStackTrace();
        if (known.add(thrown.getClass() + what + (frames.length == 0 ? "" : frames[0]))) {
            System.out.println("FINDING " + mutant + ", in=" + what + ", " + stack);
        }
    }
}
