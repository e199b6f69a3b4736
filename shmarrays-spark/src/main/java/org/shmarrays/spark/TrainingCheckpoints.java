package org.shmarrays.spark;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.IOException;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.output.DurableFile;

/**
 * The checkpoints of a training: files {@code round-00000012.npz} of a directory, of which the last two are kept. An
 * executor writes and reads them. For the driver's thread, which never sees a parameter.
 */
final class TrainingCheckpoints {
    private static final System.Logger LOG = System.getLogger(TrainingCheckpoints.class.getName());

    private static final int KEPT = 2;
    private static final Pattern FILE = Pattern.compile("round-(\\d{1,18})\\.npz");

    private final JavaSparkContext context;
    private final RoundCheckpoints options;
    private final ChunkTable table;
    private final Combine combine;

    /** In which they are written, or null. */
    private HadoopPath directory;

    /** From which the training can go on, or null. */
    private HadoopPath newest;

    /** The checkpoint that was named as a file, for which no other one is taken; or null. */
    private HadoopPath named;

    /** Rounds of the newest one that is in the directory, or -1. */
    private long writtenRounds = -1;

    TrainingCheckpoints(
            final JavaSparkContext context,
            final RoundCheckpoints options,
            final ChunkTable table,
            final Combine combine) {
        this.context = context;
        this.options = options;
        this.table = table;
        this.combine = combine;
    }

    /**
     * Looks for the checkpoint to resume from, and whether the directory can take those to come.
     *
     * @throws HostTrainingException if there is none, or those of another training are in the directory
     */
    void find() {
        if (options.resumed() != null) {
            newest = inFileSystem(options.resumed(), path -> newest(path, Long.MAX_VALUE));
            named = inFileSystem(options.resumed(), path -> path.equals(newest) ? path : null);
            if (newest == null && !options.mayBeMissing()) {
                throw new HostTrainingException("there is no checkpoint to resume from: path=" + options.resumed()
                        + "; checkpointTo(path, everyRounds) writes them, and resumeIfPresent(path) begins"
                        + " without one");
            }
        }
        if (options.directory() != null) {
            directory = inFileSystem(options.directory(), path -> path);
            final HadoopPath found = inFileSystem(options.directory(), path -> newest(path, Long.MAX_VALUE));
            if (directory.equals(found)) {
                throw new HostTrainingException(
                        "checkpoints are written to a directory, and this is a file: path=" + directory);
            }
            if (found != null && !found.equals(newest)) {
                throw new HostTrainingException(
                        "the directory has other checkpoints than the one to resume from: newest="
                                + found + ", resumed=" + newest
                                + "; resume from the newest one, give another directory, or delete what is there");
            }
            writtenRounds = found == null ? -1 : rounds(found.fileName());
        }
    }

    private interface FileTask<R> {
        R run(HadoopPath path) throws IOException;
    }

    private <R> R inFileSystem(final String path, final FileTask<R> task) {
        try {
            return task.run(HadoopPath.of(path, context.hadoopConfiguration()));
        } catch (final IOException | IllegalArgumentException e) {
            throw new HostTrainingException(
                    "the path of a checkpoint can't be used: path=" + path + ", "
                            + (e instanceof IOException failure ? DurableFile.reason(failure) : e.getMessage()),
                    e);
        }
    }

    /** A file itself, the newest checkpoint of a directory that has at most so many rounds, or null. */
    private static HadoopPath newest(final HadoopPath path, final long mostRounds) throws IOException {
        if (path.isFile()) {
            return path;
        }
        return path.names().stream()
                .filter(name -> rounds(name) >= 0 && rounds(name) <= mostRounds)
                .max(Comparator.comparingLong(TrainingCheckpoints::rounds))
                .map(path::resolve)
                .orElse(null);
    }

    /** The rounds after which a checkpoint was written, by its name; -1 of any other file. */
    private static long rounds(final String name) {
        final Matcher matcher = FILE.matcher(name);
        return matcher.matches() ? Long.parseLong(matcher.group(1)) : -1;
    }

    /** The one from which the training can go on, by now. */
    Optional<HadoopPath> newest() {
        return Optional.ofNullable(newest);
    }

    /** The newest one as the end of a message. */
    String hint() {
        return newest == null ? "" : "; the training can be resumed from " + newest;
    }

    /** Whether one is to be written after so many rounds. */
    boolean isDue(final long rounds) {
        return directory != null && rounds % options.everyRounds() == 0;
    }

    /** Whether one is missing of a training that has come so far. */
    boolean isMissing(final long rounds) {
        return directory != null && writtenRounds != rounds;
    }

    private CentreFile file(final HadoopPath path) {
        return new CentreFile(path, table, combine.hasMomentum());
    }

    /** The newest one, as a file of parameters. */
    CentreFile newestFile() {
        return file(newest);
    }

    /**
     * Reads how far the training had come at the newest one. If that is damaged, the one before it becomes the newest.
     *
     * @throws HostTrainingException if it can't be read; or if it is damaged, and there is none before it or it was
     *     named as a file
     */
    SavedTraining read() {
        Answer answer = answer();
        while (answer.isDamaged() && !newest.equals(named)) {
            final HadoopPath damaged = newest;
            final HadoopPath before = before(damaged);
            if (before == null) {
                throw unusable(answer.failure());
            }
            LOG.log(
                    System.Logger.Level.WARNING,
                    "a checkpoint is damaged, and the training goes on from the one before it: file=" + damaged + ", "
                            + answer.failure() + ", before=" + before);
            newest = before;
            if (before.parent().equals(directory)) {
                writtenRounds = rounds(before.fileName());
            }
            answer = answer();
        }
        if (answer.failure() != null) {
            throw unusable(answer.failure());
        }
        try {
            return SavedTraining.ofJson(answer.json());
        } catch (final IllegalArgumentException e) {
            throw unusable(e.getMessage());
        }
    }

    private HadoopPath before(final HadoopPath damaged) {
        return inFileSystem(damaged.parent().name(), path -> newest(path, rounds(damaged.fileName()) - 1));
    }

    private HostTrainingException unusable(final String why) {
        return new HostTrainingException("the checkpoint can't be used: file=" + newest + ", " + why
                + "; an earlier one in the same directory can be given by its file's name");
    }

    /** What an executor has read: a text, or why it could not be read. */
    @DefaultSerializer(JavaSerializer.class)
    record Answer(String json, String failure, boolean isDamaged) implements Serializable {}

    private Answer answer() {
        return context.parallelize(List.of(newestFile()), 1)
                .map(TrainingCheckpoints::answer)
                .first();
    }

    private static Answer answer(final CentreFile file) {
        try {
            return new Answer(file.json(), null, false);
        } catch (final DamagedCheckpointException e) {
            return new Answer(null, e.getMessage(), true);
        } catch (final IOException e) {
            return new Answer(null, DurableFile.reason(e), false);
        }
    }

    /**
     * Throws unless a training can go on from the newest one.
     *
     * @param saved what the checkpoint says of its training
     * @param own how far this training has come
     * @throws HostTrainingException naming each difference
     */
    void check(final SavedTraining saved, final TrainingProgress own) {
        final List<String> differences = saved.differencesFrom(training(own));
        if (!differences.isEmpty()) {
            throw new HostTrainingException(
                    "the checkpoint is of another training: file=" + newest + ", " + String.join("; ", differences));
        }
    }

    private SavedTraining training(final TrainingProgress progress) {
        final List<String> arrays = IntStream.range(0, table.arrayCount())
                .mapToObj(array -> text(table.spec(array)))
                .toList();
        return new SavedTraining(combine.toString(), arrays, progress);
    }

    private static String text(final ArraySpec spec) {
        return spec.name() + ":" + spec.elementType() + Arrays.toString(spec.shape()) + " " + spec.order();
    }

    /**
     * Writes one, and deletes those that are older than the last two.
     *
     * @throws HostTrainingException if it can't be written; the earlier ones are as they were
     */
    void write(final Centre<?> centre, final TrainingProgress progress) {
        final HadoopPath path = directory.resolve(String.format(Locale.ROOT, "round-%08d.npz", progress.rounds()));
        final String failure = centre.write(file(path), training(progress));
        if (failure != null) {
            throw new HostTrainingException("a checkpoint can't be written: file=" + path + ", " + failure + hint());
        }
        if (!inFileSystem(path.name(), HadoopPath::isFile)) {
            throw new HostTrainingException("an executor has written a checkpoint that the driver does not see: file="
                    + path + "; give a path in a file system that all hosts share" + hint());
        }
        newest = path;
        writtenRounds = progress.rounds();
        deleteOld();
    }

    /**
     * Those of more rounds are damaged: otherwise the training would have gone on from them. What can't be deleted
     * is no obstacle to the training.
     */
    private void deleteOld() {
        try {
            final List<String> names = directory.names();
            final List<String> old = names.stream()
                    .filter(name -> rounds(name) >= 0 && rounds(name) <= writtenRounds)
                    .sorted(Comparator.comparingLong(TrainingCheckpoints::rounds)
                            .reversed())
                    .skip(KEPT)
                    .toList();
            for (final String name : names) {
                if (HadoopPath.isPart(name) || old.contains(name)) {
                    directory.resolve(name).delete();
                }
            }
        } catch (final IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "old checkpoints can't be deleted: directory=" + directory + ", " + DurableFile.reason(e));
        }
    }
}
