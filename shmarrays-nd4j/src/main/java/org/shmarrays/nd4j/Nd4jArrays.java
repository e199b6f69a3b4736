package org.shmarrays.nd4j;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

// Over 300 lines: the façade of a handle, one short method and its contract for each call.
/**
 * The arrays of a segment as INDArrays. It wraps a {@link ShmArrays} and promises what that promises: a handle belongs
 * to one thread at a time.
 *
 * <p>Arrays that are given have the shared array's shape; another order of elements, a strided view, or a type whose
 * values all fit into the shared array's type (INT into DOUBLE, HALF into FLOAT) costs a copy, a type that would lose
 * something is refused. Arrays of HALF and BFLOAT16 are read and calculated with as FLOAT, in which the core carries
 * them.
 *
 * <p>On ND4J's CPU backend gradients and values go between the shared memory and the INDArrays' own memory without
 * copies in between, and {@link #view} gives an INDArray that is the shared memory. On other backends the arrays'
 * values live on a device, so that everything goes through copies on the host, and views are refused; this was not run
 * on CUDA.
 */
public final class Nd4jArrays implements AutoCloseable {
    private final ShmArrays arrays;
    private final Transfer transfer;
    private final SharedArrays shared;

    Nd4jArrays(final ShmArrays arrays, final Transfer transfer) {
        this.arrays = arrays;
        this.transfer = transfer;
        this.shared = new SharedArrays(arrays, transfer);
    }

    // --- Creation and attachment ---

    /**
     * Specifications of arrays of these names, types, shapes and orders, in {@link Mode#LOCKED} and without state
     * arrays.
     *
     * @throws IllegalArgumentException if a type can't be shared, or an array is empty
     */
    public static List<ArraySpec> specs(final Map<String, INDArray> values) {
        return SharedArrays.specs(values);
    }

    /** Creates a segment under a unique name, with these values; see {@link #name()}. */
    public static Nd4jArrays create(final Map<String, INDArray> values) {
        return create(ShmArrays.uniqueName(), values);
    }

    /** Creates a segment with these values, as {@link #specs} has them. */
    public static Nd4jArrays create(final String name, final Map<String, INDArray> values) {
        return create(name, values, Settings.fromProperties());
    }

    /** {@link #create(String, Map)} with settings. */
    public static Nd4jArrays create(final String name, final Map<String, INDArray> values, final Settings settings) {
        return create(name, values, spec -> spec, settings);
    }

    /**
     * Creates a segment with these values.
     *
     * @param choice of mode and state arrays, {@code spec -> spec.inMode(HOGWILD).withState(1)}, given each of
     *     {@link #specs}
     * @throws org.shmarrays.errors.SegmentExistsException if there is one of this name
     * @throws org.shmarrays.errors.InsufficientSpaceException if there is too little room
     * @throws IllegalArgumentException if an array is empty, or its type can't be shared
     */
    public static Nd4jArrays create(
            final String name,
            final Map<String, INDArray> values,
            final UnaryOperator<ArraySpec> choice,
            final Settings settings) {
        return of(ShmArrays.create(
                name, chosen(values, choice), created -> of(created).write(values), settings));
    }

    /**
     * Attaches to the segment, or creates it with these values: of several processes that call this at the same time,
     * exactly one writes its values, and the others wait until it has.
     *
     * @param choice as of {@link #create(String, Map, UnaryOperator, Settings)}
     * @throws org.shmarrays.errors.SegmentExistsException if there is one that no living process uses; see {@link
     *     Settings#withLeftovers}
     * @throws IllegalArgumentException if there is one with other arrays
     */
    public static Nd4jArrays createOrAttach(
            final String name,
            final Map<String, INDArray> values,
            final UnaryOperator<ArraySpec> choice,
            final Settings settings) {
        return of(ShmArrays.createOrAttach(
                name, chosen(values, choice), created -> of(created).write(values), settings));
    }

    /** The same for a worker, in the segment that its launcher named; the worker takes the handle's slot. */
    public static Nd4jArrays createOrAttach(
            final Worker worker, final Map<String, INDArray> values, final UnaryOperator<ArraySpec> choice) {
        return createOrAttach(worker, worker.segmentName(), values, choice, Settings.fromProperties());
    }

    /** The same for a worker, in a segment of this name. */
    public static Nd4jArrays createOrAttach(
            final Worker worker,
            final String name,
            final Map<String, INDArray> values,
            final UnaryOperator<ArraySpec> choice,
            final Settings settings) {
        return of(ShmArrays.createOrAttach(
                worker, name, chosen(values, choice), created -> of(created).write(values), settings));
    }

    private static List<ArraySpec> chosen(final Map<String, INDArray> values, final UnaryOperator<ArraySpec> choice) {
        return specs(values).stream().map(choice).toList();
    }

    /** Attaches to a segment by its name alone; see {@link ShmArrays#attach(String)}. */
    public static Nd4jArrays attach(final String name) {
        return of(ShmArrays.attach(name));
    }

    /** {@link #attach(String)} with settings. */
    public static Nd4jArrays attach(final String name, final Settings settings) {
        return of(ShmArrays.attach(name, settings));
    }

    /** Attaches a worker to the segment that its launcher named; the worker takes the handle's slot. */
    public static Nd4jArrays attach(final Worker worker) {
        return of(ShmArrays.attach(worker));
    }

    /** Attaches a worker to a segment of this name; the worker takes the handle's slot. */
    public static Nd4jArrays attach(final Worker worker, final String name, final Settings settings) {
        return of(ShmArrays.attach(worker, name, settings));
    }

    /** Attaches without a slot, mapped read-only: for evaluators and servers. */
    public static Nd4jArrays attachReadOnly(final String name) {
        return of(ShmArrays.attachReadOnly(name));
    }

    /** {@link #attachReadOnly(String)} with settings. */
    public static Nd4jArrays attachReadOnly(final String name, final Settings settings) {
        return of(ShmArrays.attachReadOnly(name, settings));
    }

    /** The arrays of a handle that is there; closing this one closes it. */
    public static Nd4jArrays of(final ShmArrays arrays) {
        return new Nd4jArrays(arrays, transferOf(Nd4j.getExecutioner().type()));
    }

    static Transfer transferOf(final ExecutionerType backend) {
        return backend == ExecutionerType.NATIVE_CPU ? new OwnMemory() : new HostCopies();
    }

    /** A further handle over the same mapping, with a slot of its own, for another thread. */
    public Nd4jArrays newHandle() {
        return of(arrays.newHandle());
    }

    /** {@link #newHandle()} for a worker that is a thread of this process. */
    public Nd4jArrays newHandle(final Worker worker) {
        return of(arrays.newHandle(worker));
    }

    // --- What is there ---

    /** The core's handle, for all that this class lacks. */
    public ShmArrays arrays() {
        return arrays;
    }

    /** The segment's name: all that another process needs to attach. */
    public String name() {
        return arrays.name();
    }

    /** The type of an array's elements as they lie in shared memory, HALF and BFLOAT16 too. */
    public DataType dataType(final String name) {
        return shared.of(name).stored();
    }

    /** Whether INDArrays' own memory is read and written; false on backends other than the CPU's. */
    public boolean isZeroCopy() {
        return transfer.isZeroCopy();
    }

    /**
     * An INDArray that is the shared memory of an array or alias, with its shape and order, in its own type: HALF and
     * BFLOAT16 too. Writes through it are plain stores that no lock guards, and others see them; reads through it are
     * consistent per element only. It stays valid as long as it, or any view of it, is referred to, also after this
     * handle is closed and the segment is removed.
     *
     * @throws IllegalStateException if the handle is read-only, because a write through the INDArray would kill the
     *     JVM; for arrays of mode ORDERED, and those that are rounded stochastically, because ND4J would round to
     *     nearest what it stores; on a backend other than the CPU's
     */
    public INDArray view(final String name) {
        final SharedArray array = shared.of(name);
        if (arrays.isReadOnly()) {
            throw new IllegalStateException(
                    "a read-only handle has no views, because an INDArray can always be written: name="
                            + Names.printable(name) + ", segment=" + name() + "; use read, or attach with a slot");
        }
        if (!transfer.isZeroCopy()) {
            throw new IllegalStateException(
                    "only the CPU backend's arrays can be views of shared memory: name=" + Names.printable(name)
                            + ", backend=" + Nd4j.getExecutioner().type() + "; use read and update");
        }
        if (array.handle().rounding().isStochastic()) {
            throw new IllegalStateException(
                    "ND4J would round to nearest, but this array is rounded stochastically: name="
                            + Names.printable(name) + ", rounding="
                            + array.handle().rounding() + "; use read and update");
        }
        return ArrayViews.of(array);
    }

    // --- Reading and writing ---

    /**
     * The values of all arrays, in the order of creation: consistent per partition in the locked modes. Where that is
     * done often, {@link #readInto} saves the allocation, which costs more than the copy.
     */
    public Map<String, INDArray> read() {
        return read(arrays.specs().stream().map(ArraySpec::name).toList());
    }

    /** The values of the named arrays and aliases. */
    public Map<String, INDArray> read(final String... names) {
        return read(List.of(names));
    }

    private Map<String, INDArray> read(final Collection<String> names) {
        final Map<String, INDArray> values = new LinkedHashMap<>();
        for (final String name : names) {
            values.put(name, shared.of(name).allocate());
        }
        readInto(values);
        return values;
    }

    /**
     * Copies the named arrays and aliases into INDArrays that the caller keeps.
     *
     * @param into arrays of their shapes, and of their types or such that hold all of their values
     */
    public void readInto(final Map<String, INDArray> into) {
        arrays.readInto(shared.destinations(into));
    }

    /**
     * Sets the named arrays and aliases.
     *
     * @throws IllegalStateException for arrays of mode ORDERED after the first turn
     */
    public void write(final Map<String, INDArray> values) {
        arrays.write(shared.sources("the value", values));
    }

    // --- Updating ---

    /**
     * Pushes: updates the named arrays in place by a ready-made function.
     *
     * @param gradients each of its array's shape
     * @throws IllegalArgumentException if the function is not for an array's type or mode, or needs more state arrays
     * @throws org.shmarrays.errors.UpdateFailedException if the push could not be finished; it says what was updated
     */
    public void update(final Map<String, INDArray> gradients, final UpdateFunction function) {
        arrays.update(shared.sources("the gradient", gradients), function);
    }

    /** {@link #update(Map, UpdateFunction)}, with HOGWILD or ATOMIC chosen for this call. */
    public void update(final Map<String, INDArray> gradients, final UpdateFunction function, final Mode mode) {
        arrays.update(shared.sources("the gradient", gradients), function, mode);
    }

    /** {@code old + new} for each element: the seed's {@code add_updates}. */
    public void add(final Map<String, INDArray> values) {
        update(values, Updates.add());
    }

    /**
     * Pushes by ND4J's formula of Sgd, Nesterovs (one state array) or Adam (two state arrays); their state is shared
     * too.
     *
     * @throws IllegalArgumentException for other updaters, and for schedules
     */
    public void push(final Map<String, INDArray> gradients, final IUpdater updater) {
        update(gradients, Nd4jUpdates.of(updater));
    }

    /** {@link #push(Map, IUpdater)} at a point of the training, which the updater's schedules need. */
    public void push(
            final Map<String, INDArray> gradients, final IUpdater updater, final int iteration, final int epoch) {
        update(gradients, Nd4jUpdates.of(updater, iteration, epoch));
    }

    /** Pushes, and gives the values as this push left them, partition by partition. */
    public Map<String, INDArray> updateAndRead(final Map<String, INDArray> gradients, final UpdateFunction function) {
        final Map<String, INDArray> values = new LinkedHashMap<>();
        for (final String name : gradients.keySet()) {
            values.put(
                    name, shared.of(name).allocateDetached()); // if the push fails, it may be resumed in another scope
        }
        updateAndReadInto(gradients, function, values);
        return values;
    }

    /** {@link #updateAndRead(Map, UpdateFunction)} into INDArrays that the caller keeps, as of {@link #readInto}. */
    public void updateAndReadInto(
            final Map<String, INDArray> gradients, final UpdateFunction function, final Map<String, INDArray> into) {
        arrays.updateAndReadInto(shared.sources("the gradient", gradients), function, shared.destinations(into));
    }

    /**
     * Updates whole arrays by any function of (gradient, state), which gets both in their shape: {@code (gradient,
     * state)
     * -> state.subi(gradient.muli(alpha))}. The gradient is the caller's own array, or a copy if its type is another;
     * the state is a private copy. What it returns, the state itself or a new array, is the new value. It is called
     * under the locks of all of the array's partitions, so others wait meanwhile; ATOMIC arrays are refused.
     *
     * @throws org.shmarrays.errors.UpdateFailedException if the function throws, or returns null or another shape: that
     *     array is as it was
     */
    public void update(final Map<String, INDArray> gradients, final BinaryOperator<INDArray> function) {
        updateAndRead(gradients, function);
    }

    /**
     * {@link #update(Map, BinaryOperator)}, and what the function returned for each: the seed's {@code update_arrays}.
     */
    public Map<String, INDArray> updateAndRead(
            final Map<String, INDArray> gradients, final BinaryOperator<INDArray> function) {
        gradients.forEach((name, gradient) -> shared.of(name).checkSource("the gradient", gradient));
        final WholeArrayFunction whole = new WholeArrayFunction(transfer, shared::of, function, gradients);
        final Map<String, Object> stored;
        try {
            stored = arrays.updateWhole(gradients.keySet(), whole);
        } catch (final UpdateFailedException e) {
            whole.suspended();
            throw e;
        }
        return whole.results(stored);
    }

    /**
     * Pushes with an element-wise function of (gradient, state), which gets vectors of elements that lie side by side,
     * at most a partition's at a time, so that workers follow each other through the partitions. It may change both,
     * and returns the new values: the state, or a new vector. With ATOMIC arrays it is called again where another
     * worker came between. All named arrays must be carried in the same type.
     *
     * @throws org.shmarrays.errors.UpdateFailedException if the function throws, or returns null or another length
     */
    public void updateElementwise(final Map<String, INDArray> gradients, final BinaryOperator<INDArray> function) {
        arrays.updateElementwise(shared.sources("the gradient", gradients), new RunFunction(transfer, function));
    }

    // --- Rows ---

    /**
     * A copy of rows of an array or alias, in the order in which they are named; see {@link
     * org.shmarrays.ArrayHandle#gather(int[], Object)}.
     *
     * @param rows indexes of the first dimension
     * @return their number is the first dimension, the others are the array's; in order 'c'
     * @throws IllegalArgumentException if a row is not there, or the array is of order 'f' (and no vector) or a scalar
     */
    public INDArray gather(final String name, final int[] rows) {
        return gather(new SharedRows(shared.of(name), rows));
    }

    /** {@link #gather(String, int[])} with the indexes as longs. */
    public INDArray gather(final String name, final long[] rows) {
        return gather(SharedRows.of(shared.of(name), rows));
    }

    private INDArray gather(final SharedRows rows) {
        final Object values = arrays.gather(rows.array().name(), rows.rows(), Object.class);
        return rows.rows().length == 0
                ? Nd4j.create(rows.array().carried(), rows.shape())
                : transfer.copyOf(values, 0, 'c', rows.shape());
    }

    /**
     * Adds to rows of an array or alias, and to nothing else; what belongs to a row that is named more than once adds
     * up.
     *
     * @param rows as of {@link #gather(String, int[])}; nothing is written if one of them is not there
     * @param values of the shape that {@link #gather(String, int[])} returns
     */
    public void scatterAdd(final String name, final int[] rows, final INDArray values) {
        scatterUpdate(name, rows, values, Updates.add());
    }

    /** {@link #scatterAdd(String, int[], INDArray)} with the indexes as longs. */
    public void scatterAdd(final String name, final long[] rows, final INDArray values) {
        scatterUpdate(name, rows, values, Updates.add());
    }

    /**
     * Updates rows of an array or alias, and their state arrays, and nothing else: the lazy form of optimizers; see
     * {@link org.shmarrays.ArrayHandle#scatterUpdate(int[], Object, UpdateFunction)}. {@link Nd4jUpdates} makes
     * functions of ND4J's updaters.
     *
     * @param rows as of {@link #gather(String, int[])}
     * @param gradients of the shape that {@link #gather(String, int[])} returns; those of a row that is named more than
     *     once are added up first
     * @throws org.shmarrays.errors.UpdateFailedException if the push could not be finished; it says what was updated
     */
    public void scatterUpdate(
            final String name, final int[] rows, final INDArray gradients, final UpdateFunction function) {
        scatterUpdate(new SharedRows(shared.of(name), rows), gradients, function);
    }

    /** {@link #scatterUpdate(String, int[], INDArray, UpdateFunction)} with the indexes as longs. */
    public void scatterUpdate(
            final String name, final long[] rows, final INDArray gradients, final UpdateFunction function) {
        scatterUpdate(SharedRows.of(shared.of(name), rows), gradients, function);
    }

    private void scatterUpdate(final SharedRows rows, final INDArray gradients, final UpdateFunction function) {
        final Object source = rows.source(transfer, "the gradient", gradients);
        arrays.scatterUpdate(rows.array().name(), rows.rows(), source, function);
    }

    /** Closes the handle and frees its slot; twice is harmless. Views and the segment stay. */
    @Override
    public void close() {
        arrays.close();
    }
}
