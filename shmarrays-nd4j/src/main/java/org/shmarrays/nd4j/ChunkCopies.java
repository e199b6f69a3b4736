package org.shmarrays.nd4j;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.shmarrays.ArrayHandle;
import org.shmarrays.ChunkPush;

/**
 * Copies of one chunk at a time, in the memory of the backend: for a device, which can't work in the host's memory, and
 * for 16-bit arrays, which are computed in float32. Chunks of the same length have the same arrays.
 */
public final class ChunkCopies implements ChunkArrays {
    /**
     * The arrays of all chunks of one length; each has all of its memory to itself, as {@link Transfer} needs it.
     *
     * @param carrier the Java array through which the elements go
     */
    private record Copy(INDArray values, List<INDArray> states, Object carrier) {}

    private final ChunkPush push;
    private final Transfer transfer;
    private final boolean isRounded;
    private final Copy[] copies;

    private ChunkCopies(final ArrayHandle array, final ChunkPush push, final Transfer transfer) {
        this.push = push;
        this.transfer = transfer;
        final DataType type = ElementTypes.carried(array.elementType());
        this.isRounded = type != ElementTypes.stored(array.elementType());
        this.copies = new Copy[push.chunkCount()];
        final Map<Integer, Copy> byLength = new HashMap<>();
        for (int chunk = 0; chunk < copies.length; chunk++) {
            copies[chunk] = byLength.computeIfAbsent(
                    push.elementCount(chunk),
                    length -> new Copy(
                            Nd4j.createUninitializedDetached(type, length),
                            IntStream.range(0, array.stateCount())
                                    .mapToObj(state -> Nd4j.createUninitializedDetached(type, length))
                                    .toList(),
                            JavaArrays.allocate(type, length)));
        }
    }

    /**
     * Copies of the chunks of a push, on any backend.
     *
     * @param array that the push was made by
     */
    public static ChunkCopies of(final ArrayHandle array, final ChunkPush push) {
        return of(array, push, Nd4jArrays.transferOf(Nd4j.getExecutioner().type()));
    }

    static ChunkCopies of(final ArrayHandle array, final ChunkPush push, final Transfer transfer) {
        return new ChunkCopies(array, push, transfer);
    }

    @Override
    public INDArray values(final int chunk) {
        return copies[chunk].values();
    }

    @Override
    public List<INDArray> states(final int chunk) {
        return copies[chunk].states();
    }

    @Override
    public void load(final int chunk) {
        final Copy copy = copies[chunk];
        loadValues(chunk);
        for (int state = 0; state < copy.states().size(); state++) {
            push.loadState(chunk, state, copy.carrier(), 0);
            transfer.copyInto(copy.carrier(), copy.states().get(state));
        }
    }

    private void loadValues(final int chunk) {
        final Copy copy = copies[chunk];
        push.load(chunk, copy.carrier(), 0);
        transfer.copyInto(copy.carrier(), copy.values());
    }

    @Override
    public void store(final int chunk) {
        final Copy copy = copies[chunk];
        transfer.copy(copy.values(), copy.carrier(), 0);
        push.store(chunk, copy.carrier(), 0);
        for (int state = 0; state < copy.states().size(); state++) {
            transfer.copy(copy.states().get(state), copy.carrier(), 0);
            push.storeState(chunk, state, copy.carrier(), 0);
        }
        if (isRounded) {
            loadValues(chunk);
        }
    }
}
