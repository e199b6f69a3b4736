package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Background;
import org.shmarrays.testing.DeadOwner;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.KilledPush;
import org.shmarrays.testing.StepJournal;
import org.shmarrays.worker.Worker;

/**
 * A run of two workers on a segment of two slots, in which a process is killed that claims one of them: what barriers,
 * turns and a restart need of the workers that were there must stay readable.
 */
final class RunScene {
    private static final String NAME = "w";
    private static final long RUN = 7;
    private static final Map<String, float[]> ONE = Map.of("w", new float[] {1});

    /** Steps that rank 1 comes to when rank 0 has taken its first turn and waits in a barrier. */
    private static final Set<Step> COMES = EnumSet.of(Step.B3, Step.B5, Step.B6, Step.B7);

    private final Path directory;
    private final Path journal;

    RunScene(final Path parent) {
        this.directory = parent.resolve("segments");
        this.journal = parent.resolve("journal");
    }

    /** What a process does that is killed. */
    enum Deed {
        /** Joins a run that no one has named, as its rank 1. */
        JOIN,
        /** Is rank 1 of the run again. */
        COME_AGAIN,
        /** Attaches as no worker. */
        COORDINATE,
        /** Is rank 1 of the run, and takes turns. */
        TAKE_TURNS,
        /** Is rank 1 of the run, and pushes in its first turn. */
        PUSH
    }

    /** The process that is killed. */
    static final class Claimant {
        public static void main(final String... arguments) {
            final Settings settings = Settings.fromProperties();
            switch (Deed.valueOf(arguments[0])) {
                case JOIN -> ShmArrays.attach(Worker.of(1, 2), NAME, settings);
                case COME_AGAIN -> ShmArrays.attach(Worker.ofRunUnderWay(1, 2, RUN), NAME, settings);
                case COORDINATE -> ShmArrays.attach(NAME, settings);
                case TAKE_TURNS -> takeTurns(ShmArrays.attach(Worker.of(1, 2, RUN), NAME, settings));
                case PUSH ->
                    ShmArrays.attach(Worker.of(1, 2, RUN), NAME, settings).add(ONE);
            }
            System.out.println("came to its end");
        }

        private static void takeTurns(final ShmArrays arrays) {
            for (int i = 0; i < 4; i++) {
                arrays.skip();
            }
        }
    }

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(2);
    }

    private void create() {
        ShmArrays.create(NAME, List.of(ArraySpec.of("w", FLOAT32, 1).inMode(Mode.ORDERED)), settings())
                .close();
    }

    private ShmArrays attach(final Worker worker) {
        return ShmArrays.attach(worker, NAME, settings());
    }

    private void kill(final Deed deed, final KillSpot spot) {
        try (Jvm victim = Jvm.start(KilledPush.flags(journal, spot), 0, 1, Claimant.class, directory, deed.name())) {
            assertThat(victim.awaitExit())
                    .as("exit code of the claimant, to be killed at %s:%n%s", spot, victim.output())
                    .isEqualTo(KilledPush.SIGKILLED);
            assertThat(StepJournal.last(journal)).isEqualTo(spot.step());
        }
    }

    /** Rank 1 was killed after some steps, and a process that takes its slot is killed too. */
    void checkRecordStays(final Deed deed, final KillSpot spot) throws Exception {
        create();
        final Worker zero = Worker.of(0, 2, RUN);
        try (ShmArrays first = attach(zero)) {
            final Worker one = Worker.of(1, 2, RUN);
            try (ShmArrays second = first.newHandle(one)) {
                one.countStep(1, 0);
                one.countStep(1, 0);
                DeadOwner.leaveIn(second);
            }
            kill(deed, spot);

            // It is gone, and not yet to come: neither a barrier nor a turn waits for it.
            final CompletableFuture<Void> others = Background.run(() -> {
                zero.barrier();
                first.add(ONE);
                first.add(ONE);
            });
            others.get(60, TimeUnit.SECONDS);
            assertThat(first.read().get("w")).containsExactly(2);
            final Worker again = Worker.ofRunUnderWay(1, 2, RUN);
            try (ShmArrays second = first.newHandle(again)) {
                assertThat(again.clock()).isEqualTo(2);
                assertThat(again.barriers()).isEqualTo(1);
                Background.run(zero::barrier);
                again.barrier();
                assertThat(second.slotId()).isNotEqualTo(first.slotId());
            }
        }
    }

    /** Rank 1 is killed while it waits for rank 0, which does not come, or waits for rank 1 in a barrier. */
    void checkOtherGoesOn(final KillSpot spot) throws Exception {
        create();
        final Worker zero = Worker.of(0, 2, RUN);
        try (ShmArrays first = attach(zero)) {
            final boolean comes = COMES.contains(spot.step());
            final CompletableFuture<Void> other = Background.run(() -> {
                if (comes) {
                    first.skip();
                    zero.barrier();
                }
            });
            kill(Deed.TAKE_TURNS, spot);

            other.get(60, TimeUnit.SECONDS);
            first.add(ONE);
            first.add(ONE);
            zero.barrier();
            assertThat(first.read().get("w")).containsExactly(2);
        }
    }

    /** Rank 1 is killed in the middle of its push. Rank 0 waits for none of its locks, and skips its next turn. */
    void checkOtherReadsNoHalfPush(final KillSpot spot) throws Exception {
        create();
        try (ShmArrays first = attach(Worker.of(0, 2, RUN))) {
            final CompletableFuture<Void> other = Background.run(() -> {
                first.skip();
                first.skip();
            });
            kill(Deed.PUSH, spot);

            other.get(60, TimeUnit.SECONDS);
            assertThat(first.read().get("w")).containsExactly(0);
        }
    }

    /** Rank 1 is killed while it joins the run: it may come again, and no one has passed a barrier meanwhile. */
    void checkOthersJoin(final KillSpot spot) throws Exception {
        create();
        kill(Deed.JOIN, spot);

        final Worker zero = Worker.of(0, 2);
        final Worker one = Worker.of(1, 2);
        try (ShmArrays first = attach(zero)) {
            final CompletableFuture<Void> waiter = Background.run(zero::barrier);
            try (ShmArrays second = first.newHandle(one)) {
                assertThat(waiter).isNotDone();
                assertThat(one.runId()).isEqualTo(zero.runId());
                one.barrier();
                waiter.get(60, TimeUnit.SECONDS);
                assertThat(second.slotId()).isNotEqualTo(first.slotId());
            }
        }
    }
}
