package org.shmarrays.dl4j;

import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.shmarrays.launch.Launcher;

/**
 * Warns, once for each JVM, where OpenBLAS has chosen its slowest kernels though the processor has faster ones. A
 * launcher names the right ones; a JVM that was started by hand may not have them.
 */
final class SlowBlasWarning {
    private static final System.Logger LOGGER = System.getLogger(SlowBlasWarning.class.getName());

    /** OpenBLAS's variable that points to the kernels in use. */
    private static final String KERNELS = "gotoblas";

    /** Kernels without AVX: what processors of Intel's, and of AMD's, are mistaken for. */
    private static final List<String> SLOWEST = List.of("gotoblas_PRESCOTT", "gotoblas_BARCELONA");

    private static final AtomicBoolean WAS_GIVEN = new AtomicBoolean();

    private SlowBlasWarning() {}

    /** After ND4J has loaded its backend. */
    static void giveOnce() {
        if (WAS_GIVEN.compareAndSet(false, true) && isSlowest()) {
            Launcher.missingVariables(Map.of())
                    .forEach((name, faster) -> LOGGER.log(System.Logger.Level.WARNING, of(name, faster)));
        }
    }

    /** False where another library multiplies matrices, or this build of OpenBLAS has one set of kernels only. */
    static boolean isSlowest() {
        final Pointer inUse = Loader.addressof(KERNELS);
        return inUse != null && isSlowest(new PointerPointer<>(inUse).get(0).address());
    }

    static boolean isSlowest(final long kernels) {
        return SLOWEST.stream()
                .map(Loader::addressof)
                .anyMatch(slowest -> slowest != null && slowest.address() == kernels);
    }

    static String of(final String variable, final String faster) {
        return "OpenBLAS takes this processor for an old one and multiplies matrices without AVX, about four times as"
                + " slowly as it could; set the environment variable " + variable + "=" + faster
                + " before the JVM starts, as `bin/shmarrays run` and SharedTraining.spawn do for workers";
    }
}
