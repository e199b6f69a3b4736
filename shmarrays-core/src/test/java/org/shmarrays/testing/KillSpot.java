package org.shmarrays.testing;

import org.shmarrays.internal.segment.Step;

/**
 * Where a process is killed: before a step, the first time that it comes to it, or a later one.
 *
 * @param time counted from 1
 */
public record KillSpot(Step step, int time) {
    public static KillSpot at(final Step step) {
        return new KillSpot(step, 1);
    }

    static KillSpot parse(final String text) {
        if (text == null) {
            return null;
        }
        final String[] parts = text.split("#", 2);
        return new KillSpot(Step.valueOf(parts[0]), parts.length == 1 ? 1 : Integer.parseInt(parts[1]));
    }

    @Override
    public String toString() {
        return time == 1 ? step.name() : step + "#" + time;
    }
}
