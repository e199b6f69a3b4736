package org.shmarrays.benchmarks.harness;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.shmarrays.internal.launch.JvmFlags;

/**
 * How a worker's JVM is started; the {@code with…} method returns a changed copy.
 *
 * @param options of the JVM
 * @param classPath before the coordinator's own
 * @param variables of the environment, beside the coordinator's own
 */
public record WorkerJvm(List<String> options, List<Path> classPath, Map<String, String> variables) {
    private static final Map<String, String> ONE_THREAD = Map.of("OMP_NUM_THREADS", "1", "OPENBLAS_NUM_THREADS", "1");

    /** A JVM with a heap of so many MiB, and one thread for OpenMP and BLAS. */
    public static WorkerJvm ofHeap(final long heapMib) {
        return new WorkerJvm(
                List.of("-Xmx" + heapMib + "m", "-XX:+UseSerialGC", "-XX:-UsePerfData"), List.of(), ONE_THREAD);
    }

    /** The smallest: for groups of so many processes that memory and compilers count. */
    public static WorkerJvm small() {
        return ofHeap(16).with("-Xms4m", "-Xss256k", "-XX:TieredStopAtLevel=1", "-XX:ReservedCodeCacheSize=8m");
    }

    public WorkerJvm with(final String... more) {
        final List<String> all = new ArrayList<>(options);
        all.addAll(List.of(more));
        return new WorkerJvm(all, classPath, variables);
    }

    /** With this class path before the coordinator's own. */
    public WorkerJvm withClassPath(final List<Path> path) {
        return new WorkerJvm(options, path, variables);
    }

    /** With one more variable of the environment. */
    public WorkerJvm withVariable(final String name, final String value) {
        final Map<String, String> all = new HashMap<>(variables);
        all.put(name, value);
        return new WorkerJvm(options, classPath, all);
    }

    List<String> command(final Path directory, final List<String> arguments) {
        final List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(JvmFlags.ofThisJvm());
        command.add("-Dshmarrays.directory=" + directory);
        command.add("-Dshmarrays.attach.timeout=2m");
        command.add("-Dshmarrays.lock.timeout=1m");
        command.add("-cp");
        final List<String> parts =
                new ArrayList<>(classPath.stream().map(Path::toString).toList());
        parts.add(System.getProperty("java.class.path"));
        command.add(String.join(File.pathSeparator, parts));
        command.add(WorkerMain.class.getName());
        command.addAll(arguments);
        return command;
    }
}
