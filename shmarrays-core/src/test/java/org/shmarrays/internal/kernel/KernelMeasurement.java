package org.shmarrays.internal.kernel;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.shmarrays.ArrayGroup;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.update.Updates;

/**
 * Measures updates and reads of one worker, in turn with their limits: a kernel that goes over one mapped region without
 * locks and undo, and a copy out of it. Operations a second of the thread's own time (other processes may have the rest),
 * and of the clock; medians. {@code docs/measurements/kernels.md} has the command.
 */
public final class KernelMeasurement {
    private static final int LARGE = 25_557_032;
    private static final int[] CNN = {250, 10, 5_000, 20, 16_000, 50, 500, 10};
    private static final int TINY = 100;
    private static final int ROUNDS = Integer.getInteger("rounds", 15);
    private static final int WARM_UP = 4;

    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final List<Candidate> candidates = new ArrayList<>();
    private final List<ShmArrays> open = new ArrayList<>();
    private final Path directory;
    private final Random random = new Random(1);

    private KernelMeasurement(final Path directory) {
        this.directory = directory;
    }

    /** What is measured; the limit is the candidate beside whose speed it is put, or itself. */
    private record Candidate(
            String name, String limit, int repeats, Runnable operation, double[] cpuPerSecond, double[] perSecond) {}

    public static void main(final String... arguments) throws IOException {
        final Path directory = Files.createTempDirectory(Path.of("/dev/shm"), "kernels");
        final KernelMeasurement measurement = new KernelMeasurement(directory);
        try {
            measurement.run();
        } finally {
            measurement.open.forEach(ShmArrays::close);
            try (Stream<Path> files = Files.walk(directory)) {
                files.sorted(Comparator.reverseOrder())
                        .forEach(file -> file.toFile().delete());
            }
        }
    }

    private void run() throws IOException {
        final ByteBuffer region = map(4L * LARGE + 4096);
        addLimits(region);
        addSet("large", ElementType.FLOAT32, 1, LARGE);
        addSet("cnn", ElementType.FLOAT32, 2_000, CNN);
        final int[] tiny = new int[10];
        Arrays.fill(tiny, TINY);
        addSet("tiny", ElementType.FLOAT64, 10_000, tiny);
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (final Candidate candidate : candidates) {
                measure(candidate, round);
            }
        }
        for (final Candidate candidate : candidates) {
            print(candidate);
        }
    }

    private ByteBuffer map(final long lengthBytes) throws IOException {
        try (FileChannel channel = FileChannel.open(
                directory.resolve("limit"),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, lengthBytes).order(ByteOrder.nativeOrder());
        }
    }

    @SuppressWarnings("unchecked") // the carriers of the types
    private void addLimits(final ByteBuffer region) {
        final Kernel<float[]> floats = (Kernel<float[]>) Kernel.of(ElementType.FLOAT32);
        final Kernel<double[]> doubles = (Kernel<double[]>) Kernel.of(ElementType.FLOAT64);
        final Object[] memory = {floats.memory(region)};
        final double[] c = {0.1, 0.9};
        final float[] large = (float[]) values(ElementType.FLOAT32, LARGE);
        final double[] small = (double[]) values(ElementType.FLOAT64, 10 * TINY);
        add("large limit", "large limit", 1, () -> floats.apply(Formula.EMA, c, memory, 0, large, 0, LARGE & -64));
        add("cnn limit", "cnn limit", 2_000, () -> floats.apply(Formula.EMA, c, memory, 0, large, 0, 21_840 & -64));
        add("tiny limit", "tiny limit", 10_000, () -> doubles.apply(Formula.EMA, c, memory, 0, small, 0, 1_000 & -8));
        final FloatBuffer buffer = region.asFloatBuffer();
        final float[] into = new float[LARGE];
        add("large copy", "large copy", 1, () -> buffer.get(0, into, 0, LARGE));
    }

    private void addSet(final String set, final ElementType type, final int repeats, final int... counts) {
        final Object[] gradients = new Object[counts.length];
        final Object[] into = new Object[counts.length];
        final String[] names = new String[counts.length];
        for (int i = 0; i < counts.length; i++) {
            gradients[i] = values(type, counts[i]);
            into[i] = values(type, counts[i]);
            names[i] = "a" + i;
        }
        for (final Mode mode : List.of(Mode.HOGWILD, Mode.LOCKED)) {
            final List<ArraySpec> specs = new ArrayList<>();
            for (int i = 0; i < counts.length; i++) {
                specs.add(ArraySpec.of(names[i], type, counts[i])
                        .withState(set.equals("large") ? 0 : 2)
                        .inMode(mode));
            }
            final Settings settings =
                    Settings.fromProperties().withDirectory(directory).withSlots(2);
            final ShmArrays arrays = ShmArrays.create(set + mode, specs, settings);
            open.add(arrays);
            final ArrayGroup group = arrays.group(names);
            final UpdateFunction ema = Updates.ema(0.1);
            final String name = set + " " + mode + " ";
            add(name + "ema", set + " limit", repeats, () -> group.update(gradients, ema));
            if (!set.equals("large")) {
                final UpdateFunction adam = Updates.adam(1e-3);
                add(name + "adam", set + " limit", repeats, () -> group.update(gradients, adam));
            }
            add(name + "read", set.equals("large") ? "large copy" : name + "read", repeats, () -> group.readInto(into));
        }
    }

    private Object values(final ElementType type, final int count) {
        if (type == ElementType.FLOAT32) {
            final float[] values = new float[count];
            for (int i = 0; i < count; i++) {
                values[i] = random.nextFloat();
            }
            return values;
        }
        return random.doubles(count).toArray();
    }

    private void add(final String name, final String limit, final int repeats, final Runnable operation) {
        candidates.add(new Candidate(name, limit, repeats, operation, new double[ROUNDS], new double[ROUNDS]));
    }

    private static void measure(final Candidate candidate, final int round) {
        final long began = System.nanoTime();
        final long cpuBegan = THREADS.getCurrentThreadCpuTime();
        for (int i = 0; i < candidate.repeats(); i++) {
            candidate.operation().run();
        }
        final long cpu = THREADS.getCurrentThreadCpuTime() - cpuBegan;
        final long elapsed = System.nanoTime() - began;
        if (round >= 0) {
            candidate.cpuPerSecond()[round] = candidate.repeats() * 1e9 / cpu;
            candidate.perSecond()[round] = candidate.repeats() * 1e9 / elapsed;
        }
    }

    private void print(final Candidate candidate) {
        final Candidate limit = candidates.stream()
                .filter(other -> other.name().equals(candidate.limit()))
                .findFirst()
                .orElseThrow();
        System.out.printf(
                "%-20s %12.1f/s  ratio %.2f  by the clock %12.1f/s%n",
                candidate.name(),
                median(candidate.cpuPerSecond()),
                median(candidate.cpuPerSecond()) / median(limit.cpuPerSecond()),
                median(candidate.perSecond()));
    }

    private static double median(final double[] values) {
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
