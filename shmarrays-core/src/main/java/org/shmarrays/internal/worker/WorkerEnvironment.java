package org.shmarrays.internal.worker;

import java.util.Map;
import java.util.Set;
import org.shmarrays.internal.segment.Segment;

/**
 * The place of this process among the workers of a run, as its environment variables say.
 *
 * <p>The launcher writes them for each process that it starts; any other starter (Slurm, Docker, a shell) may do so
 * too. A process that has none of them is rank 0 of 1 and knows no segment. Immutable; any thread may use it.
 *
 * @param rank        this worker among the workers of its run, from 0
 * @param worldSize   the number of workers of the run
 * @param segmentName the segment that the run trains in, or null where none was named
 * @param runId       which run it is, made up by its starter; 0 where none was named: it is drawn when the workers join
 * @param launched    whether the launcher started this process and holds the other end of its standard input
 * @param restart     how often this rank was started before, and failed
 * @param late        whether the run was under way when this process was started: a restarted worker, or an added one
 */
public record WorkerEnvironment(
        int rank, int worldSize, String segmentName, long runId, boolean launched, int restart, boolean late) {
    public static final String RANK_VARIABLE = "SHMARRAYS_RANK";
    public static final String WORLD_SIZE_VARIABLE = "SHMARRAYS_WORLD_SIZE";
    public static final String SEGMENT_VARIABLE = "SHMARRAYS_SEGMENT";
    public static final String RUN_ID_VARIABLE = "SHMARRAYS_RUN_ID";
    public static final String LAUNCHED_VARIABLE = "SHMARRAYS_LAUNCHED";
    public static final String RESTART_VARIABLE = "SHMARRAYS_RESTART";
    public static final String LATE_VARIABLE = "SHMARRAYS_LATE";

    /**
     * Path of the one segment that a {@linkplain #late() late} worker may create, because its launcher has never seen
     * it: all workers of the run have failed before they made it. Unset for other workers.
     */
    public static final String MAY_CREATE_VARIABLE = "SHMARRAYS_MAY_CREATE";

    /** All of them. */
    public static final Set<String> VARIABLES = Set.of(
            RANK_VARIABLE,
            WORLD_SIZE_VARIABLE,
            SEGMENT_VARIABLE,
            RUN_ID_VARIABLE,
            LAUNCHED_VARIABLE,
            RESTART_VARIABLE,
            LATE_VARIABLE,
            MAY_CREATE_VARIABLE);

    private static final String YES = "1";

    /**
     * @throws IllegalArgumentException if {@code rank} is not within 0 and {@code worldSize}, or the name is blank
     */
    public WorkerEnvironment {
        if (worldSize < 1) {
            throw new IllegalArgumentException("world size must be at least 1: worldSize=" + worldSize);
        }
        if (rank < 0 || rank >= worldSize) {
            throw new IllegalArgumentException(
                    "rank must be from 0 to worldSize - 1: rank=" + rank + ", worldSize=" + worldSize);
        }
        if (segmentName != null && segmentName.isBlank()) {
            throw new IllegalArgumentException("segment name is blank: segmentName='" + segmentName + "'");
        }
        if (runId < 0) {
            throw new IllegalArgumentException("id of a run is negative: runId=" + runId);
        }
        if (restart < 0) {
            throw new IllegalArgumentException("restart is negative: restart=" + restart);
        }
        late |= restart > 0;
    }

    /** A worker that the run began with. */
    public WorkerEnvironment(
            final int rank, final int worldSize, final String segmentName, final long runId, final boolean launched) {
        this(rank, worldSize, segmentName, runId, launched, 0, false);
    }

    /**
     * Reads the environment of this process.
     *
     * @throws IllegalArgumentException if a variable makes no sense; the message names it
     */
    public static WorkerEnvironment current() {
        return from(System.getenv());
    }

    /**
     * Reads the given variables; a variable with an empty value counts as unset.
     *
     * @throws IllegalArgumentException if a variable makes no sense; the message names it
     */
    public static WorkerEnvironment from(final Map<String, String> environment) {
        final boolean launched = isYes(environment, LAUNCHED_VARIABLE);
        final String segmentName = value(environment, SEGMENT_VARIABLE);
        final String runId = value(environment, RUN_ID_VARIABLE);
        final String rank = value(environment, RANK_VARIABLE);
        final String worldSize = value(environment, WORLD_SIZE_VARIABLE);
        final String restart = value(environment, RESTART_VARIABLE);
        if (rank == null && worldSize == null && !launched) {
            return new WorkerEnvironment(0, 1, segmentName, 0, false);
        }
        if (rank == null || worldSize == null) {
            throw new IllegalArgumentException("environment variables must be set together: " + RANK_VARIABLE + "="
                    + rank + ", " + WORLD_SIZE_VARIABLE + "=" + worldSize + "; set both, or neither for rank 0 of 1");
        }
        return new WorkerEnvironment(
                (int) number(RANK_VARIABLE, rank, Integer.MAX_VALUE),
                (int) number(WORLD_SIZE_VARIABLE, worldSize, Integer.MAX_VALUE),
                segmentName,
                runId == null ? 0 : number(RUN_ID_VARIABLE, runId, Long.MAX_VALUE),
                launched,
                restart == null ? 0 : (int) number(RESTART_VARIABLE, restart, Integer.MAX_VALUE),
                isYes(environment, LATE_VARIABLE));
    }

    /** True if a worker of this run, which has an id, has held a slot of the segment. */
    public boolean isOfRunThatUsed(final Segment segment) {
        final WorkerRecord record = new WorkerRecord(segment);
        for (int slotId = 0; slotId < segment.claimedSlots(); slotId++) {
            if (runId != 0 && record.read(slotId) && record.runId() == runId) {
                return true;
            }
        }
        return false;
    }

    /** Writes this into a child's environment, so that {@link #current()} gives it back there. */
    public void writeTo(final Map<String, String> environment) {
        environment.put(RANK_VARIABLE, Integer.toString(rank));
        environment.put(WORLD_SIZE_VARIABLE, Integer.toString(worldSize));
        put(environment, SEGMENT_VARIABLE, segmentName);
        environment.put(RUN_ID_VARIABLE, Long.toString(runId));
        put(environment, LAUNCHED_VARIABLE, launched ? YES : null);
        put(environment, RESTART_VARIABLE, restart > 0 ? Integer.toString(restart) : null);
        put(environment, LATE_VARIABLE, late ? YES : null);
    }

    private static void put(final Map<String, String> environment, final String name, final String value) {
        if (value == null) {
            environment.remove(name);
        } else {
            environment.put(name, value);
        }
    }

    private static boolean isYes(final Map<String, String> environment, final String name) {
        final String value = value(environment, name);
        if (value != null && !value.equals(YES)) {
            throw new IllegalArgumentException("environment variable must be " + YES + " or unset: " + name + "="
                    + value + "; only the launcher sets it");
        }
        return value != null;
    }

    private static String value(final Map<String, String> environment, final String name) {
        final String value = environment.get(name);
        return value == null || value.isEmpty() ? null : value;
    }

    private static long number(final String name, final String value, final long max) {
        try {
            final long number = Long.parseLong(value);
            if (number <= max) {
                return number;
            }
        } catch (final NumberFormatException e) {
            throw notANumber(name, value, e);
        }
        throw notANumber(name, value, null);
    }

    private static IllegalArgumentException notANumber(
            final String name, final String value, final NumberFormatException cause) {
        return new IllegalArgumentException(
                "environment variable is not a whole number: " + name + "=" + value
                        + "; set a whole number, or unset it",
                cause);
    }
}
