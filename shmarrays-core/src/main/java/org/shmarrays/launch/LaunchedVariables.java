package org.shmarrays.launch;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.Settings;
import org.shmarrays.internal.launch.OpenBlasKernels;

/**
 * The environment variables that a launcher sets for a worker, besides those that the worker inherits. What is set by
 * default gives way to an inherited variable. For one thread.
 */
final class LaunchedVariables {
    private static final List<String> THREADS = List.of("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS");
    private static final String DEVICE = "CUDA_VISIBLE_DEVICES";

    private final Map<String, String> inherited;
    private final Map<String, String> variables = new HashMap<>();

    /**
     * What each worker needs: kernels of OpenBLAS, threads, and by default to wait on when a timeout has passed.
     *
     * @param threads by default
     */
    LaunchedVariables(final Map<String, String> inherited, final int threads) {
        this.inherited = inherited;
        variables.putAll(kernels(inherited));
        THREADS.forEach(name -> putByDefault(name, Integer.toString(threads)));
        putByDefault(Settings.ON_TIMEOUT_VARIABLE, value(Settings.OnTimeout.WAIT));
    }

    /** The variable that OpenBLAS lacks in an environment, if it does. */
    static Map<String, String> kernels(final Map<String, String> environment) {
        return OpenBlasKernels.missingIn(environment)
                .map(kernels -> Map.of(OpenBlasKernels.VARIABLE, kernels))
                .orElse(Map.of());
    }

    void threads(final int count) {
        THREADS.forEach(name -> variables.put(name, Integer.toString(count)));
    }

    void onTimeout(final Settings.OnTimeout choice) {
        variables.put(Settings.ON_TIMEOUT_VARIABLE, value(choice));
    }

    private static String value(final Settings.OnTimeout choice) {
        return choice.name().toLowerCase(Locale.ROOT);
    }

    void device(final String id) {
        variables.put(DEVICE, id);
    }

    private void putByDefault(final String name, final String value) {
        if (!inherited.containsKey(name)) {
            variables.put(name, value);
        }
    }

    /** All of them, with further ones that win. */
    Map<String, String> with(final Map<String, String> more) {
        variables.putAll(more);
        return variables;
    }
}
