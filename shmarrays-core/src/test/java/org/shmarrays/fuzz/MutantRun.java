package org.shmarrays.fuzz;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.logging.LogManager;

/**
 * Tries mutants, one after the other, in a JVM of its own: that this JVM comes to its end is part of the test. Prints a
 * line for each thing that should not have happened, and the counts at the end.
 */
final class MutantRun {
    private static final long SLOW_MS = 100;
    private static final long HANG_MS = 20_000;
    private static final String THREAD_NAME = "mutants";
    private static final int MUTANTS_PER_COLLECTION = 250;

    /** One of so many is a mutant of a checkpoint. */
    private static final int CHECKPOINT_SHARE = 4;

    private final Path originals;
    private final long seed;
    private final Trial trial;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(MutantRun::daemon);
    private final Map<String, Map<String, byte[]>> segments = new TreeMap<>();
    private final Map<SegmentMutant.Kind, Integer> kinds = new EnumMap<>(SegmentMutant.Kind.class);
    private final byte[] checkpoint;
    private final Map<String, byte[]> entries;

    private MutantRun(final Path originals, final Path directory, final long seed) throws IOException {
        this.originals = originals;
        this.seed = seed;
        for (final String name : new String[] {Originals.WHOLE, Originals.OTHER, Originals.HELD}) {
            segments.put(name, Originals.files(originals.resolve("segments").resolve(name)));
        }
        checkpoint = Files.readAllBytes(originals.resolve(Originals.CHECKPOINT));
        entries = CheckpointMutant.entries(originals.resolve(Originals.CHECKPOINT));
        trial = new Trial(directory, originals);
    }

    /** Arguments: directory of the originals, own directory, journal, seed, number of the first mutant, of the last. */
    public static void main(final String... arguments) throws Exception {
        LogManager.getLogManager().reset();
        final MutantRun run = new MutantRun(Path.of(arguments[0]), Path.of(arguments[1]), Long.parseLong(arguments[3]));
        final int end = Integer.parseInt(arguments[5]);
        try (FileChannel channel = FileChannel.open(
                Path.of(arguments[2]), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MappedByteBuffer journal = channel.map(FileChannel.MapMode.READ_WRITE, 0, Integer.BYTES);
            journal.order(ByteOrder.nativeOrder());
            for (int number = Integer.parseInt(arguments[4]); number < end; number++) {
                journal.putInt(0, number);
                run.run(number);
                if (number % MUTANTS_PER_COLLECTION == 0) {
                    System.gc(); // mappings go with garbage collection, and a process may have some 65,000
                }
            }
        }
        run.trial.counts().forEach((name, count) -> System.out.println("COUNT " + name + "=" + count));
        System.out.println("KINDS " + run.kinds);
        System.exit(run.trial.findings() == 0 ? 0 : 1);
    }

    private static Thread daemon(final Runnable task) {
        final Thread created = new Thread(task, THREAD_NAME);
        created.setDaemon(true);
        return created;
    }

    /** The mutants of a seed are the same in each run, whichever of them are tried. */
    private void run(final int number) throws Exception {
        final Random random = new Random(seed + number * 0x9E3779B97F4A7C15L);
        trial.begin("seed=" + seed + ", number=" + number);
        final Runnable task;
        if (number % CHECKPOINT_SHARE == 0) {
            final CheckpointMutant mutant = CheckpointMutant.of(checkpoint, entries, random);
            task = () -> trial.checkpoint(mutant);
        } else {
            final SegmentMutant mutant = SegmentMutant.of(segments, random);
            kinds.merge(mutant.kind(), 1, Integer::sum);
            task = () -> trial.segment(mutant, number % 8 < CHECKPOINT_SHARE);
        }
        await(thread.submit(task));
    }

    /** A call that waits, as for a pause that is never ended, comes to its end when the handle is closed. */
    private void await(final Future<?> future) throws InterruptedException, ExecutionException {
        for (long waitedMs = 0; waitedMs < HANG_MS; waitedMs += SLOW_MS) {
            try {
                future.get(SLOW_MS, TimeUnit.MILLISECONDS);
                return;
            } catch (final TimeoutException slow) {
                trial.closeHandles();
            }
        }
        trial.finding("hang", new TimeoutException());
        Thread.getAllStackTraces().forEach((stuck, frames) -> {
            if (stuck.getName().equals(THREAD_NAME)) {
                System.out.println(Arrays.toString(frames));
            }
        });
        Runtime.getRuntime().halt(1);
    }

    static String stack(final Throwable thrown) {
        final StringWriter text = new StringWriter();
        thrown.printStackTrace(new PrintWriter(text));
        return text.toString().lines().limit(25).reduce("", (all, line) -> all + "\n    " + line);
    }

    static void write(final Path directory, final Map<String, byte[]> files) {
        try {
            Files.createDirectory(directory);
            for (final Map.Entry<String, byte[]> file : files.entrySet()) {
                Files.write(directory.resolve(file.getKey()), file.getValue());
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
