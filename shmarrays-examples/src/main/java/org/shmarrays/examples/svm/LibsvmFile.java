package org.shmarrays.examples.svm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.StringTokenizer;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.bzip2.BZip2CompressorInputStream;
import org.shmarrays.layout.Names;
import org.shmarrays.output.DurableFile;

/**
 * Reads a file of the format of LIBSVM, plain or packed by gzip or bzip2: a line {@code label index:value index:value}
 * for each example. Indexes ascend and begin at 1; features that are not named are zero. A comment begins with {@code
 * #}; empty lines are skipped. For one thread.
 */
final class LibsvmFile {
    private static final String BLANKS = " \t\r\f";
    private static final Pattern NUMBER = Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");
    private static final Pattern INDEX = Pattern.compile("\\d{1,10}");

    private int[] features = new int[64];
    private float[] values = new float[64];
    private int count;

    private LibsvmFile() {}

    /** Takes the examples of a file, one after the other. */
    @FunctionalInterface
    interface Taker {
        /**
         * Takes an example.
         *
         * @param features indexes of the features that are not zero, from 0 on and ascending
         * @param values of the same features
         * @param count number of these features; the arrays may be longer, and have another example after the call
         * @throws IllegalArgumentException if it is not what is expected
         */
        void take(double label, int[] features, float[] values, int count);
    }

    /**
     * Reads a file.
     *
     * @throws SvmDataException if the file can't be read, or a line is wrong
     */
    static void read(final Path file, final Taker taker) {
        final LibsvmFile reader = new LibsvmFile();
        long number = 0;
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(open(file), UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                reader.take(line, taker);
            }
        } catch (final IllegalArgumentException e) {
            throw new SvmDataException("wrong example: file=" + file + ", line=" + number + ", " + e.getMessage(), e);
        } catch (final IOException e) {
            throw new SvmDataException(
                    "cannot read the examples: file=" + file + ", after line " + number + ", " + DurableFile.reason(e),
                    e);
        }
    }

    private static InputStream open(final Path file) throws IOException {
        final InputStream in = new BufferedInputStream(Files.newInputStream(file));
        try {
            in.mark(2);
            final int first = in.read();
            final int second = in.read();
            in.reset();
            if (first == 0x1f && second == 0x8b) {
                return new GZIPInputStream(in);
            }
            return first == 'B' && second == 'Z' ? new BZip2CompressorInputStream(in, true) : in;
        } catch (final IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    private void take(final String line, final Taker taker) {
        final int comment = line.indexOf('#');
        final StringTokenizer tokens = new StringTokenizer(comment < 0 ? line : line.substring(0, comment), BLANKS);
        if (!tokens.hasMoreTokens()) {
            return;
        }
        final double label = number("label", tokens.nextToken());
        count = 0;
        int last = 0;
        while (tokens.hasMoreTokens()) {
            last = feature(tokens.nextToken(), last);
        }
        taker.take(label, features, values, count);
    }

    /** Returns the index of a feature. */
    private int feature(final String token, final int last) {
        final int colon = token.indexOf(':');
        final String index = token.substring(0, Math.max(0, colon));
        if (!INDEX.matcher(index).matches() || Long.parseLong(index) > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "expected index:value, the index a whole number: " + Names.printable(token));
        }
        final int feature = Integer.parseInt(index);
        if (feature == 0) {
            throw new IllegalArgumentException("indexes begin at 1: " + Names.printable(token));
        }
        if (feature <= last) {
            throw new IllegalArgumentException(
                    "indexes must ascend: " + Names.printable(token) + " after index " + last);
        }
        final float value = (float) number("value", token.substring(colon + 1));
        if (Float.isInfinite(value)) {
            throw new IllegalArgumentException("the value doesn't fit into a float: " + Names.printable(token));
        }
        if (value != 0) {
            add(feature - 1, value);
        }
        return feature;
    }

    private static double number(final String what, final String text) {
        if (!NUMBER.matcher(text).matches() || Double.isInfinite(Double.parseDouble(text))) {
            throw new IllegalArgumentException("the " + what + " is not a number: " + Names.printable(text));
        }
        return Double.parseDouble(text);
    }

    private void add(final int feature, final float value) {
        if (count == features.length) {
            features = Arrays.copyOf(features, 2 * count);
            values = Arrays.copyOf(values, 2 * count);
        }
        features[count] = feature;
        values[count] = value;
        count++;
    }
}
