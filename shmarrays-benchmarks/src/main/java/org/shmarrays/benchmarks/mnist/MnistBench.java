package org.shmarrays.benchmarks.mnist;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkMachine;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Row;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.Table;

/** {@code bench mnist}: samples a second, time to accuracies, and what a step spends outside its gradient. */
public final class MnistBench {
    private static final double[] LEVELS = {0.915, 0.97, 0.98, 0.99};

    private MnistBench() {}

    /**
     * Trains all cases in turn, with as many seeds as there are repeats; one where a look is enough.
     *
     * @param python an interpreter with PyTorch, which then trains the cases of mode hogwild in turn with ours;
     *     {@code auto} looks for one, null leaves that out
     */
    public static void run(
            final BenchDirectory directory, final Effort effort, final Report report, final String python)
            throws IOException, InterruptedException {
        final List<MnistCase> cases = effort.isSmoke()
                ? MnistCase.fewest()
                : effort.quick() ? MnistCase.few() : python == null ? MnistCase.all() : MnistCase.besidePyTorch();
        final PyTorchProgram pyTorch = python == null ? null : PyTorchProgram.find(directory, python);
        run(directory, report, cases, effort.quick() ? 1 : effort.repeats(), pyTorch);
    }

    private static void run(
            final BenchDirectory directory,
            final Report report,
            final List<MnistCase> cases,
            final int seeds,
            final PyTorchProgram pyTorch)
            throws IOException, InterruptedException {
        final List<List<JsonNode>> results = new ArrayList<>();
        final List<List<JsonNode>> theirs = new ArrayList<>();
        for (int seed = 1; seed <= seeds; seed++) {
            for (int i = 0; i < cases.size(); i++) {
                if (seed == 1) {
                    results.add(new ArrayList<>());
                    theirs.add(new ArrayList<>());
                }
                results.get(i).add(MnistProgram.run(directory, cases.get(i), seed));
                if (pyTorch != null && cases.get(i).mode().equals("hogwild")) {
                    theirs.get(i).add(pyTorch.run(cases.get(i), seed));
                }
            }
        }
        report.section("mnist: medians over " + seeds + " seeds, (least–most); % of the workers' time in steps");
        final Table table = new Table(
                report.out(),
                "model  ",
                "mode   ",
                "workers",
                "samples/s            ",
                "s to 91.5 %",
                "s to 97 %",
                "s to 98 %",
                "s to 99 %",
                "accuracy",
                "pull %",
                "push %",
                "waiting %");
        for (int i = 0; i < cases.size(); i++) {
            row(report, table, cases.get(i), results.get(i));
        }
        if (pyTorch != null) {
            comparison(report, cases, results, theirs);
        }
    }

    private static void comparison(
            final Report report,
            final List<MnistCase> cases,
            final List<List<JsonNode>> ours,
            final List<List<JsonNode>> theirs) {
        report.section("beside PyTorch's Hogwild, in turn; medians, (least–most)");
        final Table table = new Table(
                report.out(),
                "model  ",
                "workers",
                "samples/s            ",
                "PyTorch              ",
                "ratio",
                "to %",
                "seconds",
                "PyTorch",
                "ratio of seconds");
        for (int i = 0; i < cases.size(); i++) {
            if (!theirs.get(i).isEmpty()) {
                comparison(report, table, cases.get(i), ours.get(i), theirs.get(i));
            }
        }
    }

    private static void comparison(
            final Report report,
            final Table table,
            final MnistCase one,
            final List<JsonNode> ours,
            final List<JsonNode> theirs) {
        final Summary rate = of(ours, result -> result.get("samplesPerSecond").asDouble());
        final Summary theirRate =
                of(theirs, result -> result.get("samplesPerSecond").asDouble());
        final double level = one.levels().isEmpty()
                ? Double.NaN
                : one.levels().get(one.levels().size() - 1);
        final double seconds = secondsTo(ours, level);
        final double theirSeconds = secondsTo(theirs, level);
        final double ratio = rate.median() / theirRate.median();
        table.line(
                one.model(),
                one.workers(),
                Table.spread(rate),
                Table.spread(theirRate),
                ratio,
                100 * level,
                seconds,
                theirSeconds,
                seconds / theirSeconds);
        report.add(Row.of("mnist")
                .with("op", "beside-pytorch")
                .with("torch", theirs.get(0).get("torch").asText())
                .with("model", one.model())
                .with("mode", one.mode())
                .with("workers", one.workers())
                .with("epochs", one.epochs())
                .with("seeds", theirs.size())
                .with("jdk", BenchmarkMachine.jdk())
                .with("samplesPerSecond", rate)
                .with("pytorchSamplesPerSecond", theirRate)
                .with("ratio", ratio)
                .with("level", level)
                .with("seconds", seconds)
                .with("pytorchSeconds", theirSeconds)
                .with("secondsRatio", seconds / theirSeconds)
                .with(
                        "pytorchStartupSeconds",
                        of(theirs, r -> r.get("startupSeconds").asDouble()).median())
                .with(
                        "pytorchAccuracy",
                        of(theirs, r -> r.get("accuracy").asDouble()).median()));
    }

    private static void row(final Report report, final Table table, final MnistCase one, final List<JsonNode> results) {
        final Summary rate =
                of(results, result -> result.get("samplesPerSecond").asDouble());
        final double accuracy =
                of(results, result -> result.get("accuracy").asDouble()).median();
        final double pull = share(results, "pull");
        final double push = share(results, "push");
        final double waiting = of(results, MnistBench::waitingShare).median();
        if (!(accuracy > 0.5)) {
            throw new IllegalStateException("the network did not learn: " + one + ", accuracy=" + accuracy);
        }
        final Row row = Row.of("mnist")
                .with("model", one.model())
                .with("mode", one.mode())
                .with("workers", one.workers())
                .with("epochs", one.epochs())
                .with("seeds", results.size())
                .with("jdk", BenchmarkMachine.jdk())
                .with("samplesPerSecond", rate);
        for (final double level : LEVELS) {
            row.with("secondsTo" + percent(level), secondsTo(results, level));
        }
        report.add(row.with("accuracy", accuracy)
                .with(
                        "startupSeconds",
                        of(results, r -> r.get("startupSeconds").asDouble()).median())
                .with("outsideGradientShare", 1 - share(results, "gradient"))
                .with("pullShare", pull)
                .with("pushShare", push)
                .with("waitingShare", waiting));
        table.line(
                one.model(),
                one.mode(),
                one.workers(),
                Table.spread(rate),
                row.get("secondsTo91.5"),
                row.get("secondsTo97"),
                row.get("secondsTo98"),
                row.get("secondsTo99"),
                accuracy,
                100 * pull,
                100 * push,
                100 * waiting);
    }

    private static String percent(final double level) {
        return String.format(Locale.ROOT, "%.1f", 100 * level).replace(".0", "");
    }

    /** NaN where it was not asked for, or one of the seeds did not come so far. */
    private static double secondsTo(final List<JsonNode> results, final double level) {
        final List<Double> seconds = new ArrayList<>();
        for (final JsonNode result : results) {
            for (final JsonNode reached : result.path("reached")) {
                if (reached.get("accuracy").asDouble() == level) {
                    seconds.add(reached.path("seconds").asDouble(Double.NaN));
                }
            }
        }
        return seconds.isEmpty() || seconds.stream().anyMatch(value -> value.isNaN())
                ? Double.NaN
                : Summary.of(seconds).median();
    }

    private static double share(final List<JsonNode> results, final String part) {
        return of(results, result -> result.get("stepShare").get(part).asDouble())
                .median();
    }

    /** Waits for locks, as a part of the time of all workers. */
    private static double waitingShare(final JsonNode result) {
        double waitedMs = 0;
        for (final JsonNode array : result.get("arrays")) {
            waitedMs += array.get("lockWaitMs").asDouble();
        }
        return waitedMs
                / 1e3
                / (result.get("seconds").asDouble() * result.get("workers").asInt());
    }

    private static Summary of(final List<JsonNode> results, final ToDoubleFunction<JsonNode> number) {
        return Summary.of(results.stream().mapToDouble(number).toArray());
    }
}
