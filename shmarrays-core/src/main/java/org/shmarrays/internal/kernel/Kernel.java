package org.shmarrays.internal.kernel;

import java.nio.ByteBuffer;
import org.shmarrays.layout.ElementType;

/**
 * Applies the formulas of {@link Formula} in place to elements of one type in mapped memory: loads, computes and
 * stores them vector by vector, without temporaries. Stateless, thus for any thread; it stores nothing but the
 * elements and, behind an array's end, padding. Its loads and stores are plain and in no order: what must be seen
 * before or after them needs a fence, as a gather between two looks at a version does.
 *
 * <p>Kernels need the Vector API, which is an incubator module. They stand in source sets of their own, are found
 * when the program runs, and where there are none, {@link BlockUpdate} takes heap blocks; the results are the same.
 *
 * @param <A> the carrier of the element type
 */
abstract class Kernel<A> {
    /** Makes the kernels. */
    interface Provider {
        /** One for each type that has them. */
        Kernel<?>[] get();

        /** Sums of products. */
        ProductLoops products();
    }

    /** Named by the package that users know. */
    private static final System.Logger LOGGER = System.getLogger("org.shmarrays.update");

    private static final String MODULE = "jdk.incubator.vector";
    private static final String PROVIDER = "org.shmarrays.internal.kernel.VectorKernels";
    private static final int PROBE_BYTES = 1024;

    /** A system property for tests, which start quickly with the first compiler: whether kernels are used then. */
    private static final String WITHOUT_C2 = "org.shmarrays.kernelsWithoutC2";

    private final ElementType type;

    Kernel(final ElementType type) {
        this.type = type;
    }

    /** The kernel for a type, or null if there is none. */
    static Kernel<?> of(final ElementType type) {
        for (final Kernel<?> kernel : Found.KERNELS) {
            if (kernel.type == type) {
                return kernel;
            }
        }
        return null;
    }

    /** Sums of products, or null where there are no kernels. */
    static ProductLoops products() {
        return Found.products;
    }

    /** What {@link #apply} takes for a mapped file. */
    abstract Object memory(ByteBuffer bytes);

    /** Elements of a vector. */
    abstract int lanes();

    /** The greatest number of elements, n or fewer, that fill whole vectors. */
    final int whole(final int n) {
        return n & -lanes(); // a power of two
    }

    /**
     * Applies a formula to elements.
     *
     * @param c the formula's coefficients
     * @param memory of the values, then of the state arrays
     * @param offset of the first element in each of them, in bytes
     * @param g holds what is pushed, from {@code gOffset} on
     * @param n number of elements, which fill {@linkplain #whole whole} vectors
     */
    abstract void apply(Formula formula, double[] c, Object[] memory, int offset, A g, int gOffset, int n);

    /**
     * Applies a formula to runs of elements, one after the other: a processor that need not leave a loop between two
     * of them waits for the memory of several at a time.
     *
     * @param offsets of the runs' first elements, in bytes
     * @param g holds what is pushed, for each run from one of {@code gOffsets} on
     * @param runs their number, at least 1; they are whole vectors away from each other
     * @param n number of a run's elements, which fill {@linkplain #whole whole} vectors
     */
    abstract void applyToRuns(
            Formula formula, double[] c, Object[] memory, int[] offsets, A g, int[] gOffsets, int runs, int n);

    /**
     * Applies a formula to elements, all of which are in mapped or native memory.
     *
     * @param c the formula's coefficients
     * @param memory as the formula lists it
     * @param offset of the first element in each of them, in bytes
     * @param n number of elements, which fill {@linkplain #whole whole} vectors
     */
    abstract void compute(OptimizerFormula formula, double[] c, Object[] memory, int offset, int n);

    /** The least and the greatest of the first {@code n} values, none of which is negative, in one. */
    static long extent(final int[] values, final int n) {
        int least = Integer.MAX_VALUE;
        int greatest = 0;
        for (int i = 0; i < n; i++) {
            least = Math.min(least, values[i]);
            greatest = Math.max(greatest, values[i]);
        }
        return (long) least << Integer.SIZE | greatest;
    }

    static int least(final long extent) {
        return (int) (extent >> Integer.SIZE);
    }

    static int greatest(final long extent) {
        return (int) extent;
    }

    /**
     * Copies rows out of a memory.
     *
     * @param offset of row 0, in bytes
     * @param rows {@code from} to {@code to - 1} of these are copied, one after the other
     * @param n number of a row's elements, which fill {@linkplain #whole whole} vectors
     * @param index of the first copied element
     */
    abstract void gather(Object memory, int offset, int[] rows, int from, int to, int n, A into, int index);

    /**
     * Applies a formula to fewer elements than a vector has. The elements behind them, to the end of the vector, are
     * padding: zeros are pushed to them.
     *
     * @param scratch of one vector's length, overwritten
     */
    abstract void applyToTail(
            Formula formula, double[] c, Object[] memory, int offset, A g, int gOffset, int n, A scratch);

    /**
     * Says once in a JVM, where there are no kernels, why; who applies a formula calls it, and who only reads and
     * writes need not know.
     */
    static void sayIfMissing() {
        Missing.say();
    }

    /** The kernels of this JVM, looked for at the first use. */
    private static final class Found {
        /** Why there are none, or null. */
        private static String obstacle;

        /** Null where there are no kernels. */
        private static ProductLoops products;

        private static final Kernel<?>[] KERNELS = find();

        private static Kernel<?>[] none(final String reason) {
            obstacle = reason;
            return new Kernel<?>[0];
        }

        private static Kernel<?>[] find() {
            if (ModuleLayer.boot().findModule(MODULE).isEmpty()) {
                return none("the JVM was started without --add-modules " + MODULE);
            }
            final String mode = System.getProperty("java.vm.info", "");
            if ((mode.contains("emulated-client") || mode.contains("interpreted mode"))
                    && !Boolean.getBoolean(WITHOUT_C2)) {
                return none("the JVM runs without its C2 compiler, which alone makes vectors fast: " + mode);
            }
            try {
                final Provider provider = Class.forName(PROVIDER)
                        .asSubclass(Provider.class)
                        .getDeclaredConstructor()
                        .newInstance();
                final Kernel<?>[] kernels = provider.get();
                for (final Kernel<?> kernel : kernels) {
                    probe(kernel);
                }
                products = provider.products();
                return kernels;
            } catch (final UnsupportedOperationException e) {
                return none(e.getMessage() == null ? e.toString() : e.getMessage());
            } catch (final ReflectiveOperationException | LinkageError e) {
                return none(e.toString());
            }
        }

        /** Lets a kernel that was built for another JDK fail here, and not in the middle of an update. */
        private static <A> void probe(final Kernel<A> kernel) {
            @SuppressWarnings("unchecked") // a kernel's carrier is that of its type
            final ElementAccess<A> access = (ElementAccess<A>) ElementAccesses.of(kernel.type);
            final Object memory = kernel.memory(ByteBuffer.allocateDirect(PROBE_BYTES));
            final int n = PROBE_BYTES / kernel.type.sizeBytes();
            kernel.apply(Formula.ADD_SCALED, new double[] {1}, new Object[] {memory}, 0, access.allocate(n), 0, n);
        }
    }

    /** Its initialization says it, so that the JVM sees to the "once". */
    private static final class Missing {
        static {
            if (Found.obstacle != null) {
                LOGGER.log(
                        System.Logger.Level.INFO,
                        "no vector kernels, so updates are slower: java="
                                + Runtime.version().feature() + ", reason=" + Found.obstacle
                                + "; `bin/shmarrays jvm-flags` prints the flags that shmarrays needs");
            }
        }

        static void say() {}
    }
}
