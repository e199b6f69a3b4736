package org.shmarrays.kill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.errors.DamagedPartitionException;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.segment.Step;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.HeldFiles;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.KillSpot;
import org.shmarrays.testing.SharedMemory;
import org.shmarrays.testing.StepError;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/**
 * An Error is thrown at each numbered step of creation, attachment, removal, of joining a run, of a restore, and of
 * taking over from a dead or an abandoned slot, once, and then again at every further step. The process that it hits
 * lives on and holds nothing more than before, and others go on: a dead worker is recovered from exactly once.
 */
@Timeout(600)
@Tag("shared")
class LifecycleErrorIT {
    @TempDir(factory = SharedMemory.class)
    private Path directory;

    @Test
    void shouldGoOnAfterAnErrorAtEachStep() {
        for (final Dead dead : Dead.values()) {
            dead.scene(directory).created().kill(dead.deed, KillSpot.at(dead.step));
        }
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.removeIf(flag -> flag.contains("vector")); // one compiler is faster without kernels
        flags.add("-D" + Step.OBSERVER_PROPERTY + "=" + StepError.class.getName());
        flags.add("-XX:TieredStopAtLevel=1");
        try (Jvm jvm = Jvm.start(flags, 0, 1, Program.class, directory, directory.toString())) {
            final int errors = Integer.parseInt(jvm.awaitSuccess().replaceAll("(?s).*errors=(\\d+).*", "$1"));
            Figures.of(LifecycleErrorIT.class).put("errorsAtSteps", errors);
            assertThat(errors).isGreaterThan(100);
        }
    }

    /** Segments that a process has left which was killed there, and the steps of a recovery that differ. */
    private enum Dead {
        HALF_CHANGED(Victim.Deed.WORK, Step.U12, EnumSet.complementOf(EnumSet.of(Step.R1, Step.P6))),
        PUBLISHED(
                Victim.Deed.WORK,
                Step.U14,
                EnumSet.of(Step.R1, Step.R5, Step.R6, Step.E1, Step.E2, Step.E3, Step.E4, Step.E5)),
        PAUSED(Victim.Deed.CHECKPOINT_AS_RANK, Step.P4, EnumSet.of(Step.P6));

        private final Victim.Deed deed;
        private final Step step;
        private final EnumSet<Step> recovery;

        Dead(final Victim.Deed deed, final Step step, final EnumSet<Step> recovery) {
            this.deed = deed;
            this.step = step;
            this.recovery = recovery;
        }

        private Scene scene(final Path directory) {
            return new Scene(directory.resolve(name()));
        }

        private Scene copy(final Path directory, final Path place) {
            final Scene scene = scene(directory);
            if (this == PUBLISHED) {
                scene.victimHasPushed();
            }
            return scene.copy(place, "segments");
        }
    }

    /** What a process does. */
    private enum Deed {
        CREATE(steps(
                Step.K1, Step.K4, Step.K6, Step.K6, Step.C1, Step.C13, Step.S3, Step.S8, Step.U12, Step.U12, Step.E1,
                Step.E5)),
        REMOVE(steps(Step.K1, Step.K4, Step.K6, Step.K6, Step.RM1, Step.RM4)),
        ATTACH(steps(Step.A1, Step.A9, Step.S1, Step.S9)),
        CREATE_OR_ATTACH(
                steps(Step.K1, Step.K4, Step.K6, Step.K6, Step.A6, Step.A6, Step.A9, Step.A9, Step.S7, Step.S7)),
        JOIN(steps(Step.J1, Step.J2, Step.J5, Step.J5, Step.S7, Step.S7, Step.E1, Step.E5)),
        RESTORE(steps(
                Step.P2, Step.P3, Step.L1, Step.L2, Step.L19, Step.L19, Step.O1, Step.O4, Step.L21, Step.L21, Step.P5,
                Step.P5, Step.E1, Step.E5)),
        /** A push that waits for the dead. */
        PUSH(steps(Step.T1, Step.T5, Step.R1, Step.R6, Step.P6, Step.P6, Step.E1, Step.E5)),
        /** The same, where the holder lives and has abandoned its slot. */
        PUSH_AFTER_ABANDONED(steps(Step.T1, Step.T5, Step.R1, Step.R6)),
        /** A claim of the dead worker's slot by an owner that is no worker. */
        CLAIM(steps(Step.S2, Step.S7, Step.J4, Step.J4, Step.R1, Step.R6, Step.P6, Step.P6, Step.E1, Step.E5));

        private final EnumSet<Step> steps;

        Deed(final EnumSet<Step> steps) {
            this.steps = steps;
        }

        /** Whether it gives things back in further steps. */
        private boolean isFollowedBySteps() {
            return this == CREATE || this == RESTORE || this == PUSH || this == PUSH_AFTER_ABANDONED;
        }

        private boolean isAmongTheDead() {
            return this == PUSH || this == CLAIM;
        }
    }

    /** Ranges, each with its end. */
    private static EnumSet<Step> steps(final Step... ranges) {
        final EnumSet<Step> steps = EnumSet.noneOf(Step.class);
        for (int i = 0; i < ranges.length; i += 2) {
            steps.addAll(EnumSet.range(ranges[i], ranges[i + 1]));
        }
        return steps;
    }

    /** An entry in the middle of those that are put back. */
    private static final int LATER = 3;

    /** Goes through all deeds and steps in one JVM. */
    static final class Program {
        private final Path directory;
        private int trials;
        private int errors;
        private int failures;

        private Program(final Path directory) {
            this.directory = directory;
        }

        public static void main(final String... arguments) {
            final Program program = new Program(Path.of(arguments[0]));
            for (final Deed deed : Deed.values()) {
                if (deed.isAmongTheDead()) {
                    for (final Dead dead : Dead.values()) {
                        program.tryAtAll(deed, dead);
                    }
                } else {
                    program.tryAtAll(deed, null);
                }
            }
            System.out.println("errors=" + program.errors);
            System.exit(program.failures == 0 ? 0 : 1);
        }

        private void tryAtAll(final Deed deed, final Dead dead) {
            for (final Step step : deed.steps) {
                if (dead == null || dead.recovery.contains(step)) {
                    tryAt(deed, dead, KillSpot.at(step));
                }
                if (step == Step.R2 && (dead == null || dead == Dead.HALF_CHANGED)) {
                    tryAt(deed, dead, new KillSpot(step, LATER));
                }
                if (step == Step.E3 && deed == Deed.JOIN) {
                    tryAt(deed, dead, new KillSpot(step, 2)); // the event of its leaving
                }
            }
        }

        /** Does nothing where the deed does not reach that step. */
        private void tryAt(final Deed deed, final Dead dead, final KillSpot spot) {
            if (tryAt(deed, dead, spot, false) && deed.isFollowedBySteps()) {
                tryAt(deed, dead, spot, true);
            }
        }

        /** False if the deed does not reach that step so often. */
        private boolean tryAt(final Deed deed, final Dead dead, final KillSpot spot, final boolean stays) {
            final String what = deed + (dead == null ? "" : " " + dead) + " at " + spot + (stays ? " and after" : "");
            final Path place = directory.resolve("trial-" + trials++);
            final Scene scene = dead == null ? new Scene(place) : dead.copy(directory, place);
            final List<ShmArrays> handles = new ArrayList<>();
            try {
                prepare(deed, scene, handles);
                final int held = HeldFiles.in(place).size();
                StepError.arm(spot, stays ? StepError.ALL : 0);
                boolean thrown = false;
                try {
                    act(deed, scene, handles);
                } catch (final StepError.Thrown e) {
                    thrown = true;
                } finally {
                    thrown |= StepError.disarm();
                }
                if (thrown) {
                    errors++;
                    // A broken handle has closed its own.
                    assertThat(HeldFiles.in(place)).hasSizeLessThanOrEqualTo(held);
                    checkBeside(deed, spot.step(), scene, handles);
                }
                handles.forEach(ShmArrays::close);
                handles.clear();
                if (thrown) {
                    checkAfter(deed, dead, scene);
                }
                assertThat(HeldFiles.in(place)).isEmpty();
                assertThat(HeldFiles.registered()).isEmpty();
                return thrown;
            } catch (final RuntimeException | AssertionError e) {
                new AssertionError(what, e).printStackTrace(System.out);
                failures++;
                return true;
            } finally {
                handles.forEach(ShmArrays::close);
            }
        }

        /** Makes the segment, and handles that are there meanwhile; the first one does the deed. */
        private static void prepare(final Deed deed, final Scene scene, final List<ShmArrays> handles) {
            switch (deed) {
                case CREATE -> {}
                case REMOVE, ATTACH, CREATE_OR_ATTACH, JOIN -> handles.add(Scene.create(scene.settings()));
                case RESTORE -> {
                    scene.created().writeCheckpointAndGoOn();
                    handles.addAll(List.of(scene.attach(), scene.attach()));
                }
                case PUSH -> handles.addAll(List.of(scene.attach(), scene.attach()));
                case PUSH_AFTER_ABANDONED -> {
                    scene.created();
                    handles.addAll(List.of(scene.attach(), scene.attach(), scene.attach()));
                    StepError.arm(KillSpot.at(Step.U12), StepError.ALL);
                    assertThatThrownBy(() -> push(handles.get(2))).isInstanceOf(StepError.Thrown.class);
                    StepError.disarm();
                }
                case CLAIM -> handles.addAll(List.of(scene.attach(), scene.attach(), scene.attach()));
            }
        }

        private static void act(final Deed deed, final Scene scene, final List<ShmArrays> handles) {
            switch (deed) {
                case CREATE -> Scene.create(scene.settings()).close();
                case REMOVE -> ShmArrays.remove(Scene.NAME, scene.settings());
                case ATTACH -> scene.attach().close();
                case CREATE_OR_ATTACH -> Scene.createOrAttach(scene.settings()).close();
                case JOIN -> join(scene, 0).close();
                case RESTORE -> Checkpoint.restoreInto(handles.get(0), scene.checkpoint());
                case PUSH, PUSH_AFTER_ABANDONED -> push(handles.get(0));
                case CLAIM -> handles.get(0).newHandle().close();
            }
        }

        private static void push(final ShmArrays arrays) {
            arrays.update(Map.of("w", Scene.gradient(1)), Updates.adam(Scene.LEARNING_RATE));
        }

        private static ShmArrays join(final Scene scene, final int rank) {
            return ShmArrays.attach(Worker.of(rank, 2, 7), Scene.NAME, scene.settings());
        }

        /** The process that was hit has its handles still, and others go on. */
        private static void checkBeside(
                final Deed deed, final Step step, final Scene scene, final List<ShmArrays> handles) {
            switch (deed) {
                case CREATE -> {
                    final boolean published = step == Step.C13 || step == Step.K6;
                    assertThat(Files.isDirectory(scene.directory().resolve(Scene.NAME)))
                            .isEqualTo(published);
                    if (!published) {
                        scene.created();
                        assertThat(Scene.unfinished(scene.directory())).isEmpty();
                    }
                }
                case REMOVE -> checkRemovable(step, scene, handles.get(0));
                case ATTACH, CREATE_OR_ATTACH -> pushNothing(handles.get(0));
                case JOIN -> {
                    join(scene, 1).close();
                    join(scene, 0).close();
                }
                case RESTORE -> checkRestorable(step, scene, handles.get(1));
                case PUSH, PUSH_AFTER_ABANDONED, CLAIM -> {
                    pushNothing(handles.get(1));
                    Doors.PARTITIONS.of(handles.get(1)).whilePaused(() -> {});
                }
            }
        }

        /** Waits for the lock, and adds zeros. */
        private static void pushNothing(final ShmArrays arrays) {
            arrays.update(Map.of("w", new float[Scene.ELEMENTS]), Updates.add());
        }

        private static void checkRemovable(final Step step, final Scene scene, final ShmArrays attached) {
            final boolean stands = Files.isDirectory(scene.directory().resolve(Scene.NAME));
            assertThat(stands).isEqualTo(step != Step.RM4 && step != Step.K6);
            if (stands && step != Step.RM3) {
                pushNothing(attached);
            } else {
                assertThatThrownBy(attached::read).isInstanceOf(SegmentRemovedException.class);
            }
            if (step != Step.K6) {
                ShmArrays.remove(Scene.NAME, scene.settings());
                assertThat(Scene.unfinished(scene.directory())).isEmpty();
            }
            scene.created();
            assertThat(Scene.unfinished(scene.directory())).isEmpty();
        }

        /** There is no undo for a whole segment: who finds it half overwritten is told so. */
        private static void checkRestorable(final Step step, final Scene scene, final ShmArrays other) {
            final boolean damaged = step == Step.O3 || step == Step.O4;
            if (damaged) {
                assertThatThrownBy(() -> pushNothing(other)).hasRootCauseInstanceOf(DamagedPartitionException.class);
                assertThatThrownBy(other::read).isInstanceOf(DamagedPartitionException.class);
                Checkpoint.restoreInto(other, scene.checkpoint());
            } else {
                pushNothing(other);
            }
            if (damaged || step == Step.L21 || step == Step.P5 || step.name().startsWith("E")) {
                scene.restored();
            }
        }

        /** Others get all slots, with the values that must be there, and the name can be given again. */
        private static void checkAfter(final Deed deed, final Dead dead, final Scene scene) {
            scene.checkOthersGoOn();
            if (dead == Dead.HALF_CHANGED || dead == Dead.PUBLISHED || deed == Deed.PUSH_AFTER_ABANDONED) {
                assertThat(scene.recoveries()).isEqualTo(1);
            }
            ShmArrays.remove(Scene.NAME, scene.settings());
            assertThat(Scene.unfinished(scene.directory())).isEmpty();
        }
    }
}
