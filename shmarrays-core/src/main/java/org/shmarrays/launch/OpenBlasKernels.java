package org.shmarrays.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Which kernels OpenBLAS has to be told to use on this processor. The OpenBLAS 0.3.19 of ND4J 1.0.0-M2.1 chooses by the
 * processor's model, and takes those that are newer than itself for a Prescott of 2004: without AVX a matrix product
 * takes about four times as long. It reads {@link #VARIABLE} when it is loaded, so this must be set before a JVM
 * starts.
 *
 * @see <a href="https://github.com/OpenMathLib/OpenBLAS/issues/4267">OpenBLAS issue 4267</a>
 */
public final class OpenBlasKernels {
    /** The environment variable that names the kernels. */
    public static final String VARIABLE = "OPENBLAS_CORETYPE";

    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final String INTEL = "GenuineIntel";
    private static final String INTEL_FAMILY = "6";

    /** Of the Intel models with AVX2 those that OpenBLAS 0.3.19 knows ({@code get_coretype} in its dynamic.c). */
    private static final Set<Integer> KNOWN_INTEL_MODELS = Set.of(
            60, 61, 63, 69, 70, 71, 78, 79, 85, 86, 87, 94, 102, 106, 108, 125, 126, 140, 141, 142, 143, 151, 154, 158,
            165, 166, 167);

    private static final String AMD = "AuthenticAMD";
    private static final int LAST_KNOWN_AMD_FAMILY = 25;

    private static final List<String> AVX512 = List.of("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");
    private static final List<String> AVX2 = List.of("avx2", "fma");

    private OpenBlasKernels() {}

    /** What {@link #VARIABLE} has to be; empty where OpenBLAS knows the processor, or is not known to take it wrong. */
    public static Optional<String> ofThisProcessor() {
        try {
            return of(Files.readAllLines(PROCESSOR));
        } catch (final IOException e) {
            return Optional.empty(); // another system
        }
    }

    /** {@link #ofThisProcessor}, by the lines of {@code /proc/cpuinfo}. */
    public static Optional<String> of(final List<String> processor) {
        if (isKnown(processor)) {
            return Optional.empty();
        }
        final Set<String> flags =
                Set.copyOf(Arrays.asList(value(processor, "flags").split(" +")));
        if (flags.containsAll(AVX512)) {
            return Optional.of("SKYLAKEX");
        }
        return flags.containsAll(AVX2) ? Optional.of("HASWELL") : Optional.empty();
    }

    private static boolean isKnown(final List<String> processor) {
        final String family = value(processor, "cpu family");
        final String model = value(processor, "model");
        if (!family.matches("\\d{1,4}") || !model.matches("\\d{1,4}")) {
            return true;
        }
        return switch (value(processor, "vendor_id")) {
            case INTEL -> !family.equals(INTEL_FAMILY) || KNOWN_INTEL_MODELS.contains(Integer.valueOf(model));
            case AMD -> Integer.parseInt(family) <= LAST_KNOWN_AMD_FAMILY;
            default -> true;
        };
    }

    /** Of the first core. */
    private static String value(final List<String> processor, final String key) {
        return processor.stream()
                .filter(line -> line.contains(":")
                        && line.substring(0, line.indexOf(':')).strip().equals(key))
                .findFirst()
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .orElse("");
    }
}
