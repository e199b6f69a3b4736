package org.shmarrays.randomkill;

import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.errors.SegmentVanishedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.SlotLocks;
import org.shmarrays.testing.StepError;

/**
 * Causes faults in a worker of the mixed soak, and checks what the worker itself can see of their effects. The accounts
 * are settled by {@link Books}. For the worker's thread.
 */
final class Faults {
    /** A fault comes in one round of so many, at random. */
    private static final int ROUNDS_PER_FAULT = 6;

    /** With more than two left a claim may succeed. */
    private static final int MOST_DESCRIPTORS_LEFT = 3;

    private static final int LATEST_TIME = 6;
    private static final List<Step> STEPS_OF_A_PUSH = stepsOfAPush();

    private final ShmArrays arrays;
    private final Tally tally;
    private final Random random;
    private int next;

    /** @param seed of the random choices; the rank and the number of the life are in it */
    Faults(final ShmArrays arrays, final Tally tally, final long seed, final int first) {
        this.arrays = arrays;
        this.tally = tally;
        this.random = new Random(seed);
        this.next = first;
        arrays.newHandle().close(); // loads the classes that a claim needs, which takes descriptors
    }

    private static List<Step> stepsOfAPush() {
        final EnumSet<Step> steps = EnumSet.range(Step.L1, Step.L21);
        steps.addAll(EnumSet.range(Step.U1, Step.U14));
        steps.addAll(EnumSet.range(Step.G1, Step.G4));
        return List.copyOf(steps);
    }

    /**
     * Causes a fault in some rounds, each kind in turn; returns true if the worker's handle is broken, so that its life
     * must end.
     */
    boolean causeOne(final Account account, final Map<String, Object> gradients) {
        if (random.nextInt(ROUNDS_PER_FAULT) != 0) {
            return false;
        }
        final Fault fault = Fault.values()[next++ % Fault.values().length];
        try {
            switch (fault) {
                case ERROR_IN_PUSH -> {
                    return throwInPush(account, gradients);
                }
                case CLAIM_WITHOUT_DESCRIPTORS -> claimWithoutDescriptors();
                case INTERRUPT -> interrupt(account, gradients);
                case SECOND_CLASS_LOADER -> attachByAnotherCopy();
                case DELETED_FILE -> deleteFileOfOwnSegment();
            }
        } catch (final IOException e) {
            throw new AssertionError(fault + ", rank " + tally, e);
        }
        return false;
    }

    private boolean throwInPush(final Account account, final Map<String, Object> gradients) {
        final KillSpot spot = new KillSpot(
                STEPS_OF_A_PUSH.get(random.nextInt(STEPS_OF_A_PUSH.size())), 1 + random.nextInt(LATEST_TIME));
        final boolean stays = random.nextInt(4) == 0;
        boolean returned = false;
        try {
            StepError.arm(spot, stays ? Integer.MAX_VALUE : 0);
            arrays.update(gradients, account.function());
            returned = true;
        } catch (final StepError.Thrown e) {
            tally.cutOff(account); // wholly there in some partitions, and not at all in the others
        } finally {
            if (StepError.disarm()) {
                tally.caused(Fault.ERROR_IN_PUSH);
            }
        }
        if (returned) {
            tally.pushed(account);
            return false;
        }
        // Other ranks push all the time: one of them frees what this live process could not give back.
        Await.until(
                "recovery of a broken handle's locks", () -> !Books.isHeld(Doors.SEGMENT.of(arrays), tally.token()));
        return stays;
    }

    private void claimWithoutDescriptors() throws IOException {
        final List<Closeable> open = new ArrayList<>();
        try {
            openAll(open);
            for (int left = random.nextInt(MOST_DESCRIPTORS_LEFT); left > 0 && !open.isEmpty(); left--) {
                open.remove(open.size() - 1).close();
            }
            arrays.newHandle().close();
        } catch (final RuntimeException e) {
            tally.caused(Fault.CLAIM_WITHOUT_DESCRIPTORS); // it failed, and says so; the accounts show the rest
        } finally {
            for (final Closeable file : open) {
                file.close();
            }
        }
    }

    private static void openAll(final List<Closeable> open) {
        try {
            while (true) {
                open.add(new FileInputStream("/dev/null"));
            }
        } catch (final IOException e) {
            return; // none is left
        }
    }

    private void interrupt(final Account account, final Map<String, Object> gradients) {
        Thread.currentThread().interrupt();
        final boolean kept;
        try {
            arrays.update(gradients, account.function());
            tally.pushed(account);
            arrays.newHandle().close();
        } finally {
            kept = Thread.interrupted();
        }
        check(kept, "the interrupt status was lost");
        tally.caused(Fault.INTERRUPT);
    }

    private void attachByAnotherCopy() throws IOException {
        try (URLClassLoader loader = copy()) {
            final Class<?> task = loader.loadClass(CopysTask.class.getName());
            check(task != CopysTask.class, "the copy is not one");
            final boolean even =
                    (Boolean) ((Callable<?>) task.getDeclaredConstructor().newInstance()).call();
            check(even, "another copy of the library read a torn partition");
            check(SlotLocks.isLocked(arrays), "the lock of the slot's file is gone");
        } catch (final IOException e) {
            throw e;
        } catch (final Exception e) {
            throw new AssertionError("another copy of the library failed", e);
        }
        tally.caused(Fault.SECOND_CLASS_LOADER);
    }

    private static URLClassLoader copy() throws MalformedURLException {
        final List<URL> urls = new ArrayList<>();
        for (final String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(new File(path).toURI().toURL());
        }
        return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
    }

    /** Attaches to the test's segment and reads it; run in another copy of the library. */
    public static final class CopysTask implements Callable<Boolean> {
        @Override
        public Boolean call() {
            try (ShmArrays copys = ShmArrays.attach(RankWorker.SEGMENT, Settings.fromProperties())) {
                final long[] sum = new long[Account.SUM.specs().get(0).elementCount()];
                copys.readInto(Map.of("sum", sum));
                return RankWorker.isEven(Doors.SEGMENT.of(copys), "sum", sum);
            }
        }
    }

    private void deleteFileOfOwnSegment() throws IOException {
        final String name = "own-" + ProcessHandle.current().pid();
        final Settings settings = Settings.fromProperties().withSlots(2);
        final ShmArrays own = ShmArrays.create(name, List.of(ArraySpec.of("w", ElementType.FLOAT32, 1_000)), settings);
        own.add(Map.of("w", new float[1_000]));
        final Path directory = Doors.SEGMENT.of(own).files().control().getParent();
        final List<Path> files = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(files::add);
        }
        files.removeIf(file -> file.getFileName().toString().contains("-1.")); // of the slot that is not claimed
        final Path victim = files.get(random.nextInt(files.size()));
        Files.delete(victim);
        try {
            own.checkPresent();
            check(false, "the loss of a file went unnoticed: " + victim.getFileName());
        } catch (final SegmentVanishedException e) {
            tally.caused(Fault.DELETED_FILE);
        }
        check(own.read().get("w").length == 1_000, "the values of a lost segment can't be read");
        try {
            own.close();
        } catch (final SegmentVanishedException e) {
            own.close(); // has said so once; the handle is closed
        }
        for (final Path file : files) {
            Files.deleteIfExists(file);
        }
        Files.delete(directory);
    }

    private static void check(final boolean holds, final String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
