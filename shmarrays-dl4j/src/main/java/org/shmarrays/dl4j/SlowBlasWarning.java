package org.shmarrays.dl4j;

import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.shmarrays.launch.OpenBlasKernels;

/**
 * Warns, once for each JVM, where OpenBLAS has chosen its slowest kernels though the processor has faster ones. A
 * launcher names the right ones; a JVM that was started by hand may not have them.
 */
final class SlowBlasWarning {
    private static final System.Logger LOGGER = System.getLogger(SlowBlasWarning.class.getName());

    /** OpenBLAS's variable that points to the kernels in use, and the kernels for processors without AVX. */
    private static final String KERNELS = "gotoblas";

    private static final String SLOWEST = "gotoblas_PRESCOTT";

    private static final AtomicBoolean WAS_GIVEN = new AtomicBoolean();

    private SlowBlasWarning() {}

    /** After ND4J has loaded its backend. */
    static void giveOnce() {
        if (WAS_GIVEN.compareAndSet(false, true) && isSlowest()) {
            OpenBlasKernels.ofThisProcessor().ifPresent(faster -> LOGGER.log(System.Logger.Level.WARNING, of(faster)));
        }
    }

    /** False where another library multiplies matrices, or this build of OpenBLAS has one set of kernels only. */
    static boolean isSlowest() {
        final Pointer inUse = Loader.addressof(KERNELS);
        final Pointer slowest = Loader.addressof(SLOWEST);
        return inUse != null
                && slowest != null
                && new PointerPointer<>(inUse).get(0).address() == slowest.address();
    }

    static String of(final String faster) {
        return "OpenBLAS does not know this processor and multiplies matrices without AVX, about four times as slowly as"
                + " it could; set the environment variable " + OpenBlasKernels.VARIABLE + "=" + faster
                + " before the JVM starts, as `bin/shmarrays run` and SharedTraining.spawn do for workers";
    }
}
