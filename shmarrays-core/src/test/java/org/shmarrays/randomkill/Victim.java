package org.shmarrays.randomkill;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.Signals;
import org.shmarrays.testing.StepJournal;

/** One worker JVM, from its start to its end, with what it leaves behind. It may be killed by any thread. */
final class Victim implements AutoCloseable {
    /** What {@link Jvm#awaitExit} returns for a process that was killed by SIGKILL: 128 + 9. */
    static final int KILLED = 137;

    /** Steps before which the version was certainly odd, and behind which it certainly still was. */
    private static final Set<Step> MID_UPDATE = EnumSet.range(Step.U7, Step.U12);

    /** Steps of one who holds the lock file of a dead worker's slot, to repair what that one left. */
    private static final Set<Step> MID_REPAIR =
            EnumSet.of(Step.T4, Step.R1, Step.R2, Step.R3, Step.R4, Step.R5, Step.R6, Step.T5);

    /** Steps before which a lock was certainly got, and behind which it certainly was not yet freed. */
    private static final Set<Step> HOLDING = EnumSet.range(Step.L16, Step.L20);

    /** Steps that are themselves the acquisition or the release of a lock. */
    private static final Set<Step> ACQUIRING_OR_RELEASING = EnumSet.of(Step.L2, Step.L4, Step.L21);

    static {
        HOLDING.addAll(EnumSet.range(Step.U1, Step.U14));
    }

    private final int rank;
    private final Jvm jvm;
    private final ProcessHandle process;
    private final Tally tally;
    private final Supplier<Step> journal;
    private volatile boolean killed;

    private Victim(final int rank, final Jvm jvm, final Tally tally, final Supplier<Step> journal) {
        this.rank = rank;
        this.jvm = jvm;
        this.process = ProcessHandle.of(jvm.pid()).orElseThrow();
        this.tally = tally;
        this.journal = journal;
    }

    /**
     * Starts a worker; those of odd ranks repair without hurry.
     *
     * @param life how many workers this rank had before
     * @param mixed whether it causes faults itself
     */
    static Victim start(final int rank, final int life, final Path directory, final boolean mixed) {
        final Path tally = directory.resolve("tally-" + rank + "-" + life);
        final Path journal = directory.resolve("journal-" + rank + "-" + life);
        final Tally tallied = Tally.open(tally);
        final Supplier<Step> watched = StepJournal.watch(journal);
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.addAll(StepJournal.flags(journal));
        if (mixed) {
            flags.add("-D" + Step.OBSERVER_PROPERTY + "=" + FaultySteps.class.getName());
            flags.add("-D" + RankWorker.FAULTS_SEED + "=" + (Account.RANKS * life + rank));
        } else if (rank % 2 == 1) {
            flags.add("-D" + Step.OBSERVER_PROPERTY + "=" + UnhurriedRepair.class.getName());
        }
        flags.addAll(flags(directory));
        final Jvm jvm = Jvm.start(flags, rank, Account.RANKS, RankWorker.class, directory, tally.toString());
        return new Victim(rank, jvm, tallied, watched);
    }

    /** Flags of a JVM that starts quickly and is small, and says so if it crashes. */
    static List<String> flags(final Path directory) {
        return List.of(
                "-Xmx32m",
                "-Xshare:auto",
                "-XX:TieredStopAtLevel=1",
                "-Dorg.shmarrays.kernelsWithoutC2=true",
                "-XX:-UsePerfData",
                "-XX:ErrorFile=" + directory.resolve("hs_err_%p.log"));
    }

    int rank() {
        return rank;
    }

    Tally tally() {
        return tally;
    }

    /** The step that it is about to do, or in the middle of; null before its first one. */
    Step step() {
        return journal.get();
    }

    /** Whether it has begun to push, and was not killed. */
    boolean isPushing() {
        return !killed && tally.pushes(Account.SUM) > 0;
    }

    /** Whether it has come to the first step of its attachment, and was not killed. */
    boolean isAttaching() {
        return !killed && step() != null;
    }

    /** Sends SIGKILL and does not wait. */
    void kill() {
        killed = true;
        process.destroyForcibly();
    }

    /** Stops it by SIGSTOP for a while, unless it ends meanwhile. */
    void stopFor(final long durationNs) {
        Signals.send(jvm.pid(), "STOP");
        try {
            Await.until("a stop, or the end", () -> !process.isAlive() || Signals.isStopped(jvm.pid()));
            final long until = System.nanoTime() + durationNs;
            Await.until("the end of a stop", () -> System.nanoTime() > until);
        } finally {
            Signals.send(jvm.pid(), "CONT");
        }
    }

    /** Waits for its end, as long as that takes, and returns the exit code. */
    int awaitEnd() {
        process.onExit().join();
        return jvm.awaitExit();
    }

    boolean isKilled() {
        return killed;
    }

    /** Whether its last step shows that a partition was half changed when it ended. */
    boolean endedMidUpdate() {
        return step() != null && MID_UPDATE.contains(step());
    }

    /** Whether its last step shows that it was repairing what another one had left. */
    boolean endedMidRepair() {
        return step() != null && MID_REPAIR.contains(step());
    }

    /** Whether its last step shows that it held a lock. */
    boolean endedHolding() {
        return step() != null && HOLDING.contains(step());
    }

    /** Whether its last step may have been the one by which it got or freed a lock. */
    boolean endedAcquiringOrReleasing() {
        return step() != null && ACQUIRING_OR_RELEASING.contains(step());
    }

    /** Partitions whose recovery it has reported in its output. */
    long recoveriesLogged() {
        return Arrays.stream(output().split("\n"))
                .filter(line -> line.contains("recovered the locks of a dead worker"))
                .mapToLong(line -> Long.parseLong(line.replaceAll(".*partitions=(\\d+).*", "$1")))
                .sum();
    }

    @Override
    public String toString() {
        return "pid=" + jvm.pid() + " step=" + step() + " pushes=" + tally.pushes(Account.SUM) + " killed=" + killed
                + " runs=" + process.isAlive();
    }

    String output() {
        return jvm.output();
    }

    /** Files that a crash of a JVM has left. */
    static boolean isCrashReport(final Path file) {
        return Files.isRegularFile(file) && file.getFileName().toString().startsWith("hs_err");
    }

    @Override
    public void close() {
        jvm.close();
    }
}
