package org.shmarrays.spark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.shmarrays.report.EventLog;
import org.shmarrays.report.RunEvent;
import org.shmarrays.report.ThinnedList;

/** How a training went, in bounded memory, whatever the numbers of its rounds and hosts. For the driver's thread. */
final class RoundHistory {
    /** Hosts beyond so many are counted together. */
    static final int MOST_HOSTS = 100;

    /** Stands for hosts beyond the {@link #MOST_HOSTS}. */
    static final String OTHERS = "(others)";

    private static final int CAPACITY = 512;
    private static final int HOST_CAPACITY = 64;
    private static final double NS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

    private final LongSupplier nanoClock;
    private final long beganMs;
    private final long beganNs;
    private final ThinnedList<Moment> moments = new ThinnedList<>(CAPACITY);
    private final ThinnedList<Evaluation> evaluations = new ThinnedList<>(CAPACITY);
    private final Map<String, HostRecord> hosts = new LinkedHashMap<>();
    private final EventLog events = new EventLog();
    private String failure;
    private long undoneRounds;
    private Moment last = new Moment(0, 0, 0, 0, TrainingCounts.ZERO, 0, 0, 0);

    /**
     * The counts at the end of a round, since the beginning.
     *
     * @param seconds since the beginning
     * @param rounds that have ended
     * @param hosts of the last round
     * @param epoch at the end of the last round
     * @param counts of all hosts
     * @param roundSeconds of all rounds
     * @param syncSeconds of all rounds
     * @param lostIntervals of all rounds
     */
    record Moment(
            double seconds,
            long rounds,
            int hosts,
            long epoch,
            TrainingCounts counts,
            double roundSeconds,
            double syncSeconds,
            long lostIntervals) {}

    /** The figure of an evaluation. */
    record Evaluation(double seconds, long samples, double value) {}

    /** What a host had trained at a time. */
    record HostMoment(double seconds, long samples) {}

    /** A host: its counts so far, and its samples over time. */
    static final class HostRecord {
        private final ThinnedList<HostMoment> moments = new ThinnedList<>(HOST_CAPACITY);
        private final String executor;
        private final String address;
        private TrainingCounts counts = TrainingCounts.ZERO;
        private long rounds;
        private long lastRound;
        private HostSummary summary;

        private HostRecord(final String executor, final String address) {
            this.executor = executor;
            this.address = address;
        }

        private void add(final long round, final double seconds, final TrainingCounts more) {
            if (rounds == 0) {
                moments.add(new HostMoment(seconds - more.trainSeconds() - more.exchangeSeconds(), 0));
            }
            rounds++;
            lastRound = round;
            counts = counts.plus(more);
            moments.add(new HostMoment(seconds, counts.samples()));
        }

        String executor() {
            return executor;
        }

        /** Name or address of the machine. */
        String address() {
            return address;
        }

        TrainingCounts counts() {
            return counts;
        }

        long rounds() {
            return rounds;
        }

        /** Number of the last round in which it trained. */
        long lastRound() {
            return lastRound;
        }

        List<HostMoment> moments() {
            return moments.entries();
        }

        /** What it told at the end; null if it told nothing. */
        HostSummary summary() {
            return summary;
        }
    }

    /** A training that begins now. */
    RoundHistory(final LongSupplier nanoClock, final long nowMs) {
        this.nanoClock = nanoClock;
        this.beganMs = nowMs;
        this.beganNs = nanoClock.getAsLong();
        moments.add(last);
    }

    private double seconds() {
        return (nanoClock.getAsLong() - beganNs) / NS_PER_SECOND;
    }

    /** The hosts of a round have trained. */
    void trained(final long round, final List<HostReport> reports) {
        final double seconds = seconds();
        for (final HostReport report : reports) {
            final boolean isOther = hosts.size() >= MOST_HOSTS && !hosts.containsKey(report.executor());
            hosts.computeIfAbsent(
                            isOther ? OTHERS : report.executor(),
                            executor -> new HostRecord(executor, isOther ? "" : report.address()))
                    .add(round, seconds, report.counts());
        }
    }

    /** A round has ended, and was evaluated if it was to be. */
    void ended(final Round round) {
        if (last.rounds() > 0 && round.hosts() != last.hosts()) {
            event("round " + round.number() + " had " + round.hosts() + " hosts instead of " + last.hosts(), false);
        }
        last = new Moment(
                seconds(),
                last.rounds() + 1,
                round.hosts(),
                round.epoch(),
                last.counts().plus(round.counts()),
                last.roundSeconds() + round.seconds(),
                last.syncSeconds() + round.syncSeconds(),
                last.lostIntervals() + round.lostIntervals());
        moments.add(last);
        if (!Double.isNaN(round.evaluation())) {
            evaluations.add(new Evaluation(last.seconds(), last.counts().samples(), round.evaluation()));
        }
    }

    /** Something was lost with a host, and is repeated. */
    void lost(final String what, final long round, final String why) {
        event(what + " was lost: round=" + round + ", " + why, true);
    }

    /** The training has gone back to an earlier round. What was trained since then stays in the counts. */
    void goneBack(final long from, final long to) {
        event("the training went back from round " + from + " to its last checkpoint, of round " + to, true);
        undoneRounds += from - to;
    }

    /** Rounds that were undone. */
    long undoneRounds() {
        return undoneRounds;
    }

    /** The training has failed. */
    void failed(final Throwable cause) {
        final String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
        failure = why.lines().findFirst().orElse("");
        event("the training failed: " + failure, true);
    }

    private void event(final String text, final boolean isBad) {
        events.add(new RunEvent(seconds(), text, isBad));
    }

    /** What hosts tell at the end. */
    void summaries(final List<HostSummary> told) {
        for (final HostSummary summary : told) {
            final HostRecord host = hosts.get(summary.executor());
            if (host != null) {
                host.summary = summary;
            }
        }
    }

    /** Why the training failed; null if it did not. */
    String failure() {
        return failure;
    }

    /** Time of the beginning, ms since 1970. */
    long beganMs() {
        return beganMs;
    }

    /** The counts at the end of the last round. */
    Moment last() {
        return last;
    }

    /** The beginning, and ends of rounds: those that are kept, the last one among them. */
    List<Moment> moments() {
        return moments.entries();
    }

    List<Evaluation> evaluations() {
        return evaluations.entries();
    }

    /** In the order in which they came. */
    List<HostRecord> hosts() {
        return new ArrayList<>(hosts.values());
    }

    List<RunEvent> events() {
        return events.entries();
    }
}
