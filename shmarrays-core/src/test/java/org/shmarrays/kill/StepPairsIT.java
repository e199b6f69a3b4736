package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.KillSpot;

/**
 * A holder is killed before each step that it takes while it holds the lock; then, beside each dead holder, a recoverer
 * is killed before each step of the repair, be it a waiter or the next claimant of the slot. The third process finds
 * the holder's push wholly or not at all, and the recovery counted once.
 *
 * <p>Waiters and claimants repair by the same code, and the steps that lead to it do not depend on what the dead holder
 * did. So waiters are killed in the repair beside all holders, and claimants, and waiters before the repair, beside
 * three holders only: one before its update, one in the middle of it, and one after it.
 *
 * <p>A build tries a third of each holder's pairs, one at least, chosen at random; {@code -Dpairs=all} tries all, and
 * {@code -Dseed=S} repeats the choice of a build.
 */
class StepPairsIT {
    private static final List<KillSpot> HOLDERS = Stream.concat(
                    EnumSet.of(Step.L16, Step.L17, Step.L18, Step.L19, Step.L20, Step.L21).stream(),
                    EnumSet.range(Step.U1, Step.U15).stream())
            .map(KillSpot::at)
            .toList();

    private static final List<KillSpot> HOLDERS_IN_THE_MIDDLE =
            List.of(new KillSpot(Step.U9, 7), new KillSpot(Step.U11, 4), new KillSpot(Step.U15, 2));

    private static final List<KillSpot> HOLDERS_OF_EACH_KIND =
            List.of(KillSpot.at(Step.L19), new KillSpot(Step.U11, 4), KillSpot.at(Step.L21));

    private static final List<KillSpot> BEFORE_A_WAITERS_REPAIR = Stream.of(Step.T1, Step.T2, Step.T3, Step.T4, Step.T5)
            .map(KillSpot::at)
            .toList();

    private static final List<KillSpot> BEFORE_A_CLAIMANTS_REPAIR =
            Stream.of(Step.S3, Step.S4, Step.S5).map(KillSpot::at).toList();

    private static final Set<Step> HALF_CHANGED =
            EnumSet.of(Step.U7, Step.U8, Step.U9, Step.U10, Step.U11, Step.U12, Step.U13, Step.U15);

    private static final Set<Step> PUBLISHED = EnumSet.of(Step.U14, Step.L21);

    private static final boolean ALL = "all".equals(System.getProperty("pairs"));
    private static final long SEED = Long.getLong("seed", System.nanoTime());
    private static final int ONE_OF = 3;

    private static final AtomicInteger PAIRS = new AtomicInteger();

    @TempDir
    private Path directory;

    static Stream<KillSpot> holders() {
        return Stream.concat(HOLDERS.stream(), HOLDERS_IN_THE_MIDDLE.stream());
    }

    @BeforeAll
    static void printSeed() {
        System.out.println("StepPairsIT seed=" + SEED + " pairs=" + (ALL ? "all" : "1 of " + ONE_OF));
    }

    @AfterAll
    static void count() {
        Figures.of(StepPairsIT.class).put("killPairs", PAIRS.get());
    }

    @ParameterizedTest
    @MethodSource("holders")
    @Execution(ExecutionMode.CONCURRENT)
    void shouldGoOnWhenTheRecovererIsKilledToo(final KillSpot holdersSpot) {
        final Scene scene = new Scene(directory).created();
        killHolder(scene, holdersSpot);
        if (PUBLISHED.contains(holdersSpot.step())) {
            scene.victimHasPushed();
        }
        for (final Recoverer recoverer : chosen(holdersSpot)) {
            killRecoverer(scene, recoverer);
        }
    }

    /** What a recoverer does, and where it is killed. */
    private record Recoverer(Victim.Deed deed, KillSpot spot) {
        static Stream<Recoverer> of(final Victim.Deed deed, final List<KillSpot> spots) {
            return spots.stream().map(spot -> new Recoverer(deed, spot));
        }
    }

    private static List<Recoverer> recoverers(final KillSpot holdersSpot) {
        final List<KillSpot> repair = repair(holdersSpot);
        final Stream<Recoverer> waiters = Recoverer.of(Victim.Deed.PUSH, repair);
        return !HOLDERS_OF_EACH_KIND.contains(holdersSpot)
                ? waiters.toList()
                : Stream.of(
                                waiters,
                                Recoverer.of(Victim.Deed.PUSH, BEFORE_A_WAITERS_REPAIR),
                                Recoverer.of(Victim.Deed.WORK, BEFORE_A_CLAIMANTS_REPAIR),
                                Recoverer.of(Victim.Deed.WORK, repair))
                        .flatMap(recoverers -> recoverers)
                        .toList();
    }

    /** Those that this build tries beside a holder: the same for a seed, in whatever order the holders come. */
    private static List<Recoverer> chosen(final KillSpot holdersSpot) {
        final List<Recoverer> recoverers = new ArrayList<>(recoverers(holdersSpot));
        if (ALL) {
            return recoverers;
        }
        Collections.shuffle(recoverers, new Random(SEED + holdersSpot.toString().hashCode()));
        return recoverers.subList(0, (recoverers.size() + ONE_OF - 1) / ONE_OF);
    }

    private static void killHolder(final Scene scene, final KillSpot spot) {
        if (EnumSet.range(Step.L16, Step.L18).contains(spot.step())) {
            killHolderThatHadToWait(scene, spot);
        } else {
            scene.kill(spot.step() == Step.U15 ? Victim.Deed.FAIL : Victim.Deed.WORK, spot);
        }
    }

    @SuppressWarnings("try") // the lock is only held
    private static void killHolderThatHadToWait(final Scene scene, final KillSpot spot) {
        try (LockHolder before = new LockHolder(scene);
                Jvm victim = scene.start(Victim.Deed.WORK, spot)) {
            Await.until("the victim waits", () -> scene.lastStep() == Step.L14);
            before.release();
            scene.awaitKilled(victim, spot);
        }
    }

    /** What there is to do beside a holder that died there. */
    private static List<KillSpot> repair(final KillSpot holdersSpot) {
        final Step step = holdersSpot.step();
        if (!HALF_CHANGED.contains(step)) {
            return Stream.of(Step.R1, Step.R5, Step.R6).map(KillSpot::at).toList();
        }
        final boolean nothingSaved =
                holdersSpot.time() == 1 && EnumSet.range(Step.U7, Step.U9).contains(step);
        return nothingSaved
                ? Stream.of(Step.R3, Step.R4, Step.R5, Step.R6)
                        .map(KillSpot::at)
                        .toList()
                : Stream.of(Step.R2, Step.R3, Step.R4, Step.R5, Step.R6)
                        .map(KillSpot::at)
                        .toList();
    }

    /** Kills one in a copy of the scene. */
    private void killRecoverer(final Scene scene, final Recoverer recoverer) {
        final Scene copy =
                scene.copy(directory, recoverer.deed() + "-" + recoverer.spot().step());
        copy.kill(recoverer.deed(), recoverer.spot());
        copy.checkOthersGoOn();
        assertThat(copy.recoveries()).isEqualTo(1);
        PAIRS.incrementAndGet();
    }
}
