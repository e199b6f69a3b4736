package org.shmarrays.checkpoint;

import java.io.Serializable;
import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How often a training is saved: after a time, or after a number of steps of all workers together.
 *
 * @param time between two checkpoints, or null if steps count
 * @param steps between two checkpoints, or 0 if time counts
 */
public record CheckpointInterval(Duration time, long steps) implements Serializable {
    private static final long serialVersionUID = 1;

    private static final Pattern STEPS = Pattern.compile("([0-9]{1,18}) *steps?");
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9}) *(ms|s|m|h|d)");

    /** Checks the two. */
    public CheckpointInterval {
        if ((time == null) != (steps > 0) || steps < 0 || time != null && (time.isNegative() || time.isZero())) {
            throw new IllegalArgumentException(
                    "a checkpoint is written after a time or a number of steps, one of the two: time=" + time
                            + ", steps=" + steps);
        }
    }

    /** After each time. */
    public static CheckpointInterval every(final Duration time) {
        return new CheckpointInterval(time, 0);
    }

    /** After each so many steps of all workers together. */
    public static CheckpointInterval everySteps(final long steps) {
        return new CheckpointInterval(null, steps);
    }

    /**
     * Reads an interval as users write it: {@code 30s}, {@code 5m}, {@code 2h} or {@code 1000 steps}.
     *
     * @throws IllegalArgumentException if it is none
     */
    public static CheckpointInterval parse(final String text) {
        final String lower = text.trim().toLowerCase(Locale.ROOT);
        final Matcher steps = STEPS.matcher(lower);
        final Matcher time = TIME.matcher(lower);
        if (steps.matches() && Long.parseLong(steps.group(1)) > 0) {
            return everySteps(Long.parseLong(steps.group(1)));
        }
        if (time.matches() && Long.parseLong(time.group(1)) > 0) {
            return every(duration(Long.parseLong(time.group(1)), time.group(2)));
        }
        throw new IllegalArgumentException(
                "not an interval of checkpoints: " + text + "; write it like 30s, 5m, 2h or \"1000 steps\"");
    }

    private static Duration duration(final long count, final String unit) {
        return switch (unit) {
            case "ms" -> Duration.ofMillis(count);
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            default -> Duration.ofDays(count);
        };
    }

    /** Whether a checkpoint is due when so much time has passed, and so many steps were made, since the last one. */
    public boolean isDue(final Duration passed, final long made) {
        return time == null ? made >= steps : made > 0 && passed.compareTo(time) >= 0;
    }
}
