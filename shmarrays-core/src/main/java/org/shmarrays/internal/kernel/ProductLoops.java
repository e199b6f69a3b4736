package org.shmarrays.internal.kernel;

/** The loops of a kernel of float32 that {@link ProductSums} runs. */
interface ProductLoops {
    int lanes();

    void addProducts(
            float[] left, int leftIndex, int n, float[] right, int[] rightIndexes, int from, float[] sums, int index);

    void addElements(float[] elements, int first, int n, float[] sums, int index);
}
