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
import org.shmarrays.internal.access.Removing;
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

// Over 300 lines: the façade of a handle, one short method and its contract for each call.
/**
 * A handle for the named arrays of a segment in shared memory. Several processes read and update them.
 *
 * <p>A handle belongs to one thread at a time, and holds one slot of the segment. {@link #newHandle()} gives another
 * thread a handle over the same mapping. Any thread may call {@link #close()}. Inside an update function, every other
 * call on the segment throws IllegalStateException. After the segment was removed, every call throws
 * SegmentRemovedException.
 *
 * <p>Values are flat Java arrays in the array's order of elements: float[] for float32 and the 16-bit types, double[],
 * int[] or long[]. A map of values names arrays or aliases. Names that overlap in memory are refused.
 *
 * <p>The {@link Mode} of an array decides what a read sees and what an update may lose. Two waits have a deadline: the
 * wait for a lock (lock timeout, then LockTimeoutException, which is the cause of an update's UpdateFailedException),
 * and the wait of a push for the end of a snapshot's pause (two minutes, then WaitTimeoutException). With {@link
 * Settings.OnTimeout#WAIT}, the default in workers of the launcher, both warn once per timeout and keep waiting.
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
     * Creates a segment whose arrays contain zeros.
     *
     * @throws org.shmarrays.errors.SegmentExistsException if a segment of this name exists
     * @throws org.shmarrays.errors.InsufficientSpaceException if there is too little free space; nothing is left behind
     * @throws IllegalArgumentException if a name is invalid, or two arrays have the same name
     */
    public static ShmArrays create(final String name, final ArraySpec... specs) {
        return create(name, List.of(specs), Settings.fromProperties());
    }

    /** {@link #create(String, ArraySpec...)} with settings. */
    public static ShmArrays create(final String name, final List<ArraySpec> specs, final Settings settings) {
        return create(name, specs, arrays -> {}, settings);
    }

    /**
     * Creates a segment with these values, under a unique {@link #name()}.
     *
     * @param values one-dimensional arrays in this order: float[], double[], int[] or long[]
     */
    public static ShmArrays create(final Map<String, ?> values) {
        return create(uniqueName(), values, Settings.fromProperties());
    }

    /** A name that no other segment has. */
    public static String uniqueName() {
        return Attaching.uniqueName();
    }

    /** Creates a segment with these values; parameters as of {@link #create(Map)}. */
    public static ShmArrays create(final String name, final Map<String, ?> values, final Settings settings) {
        return create(name, NamedCalls.specs(values), arrays -> arrays.write(values), settings);
    }

    /**
     * Creates a segment, and fills it before another process can attach to it.
     *
     * @param initializer writes the first values; if it throws, no segment is created
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
     * Attaches to the segment, or creates it. If several processes call this at the same time, exactly one creates and
     * initialises the segment, and the others wait until that is done.
     *
     * @param initializer writes the first values, in the process that creates the segment
     * @throws org.shmarrays.errors.SegmentExistsException if the segment exists and no living process uses it; see
     *     {@link Settings#withLeftovers}. A worker attaches to the segment of its own run even if all others have died
     * @throws IllegalArgumentException if the segment exists and has other arrays
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
     * The same for a worker, in the segment that its launcher named. The worker gets the handle's slot. If no segment
     * was named, a worker that is the only one of its run uses a segment with a {@linkplain Worker#segmentName()
     * made-up name}, which is removed when this process ends.
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
     * as a data set that is loaded once. If a segment of this name exists and is not the wanted one, it is replaced,
     * whatever {@link Settings#withLeftovers} says, unless a living process uses it.
     *
     * @param isWanted checks the existing segment through a read-only handle; if it throws, the segment stays
     * @param specs called in the process that creates the segment
     * @param initializer writes the first values, in the same process
     * @throws org.shmarrays.errors.SegmentExistsException if the existing segment is not the wanted one, and a living
     *     process uses it
     * @throws org.shmarrays.errors.LockTimeoutException if another process creates the segment, and takes longer than
     *     the worker timeout
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
     * Attaches to a segment by its name alone; the segment describes itself. Waits if the segment does not exist yet.
     *
     * @throws org.shmarrays.errors.SegmentNotFoundException if it does not exist at the end of the attach timeout
     * @throws org.shmarrays.errors.InvalidSegmentException if its files are damaged, have another layout version, or
     *     belong to another user
     * @throws org.shmarrays.errors.NoFreeSlotException if processes hold all slots, or runs still need their records
     */
    public static ShmArrays attach(final String name) {
        return attach(name, Settings.fromProperties());
    }

    /** {@link #attach(String)} with settings. */
    public static ShmArrays attach(final String name, final Settings settings) {
        return attach(null, name, settings);
    }

    /** Attaches a worker to the segment that its launcher named. The worker gets the handle's slot. */
    public static ShmArrays attach(final Worker worker) {
        return attach(worker, worker.segmentName(), Settings.fromProperties());
    }

    /** Attaches a worker to the segment of this name. The worker gets the handle's slot. */
    public static ShmArrays attach(final Worker worker, final String name, final Settings settings) {
        return Attaching.attach(name, Doors.MEMBER.of(worker), settings.options())
                .as(ShmArrays::new);
    }

    /**
     * Attaches read-only and without a slot: for evaluators and servers. The handle takes no lock and changes nothing.
     */
    public static ShmArrays attachReadOnly(final String name) {
        return attachReadOnly(name, Settings.fromProperties());
    }

    /** {@link #attachReadOnly(String)} with settings. */
    public static ShmArrays attachReadOnly(final String name, final Settings settings) {
        return Attaching.attachReadOnly(name, settings.options()).as(ShmArrays::new);
    }

    /** True if a segment of this name exists, even if it is not finished. */
    public static boolean exists(final String name, final Settings settings) {
        return settings.root().holds(name);
    }

    /**
     * Removes a segment. From then on, the processes that are attached get SegmentRemovedException. Also deletes what a
     * creator that died left behind.
     *
     * @throws org.shmarrays.errors.SegmentNotFoundException if no segment of this name exists
     */
    public static void remove(final String name) {
        remove(name, Settings.fromProperties());
    }

    /** {@link #remove(String)} with settings. */
    public static void remove(final String name, final Settings settings) {
        Removing.remove(name, settings.options());
    }

    /**
     * Another handle over the same mapping, for another thread. It has a slot of its own, or is read-only if this one
     * is.
     *
     * @throws org.shmarrays.errors.NoFreeSlotException if processes hold all slots, or runs still need their records
     */
    public ShmArrays newHandle() {
        return Attaching.another(attachment, null).as(ShmArrays::new);
    }

    /**
     * {@link #newHandle()} for a worker that is a thread of this process.
     *
     * @throws IllegalStateException if this handle is read-only, because a worker needs a slot
     */
    public ShmArrays newHandle(final Worker worker) {
        return Attaching.another(attachment, Doors.MEMBER.of(worker)).as(ShmArrays::new);
    }

    /** The segment's name. Another process needs nothing else to attach. */
    public String name() {
        return attachment.segment().name();
    }

    /**
     * Throws unless the segment's name still refers to this segment. Call it, for instance, before you read final
     * values or begin a long wait. Pushes, steps, barriers and {@link #close} check this themselves.
     *
     * @throws org.shmarrays.errors.SegmentVanishedException if another program deleted, renamed, replaced or truncated
     *     the segment's files. Values can still be read and saved through this handle
     * @throws org.shmarrays.errors.SegmentRemovedException if the segment was removed
     */
    public void checkPresent() {
        attachment.checkCallable();
        attachment.segment().presence().check();
    }

    /** Identifies this creation of the segment. A later segment of the same name has another id. */
    public UUID uid() {
        return attachment.segment().uid();
    }

    /** The specifications of the arrays, in the order in which they were created. */
    public List<ArraySpec> specs() {
        return attachment.segment().layout().specs();
    }

    /**
     * Throws unless the segment has these arrays, with the same types, shapes, orders, modes and numbers of state
     * arrays.
     *
     * @throws IllegalArgumentException if an array differs; the message names the first
     */
    public void checkSpecs(final Collection<ArraySpec> expected) {
        Target.checkSpecs(attachment.segment(), expected);
    }

    /**
     * A handle for an array or alias. Look it up once.
     *
     * @throws IllegalArgumentException if the segment has no array or alias of this name
     */
    public ArrayHandle array(final String name) {
        attachment.checkCallable();
        return new ArrayHandle(calls, calls.target(name));
    }

    /**
     * A handle for several arrays or aliases that are read and updated together. Look it up once.
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
     * From now on, reports to {@code metrics} how long this handle waits for locks and holds them. The reports come
     * from the handle's own thread.
     *
     * @throws IllegalStateException if the handle is read-only, because it takes no locks
     */
    public void observeLocks(final WorkerMetrics metrics) {
        Objects.requireNonNull(metrics, "metrics");
        attachment.observeLocks(metrics::waited, metrics::held);
    }

    /** Stops the reports of {@link #observeLocks}. */
    public void stopObservingLocks() {
        attachment.observeLocks(null, null);
    }

    /** The counters and the state of the segment, its arrays and its workers. Each call reads the current values. */
    public SegmentStatus status() {
        return Doors.STATUS.of(attachment.segment());
    }

    Segment segment() {
        return attachment.segment();
    }

    PartitionAccess partitions() {
        return new AttachedPartitions(attachment);
    }

    /** True if this handle has no slot, and so can't change values. */
    public boolean isReadOnly() {
        return !attachment.hasSlot();
    }

    /**
     * The number of this handle's slot, as in the status, in meters and in messages.
     *
     * @throws IllegalStateException if the handle is read-only, and so has no slot
     */
    public int slotId() {
        return attachment.slotId();
    }

    /**
     * The values of all arrays, in the order in which they were created. A read is consistent per partition in the
     * locked modes, and per element otherwise.
     *
     * @throws IllegalArgumentException if an array is not of float32 or a 16-bit type: use {@link #read(Class)}
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
     * @throws IllegalArgumentException if a row does not exist, or the array is not of float32 or a 16-bit type: use
     *     {@link #gather(String, int[], Class)}
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
     * @param gradients for each name a Java array or buffer of the array's type and length
     * @throws IllegalArgumentException if the function does not support an array's type, mode or number of state arrays
     * @throws UpdateFailedException if the push could not be finished. It says what was updated
     */
    public void update(final Map<String, ?> gradients, final UpdateFunction function) {
        named.push(gradients, function, null, null);
    }

    /** {@link #update(Map, UpdateFunction)}, with HOGWILD or ATOMIC chosen for this call. */
    public void update(final Map<String, ?> gradients, final UpdateFunction function, final Mode mode) {
        named.push(gradients, function, mode, null);
    }

    /**
     * {@link #update(Map, UpdateFunction)}, followed by code that belongs to the push: a checkpoint of the whole
     * segment contains both or neither. So count here what the worker has trained on.
     *
     * @param whenPushed called once, when everything is updated and no lock is held. It may call
     *     {@link org.shmarrays.worker.Worker#countStep}, or store a position through a
     *     {@linkplain ArrayHandle#view() view}. It must not wait. If the push fails, it is called only after
     *     {@link UpdateFailedException#resume()} has done the rest. If it throws, the arrays keep the update, and the
     *     push fails
     */
    public void update(final Map<String, ?> gradients, final UpdateFunction function, final Runnable whenPushed) {
        named.push(gradients, function, null, Objects.requireNonNull(whenPushed, "whenPushed"));
    }

    /**
     * Runs code whose updates belong together: a checkpoint of the whole segment contains all of them, and what the
     * code stores through {@linkplain ArrayHandle#view() views}, or nothing. So a worker can train on several examples
     * with one update for each, and store at the end that they are done. A checkpoint waits for the end of the code. So
     * the code must not wait for other workers. If an update throws, the updates before it stay.
     *
     * @param updates calls methods of this handle
     * @throws IllegalStateException if the segment has arrays of mode ORDERED: use {@link #takeTurn}
     */
    public void updateTogether(final Runnable updates) {
        attachment.updateTogether(updates);
    }

    /** {@code old + new} for each element, as {@code add_updates} of SHMArrays. */
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
     * Updates whole arrays by a function of (gradient, old) that returns the new values: a new array, or one of the two
     * arguments, changed. The function runs while the locks of all partitions of the array are held, so other workers
     * wait. ATOMIC arrays are refused. If it throws, or returns null or a wrong length, the array is as it was.
     *
     * @throws UpdateFailedException with the function's exception as its cause
     */
    public <A> void update(final Map<String, A> gradients, final BinaryOperator<A> function) {
        updateAndRead(gradients, function);
    }

    /**
     * {@link #update(Map, BinaryOperator)}; returns the new values, as {@code update_arrays} of SHMArrays.
     */
    public <A> Map<String, A> updateAndRead(final Map<String, A> gradients, final BinaryOperator<A> function) {
        return named.pushWhole(gradients, function);
    }

    /**
     * {@link #update(Map, BinaryOperator)} with a function of (name, old), for gradients that are not Java arrays.
     *
     * @param function gets a private copy of the old values, and returns the new ones: a Java array or buffer, or
     *     {@link OwnedValues}
     * @return what the function returned. For 16-bit arrays, a copy of the rounded values: a float[] if the function
     *     returned a float[], otherwise a FloatBuffer
     */
    public Map<String, Object> updateWhole(
            final Collection<String> names, final BiFunction<String, Object, ?> function) {
        return named.pushWhole(names, function);
    }

    /** Pushes, and returns the values as this push left them, partition by partition. */
    public <A> Map<String, A> updateAndRead(final Map<String, A> gradients, final UpdateFunction function) {
        return named.pushAndRead(gradients, function);
    }

    /**
     * Pushes, and copies the values as this push left them, partition by partition.
     *
     * @param into for each name a Java array or buffer of the array's type and length. It may be the gradient itself
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
     * Updates rows of an array or alias, and their state arrays, by a ready-made function; see {@link
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
     * Skips this worker's turn of mode ORDERED: the turn passes without a push. The arrays are copied as after a push,
     * so this waits for the end of a pause of the segment, too.
     *
     * @throws IllegalStateException if the segment has no ORDERED array
     * @throws UpdateFailedException if the copy can't be made. The handle reads the shared values until its next turn
     */
    public void skip() {
        calls.skip();
    }

    /**
     * Waits for this worker's turn of mode ORDERED, and holds it over several calls: the worker reads, computes and
     * pushes before the next worker does.
     *
     * <pre>{@code
     * try (Turn turn = params.takeTurn()) {
     *     params.readInto(values); // includes all pushes of earlier turns
     *     push.run(function);      // in this turn
     * }
     * }</pre>
     *
     * <p>Without a held turn, each push waits for a turn of its own. The first turn begins when all workers have come
     * to their first turn.
     *
     * @throws IllegalStateException if the segment has no ORDERED array, if this handle already holds its turn, or if
     *     another run is in progress
     * @throws org.shmarrays.errors.WaitTimeoutException if another worker does not come, or does not end its turn,
     *     before the worker timeout. If {@code Settings.onTimeout} is WAIT, this warns once per timeout instead
     * @throws org.shmarrays.errors.BlockedWaitException if this worker waits for a worker that waits for this one
     */
    public Turn takeTurn() {
        final Turn turn = new Turn(calls);
        calls.takeTurn(turn);
        return turn;
    }

    /**
     * Closes the handle and frees its slot. Views stay valid, and the segment stays. A {@link Turn} that is held ends.
     * A second call does nothing.
     *
     * @throws org.shmarrays.errors.SegmentVanishedException if the handle has a slot, another program deleted, renamed,
     *     replaced or truncated the segment's files, and no call has thrown this before. The handle is closed
     */
    @Override
    public void close() {
        attachment.close();
    }
}
