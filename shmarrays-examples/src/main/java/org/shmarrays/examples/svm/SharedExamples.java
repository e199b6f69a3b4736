package org.shmarrays.examples.svm;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.zip.CRC32;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.launch.RemovalAtEnd;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.layout.Mode;
import org.shmarrays.layout.Names;

/**
 * The examples of a file, in a segment of their own beside the training's: the file is read by one process, and there
 * is one copy, however many workers draw from it. All is written before the segment is published, and never changed.
 *
 * <p>Examples are numbered in another order than the file's, so that a file sorted by label is trained on mixed.
 */
final class SharedExamples implements SvmExamples {
    /** Of an array of 32-bit elements. */
    private static final int MOST_ELEMENTS = ArraySpec.MAX_ARRAY_BYTES / Integer.BYTES;

    private static final String BEGINS = "begins";
    private static final String FEATURES = "features";
    private static final String VALUES = "values";
    private static final String LABELS = "labels";
    private static final String OCCURRENCES = "occurrences";
    private static final double GOLDEN_RATIO = 0.618;

    private final IntBuffer begins;
    private final IntBuffer features;
    private final FloatBuffer values;
    private final FloatBuffer labels;
    private final IntBuffer occurrences;
    private final int stride;

    private SharedExamples(final ShmArrays arrays) {
        begins = arrays.array(BEGINS).view().asIntBuffer();
        features = arrays.array(FEATURES).view().asIntBuffer();
        values = arrays.array(VALUES).view().asFloatBuffer();
        labels = arrays.array(LABELS).view().asFloatBuffer();
        occurrences = arrays.array(OCCURRENCES).view().asIntBuffer();
        stride = stride(count());
    }

    /** About 0.618 times the count, and without a common divisor, so that its multiples meet each example once. */
    private static int stride(final int count) {
        int stride = Math.max(1, (int) (GOLDEN_RATIO * count));
        while (divisor(stride, count) != 1) {
            stride++;
        }
        return stride;
    }

    private static int divisor(final int a, final int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /** Which of a file's two labels are -1 and 1. */
    record Labels(double negative, double positive) {
        /**
         * 1 or -1.
         *
         * @throws IllegalArgumentException for any other label
         */
        float sign(final double label) {
            if (label != negative && label != positive) {
                throw new IllegalArgumentException(
                        "the label is neither " + negative + " nor " + positive + ": " + label);
            }
            return label == positive ? 1 : -1;
        }
    }

    /** What a file holds, found by reading it once. */
    static final class Summary implements LibsvmFile.Taker {
        private final TreeSet<Double> labels = new TreeSet<>();
        private final CRC32 sum = new CRC32();
        private ByteBuffer bytes = ByteBuffer.allocate(1024);
        private int count;
        private int valueCount;
        private int featureCount;

        /**
         * Of a file.
         *
         * @throws SvmDataException if the file is damaged, or has not two labels
         */
        static Summary of(final Path file) {
            final Summary summary = new Summary();
            LibsvmFile.read(file, summary);
            if (summary.labels.size() != 2 || summary.featureCount == 0) {
                throw new SvmDataException(
                        "the file has not examples of two labels, and features: file=" + file + ", examples="
                                + summary.count + ", labels=" + summary.labels + ", features=" + summary.featureCount,
                        null);
            }
            return summary;
        }

        @Override
        public void take(final double label, final int[] indexes, final float[] numbers, final int n) {
            labels.add(label + 0.0); // -0 is 0
            if (labels.size() > 2) {
                throw new IllegalArgumentException("a support vector machine tells two labels apart: " + labels);
            }
            if (count >= MOST_ELEMENTS - 1 || valueCount > MOST_ELEMENTS - n) {
                throw new IllegalArgumentException("the file has more than " + MOST_ELEMENTS + " values or examples");
            }
            if (n > 0 && indexes[n - 1] >= MOST_ELEMENTS) {
                throw new IllegalArgumentException("an index is more than " + MOST_ELEMENTS);
            }
            addToSum(label, indexes, numbers, n);
            count++;
            valueCount += n;
            featureCount = n == 0 ? featureCount : Math.max(featureCount, 1 + indexes[n - 1]);
        }

        private void addToSum(final double label, final int[] indexes, final float[] numbers, final int n) {
            final int length = Double.BYTES + n * (Integer.BYTES + Float.BYTES);
            if (length > bytes.capacity()) {
                bytes = ByteBuffer.allocate(2 * length);
            }
            bytes.clear().putDouble(label);
            for (int i = 0; i < n; i++) {
                bytes.putInt(indexes[i]).putFloat(numbers[i]);
            }
            sum.update(bytes.flip());
        }

        /** Tells these examples from others: their number, that of the features, and a checksum of all that counts. */
        String fingerprint() {
            return String.format(
                    Locale.ROOT, "%d examples, %d features, CRC-32 %08x", count, featureCount, sum.getValue());
        }

        /** Number of examples. */
        int count() {
            return count;
        }

        /** Number of features: the greatest index. */
        int featureCount() {
            return featureCount;
        }

        Labels labels() {
            return new Labels(labels.first(), labels.last());
        }
    }

    /** Removes the segment of a training when it is over. */
    static RemovalAtEnd removalAtEnd(final String training, final Settings settings) {
        return RemovalAtEnd.ofCreated(Names.ofData(training), settings.withSlots(1));
    }

    /**
     * Creates the segment.
     *
     * @param summary of the file
     * @param removal the training's, of {@link #removalAtEnd}
     * @throws SvmDataException if the file has changed since
     */
    static void load(final Path file, final Summary summary, final RemovalAtEnd removal) {
        final List<ArraySpec> specs = List.of(
                spec(BEGINS, ElementType.INT32, summary.count + 1),
                spec(FEATURES, ElementType.INT32, summary.valueCount),
                spec(VALUES, ElementType.FLOAT32, summary.valueCount),
                spec(LABELS, ElementType.FLOAT32, summary.count),
                spec(OCCURRENCES, ElementType.INT32, summary.featureCount));
        removal.create(specs, arrays -> new SharedExamples(arrays).fill(file, summary))
                .close();
    }

    private static ArraySpec spec(final String name, final ElementType type, final int count) {
        return ArraySpec.of(name, type, count).inMode(Mode.HOGWILD);
    }

    private void fill(final Path file, final Summary summary) {
        final Labels signs = summary.labels();
        begins.put(0);
        LibsvmFile.read(file, (label, indexes, numbers, n) -> {
            if (!labels.hasRemaining() || n > features.remaining()) {
                throw new IllegalArgumentException("the file has grown while it was read");
            }
            labels.put(signs.sign(label));
            features.put(indexes, 0, n);
            values.put(numbers, 0, n);
            begins.put(features.position());
            for (int i = 0; i < n; i++) {
                occurrences.put(indexes[i], occurrences.get(indexes[i]) + 1);
            }
        });
        if (labels.hasRemaining() || features.hasRemaining()) {
            throw new SvmDataException("the file has become shorter while it was read: file=" + file, null);
        }
    }

    /** The examples of a training in shared memory. */
    static SharedExamples attach(final String training) {
        try (ShmArrays arrays = ShmArrays.attachReadOnly(Names.ofData(training), Settings.fromProperties())) {
            return new SharedExamples(arrays);
        }
    }

    private int place(final int example) {
        return (int) ((long) example * stride % count());
    }

    @Override
    public int count() {
        return labels.capacity();
    }

    @Override
    public int begin(final int example) {
        return begins.get(place(example));
    }

    @Override
    public int end(final int example) {
        return begins.get(place(example) + 1);
    }

    @Override
    public int feature(final int position) {
        return features.get(position);
    }

    @Override
    public float value(final int position) {
        return values.get(position);
    }

    @Override
    public float label(final int example) {
        return labels.get(place(example));
    }

    /** In how many of the examples each feature is not zero. */
    IntBuffer occurrences() {
        return occurrences;
    }

    /**
     * The share of another file's examples whose label a linear model tells. Features that the model lacks count as 0.
     *
     * @throws SvmDataException if the file is damaged, empty or has other labels
     */
    static double accuracy(final Path file, final Labels signs, final float[] weights) {
        final long[] counts = new long[2];
        LibsvmFile.read(file, (label, indexes, numbers, n) -> {
            float score = 0;
            for (int i = 0; i < n && indexes[i] < weights.length; i++) {
                score += weights[indexes[i]] * numbers[i];
            }
            counts[0]++;
            counts[1] += score >= 0 == signs.sign(label) > 0 ? 1 : 0;
        });
        if (counts[0] == 0) {
            throw new SvmDataException("the file has no examples: file=" + file, null);
        }
        return counts[1] / (double) counts[0];
    }
}
