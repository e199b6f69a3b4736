package org.shmarrays.randomkill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.SharedMemory;

/**
 * Workers that push to many partitions are killed by SIGKILL, again and again, those that repair what others left too.
 * Every push that has returned must be there once, in each partition; the last one of a killed worker wholly or not at
 * all, in each partition; and no one may ever read a partition that is between two states.
 *
 * <p>{@code -Dkills=N} chooses how many kills there are at least, {@code -Dseed=N} repeats the random choices of a run.
 *
 * <p><b>How it kills.</b> A victim and an instant are chosen at random. Some kills are followed by another one after 10
 * to 15 ms, when waiters begin to suspect a holder. A repair takes less than a millisecond, so that random instants
 * alone hardly ever meet one. So the workers of odd ranks let a little time pass before each step of a repair
 * ({@link UnhurriedRepair}); and when a victim was in the middle of an update, the journals in which the others note
 * their steps are watched for a while, and who is seen repairing is killed. All of these are SIGKILLs from outside;
 * where exactly they meet the process, no one controls. What a kill met is told afterwards, by the last step in the
 * victim's journal and by the lock words.
 */
class RandomKillsIT {
    private static final int KILLS = Integer.getInteger("kills", 40);
    private static final long SEED = Long.getLong("seed", System.nanoTime());

    /** Ranks from here on are never killed. */
    private static final int VICTIMS = Account.RANKS - 2;

    /** Numbers of kills that must meet an update, and a repair. */
    private static final int LEAST_MET = Math.min(10, KILLS / 20);

    /** Where so many kills still met too few repairs, the test fails. */
    private static final int MOST_KILLS = 3 * KILLS;

    private static final int LONGEST_PAUSE_NS = 50_000_000;
    private static final int SUSPICION_NS = 10_000_000;
    private static final long HUNT_NS = 300_000_000;
    private static final int MOST_CAUGHT = 3;
    private static final long LONGEST_STALL_MS = 10_000;

    /**
     * Faults of the mixed soak: all of {@code -Dkills} if it was chosen by {@code -Dsoak=mixed}, or a short form of it.
     */
    private static final int MIXED = "mixed".equals(System.getProperty("soak")) ? KILLS : Math.max(24, KILLS / 4);

    private static final int LONGEST_STOP_NS = 200_000_000;

    /** A worker at one of these steps is about to repair a partition, or in the middle of it. */
    private static final Set<Step> REPAIRING =
            EnumSet.of(Step.T4, Step.R1, Step.R2, Step.R3, Step.R4, Step.R5, Step.R6);

    private final Random random = new Random(SEED);
    private final Findings findings = new Findings();
    private final List<RankKeeper> keepers = new ArrayList<>();
    private int kills;
    private int stops;

    @TempDir(factory = SharedMemory.class)
    private Path directory;

    private Settings settings() {
        return Settings.fromProperties()
                .withDirectory(directory)
                .withSlots(4 * Account.RANKS)
                .withPartitionBytes(256 * 1024)
                .withLockTimeout(Duration.ofSeconds(60));
    }

    @Test
    @DisabledIfSystemProperty(named = "soak", matches = "mixed", disabledReason = "the mixed soak was asked for")
    void shouldLoseNoUpdateAndTearNoReadWhenWorkersAreKilledAtRandom() throws Exception {
        System.out.println("RandomKillsIT seed=" + SEED + " kills=" + KILLS);
        soak(false, this::killAtRandom, this::report);
    }

    /**
     * The same accounts and bounds where workers are stopped and continued besides, throw Errors in pushes, claim slots
     * without file descriptors, are interrupted, load a second copy of the library, and lose files.
     */
    @Test
    void shouldLoseNoUpdateAndTearNoReadAmongMixedFaults() throws Exception {
        System.out.println("RandomKillsIT seed=" + SEED + " mixed faults=" + MIXED);
        soak(true, segment -> mixFaults(), this::reportMixed);
    }

    /** What is made of the end of a soak. */
    private interface Reporting {
        void report(ShmArrays arrays, Reader reader, Tally ticks) throws IOException;
    }

    private void soak(final boolean mixed, final Consumer<Segment> faults, final Reporting reporting) throws Exception {
        final Path ticks = directory.resolve("ticks");
        try (ShmArrays arrays = ShmArrays.create(RankWorker.SEGMENT, Account.allSpecs(), settings());
                ShmArrays watcher = ShmArrays.attachReadOnly(RankWorker.SEGMENT, settings());
                Jvm ticker = Jvm.start(Ticker.class, directory, ticks.toString())) {
            final Reader reader = new Reader(watcher, findings);
            for (int rank = 0; rank < Account.RANKS; rank++) {
                keepers.add(new RankKeeper(rank, arrays.newHandle(), directory, findings, mixed));
            }
            try {
                reader.start();
                keepers.forEach(Thread::start);
                faults.accept(Doors.SEGMENT.of(arrays));
            } finally {
                end(arrays, reader);
            }
            assertThat(Await.isRunning(ticker.pid())).isTrue();
            reporting.report(arrays, reader, Tally.open(ticks));
        }
    }

    private void killAtRandom(final Segment segment) {
        while (kills < KILLS || count().midRepair < LEAST_MET && kills < MOST_KILLS) {
            await(Victim::isPushing, VICTIMS / 2);
            // One in eight is a worker that is still attaching, and perhaps claiming the slot of a dead one.
            final Victim victim = random.nextInt(8) == 0 ? await(Victim::isAttaching, 1) : await(Victim::isPushing, 1);
            pause(random.nextInt(LONGEST_PAUSE_NS));
            if (isUpdating(kill(victim))) {
                hunt(segment, victim.tally().token());
            } else if (random.nextBoolean()) {
                pause(SUSPICION_NS + random.nextInt(SUSPICION_NS / 2));
                kill(await(Victim::isPushing, 1));
            }
        }
    }

    private void mixFaults() {
        while (isMixGoingOn()) {
            await(Victim::isPushing, VICTIMS / 2);
            final Victim victim = await(Victim::isPushing, 1);
            pause(random.nextInt(LONGEST_PAUSE_NS));
            if (random.nextInt(3) == 0) {
                kill(victim);
            } else {
                victim.stopFor(random.nextInt(LONGEST_STOP_NS));
                stops++;
            }
        }
    }

    /** A short mix goes on until each kind of fault has come. */
    private boolean isMixGoingOn() {
        final long[] faults = count().faults;
        final long all = kills + stops + LongStream.of(faults).sum();
        return all < MIXED || LongStream.of(faults).anyMatch(caused -> caused == 0) && all < 10L * MIXED;
    }

    /** Returns the step at which the victim was seen last. */
    private Step kill(final Victim victim) {
        if (!victim.isKilled()) {
            victim.kill();
            kills++;
        }
        return victim.step();
    }

    private static boolean isUpdating(final Step step) {
        return step != null && step.compareTo(Step.U6) >= 0 && step.compareTo(Step.U13) <= 0;
    }

    /** As long as the last victim has a lock: kills who repairs what it left, and who repairs it then. */
    private void hunt(final Segment segment, final long token) {
        final long deadline = System.nanoTime() + HUNT_NS;
        int caught = 0;
        while (System.nanoTime() < deadline && caught < MOST_CAUGHT && Books.isHeld(segment, token)) {
            for (int rank = 0; rank < VICTIMS; rank++) {
                final Victim victim = keepers.get(rank).victim();
                if (victim != null && victim.isAttaching() && REPAIRING.contains(victim.step())) {
                    kill(victim);
                    caught++;
                }
            }
            Thread.onSpinWait();
        }
    }

    /** A victim of this kind, chosen at random as soon as there are so many. */
    private Victim await(final Predicate<Victim> kind, final int atLeast) {
        final List<Victim> found = new ArrayList<>();
        try {
            Await.until("workers to be killed", () -> {
                failIfTestFailed();
                found.clear();
                keepers.subList(0, VICTIMS).stream()
                        .map(RankKeeper::victim)
                        .filter(victim -> victim != null && kind.test(victim))
                        .forEach(found::add);
                return found.size() >= atLeast;
            });
        } catch (final AssertionError e) {
            throw new AssertionError(e.getMessage() + ": " + keepers, e);
        }
        return found.get(random.nextInt(found.size()));
    }

    private void failIfTestFailed() {
        keepers.stream()
                .map(RankKeeper::failure)
                .filter(e -> e != null)
                .findAny()
                .ifPresent(e -> {
                    throw new AssertionError("a rank could not go on: " + findings.all(), e);
                });
    }

    private static void pause(final long durationNs) {
        final long until = System.nanoTime() + durationNs;
        Await.until("a random instant", () -> System.nanoTime() > until);
    }

    private void end(final ShmArrays arrays, final Reader reader) throws InterruptedException {
        keepers.forEach(RankKeeper::stopStarting);
        arrays.runControl().stop();
        for (final RankKeeper keeper : keepers) {
            keeper.join(Await.DEADLINE.toMillis());
            final Victim left = keeper.victim();
            if (left != null) {
                left.close();
            }
        }
        reader.stopReading();
        reader.join(Await.DEADLINE.toMillis());
    }

    private void report(final ShmArrays arrays, final Reader reader, final Tally ticks) throws IOException {
        failIfTestFailed();
        final RankKeeper.Count count = count();
        final long recoveries = recoveries(arrays);
        final long stallMs = Math.max(0, count.longestNs - ticks.longestNs()) / 1_000_000;
        final Figures figures = Figures.of(RandomKillsIT.class);
        figures.put("kills", count.kills);
        figures.put("killsMidUpdate", count.midUpdate);
        figures.put("killsMidRepair", count.midRepair);
        figures.put("recoveries", recoveries);
        figures.put("longestStallMs", stallMs);
        figures.put("lostUpdates", count.wrongPushes);
        figures.put("tornReads", findings.torn());
        figures.put("jvmCrashes", count.unexpectedEnds + crashReports());
        System.out.println("RandomKillsIT seed=" + SEED + " kills=" + count.kills + " midUpdate=" + count.midUpdate
                + " midRepair=" + count.midRepair + " holding=" + count.holding + "+" + count.perhapsHolding
                + " recoveries=" + recoveries + " logged=" + count.recoveriesLogged + " pushes=" + count.pushes
                + " reads=" + count.reads + "+" + reader.reads() + " longestMs=" + count.longestNs / 1_000_000
                + " longestPauseMs=" + ticks.longestNs() / 1_000_000 + " stallMs=" + stallMs);

        assertThat(findings.all()).isEmpty();
        assertThat(reader.failure()).isNull();
        assertThat(count.wrongPushes).isZero();
        assertThat(findings.torn()).isZero();
        assertThat(count.unexpectedEnds + crashReports()).isZero();
        assertThat(count.kills).isEqualTo(kills).isGreaterThanOrEqualTo(KILLS);
        assertThat(count.midUpdate).isGreaterThanOrEqualTo(LEAST_MET);
        assertThat(count.midRepair).isGreaterThanOrEqualTo(LEAST_MET);
        // A dead worker held one lock at most, and its recovery is counted once, however often it was begun.
        assertThat(recoveries).isBetween(count.holding, count.holding + count.perhapsHolding);
        assertThat(count.recoveriesLogged).isLessThanOrEqualTo(recoveries);
        assertThat(reader.reads()).isPositive();
        assertThat(stallMs).isLessThan(LONGEST_STALL_MS);
    }

    private void reportMixed(final ShmArrays arrays, final Reader reader, final Tally ticks) throws IOException {
        failIfTestFailed();
        final RankKeeper.Count count = count();
        final long stallMs = Math.max(0, count.longestNs - ticks.longestNs()) / 1_000_000;
        final Figures figures = Figures.of(RandomKillsIT.class, "mixed");
        final StringBuilder line = new StringBuilder("RandomKillsIT seed=" + SEED);
        for (final Fault fault : Fault.values()) {
            final long caused = count.faults[fault.ordinal()];
            figures.put(fault.figure(), caused);
            line.append(' ').append(fault.figure()).append('=').append(caused);
        }
        figures.put("kills", count.kills);
        figures.put("stops", stops);
        figures.put("longestStallMs", stallMs);
        figures.put("lostUpdates", count.wrongPushes);
        figures.put("tornReads", findings.torn());
        figures.put("jvmCrashes", count.unexpectedEnds + crashReports());
        System.out.println(line + " kills=" + count.kills + " stops=" + stops + " cutOff=" + count.cutOffs + " pushes="
                + count.pushes + " reads=" + count.reads + "+" + reader.reads() + " recoveries=" + recoveries(arrays)
                + " lost=" + count.wrongPushes + " torn=" + findings.torn() + " longestMs="
                + count.longestNs / 1_000_000 + " stallMs=" + stallMs);

        assertThat(findings.all()).isEmpty();
        assertThat(reader.failure()).isNull();
        assertThat(count.wrongPushes).isZero();
        assertThat(findings.torn()).isZero();
        assertThat(count.unexpectedEnds + crashReports()).isZero();
        assertThat(count.kills).isEqualTo(kills);
        assertThat(reader.reads()).isPositive();
        assertThat(stallMs).isLessThan(LONGEST_STALL_MS);
        assertThat(count.faults).doesNotContain(0);
    }

    private RankKeeper.Count count() {
        final RankKeeper.Count sum = new RankKeeper.Count();
        keepers.forEach(keeper -> keeper.addTo(sum));
        return sum;
    }

    private static long recoveries(final ShmArrays arrays) {
        final SegmentStatus status = arrays.status();
        // The arrays of a pair share a partition.
        return Stream.of("sum", "moments", "first")
                .mapToLong(name -> status.array(name).recoveries())
                .sum();
    }

    private long crashReports() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(Victim::isCrashReport).count();
        }
    }
}
