package org.shmarrays.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.esotericsoftware.kryo.DefaultSerializer;
import com.esotericsoftware.kryo.serializers.JavaSerializer;
import java.io.IOException;
import java.io.InvalidObjectException;
import java.io.Serializable;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.shmarrays.checkpoint.ArrayCheckpoint;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.checkpoint.InvalidCheckpointException;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.output.DurableFile;
import scala.Tuple2;

/**
 * The common parameters as a checkpoint file, which an executor writes or reads. On its way it is a temporary file of
 * the executor, because an archive's entries are not written in one direction, and not read in one.
 *
 * @param hasMomentum whether each array has an outer momentum
 */
@DefaultSerializer(JavaSerializer.class)
record CentreFile(HadoopPath file, ChunkTable table, boolean hasMomentum) implements Serializable {
    private static final String MOMENTUM = "@outerMomentum";

    /** Arrays of the checkpoint. The common values of 16-bit arrays have 32 bits, because a mean needs them. */
    List<ArraySpec> specs() {
        final List<ArraySpec> specs = new ArrayList<>();
        for (int array = 0; array < table.arrayCount(); array++) {
            specs.add(ofType(array, table.name(array))
                    .inMode(table.spec(array).mode())
                    .withAliases(table.spec(array).aliases()));
        }
        for (int array = 0; hasMomentum && array < table.arrayCount(); array++) {
            specs.add(ofType(array, table.name(array) + MOMENTUM));
        }
        return specs;
    }

    private ArraySpec ofType(final int array, final String name) {
        final ArraySpec spec = table.spec(array);
        return ArraySpec.of(name, table.isDouble(array) ? ElementType.FLOAT64 : ElementType.FLOAT32, spec.shape())
                .inOrder(spec.order());
    }

    /**
     * Writes the file.
     *
     * @param segment name of the training
     * @param chunks all of them, in ascending order
     * @throws IOException if it can't be written; a file that was there is as it was
     */
    void write(final String segment, final SavedTraining training, final Iterator<Tuple2<Integer, CentreChunk>> chunks)
            throws IOException {
        final TrainingProgress progress = training.progress();
        final Checkpoint.Contents contents = new Checkpoint.Contents(
                segment,
                Checkpoint.Consistency.WHOLE_SEGMENT,
                specs(),
                progress.iteration(),
                progress.samples(),
                progress.epoch());
        try (FileChannel spool = FileChannel.open(
                temporaryFile(),
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.DELETE_ON_CLOSE)) {
            try {
                ArrayCheckpoint.write(
                        spool,
                        contents,
                        Map.of(SavedTraining.ENTRY, training.toJson().getBytes(UTF_8)),
                        pieces -> appendAll(chunks, pieces));
            } catch (final IOException e) {
                throw new IOException("the executor's temporary file can't be written: " + DurableFile.reason(e), e);
            }
            file.replaceBy(spool);
        }
    }

    private static Path temporaryFile() throws IOException {
        return Files.createTempFile("shmarrays-checkpoint-", ".npz");
    }

    private void appendAll(final Iterator<Tuple2<Integer, CentreChunk>> chunks, final ArrayCheckpoint.Pieces pieces)
            throws IOException {
        int expected = 0;
        while (chunks.hasNext()) {
            final Tuple2<Integer, CentreChunk> chunk = chunks.next();
            if (chunk._1() != expected || chunk._2().values().count() != table.count(expected)) {
                throw new IllegalStateException(
                        "another chunk of the parameters was expected: found=" + chunk._1() + ", expected=" + expected);
            }
            append(expected, chunk._2(), pieces);
            expected++;
        }
    }

    private void append(final int index, final CentreChunk chunk, final ArrayCheckpoint.Pieces pieces)
            throws IOException {
        final String array = table.name(table.array(index));
        pieces.append(array, chunk.values().carrier());
        if (hasMomentum) {
            final ChunkValues momentum = chunk.momentum() == null
                    ? chunk.values().rounded(new double[table.count(index)])
                    : chunk.momentum();
            pieces.append(array + MOMENTUM, momentum.carrier());
        }
    }

    /**
     * What the file says of its training. All of the file is checked.
     *
     * @throws DamagedCheckpointException if it is no complete checkpoint
     * @throws IOException if it can't be read, or is no checkpoint of a training on many hosts; the message says why
     */
    String json() throws IOException {
        return opened(checkpoint -> checkpoint
                .note(SavedTraining.ENTRY)
                .map(bytes -> new String(bytes, UTF_8))
                .orElseThrow(() -> new InvalidObjectException(
                        "it is not of a training on many hosts: it has no entry " + SavedTraining.ENTRY)));
    }

    /**
     * The chunks that the file holds, of the arrays of this training.
     *
     * @throws IOException if the file can't be read, or does not hold them
     */
    Iterator<Tuple2<Integer, CentreChunk>> chunks() throws IOException {
        return opened(checkpoint -> {
            final Object[] values = carriers(checkpoint, "");
            final Object[] momentum = hasMomentum ? carriers(checkpoint, MOMENTUM) : null;
            return IntStream.range(0, table.chunkCount())
                    .mapToObj(index -> new Tuple2<>(
                            index,
                            new CentreChunk(
                                    table.values(values, index),
                                    momentum == null ? null : table.values(momentum, index))))
                    .iterator();
        });
    }

    private Object[] carriers(final ArrayCheckpoint checkpoint, final String suffix) {
        final Object[] carriers = table.newCarriers();
        for (int array = 0; array < carriers.length; array++) {
            checkpoint.readInto(table.name(array) + suffix, carriers[array]);
        }
        return carriers;
    }

    private interface Reading<R> {
        R of(ArrayCheckpoint checkpoint) throws IOException;
    }

    private <R> R opened(final Reading<R> reading) throws IOException {
        final Path copy = temporaryFile();
        try {
            file.copyTo(copy);
            try (ArrayCheckpoint checkpoint = ArrayCheckpoint.open(copy)) {
                return reading.of(checkpoint);
            }
        } catch (final InvalidCheckpointException | IllegalArgumentException e) {
            // What it says itself names the copy.
            throw new DamagedCheckpointException(
                    "it is not a checkpoint, or truncated or changed: "
                            + (e.getCause() == null ? e : e.getCause()).getMessage(),
                    e);
        } finally {
            Files.delete(copy);
        }
    }
}
