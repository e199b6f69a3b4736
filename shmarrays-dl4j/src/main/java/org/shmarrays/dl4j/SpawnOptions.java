package org.shmarrays.dl4j;

import java.io.PrintStream;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.shmarrays.checkpoint.CheckpointPlan;
import org.shmarrays.checkpoint.ResumePlan;
import org.shmarrays.launch.Launcher;
import org.shmarrays.layout.Mode;

// Over 300 lines: a builder, one short method and its contract for each setting.
/**
 * How {@code SharedTraining.spawn} and {@code spawnWorkers} start workers, and how they train: one epoch in mode
 * LOCKED, one worker per device or, without devices, one per core, unless told otherwise. Setters check their argument
 * and throw IllegalArgumentException. Immutable.
 */
public final class SpawnOptions {
    /** A setting of the launcher, which travels to the process that launches. */
    interface LaunchSetting extends Serializable {
        void apply(Launcher launcher);
    }

    /** A setting with which workers join the training. */
    interface JoinSetting extends Serializable {
        TrainingOptions apply(TrainingOptions options);
    }

    /** Of what data a worker opens its shard, which {@link #withEveryBatch} replaces. */
    interface Sharing extends Serializable {
        ShardedData of(ShardedData data);
    }

    private static final Sharing BY_SHARDS = data -> data;
    private static final WorkerListeners NO_LISTENERS = rank -> List.of();

    private final List<LaunchSetting> launch;
    private final List<JoinSetting> join;
    private final int epochs;
    private final Sharing sharing;
    private final WorkerListeners listeners;
    private final boolean isNamed;
    private final boolean isRemovedAtEnd;
    private final boolean showsProgress;
    private final CheckpointPlan checkpoints;
    private final PrintStream out;
    private final PrintStream err;

    private SpawnOptions(final Draft draft) {
        launch = List.copyOf(draft.launch);
        join = List.copyOf(draft.join);
        epochs = draft.epochs;
        sharing = draft.sharing;
        listeners = draft.listeners;
        isNamed = draft.isNamed;
        isRemovedAtEnd = draft.isRemovedAtEnd;
        showsProgress = draft.showsProgress;
        checkpoints = draft.checkpoints;
        out = draft.out;
        err = draft.err;
    }

    /** Options on their way to be changed. */
    private static final class Draft {
        private List<LaunchSetting> launch = List.of();
        private List<JoinSetting> join = List.of();
        private int epochs = 1;
        private Sharing sharing = BY_SHARDS;
        private WorkerListeners listeners = NO_LISTENERS;
        private boolean isNamed;
        private boolean isRemovedAtEnd;
        private boolean showsProgress = Terminal.isInteractive();
        private CheckpointPlan checkpoints = CheckpointPlan.NONE;
        private PrintStream out = System.out;
        private PrintStream err = System.err;
    }

    private SpawnOptions with(final Consumer<Draft> change) {
        final Draft draft = new Draft();
        draft.launch = launch;
        draft.join = join;
        draft.epochs = epochs;
        draft.sharing = sharing;
        draft.listeners = listeners;
        draft.isNamed = isNamed;
        draft.isRemovedAtEnd = isRemovedAtEnd;
        draft.showsProgress = showsProgress;
        draft.checkpoints = checkpoints;
        draft.out = out;
        draft.err = err;
        change.accept(draft);
        return new SpawnOptions(draft);
    }

    private SpawnOptions withLaunch(final LaunchSetting setting) {
        setting.apply(Launcher.ofMainClass(SpawnWorker.class.getName())); // checks the argument
        return with(draft -> draft.launch = plus(launch, setting));
    }

    private SpawnOptions withJoin(final JoinSetting setting) {
        setting.apply(TrainingOptions.defaults()); // checks the argument
        return with(draft -> draft.join = plus(join, setting));
    }

    private static <T> List<T> plus(final List<T> list, final T last) {
        final List<T> longer = new ArrayList<>(list);
        longer.add(last);
        return longer;
    }

    /** One epoch in mode LOCKED, with as many workers as there are cores. */
    public static SpawnOptions defaults() {
        return new SpawnOptions(new Draft());
    }

    /** The number of workers; by default one per device and, without devices, one per core. */
    public SpawnOptions withWorkers(final int count) {
        return withLaunch(launcher -> launcher.workers(count));
    }

    /** How often all workers together go through the data; by default once. Not for {@code spawnWorkers}. */
    public SpawnOptions withEpochs(final int count) {
        if (count < 1) {
            throw new IllegalArgumentException("the number of epochs is at least 1: epochs=" + count);
        }
        return with(draft -> draft.epochs = count);
    }

    /** How updates of several workers meet: {@link TrainingOptions#inMode}. By default LOCKED. */
    public SpawnOptions inMode(final Mode mode) {
        return withJoin(options -> options.inMode(mode));
    }

    /** The largest heap of each worker, as of {@code -Xmx}: {@code 512m}, {@code 4g}. */
    public SpawnOptions withHeap(final String size) {
        return withLaunch(launcher -> launcher.heap(size));
    }

    /**
     * The CUDA devices, by index or UUID: worker i sees the i-th only. If there are fewer devices than workers, they
     * are assigned in turn.
     */
    public SpawnOptions withDevices(final String... ids) {
        final List<String> devices = List.of(ids);
        return withLaunch(launcher -> launcher.devices(devices));
    }

    /** The number of OpenMP and BLAS threads of each worker; by default cores / workers, at least 1. */
    public SpawnOptions withThreadsPerWorker(final int count) {
        return withLaunch(launcher -> launcher.threadsPerWorker(count));
    }

    /**
     * How often each worker that fails is started again, while the others go on. It goes on where its rank has come to
     * in its shard. By default 0: the first failure ends the training.
     */
    public SpawnOptions withRestarts(final int count) {
        return withLaunch(launcher -> launcher.restarts(count));
    }

    /**
     * One more argument of each worker's JVM, such as {@code -Dname=value}. It comes after those that workers have from
     * this JVM's command line, and wins over them: {@code -D}, {@code -ea}, {@code --add-opens}, {@code --add-exports}
     * and {@code --enable-preview}. Properties that the program has set since it started stay in the program.
     */
    public SpawnOptions withJvmArgument(final String argument) {
        return withLaunch(launcher -> launcher.jvmArgument(argument));
    }

    /**
     * Each worker opens shard 0 of 1 of each epoch, which is all of the data, as classic Hogwild programs do: N workers
     * train on N times as many samples as one. Not for {@code spawnWorkers}.
     */
    public SpawnOptions withEveryBatch() {
        return with(draft -> draft.sharing = data -> shard -> data.open(new Shard(0, 1, shard.epoch())));
    }

    /** Each worker's network computes as DL4J has it: {@link TrainingOptions#withoutHelpers}. */
    public SpawnOptions withoutHelpers() {
        return withJoin(TrainingOptions::withoutHelpers);
    }

    /**
     * How many samples an epoch has, all workers together: {@link TrainingOptions#withSamplesOfEpoch}. With it the
     * progress has percentages in the first epoch too.
     */
    public SpawnOptions withSamplesOfEpoch(final long samples) {
        return withJoin(options -> options.withSamplesOfEpoch(samples));
    }

    /**
     * Listeners of each worker's network; a SameDiff graph can't have such. Those of the network that is given to
     * {@code spawn} stay in the calling process and see nothing of the training.
     */
    public SpawnOptions withListeners(final WorkerListeners newListeners) {
        Objects.requireNonNull(newListeners, "listeners");
        return with(draft -> draft.listeners = newListeners);
    }

    /** Where the lines of the workers go, each after {@code [rank] }; by default System.out and System.err. */
    public SpawnOptions withOutput(final PrintStream newOut, final PrintStream newErr) {
        Objects.requireNonNull(newOut, "out");
        Objects.requireNonNull(newErr, "err");
        return with(draft -> {
            draft.out = newOut;
            draft.err = newErr;
        });
    }

    /**
     * The name of the segment while the workers train, for {@code shmarrays top NAME} and its like. A segment with such
     * a name keeps its values if the training fails. By default it has a name of its own and is removed in any case.
     */
    public SpawnOptions withName(final String name) {
        return withLaunch(launcher -> launcher.segmentName(name)).with(draft -> draft.isNamed = true);
    }

    /**
     * A segment {@linkplain #withName with a name} is removed at the end in any case: also if the training fails, and
     * if this program ends before it. A segment of this name that other processes have created is left as it is.
     */
    public SpawnOptions withRemovalAtEnd() {
        return with(draft -> draft.isRemovedAtEnd = true);
    }

    /** Worker 0 prints, about once a second, how far the training is; by default where this JVM has a terminal. */
    public SpawnOptions withProgress() {
        return with(draft -> draft.showsProgress = true);
    }

    /** Nothing is printed about how far the training is. */
    public SpawnOptions withoutProgress() {
        return with(draft -> draft.showsProgress = false);
    }

    /**
     * Saves the training while it goes on, and at its end, however that comes; else {@link SpawnNotSavedException}. A
     * checkpoint has each push wholly or not at all. Its file is NAME-STEPS.npz, by {@link #withName} or "training". A
     * directory that has checkpoints of this name is refused, unless the training goes on from the newest one.
     *
     * @param directory is made if it is not there
     * @param interval from one checkpoint to the next
     * @param keptCount how many of the newest ones stay, at least 1
     */
    public SpawnOptions withCheckpoints(
            final Path directory, final CheckpointPlan.Interval interval, final int keptCount) {
        Objects.requireNonNull(interval, "interval");
        return withCheckpoints(checkpoints.withDirectory(directory, interval, keptCount));
    }

    /** Saves the training as this plan says, and goes on with the checkpoint that it names, if it names one. */
    public SpawnOptions withCheckpoints(final CheckpointPlan newPlan) {
        final SpawnOptions written = with(draft -> draft.checkpoints = newPlan);
        return newPlan.resumed() == null ? written : written.withJoin(TrainingOptions::resuming);
    }

    /**
     * The training goes on where a checkpoint was, also with another number of workers: each batch of an epoch is
     * trained on once, and updater state, iteration and epoch go on. The model, the data and the epochs are those of
     * the training that wrote it; the model's own parameters and state are replaced by those of the checkpoint.
     *
     * @param file a checkpoint of {@code withCheckpoints}, or another one of {@code WHOLE_SEGMENT}
     */
    public SpawnOptions resumeFrom(final Path file) {
        return resuming(file.toAbsolutePath().toString());
    }

    /** {@link #resumeFrom} the newest intact checkpoint of the directory of {@link #withCheckpoints}. */
    public SpawnOptions resumeLatest() {
        return resuming(CheckpointPlan.LATEST);
    }

    private SpawnOptions resuming(final String resumed) {
        return withCheckpoints(checkpoints.withResumed(resumed));
    }

    /**
     * Keeps with the training, and in its checkpoints, what its resumption must have in common with it, such as the
     * batch size and the seed of the data. A checkpoint with other fixed values is refused. The free values are only
     * kept, for a program that takes its options from {@link ResumePlan#ofCheckpoint}.
     */
    public SpawnOptions withPlan(final ResumePlan plan) {
        Objects.requireNonNull(plan, "plan");
        return withJoin(options -> options.withPlan(plan));
    }

    int epochs() {
        return epochs;
    }

    Mode mode() {
        return joining(TrainingOptions.defaults()).mode();
    }

    /** What the training keeps for its resumption, or null. */
    ResumePlan plan() {
        return joining(TrainingOptions.defaults()).plan();
    }

    /** These options, for a worker that joins. */
    TrainingOptions joining(final TrainingOptions options) {
        TrainingOptions joining = options;
        for (final JoinSetting setting : join) {
            joining = setting.apply(joining);
        }
        return joining;
    }

    List<JoinSetting> join() {
        return join;
    }

    List<LaunchSetting> launch() {
        return launch;
    }

    /**
     * Throws if an option is for data that {@code spawnWorkers} has not.
     *
     * @throws IllegalArgumentException if so
     */
    void checkNoData() {
        if (epochs != 1 || sharing != BY_SHARDS) {
            throw new IllegalArgumentException("the program of spawnWorkers has data and epochs of its own: epochs="
                    + epochs + ", everyBatch=" + (sharing != BY_SHARDS)
                    + "; leave withEpochs and withEveryBatch out, and give the epochs to training.fit");
        }
    }

    Sharing sharing() {
        return sharing;
    }

    WorkerListeners listeners() {
        return listeners;
    }

    boolean hasListeners() {
        return listeners != NO_LISTENERS;
    }

    SpawnLauncher.Removal removal() {
        if (!isNamed) {
            return SpawnLauncher.Removal.OF_NAME;
        }
        return isRemovedAtEnd ? SpawnLauncher.Removal.ALWAYS : SpawnLauncher.Removal.IF_TRAINED;
    }

    CheckpointPlan checkpoints() {
        return checkpoints;
    }

    boolean showsProgress() {
        return showsProgress;
    }

    PrintStream out() {
        return out;
    }

    PrintStream err() {
        return err;
    }
}
