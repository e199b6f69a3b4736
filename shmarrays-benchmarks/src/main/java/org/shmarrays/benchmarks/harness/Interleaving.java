package org.shmarrays.benchmarks.harness;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/** Measures the candidates of a group in turn, several times over, so that a noisy minute hits all of them alike. */
public final class Interleaving {
    private static final int WARM_UP_ROUNDS = 3;
    private static final double IMPROVEMENT = 1.25;

    private final Map<String, List<List<Outcome>>> measured = new LinkedHashMap<>();
    private final Map<String, Long> passes = new LinkedHashMap<>();

    private Interleaving() {}

    /**
     * Warms all candidates up, measures each {@code effort.repeats()} times, then has the results checked.
     *
     * @param candidates names, by number
     * @throws IllegalStateException if a result is wrong
     */
    public static Interleaving measure(
            final BenchmarkWorkers group, final Effort effort, final List<String> candidates) {
        final Interleaving result = new Interleaving();
        result.warmUp(group, effort, candidates);
        for (int repeat = 0; repeat < effort.repeats(); repeat++) {
            for (int i = 0; i < candidates.size(); i++) {
                final List<Outcome> outcomes = group.run(i, effort.windowNs());
                result.count(candidates.get(i), outcomes);
                result.measured
                        .computeIfAbsent(candidates.get(i), name -> new ArrayList<>())
                        .add(outcomes);
            }
        }
        for (int i = 0; i < candidates.size(); i++) {
            group.check(i, candidates.get(i), result.passes.get(candidates.get(i)));
        }
        return result;
    }

    /** Works until the compilers rest and nothing gets faster any more, or for long enough. */
    private void warmUp(final BenchmarkWorkers group, final Effort effort, final List<String> candidates) {
        final double[] best = new double[candidates.size()];
        final int most = effort.mostWarmUpRounds();
        boolean warm = false;
        for (int round = 1; round <= most && !(warm && round > WARM_UP_ROUNDS); round++) {
            final long compilationMs = group.compilationMs();
            warm = true;
            for (int i = 0; i < best.length; i++) {
                final List<Outcome> outcomes = group.run(i, effort.warmUpNs() / WARM_UP_ROUNDS);
                count(candidates.get(i), outcomes);
                final double rate = rate(outcomes);
                warm &= rate < IMPROVEMENT * best[i];
                best[i] = Math.max(best[i], rate);
            }
            warm &= group.compilationMs() - compilationMs <= group.workers();
        }
    }

    private static double rate(final List<Outcome> outcomes) {
        return outcomes.stream().mapToDouble(Outcome::rate).sum();
    }

    private void count(final String candidate, final List<Outcome> outcomes) {
        passes.merge(candidate, outcomes.stream().mapToLong(Outcome::passes).sum(), Long::sum);
    }

    /** Passes a second of all workers together. */
    public Summary rate(final String candidate) {
        return each(candidate, Interleaving::rate);
    }

    /** Passes by second of CPU time, where the candidates' first {@code extra} is the CPU time: others disturb it less. */
    public Summary cpuRate(final String candidate) {
        return each(candidate, outcomes -> {
            final long cpuNs =
                    outcomes.stream().mapToLong(outcome -> outcome.extra()[0]).sum();
            return outcomes.stream().mapToLong(Outcome::passes).sum() * 1e9 / Math.max(1, cpuNs);
        });
    }

    /** What a worker's thread allocates in a pass: the least of the repetitions, since compilers and clocks add to it. */
    public double allocatedBytesPerPass(final String candidate) {
        return each(
                        candidate,
                        outcomes -> outcomes.stream()
                                        .mapToDouble(Outcome::allocatedBytes)
                                        .sum()
                                / Math.max(
                                        1,
                                        outcomes.stream()
                                                .mapToLong(Outcome::passes)
                                                .sum()))
                .min();
    }

    /** Some number of each repetition. */
    public Summary each(final String candidate, final ToDoubleFunction<List<Outcome>> number) {
        return Summary.of(measured.get(candidate).stream().mapToDouble(number).toArray());
    }

    /** Candidates that were measured, in order. */
    public List<String> candidates() {
        return List.copyOf(measured.keySet());
    }
}
