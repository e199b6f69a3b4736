package org.shmarrays.launch;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.worker.WorkerEnvironment;

/**
 * What to start for each rank of a run; the same rank may be started from it again, and ranks beyond the first ones
 * too.
 *
 * @param root        where the workers look for it
 * @param segmentName the segment of the run
 * @param runId       which run it is
 * @param command     the command line, which all ranks share
 * @param worldSize   number of workers at the beginning
 * @param ofRank      for a rank the environment variables that it gets on top of the launcher's own, but for who it is
 */
record WorkerPlan(
        SegmentRoot root,
        String segmentName,
        long runId,
        List<String> command,
        int worldSize,
        IntFunction<Map<String, String>> ofRank) {
    /** The variables of the workers that the run begins with. */
    List<Map<String, String>> variables() {
        return IntStream.range(0, worldSize)
                .mapToObj(rank -> variables(environment(rank, worldSize, 0, false)))
                .toList();
    }

    /** The command line of each rank as a shell takes it, without a launcher that it would end with. */
    List<String> shellCommands() {
        return IntStream.range(0, worldSize).mapToObj(this::shellCommand).toList();
    }

    private String shellCommand(final int rank) {
        final WorkerEnvironment environment = new WorkerEnvironment(rank, worldSize, segmentName, runId, false);
        final StringBuilder shell = new StringBuilder("env");
        new TreeMap<>(variables(environment))
                .forEach((name, value) ->
                        shell.append(" \\\n  ").append(name).append('=').append(ShellWord.quoted(value)));
        return shell.append(" \\\n  ")
                .append(command.stream().map(ShellWord::quoted).collect(Collectors.joining(" ")))
                .toString();
    }

    /** The worker that a rank is when it is started in a run of that many workers. */
    WorkerEnvironment environment(final int rank, final int workers, final int restart, final boolean late) {
        return new WorkerEnvironment(rank, workers, segmentName, runId, true, restart, late);
    }

    private Map<String, String> variables(final WorkerEnvironment environment) {
        final Map<String, String> variables = new HashMap<>(ofRank.apply(environment.rank()));
        environment.writeTo(variables);
        return variables;
    }

    /**
     * The process of a rank, its three standard streams being pipes that the launcher holds.
     *
     * @param mayCreate the segment that it may create though it comes late, or null
     */
    ProcessBuilder processBuilder(final WorkerEnvironment environment, final Path mayCreate) {
        final ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().putAll(ofRank.apply(environment.rank()));
        environment.writeTo(builder.environment());
        builder.environment().remove(WorkerEnvironment.MAY_CREATE_VARIABLE);
        if (mayCreate != null) {
            builder.environment().put(WorkerEnvironment.MAY_CREATE_VARIABLE, mayCreate.toString());
        }
        return builder;
    }
}
