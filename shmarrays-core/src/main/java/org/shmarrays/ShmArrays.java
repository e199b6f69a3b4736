package org.shmarrays;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.BinaryOperator;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.access.ArrayPieces;
import org.shmarrays.internal.access.AttachedPartitions;
import org.shmarrays.internal.access.Attaching;
import org.shmarrays.internal.access.Attachment;
import org.shmarrays.internal.access.Calls;
import org.shmarrays.internal.access.NamedCalls;
import org.shmarrays.internal.access.Target;
import org.shmarrays.internal.segment.PartitionAccess;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.status.WorkerMetrics;
import org.shmarrays.update.ElementwiseFunction;
import org.shmarrays.update.OwnedValues;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/**
 * The named arrays of a segment in shared memory, which several processes read and update.
 *
 * <p>A handle belongs to one thread at a time and holds one slot of the segment; {@link #newHandle()} gives another
 * thread its own over the same mapping. {@link #close()} may be called by any thread. Inside an update function every
 * other call on the segment throws IllegalStateException.
 *
 * <p>Values are Java arrays: float[] for float32 and the 16-bit types, double[], int[], long[], flat, in the array's
 * order of elements. A map of values names arrays or aliases; names that overlap in memory are refused.
 *
 * <p>What a read sees, and what an update may lose, is a matter of each array's {@link Mode}. A wait for a lock ends at
 * the lock timeout with LockTimeoutException, which is the cause of an update's UpdateFailedException. A push waits for
 * the end of a pause, for a snapshot of the whole segment, for two minutes at most, then it throws
 * WaitTimeoutException. With {@link Settings.OnTimeout#WAIT}, the default in workers that the launcher has started,
 * neither ends so: it warns once per timeout and waits on. After the segment's removal every call throws
 * SegmentRemovedException.
 */
public final class ShmArrays implements AutoCloseable {
    static {
        Doors.SEGMENT.open(ShmArrays::segment);
        Doors.PARTITIONS.open(ShmArrays::partitions);
        Doors.PIECES.open(arrays -> new ArrayPieces(arrays.attachment));
    }

    private final Attachment attachment;
    private final Calls calls;
    private final NamedCalls named;

    ShmArrays(final Attachment attachment) {
        this.attachment = attachment;
        this.calls = new Calls(attachment);
        this.named = new NamedCalls(calls);
    }

    private static Consumer<Attachment> handing(final Consumer<ShmArrays> initializer) {
        return attachment -> initializer.accept(new ShmArrays(attachment));
    }

    /**
     * Creates a segment of arrays that are all zeros.
     *
     * @throws org.shmarrays.errors.SegmentExistsException if there is one of this name
     * @throws org.shmarrays.errors.InsufficientSpaceException if there is too little room; nothing is left behind
     * @throws IllegalArgumentException if a name is no name, or stands twice
     */
    public static ShmArrays create(final String name, final ArraySpec... specs) {
        return create(name, List.of(specs), Settings.fromProperties());
    }

    /** {@link #create(String, ArraySpec...)} with settings. */
    public static ShmArrays create(final String name, final List<ArraySpec> specs, final Settings settings) {
        return create(name, specs, arrays -> {}, settings);
    }

    /**
     * Creates a segment under a unique name, {@link #name()}, with these values.
     *
     * @param values one-dimensional arrays, in this order; float[], double[], int[] or long[]
     */
    public static ShmArrays create(final Map<String, ?> values) {
        return create(uniqueName(), values, Settings.fromProperties());
    }

    /** A name for a segment that no other has. */
    public static String uniqueName() {
        return Attaching.uniqueName();
    }

    /** Creates a segment with these values; parameters as of {@link #create(Map)}. */
    public static ShmArrays create(final String name, final Map<String, ?> values, final Settings settings) {
        return create(name, NamedCalls.specs(values), arrays -> arrays.write(values), settings);
    }

    /**
     * Creates a segment and fills it before anybody can attach to it.
     *
     * @param initializer writes the first values; if it throws, there is no segment
     */
    public static ShmArrays create(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<ShmArrays> initializer,
            final Settings settings) {
        return Attaching.create(name, specs, handing(initializer), settings.options())
                .as(ShmArrays::new);
    }

    /**
     * Attaches to the segment, or creates it: of several processes that call this at the same time, exactly one
     * initialises, and the others wait until it has.
     *
     * @param initializer writes the first values, in the process that creates
     * @throws org.shmarrays.errors.SegmentExistsException if there is one that no living process uses; see {@link
     *     Settings#withLeftovers}. A worker attaches to that of its own run, though all others have died
     * @throws IllegalArgumentException if there is one with other arrays
     */
    public static ShmArrays createOrAttach(
            final String name, final List<ArraySpec> specs, final Consumer<ShmArrays> initializer) {
        return createOrAttach(name, specs, initializer, Settings.fromProperties());
    }

    /** {@link #createOrAttach(String, List, Consumer)} with settings. */
    public static ShmArrays createOrAttach(
            final String name,
            final List<ArraySpec> specs,
            final Consumer<ShmArrays> initializer,
            final Settings settings) {
        return createOrAttach(null, name, specs, initializer, settings);
    }

    /**
     * The same for a worker, in the segment that its launcher named; the worker takes the handle's slot. Where no one
     * named one, a worker that is alone uses {@link Worker#segmentName() one of its own}, which is removed when this
     * process ends.
     */
    public static ShmArrays createOrAttach(
            final Worker worker, final List<ArraySpec> specs, final Consumer<ShmArrays> initializer) {
        return createOrAttach(worker, worker.segmentName(), specs, initializer, Settings.fromProperties());
    }

    /** The same for a worker, in a segment of this name. */
    public static ShmArrays createOrAttach(
            final Worker worker,
            final String name,
            final List<ArraySpec> specs,
            final Consumer<ShmArrays> initializer,
            final Settings settings) {
        return Attaching.createOrAttach(name, specs, handing(initializer), Doors.MEMBER.of(worker), settings.options())
                .as(ShmArrays::new);
    }

    /**
     * {@link #createOrAttach(String, List, Consumer, Settings)} for a segment whose arrays only its creator knows, such
     * as a data set that is loaded once. A segment of this name that is not the wanted one is replaced, whatever
     * {@link Settings#withLeftovers} says, unless a living process uses it.
     *
     * @param isWanted looks at the segment that is there, read-only; if it throws, the segment stays
     * @param specs called in the process that creates
     * @param initializer writes the first values, in the same process
     * @throws org.shmarrays.errors.SegmentExistsException if there is one that is not wanted, and a living process
     *     uses it
     * @throws org.shmarrays.errors.LockTimeoutException if another process creates it, and takes longer than the
     *     worker timeout
     */
    public static ShmArrays createOrAttach(
            final String name,
            final Predicate<ShmArrays> isWanted,
            final Supplier<List<ArraySpec>> specs,
            final Consumer<ShmArrays> initializer,
            final Settings settings) {
        final Predicate<Attachment> wanted = found -> isWanted.test(new ShmArrays(found));
        return Attaching.createOrAttach(name, wanted, specs, handing(initializer), settings.options())
                .as(ShmArrays::new);
    }

    /**
     * Attaches to a segment by its name alone: it describes itself. Waits for one that is about to be created.
     *
     * @throws org.shmarrays.errors.SegmentNotFoundException if none appears before the attach timeout
     * @throws org.shmarrays.errors.InvalidSegmentException if its files are damaged, of another version, or another
     *     user's
     * @throws org.shmarrays.errors.NoFreeSlotException if processes hold all slots, or runs still need their records
     */
    public static ShmArrays attach(final String name) {
        return attach(name, Settings.fromProperties());
    }

    /** {@link #attach(String)} with settings. */
    public static ShmArrays attach(final String name, final Settings settings) {
        return attach(null, name, settings);
    }

    /** Attaches a worker to the segment that its launcher named; the worker takes the handle's slot. */
    public static ShmArrays attach(final Worker worker) {
        return attach(worker, worker.segmentName(), Settings.fromProperties());
    }

    /** Attaches a worker to a segment of this name; the worker takes the handle's slot. */
    public static ShmArrays attach(final Worker worker, final String name, final Settings settings) {
        return Attaching.attach(name, Doors.MEMBER.of(worker), settings.options())
                .as(ShmArrays::new);
    }

    /** Attaches without a slot, mapped read-only: for evaluators and servers. It takes no lock and changes nothing. */
    public static ShmArrays attachReadOnly(final String name) {
        return attachReadOnly(name, Settings.fromProperties());
    }

    /** {@link #attachReadOnly(String)} with settings. */
    public static ShmArrays attachReadOnly(final String name, final Settings settings) {
        return Attaching.attachReadOnly(name, settings.options()).as(ShmArrays::new);
    }

    /** Whether there is a segment of this name, finished or not. */
    public static boolean exists(final String name, final Settings settings) {
        return settings.root().holds(name);
    }

    /**
     * Removes a segment; whoever is attached gets SegmentRemovedException from then on. Also deletes what a creator
     * that died left behind.
     *
     * @throws org.shmarrays.errors.SegmentNotFoundException if there is none of this name
     */
    public static void remove(final String name) {
        remove(name, Settings.fromProperties());
    }

    /** {@link #remove(String)} with settings. */
    public static void remove(final String name, final Settings settings) {
        Attaching.remove(name, settings.options());
    }

    /**
     * A further handle over the same mapping for another thread: with a slot of its own, or read-only as this one is.
     *
     * @throws org.shmarrays.errors.NoFreeSlotException if processes hold all slots, or runs still need their records
     */
    public ShmArrays newHandle() {
        return Attaching.another(attachment, null).as(ShmArrays::new);
    }

    /**
     * {@link #newHandle()} for a worker that is a thread of this process.
     *
     * @throws IllegalStateException if this handle is read-only: a worker needs a slot
     */
    public ShmArrays newHandle(final Worker worker) {
        return Attaching.another(attachment, Doors.MEMBER.of(worker)).as(ShmArrays::new);
    }

    /** The segment's name: all that another process needs to attach. */
    public String name() {
        return attachment.segment().name();
    }

    /**
     * Throws unless the segment's name still means it: before final values are read, for instance, or a long wait
     * begins. Pushes, steps, barriers and {@link #close} look by themselves.
     *
     * @throws org.shmarrays.errors.SegmentVanishedException if its files were deleted, renamed, replaced or cut from
     *     outside; values can still be read and saved through this handle
     * @throws org.shmarrays.errors.SegmentRemovedException if it was removed
     */
    public void checkPresent() {
        attachment.checkCallable();
        attachment.segment().presence().check();
    }

    /** Identifies the creation of the segment: a later segment of the same name has another. */
    public UUID uid() {
        return attachment.segment().uid();
    }

    /** Specifications of the arrays, in the order of creation. */
    public List<ArraySpec> specs() {
        return attachment.segment().layout().specs();
    }

    /**
     * Throws unless the segment has these arrays, each of that type, shape, order, mode and number of state arrays.
     *
     * @throws IllegalArgumentException otherwise, naming the first that differs
     */
    public void checkSpecs(final Collection<ArraySpec> expected) {
        Target.checkSpecs(attachment.segment(), expected);
    }

    /**
     * A prepared handle for an array or alias.
     *
     * @throws IllegalArgumentException if the segment has none of this name
     */
    public ArrayHandle array(final String name) {
        attachment.checkCallable();
        return new ArrayHandle(calls, calls.target(name));
    }

    /**
     * A prepared handle for several arrays or aliases, which are read and updated together.
     *
     * @param names in the order in which the group takes its values
     * @throws IllegalArgumentException if the segment lacks one of them, or two overlap in memory
     */
    public ArrayGroup group(final String... names) {
        attachment.checkCallable();
        return new ArrayGroup(calls, List.of(names));
    }

    /** The segment's run control. */
    public RunControl runControl() {
        return attachment.hasSlot()
                ? new RunControl(attachment.segment(), attachment.subject())
                : RunControl.of(attachment.segment());
    }

    /**
     * Reports how long this handle waits for locks and holds them to {@code metrics} from now on. Called by the
     * handle's own thread.
     *
     * @throws IllegalStateException if the handle is read-only: it takes no locks
     */
    public void observeLocks(final WorkerMetrics metrics) {
        Objects.requireNonNull(metrics, "metrics");
        attachment.observeLocks(metrics::waited, metrics::held);
    }

    /** Ends what {@link #observeLocks} began. */
    public void stopObservingLocks() {
        attachment.observeLocks(null, null);
    }

    /** The counters and the state of the segment, its arrays and its workers, read when they are asked for. */
    public SegmentStatus status() {
        return Doors.STATUS.of(attachment.segment());
    }

    Segment segment() {
        return attachment.segment();
    }

    PartitionAccess partitions() {
        return new AttachedPartitions(attachment);
    }

    /** Whether this handle has no slot and may not change values. */
    public boolean isReadOnly() {
        return !attachment.hasSlot();
    }

    /**
     * The slot that this handle holds, as status, meters and messages call it.
     *
     * @throws IllegalStateException if it is read-only and holds none
     */
    public int slotId() {
        return attachment.slotId();
    }

    /**
     * The values of all arrays, in the order of creation: consistent per partition in the locked modes, per element
     * otherwise.
     *
     * @throws IllegalArgumentException if some array is not of float32 or a 16-bit type: read it with
     *     {@link #read(Class)}
     */
    public Map<String, float[]> read() {
        return read(float[].class);
    }

    /**
     * {@link #read()} for arrays of other types.
     *
     * @param carrier {@code double[].class} and so on; {@code Object.class} for arrays of mixed types
     */
    public <A> Map<String, A> read(final Class<A> carrier) {
        return named.read(specs(), carrier);
    }

    /** Copies the named arrays and aliases into Java arrays or buffers of their types and lengths. */
    public void readInto(final Map<String, ?> into) {
        named.readInto(into);
    }

    /**
     * Rows of an array or alias, in the order in which they are named; see {@link ArrayHandle#gather(int[], Object)}.
     *
     * @return {@code [rows.length, rowLength]} row-major
     * @throws IllegalArgumentException if a row is not there, or the array is not of float32 or a 16-bit type: others
     *     are read by {@link #gather(String, int[], Class)}
     */
    public float[] gather(final String name, final int[] rows) {
        return gather(name, rows, float[].class);
    }

    /**
     * {@link #gather(String, int[])} for arrays of other types.
     *
     * @param carrier {@code double[].class} and so on
     */
    public <A> A gather(final String name, final int[] rows, final Class<A> carrier) {
        return named.gather(name, rows, carrier);
    }

    // --- Writing and updating ---

    /**
     * Sets the named arrays and aliases.
     *
     * @throws IllegalStateException for arrays of mode ORDERED after the first turn
     */
    public void write(final Map<String, ?> values) {
        named.write(values);
    }

    /**
     * Pushes: updates the named arrays in place by a ready-made function.
     *
     * @param gradients each a Java array or buffer of its array's type and length
     * @throws IllegalArgumentException if the function is not for an array's type or mode, or needs more state arrays
     * @throws UpdateFailedException if the push could not be finished; it says what was updated
     */
    public void update(final Map<String, ?> gradients, final UpdateFunction function) {
        named.push(gradients, function, null, null);
    }

    /** {@link #update(Map, UpdateFunction)}, with HOGWILD or ATOMIC chosen for this call. */
    public void update(final Map<String, ?> gradients, final UpdateFunction function, final Mode mode) {
        named.push(gradients, function, mode, null);
    }

    /**
     * {@link #update(Map, UpdateFunction)}, followed by code that a checkpoint of the whole segment can't separate from
     * it: a checkpoint contains both or neither. So a worker counts here what it has trained on.
     *
     * @param whenPushed called once, with no lock held, when everything is updated, such as to call {@link
     *     org.shmarrays.worker.Worker#countStep} or to store a position through a {@linkplain ArrayHandle#view() view}.
     *     It must not wait. In a push that failed it is called when {@link UpdateFailedException#resume()} has done the
     *     rest, and else not at all. When it throws, the arrays keep the update, and the push fails
     */
    public void update(final Map<String, ?> gradients, final UpdateFunction function, final Runnable whenPushed) {
        named.push(gradients, function, null, Objects.requireNonNull(whenPushed, "whenPushed"));
    }

    /**
     * Runs code whose updates a checkpoint of the whole segment can't separate: it contains all of them, and what the
     * code stores through {@linkplain ArrayHandle#view() views}, or nothing of it. So a worker trains on several
     * examples with an update for each, and stores at the end that they are done. A checkpoint waits for the end of the
     * code, which must not wait for other workers. Each update is visible to others at once. When an update throws,
     * those before it stay.
     *
     * @param updates calls this handle's methods
     * @throws IllegalStateException if the segment has arrays of mode ORDERED, where {@link #takeTurn} does this
     */
    public void updateTogether(final Runnable updates) {
        attachment.updateTogether(updates);
    }

    /** {@code old + new} for each element: the seed's {@code add_updates}. */
    public void add(final Map<String, ?> values) {
        update(values, Updates.add());
    }

    /**
     * Pushes with a user's element-wise function, one partition after the other.
     *
     * @param <A> the carrier of all named arrays
     */
    public <A> void updateElementwise(final Map<String, A> gradients, final ElementwiseFunction<A> function) {
        if (!gradients.isEmpty()) {
            named.pushElementwise(gradients, function);
        }
    }

    /**
     * Updates whole arrays by any function of (new, old) that returns the new values: a new array, or one of the two,
     * changed. It is called under the locks of all of the array's partitions, so others wait meanwhile; ATOMIC arrays
     * are refused. If it throws, or returns null or a wrong length, that array is as it was.
     *
     * @throws UpdateFailedException with the function's exception as its cause
     */
    public <A> void update(final Map<String, A> gradients, final BinaryOperator<A> function) {
        updateAndRead(gradients, function);
    }

    /**
     * {@link #update(Map, BinaryOperator)}, and the values as this update left them: the seed's {@code update_arrays}.
     */
    public <A> Map<String, A> updateAndRead(final Map<String, A> gradients, final BinaryOperator<A> function) {
        return named.pushWhole(gradients, function);
    }

    /**
     * Updates whole arrays by a function of (name, old), as {@link #update(Map, BinaryOperator)} does by one of (new,
     * old): for those whose gradients are no Java arrays.
     *
     * @param function gets a private copy of the old values, and returns the new ones: a Java array or buffer, or
     *     {@link OwnedValues}
     * @return what the function returned; of 16-bit arrays a copy of the values as they were rounded, a float[] if the
     *     new ones were in a float[], and otherwise a FloatBuffer
     */
    public Map<String, Object> updateWhole(
            final Collection<String> names, final BiFunction<String, Object, ?> function) {
        return named.pushWhole(names, function);
    }

    /** Pushes, and gives the values as this push left them, partition by partition. */
    public <A> Map<String, A> updateAndRead(final Map<String, A> gradients, final UpdateFunction function) {
        return named.pushAndRead(gradients, function);
    }

    /**
     * Pushes, and copies the values as this push left them, partition by partition.
     *
     * @param into for each named array a Java array or buffer of its type and length; may be the gradient itself
     */
    public void updateAndReadInto(
            final Map<String, ?> gradients, final UpdateFunction function, final Map<String, ?> into) {
        named.pushAndReadInto(gradients, function, into);
    }

    /** Adds to rows of an array or alias; see {@link ArrayHandle#scatterAdd(int[], Object)}. */
    public void scatterAdd(final String name, final int[] rows, final Object values) {
        scatterUpdate(name, rows, values, Updates.add());
    }

    /** {@link #scatterAdd(String, int[], Object)}, with HOGWILD or ATOMIC chosen for this call. */
    public void scatterAdd(final String name, final int[] rows, final Object values, final Mode mode) {
        scatterUpdate(name, rows, values, Updates.add(), mode);
    }

    /**
     * Updates rows of an array or alias, and their state arrays, by a ready-made function, lazily: see {@link
     * ArrayHandle#scatterUpdate(int[], Object, UpdateFunction)}.
     */
    public void scatterUpdate(
            final String name, final int[] rows, final Object gradients, final UpdateFunction function) {
        scatterUpdate(name, rows, gradients, function, null);
    }

    /** {@link #scatterUpdate(String, int[], Object, UpdateFunction)}, with HOGWILD or ATOMIC chosen for this call. */
    public void scatterUpdate(
            final String name,
            final int[] rows,
            final Object gradients,
            final UpdateFunction function,
            final Mode mode) {
        named.scatter(name, rows, gradients, function, mode);
    }

    /**
     * Lets a turn of mode ORDERED pass without pushing anything. The arrays are copied as after a push, so this waits
     * for the end of a pause of the segment, too.
     *
     * @throws IllegalStateException if the segment has no ORDERED array
     * @throws UpdateFailedException if the copy can't be made: until its next turn the handle reads the shared values
     */
    public void skip() {
        calls.skip();
    }

    /**
     * Waits for this worker's turn of mode ORDERED, and holds it over several calls, for a step that reads, computes
     * and pushes before another worker does:
     *
     * <pre>{@code
     * try (Turn turn = params.takeTurn()) {
     *     params.readInto(values); // with what the turns before have pushed
     *     push.run(function);      // in this turn
     * }
     * }</pre>
     *
     * <p>A push waits for a turn of its own unless one is held. The first turn comes when all workers have come to
     * theirs.
     *
     * @throws IllegalStateException if the segment has no ORDERED array, this handle holds its turn already, or the
     *     turns are those of another run that is under way
     * @throws org.shmarrays.errors.WaitTimeoutException if another worker does not come, or does not end its turn,
     *     before the worker timeout; not if {@code Settings.onTimeout} is WAIT: then it warns once per timeout and
     *     waits on
     * @throws org.shmarrays.errors.BlockedWaitException if a worker that is waited for waits for this one
     */
    public Turn takeTurn() {
        final Turn turn = new Turn(calls);
        calls.takeTurn(turn);
        return turn;
    }

    /**
     * Closes the handle and frees its slot; twice is harmless. Views and the segment stay. A {@link Turn} that is held
     * is over.
     *
     * @throws org.shmarrays.errors.SegmentVanishedException if the handle has a slot, the segment's files were
     *     deleted, renamed, replaced or cut from outside, and no call has said so; the handle is closed then
     */
    @Override
    public void close() {
        attachment.close();
    }
}
