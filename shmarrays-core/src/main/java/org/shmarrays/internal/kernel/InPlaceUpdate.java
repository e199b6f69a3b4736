package org.shmarrays.internal.kernel;

import org.shmarrays.internal.segment.MappedFile;
import org.shmarrays.internal.segment.PartitionChange;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.Step;

/**
 * Updates whose new values need not be seen before they are in the memory: they are computed there. For one thread.
 *
 * <p>Old bytes are saved block by block, and each save ends in a store-store fence, so no vector store of the block
 * comes before it. The end of an array is updated with a whole vector where nothing but padding lies behind it;
 * padding is not saved.
 *
 * @param <A> the carrier of the element type
 */
final class InPlaceUpdate<A> {
    private final Segment segment;
    private final ElementAccess<A> access;
    private final Stage<A> stage;
    private final double[] coefficients;
    private final Kernel<A> kernel;
    private final KernelMemory memory;
    private final A tail;

    /**
     * Updates in place.
     *
     * @param kernel for formulas, or null if there is none
     * @param stage for what a kernel can't do, which has the coefficients of the formula that is applied
     */
    InPlaceUpdate(final Segment segment, final ElementAccess<A> access, final Kernel<A> kernel, final Stage<A> stage) {
        this.segment = segment;
        this.access = access;
        this.kernel = kernel;
        this.stage = stage;
        this.coefficients = stage.coefficients().values;
        this.memory = new KernelMemory(segment, kernel);
        this.tail = kernel == null ? null : access.allocate(kernel.lanes());
    }

    boolean hasKernel() {
        return kernel != null;
    }

    /** Copies what is pushed into the memory. */
    void assign(final Run run, final Object operand, final PartitionChange change) {
        final MappedFile file = segment.file(run.region(), 0);
        while (run.next(stage.blockElements())) {
            run.save(change, 0);
            final A g = stage.gradients(run, operand);
            Step.U11.reached();
            access.store(file, run.offset(), g, stage.gradientIndex(run, g), run.n());
            run.completed();
        }
    }

    /** Applies a formula to the memory. */
    void apply(final Run run, final Object operand, final FormulaUpdate update, final PartitionChange change) {
        int most = stage.blockElements();
        if (change != null) {
            most = segment.layout().kernelBlockLength(update.stateCount())
                    / access.type().sizeBytes();
            if (access.isCarrier(operand)) {
                applyToBlocks(run, access.carrier(operand), update, change, most);
            }
        } else if (access.isCarrier(operand)) {
            most = Integer.MAX_VALUE;
        }
        while (run.next(most)) {
            run.save(change, update.stateCount());
            final A g = stage.gradients(run, operand);
            Step.U11.reached();
            apply(run, g, stage.gradientIndex(run, g), update);
            run.completed();
        }
    }

    /** Saves and changes block by block, up to where less than a block is left. */
    private void applyToBlocks(
            final Run run,
            final A g,
            final FormulaUpdate update,
            final PartitionChange change,
            final int blockElements) {
        if (!run.next(Integer.MAX_VALUE)) {
            return;
        }
        final int blocks = run.n() / blockElements;
        final int blockBytes = blockElements * access.type().sizeBytes();
        final Object[] files = memory.of(run.region());
        final Formula formula = update.formula();
        final int stateCount = update.stateCount();
        int offset = run.offset();
        int index = run.index();
        for (int block = 0; block < blocks; block++) {
            change.saveFiles(stateCount, offset, blockBytes);
            Step.U11.reached();
            kernel.apply(formula, coefficients, files, offset, g, index, blockElements);
            offset += blockBytes;
            index += blockElements;
        }
        run.completed(blocks * blockElements);
    }

    private void apply(final Run run, final A g, final int index, final FormulaUpdate update) {
        final Object[] files = memory.of(run.region());
        final int whole = kernel.whole(run.n());
        if (whole > 0) {
            kernel.apply(update.formula(), coefficients, files, run.offset(), g, index, whole);
        }
        final int rest = run.n() - whole;
        if (rest == 0) {
            return;
        }
        final int offset = run.offset() + whole * access.type().sizeBytes();
        if (run.isPadded(offset + kernel.lanes() * access.type().sizeBytes())) {
            kernel.applyToTail(update.formula(), coefficients, files, offset, g, index + whole, rest, tail);
        } else {
            stage.load(run.region(), offset, rest, update.stateCount());
            stage.apply(update, g, index + whole, 0, rest, 0);
            stage.store(run.region(), offset, rest, update.stateCount());
        }
    }
}
