package org.shmarrays.benchmarks.arrays;

import java.util.ArrayList;
import java.util.List;

/**
 * Shapes of the trained parameters of ResNet-50 (He, Zhang, Ren and Sun, CVPR 2016, table 1) for 1000 classes: 161 arrays,
 * 25,557,032 numbers. Convolutions have no bias, and each is followed by a normalisation with a scale and a shift.
 */
final class ResNet50 {
    private static final int[] BLOCKS = {3, 4, 6, 3};
    private static final int EXPANSION = 4;
    private static final int CLASSES = 1000;

    private ResNet50() {}

    static List<int[]> shapes() {
        final List<int[]> shapes = new ArrayList<>();
        int width = 64;
        int channels = width;
        convolution(shapes, channels, 3, 7);
        for (final int blocks : BLOCKS) {
            for (int block = 0; block < blocks; block++) {
                convolution(shapes, width, channels, 1);
                convolution(shapes, width, width, 3);
                convolution(shapes, EXPANSION * width, width, 1);
                if (block == 0) {
                    convolution(shapes, EXPANSION * width, channels, 1); // of the shortcut
                }
                channels = EXPANSION * width;
            }
            width *= 2;
        }
        shapes.add(new int[] {CLASSES, channels});
        shapes.add(new int[] {CLASSES});
        return shapes;
    }

    private static void convolution(final List<int[]> shapes, final int out, final int in, final int kernel) {
        shapes.add(new int[] {out, in, kernel, kernel});
        shapes.add(new int[] {out});
        shapes.add(new int[] {out});
    }
}
