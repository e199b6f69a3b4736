package org.shmarrays.model;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Looks at all states that a protocol can come to, breadth first, so that the way to a violation is a shortest one; and
 * then whether from each of them the survivors can get through without another kill.
 */
final class Exploration {
    private static final int READER_ACTION = 100;
    private static final int KILL_ACTION = 200;
    private static final int ABANDON_ACTION = 210;
    private static final int CLOSE_ACTION = 220;

    private final Protocol protocol;
    private final Set<Violation> ignored;
    private long[] states = new long[1 << 16];
    private int[] table = new int[1 << 16];
    private int[] cameFrom = new int[1 << 15];
    private byte[] action = new byte[1 << 15];
    private int count;
    private final Ints edgeFrom = new Ints();
    private final Ints edgeTo = new Ints();
    private Violation violation;
    private List<String> way = List.of();

    private Exploration(final Protocol protocol, final Set<Violation> ignored) {
        this.protocol = protocol;
        this.ignored = ignored;
    }

    static Exploration of(final Set<Fault> faults) {
        return of(faults, EnumSet.noneOf(Violation.class));
    }

    /** Goes on where one of these is seen, to find what comes of it. */
    static Exploration of(final Set<Fault> faults, final Set<Violation> ignored) {
        final Exploration exploration = new Exploration(new Protocol(faults), ignored);
        exploration.explore();
        return exploration;
    }

    int states() {
        return count;
    }

    int steps() {
        return edgeFrom.size;
    }

    /** The first violation found, or null. */
    Violation violation() {
        return violation;
    }

    /** The steps that lead to it. */
    List<String> way() {
        return way;
    }

    private void explore() {
        final State from = new State();
        final State to = new State();
        add(protocol.initial(), -1, 0);
        for (int index = 0; index < count && violation == null; index++) {
            from.unpack(states, 2 * index);
            for (int process = 0; process < Protocol.PROCESSES && violation == null; process++) {
                for (int choice = 0; choice < protocol.choices(from, process); choice++) {
                    to.copyFrom(from);
                    reached(protocol.step(to, process, choice), to, index, 10 * process + choice, true);
                }
                if (protocol.canBeKilled(from, process)) {
                    to.copyFrom(from);
                    protocol.kill(to, process);
                    reached(null, to, index, KILL_ACTION + process, false);
                }
            }
            if (violation == null && protocol.canAbandon(from, 0)) {
                to.copyFrom(from);
                protocol.abandon(to, 0);
                reached(null, to, index, ABANDON_ACTION, false);
            }
            if (violation == null && protocol.canClose(from, 0)) {
                to.copyFrom(from);
                protocol.close(to, 0);
                reached(null, to, index, CLOSE_ACTION, false);
            }
            if (violation == null && protocol.reader().canStep(from)) {
                to.copyFrom(from);
                reached(protocol.reader().step(to), to, index, READER_ACTION, true);
            }
        }
        if (violation == null && !ignored.contains(Violation.STUCK)) {
            findStuck();
        }
    }

    private void reached(
            final Violation atOnce, final State state, final int from, final int how, final boolean isStep) {
        if (violation != null) {
            return;
        }
        final int countBefore = count;
        final int index = add(state, from, how);
        if (isStep) {
            edgeFrom.add(from);
            edgeTo.add(index);
        }
        final boolean isNew = count > countBefore; // what a known state breaks was seen when it was new
        final Violation broken = atOnce == null && isNew ? protocol.invariants().brokenIn(state) : atOnce;
        if (broken != null && !ignored.contains(broken)) {
            violation = broken;
            way = wayTo(from);
            way.add(name(from, how));
        }
    }

    /** Backwards from the ends: what is not met can't get through. */
    private void findStuck() {
        final int[] first = new int[count + 1];
        for (int i = 0; i < edgeTo.size; i++) {
            first[edgeTo.values[i] + 1]++;
        }
        for (int i = 0; i < count; i++) {
            first[i + 1] += first[i];
        }
        final int[] sources = new int[edgeTo.size];
        final int[] filled = Arrays.copyOf(first, count);
        for (int i = 0; i < edgeTo.size; i++) {
            sources[filled[edgeTo.values[i]]++] = edgeFrom.values[i];
        }
        final boolean[] ends = new boolean[count];
        final ArrayDeque<Integer> queue = new ArrayDeque<>();
        final State state = new State();
        for (int i = 0; i < count; i++) {
            state.unpack(states, 2 * i);
            if (protocol.isEnd(state)) {
                ends[i] = true;
                queue.add(i);
            }
        }
        while (!queue.isEmpty()) {
            final int index = queue.remove();
            for (int i = first[index]; i < first[index + 1]; i++) {
                if (!ends[sources[i]]) {
                    ends[sources[i]] = true;
                    queue.add(sources[i]);
                }
            }
        }
        for (int i = 0; i < count && violation == null; i++) {
            if (!ends[i]) {
                violation = Violation.STUCK;
                way = wayTo(i);
            }
        }
    }

    private List<String> wayTo(final int index) {
        final List<String> steps = new ArrayList<>();
        for (int i = index; cameFrom[i] >= 0; i = cameFrom[i]) {
            steps.add(name(cameFrom[i], action[i] & 0xff));
        }
        Collections.reverse(steps);
        return steps;
    }

    private String name(final int from, final int how) {
        if (how == READER_ACTION) {
            return "reader";
        }
        if (how >= ABANDON_ACTION) {
            return how >= CLOSE_ACTION ? "A closes its file" : "A abandons its slot";
        }
        final int process = how >= KILL_ACTION ? how - KILL_ACTION : how / 10;
        final State state = new State();
        state.unpack(states, 2 * from);
        return (char) ('A' + process) + (how >= KILL_ACTION ? " killed before " : " ") + state.next(process);
    }

    private int add(final State state, final int from, final int how) {
        if (2 * count + 2 > states.length) {
            states = Arrays.copyOf(states, 2 * states.length);
            cameFrom = Arrays.copyOf(cameFrom, 2 * cameFrom.length);
            action = Arrays.copyOf(action, 2 * action.length);
        }
        if (2 * count > table.length) {
            table = new int[4 * table.length];
            for (int i = 0; i < count; i++) {
                table[find(2 * i)] = i + 1;
            }
        }
        state.pack(states, 2 * count);
        final int place = find(2 * count);
        if (table[place] == 0) {
            cameFrom[count] = from;
            action[count] = (byte) how;
            table[place] = ++count;
        }
        return table[place] - 1;
    }

    /** Where the state is in the table, or where it belongs. */
    private int find(final int at) {
        int place = (int) mixed(mixed(states[at]) + states[at + 1]) & table.length - 1;
        while (table[place] != 0) {
            final int other = 2 * (table[place] - 1);
            if (states[other] == states[at] && states[other + 1] == states[at + 1]) {
                return place;
            }
            place = place + 1 & table.length - 1;
        }
        return place;
    }

    /** Each bit of the value decides about the low bits of the result, by two rounds of a multiplication. */
    private static long mixed(final long value) {
        long hash = value * 0x9E3779B97F4A7C15L;
        hash = (hash ^ hash >>> 32) * 0x9E3779B97F4A7C15L;
        return hash ^ hash >>> 32;
    }

    /** Numbers, as many as come. */
    private static final class Ints {
        private int[] values = new int[1 << 16];
        private int size;

        void add(final int value) {
            if (size == values.length) {
                values = Arrays.copyOf(values, 2 * size);
            }
            values[size++] = value;
        }
    }
}
