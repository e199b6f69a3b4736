package org.shmarrays.internal.launch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The kernels that OpenBLAS must be told to use on this processor. The OpenBLAS 0.3.19 of ND4J 1.0.0-M2.1 takes Intel
 * models from 176 on for a Prescott of 2004, and AMD families from 26 on for a Barcelona of 2007. It then does not use
 * AVX, and a matrix product takes about four times as long. It judges other processors that it does not know by their
 * features. It reads {@link #VARIABLE} when it is loaded, so the variable must be set before a JVM starts.
 *
 * @see <a href="https://github.com/OpenMathLib/OpenBLAS/issues/4267">OpenBLAS issue 4267</a>
 */
public final class OpenBlasKernels {
    /** The environment variable that names the kernels. */
    public static final String VARIABLE = "OPENBLAS_CORETYPE";

    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final String INTEL = "GenuineIntel";

    /** Intel's others are a Prescott, too: those with AVX are newer. */
    private static final int INTEL_FAMILY = 6;

    /** Of that family ({@code get_coretype} in OpenBLAS's dynamic.c knows extended models up to 10). */
    private static final int FIRST_MISTAKEN_INTEL_MODEL = 11 << 4;

    private static final String AMD = "AuthenticAMD";
    private static final int LAST_KNOWN_AMD_FAMILY = 25;

    private static final List<String> AVX2 = List.of("avx2", "fma");

    /** Besides {@link #AVX2}. */
    private static final List<String> AVX512 = List.of("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");

    private OpenBlasKernels() {}

    /** The value that {@link #VARIABLE} needs; empty if OpenBLAS is not known to mistake the processor. */
    public static Optional<String> ofThisProcessor() {
        try {
            return of(Files.readAllLines(PROCESSOR));
        } catch (final IOException e) {
            return Optional.empty(); // another system
        }
    }

    /** {@link #ofThisProcessor} for a process that inherits this environment; empty if that names kernels. */
    public static Optional<String> missingIn(final Map<String, String> environment) {
        return environment.containsKey(VARIABLE) ? Optional.empty() : ofThisProcessor();
    }

    /** {@link #ofThisProcessor}, by the lines of {@code /proc/cpuinfo}. */
    public static Optional<String> of(final List<String> processor) {
        if (!isMistaken(processor)) {
            return Optional.empty();
        }
        final Set<String> flags =
                Set.copyOf(Arrays.asList(value(processor, "flags").split(" +")));
        if (!flags.containsAll(AVX2)) {
            return Optional.empty();
        }
        return Optional.of(flags.containsAll(AVX512) ? "SKYLAKEX" : "HASWELL");
    }

    private static boolean isMistaken(final List<String> processor) {
        final String family = value(processor, "cpu family");
        final String model = value(processor, "model");
        if (!family.matches("\\d{1,4}") || !model.matches("\\d{1,4}")) {
            return false;
        }
        final int familyNumber = Integer.parseInt(family);
        return switch (value(processor, "vendor_id")) {
            case INTEL -> familyNumber != INTEL_FAMILY || Integer.parseInt(model) >= FIRST_MISTAKEN_INTEL_MODEL;
            case AMD -> familyNumber > LAST_KNOWN_AMD_FAMILY;
            default -> false;
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
