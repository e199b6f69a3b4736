package org.shmarrays.examples.mnist;

import static org.shmarrays.examples.mnist.LabelledImages.PIXELS;

import java.util.Map;

/**
 * The losses of the three models written out from their definitions: nested loops in double precision, one image at a time,
 * sharing no line with the networks.
 */
final class ReferenceLoss {
    private final Model model;
    private final Map<String, double[]> parameters;
    private final Batch batch;
    private final float[] keepMaps;
    private final float[] keepHidden;

    /**
     * The loss of a batch.
     *
     * @param keepMaps factors of the CNN's 20 maps, {@code [20, capacity]}.
     * @param keepHidden factors of its 50 hidden units, {@code [50, capacity]}.
     */
    ReferenceLoss(
            final Model model,
            final Map<String, double[]> parameters,
            final Batch batch,
            final float[] keepMaps,
            final float[] keepHidden) {
        this.model = model;
        this.parameters = parameters;
        this.batch = batch;
        this.keepMaps = keepMaps;
        this.keepHidden = keepHidden;
    }

    double mean() {
        double loss = 0;
        for (int n = 0; n < batch.size(); n++) {
            final double[] logits = logits(n);
            double sum = 0;
            for (final double logit : logits) {
                sum += Math.exp(logit);
            }
            loss += Math.log(sum) - logits[batch.labels()[n]];
        }
        return loss / batch.size();
    }

    private double[] logits(final int n) {
        final double[] image = new double[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            image[i] = batch.pixels()[n * PIXELS + i];
        }
        return switch (model) {
            case SOFTMAX -> dense("dense1", image);
            case MLP -> dense("dense2", relu(dense("dense1", image)));
            case CNN -> {
                final double[] stage1 = relu(pooled(convolved("conv1", image, 28), 24));
                final double[] stage2 = relu(pooled(kept(convolved("conv2", stage1, 12), keepMaps, 64, n), 8));
                yield dense("dense2", kept(relu(dense("dense1", stage2)), keepHidden, 1, n));
            }
        };
    }

    private double[] dense(final String layer, final double[] in) {
        final double[] out = parameters.get(layer + "/b").clone();
        final double[] w = parameters.get(layer + "/W");
        for (int k = 0; k < out.length; k++) {
            for (int i = 0; i < in.length; i++) {
                out[k] += w[k * in.length + i] * in[i];
            }
        }
        return out;
    }

    private double[] convolved(final String layer, final double[] in, final int side) {
        final double[] b = parameters.get(layer + "/b");
        final double[] w = parameters.get(layer + "/W");
        final int channels = in.length / (side * side);
        final int outSide = side - 4;
        final double[] out = new double[b.length * outSide * outSide];
        for (int m = 0; m < b.length; m++) {
            for (int y = 0; y < outSide; y++) {
                for (int x = 0; x < outSide; x++) {
                    double sum = b[m];
                    for (int c = 0; c < channels; c++) {
                        for (int ky = 0; ky < 5; ky++) {
                            for (int kx = 0; kx < 5; kx++) {
                                sum += w[((m * channels + c) * 5 + ky) * 5 + kx]
                                        * in[(c * side + y + ky) * side + x + kx];
                            }
                        }
                    }
                    out[(m * outSide + y) * outSide + x] = sum;
                }
            }
        }
        return out;
    }

    private static double[] pooled(final double[] in, final int side) {
        final int outSide = side / 2;
        final int maps = in.length / (side * side);
        final double[] out = new double[maps * outSide * outSide];
        for (int m = 0; m < maps; m++) {
            for (int y = 0; y < outSide; y++) {
                for (int x = 0; x < outSide; x++) {
                    final int i = (m * side + 2 * y) * side + 2 * x;
                    out[(m * outSide + y) * outSide + x] =
                            Math.max(Math.max(in[i], in[i + 1]), Math.max(in[i + side], in[i + side + 1]));
                }
            }
        }
        return out;
    }

    private static double[] relu(final double[] in) {
        final double[] out = new double[in.length];
        for (int i = 0; i < in.length; i++) {
            out[i] = Math.max(0, in[i]);
        }
        return out;
    }

    private double[] kept(final double[] in, final float[] factors, final int unitLength, final int n) {
        final double[] out = new double[in.length];
        for (int i = 0; i < in.length; i++) {
            out[i] = in[i] * factors[i / unitLength * batch.capacity() + n];
        }
        return out;
    }
}
