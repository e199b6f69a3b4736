package org.shmarrays.kill;

import java.nio.file.Path;
import java.util.Map;
import org.shmarrays.ShmArrays;
import org.shmarrays.checkpoint.Checkpoint;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

/** The process that is killed: it does one thing, as any user's program would, and is not to come to its end. */
final class Victim {
    /** What it does. */
    enum Deed {
        /** Attaches and pushes {@link Scene#gradient} 1. */
        PUSH,
        /** The same, as rank 0 of a run: its slot is the last that others claim. */
        WORK,
        /** A push of rank 0 whose function throws in the middle. */
        FAIL,
        /** A push by code that changes the memory itself, {@link ChunkChange}, as rank 0. */
        CHUNKS,
        /** The same, whose code throws in the middle of the last chunk. */
        FAIL_CHUNKS,
        CREATE,
        REMOVE,
        /** Of the whole segment. */
        CHECKPOINT,
        /** The same, as rank 0 of a run. */
        CHECKPOINT_AS_RANK,
        RESTORE
    }

    private Victim() {}

    public static void main(final String... arguments) {
        final Path checkpoint = Path.of(arguments[1]);
        switch (Deed.valueOf(arguments[0])) {
            case PUSH -> push(ShmArrays.attach(Scene.NAME));
            case WORK -> push(ShmArrays.attach(Worker.join(), Scene.NAME, Scene.settings(null)));
            case FAIL -> fail(ShmArrays.attach(Worker.join(), Scene.NAME, Scene.settings(null)));
            case CHUNKS -> chunks().push(Integer.MAX_VALUE);
            case FAIL_CHUNKS -> chunks().fail();
            case CREATE -> Scene.create(Scene.settings(null)).close();
            case REMOVE -> ShmArrays.remove(Scene.NAME);
            case CHECKPOINT -> write(ShmArrays.attach(Scene.NAME), checkpoint);
            case CHECKPOINT_AS_RANK ->
                write(ShmArrays.attach(Worker.join(), Scene.NAME, Scene.settings(null)), checkpoint);
            case RESTORE -> Checkpoint.restoreInto(ShmArrays.attach(Scene.NAME), checkpoint);
        }
        System.out.println("came to its end");
    }

    private static ChunkChange chunks() {
        return ChunkChange.of(ShmArrays.attach(Worker.join(), Scene.NAME, Scene.settings(null)));
    }

    private static void push(final ShmArrays arrays) {
        arrays.update(Map.of("w", Scene.gradient(1)), Updates.adam(Scene.LEARNING_RATE));
    }

    private static void write(final ShmArrays arrays, final Path checkpoint) {
        Checkpoint.write(arrays, checkpoint, Checkpoint.Consistency.WHOLE_SEGMENT);
    }

    private static void fail(final ShmArrays arrays) {
        final int[] blocks = {0};
        arrays.updateElementwise(Map.of("w", Scene.gradient(1)), (g, gOffset, w, wOffset, n) -> {
            if (++blocks[0] == 3) {
                throw new IllegalStateException("in the middle");
            }
            for (int i = 0; i < n; i++) {
                w[wOffset + i] = 1e9f;
            }
        });
    }
}
