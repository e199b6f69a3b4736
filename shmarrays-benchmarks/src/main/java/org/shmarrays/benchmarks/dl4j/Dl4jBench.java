package org.shmarrays.benchmarks.dl4j;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.shmarrays.benchmarks.dl4j.Dl4jCases.Case;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkMachine;
import org.shmarrays.benchmarks.harness.BenchmarkWorkers;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Outcome;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.benchmarks.harness.Row;
import org.shmarrays.benchmarks.harness.Summary;
import org.shmarrays.benchmarks.harness.Table;
import org.shmarrays.benchmarks.harness.WorkerJvm;
import org.shmarrays.internal.launch.OpenBlasKernels;

/** {@code bench dl4j}: DL4J's models by SharedTraining, beside their own fit and DL4J's ParallelWrapper. */
public final class Dl4jBench {
    private static final long HEAP_MIB = 2048;

    /** A guess knows one image in ten. */
    private static final double LEAST_ACCURACY = 0.5;

    /** Compilers rest when they work for less than this part of a slice. */
    private static final double COMPILING_SHARE = 0.05;

    private final BenchDirectory directory;
    private final Pace pace;
    private final Report report;
    private final ParallelWrapperJar wrapper;

    /** What the rounds have found of a case. */
    private record Found(List<Double> samplesPerSecond, List<Double> accuracies) {
        Found() {
            this(new ArrayList<>(), new ArrayList<>());
        }

        Summary rate() {
            return Summary.of(samplesPerSecond);
        }
    }

    private Dl4jBench(
            final BenchDirectory directory, final Pace pace, final Report report, final ParallelWrapperJar wrapper) {
        this.directory = directory;
        this.pace = pace;
        this.report = report;
        this.wrapper = wrapper;
    }

    /**
     * Trains all cases in turn, in new processes, and that several times over.
     *
     * @param rounds how often
     * @throws IllegalStateException if a model does not learn
     */
    public static void run(
            final BenchDirectory directory,
            final Effort effort,
            final Report report,
            final Dl4jCases cases,
            final int rounds)
            throws IOException, InterruptedException {
        List<Case> list = cases.list();
        ParallelWrapperJar wrapper = null;
        if (list.stream().anyMatch(one -> one.way().isWrapper())) {
            wrapper = ParallelWrapperJar.find(directory);
            if (wrapper.obstacle() != null) {
                report.say("ParallelWrapper is left out: " + wrapper.obstacle());
                list = list.stream().filter(one -> !one.way().isWrapper()).toList();
            }
        }
        new Dl4jBench(directory, Pace.of(effort), report, wrapper).run(list, rounds);
    }

    private void run(final List<Case> cases, final int rounds) {
        final Map<Case, Found> found = new LinkedHashMap<>();
        cases.forEach(one -> found.put(one, new Found()));
        for (int round = 0; round < rounds; round++) {
            found.forEach(this::measure);
        }
        report.section(
                "dl4j: MNIST in batches of " + Dl4jWorkload.BATCH + ", medians of " + rounds + " rounds, (least–most)");
        final Table table = new Table(
                report.out(),
                "model        candidate             ",
                "workers",
                "samples/s          ",
                "ms a step",
                "× ParallelWrapper",
                "× fit",
                "× one worker",
                "accuracy");
        found.forEach((one, result) -> row(table, one, result, found));
    }

    private void measure(final Case one, final Found found) {
        final WorkerJvm jvm = jvm(one.way());
        try (BenchmarkWorkers group = BenchmarkWorkers.start(
                directory,
                one.way().processes(),
                jvm,
                Dl4jWorkload.class,
                one.model().label(),
                one.way().label(),
                String.valueOf(one.mode()),
                one.model().label(),
                Integer.toString(pace.images()),
                Integer.toString(pace.windowSteps()),
                Integer.toString(pace.trainedSteps()))) {
            warmUp(group);
            final double steps = group.run(Dl4jWorkload.STEPS, pace.windowNs()).stream()
                    .mapToDouble(Outcome::rate)
                    .sum();
            final double accuracy = (double) group.run(Dl4jWorkload.ACCURACY, Dl4jWorkload.END_TIMEOUT.toNanos())
                            .get(0)
                            .passes()
                    / Dl4jWorkload.TEST_IMAGES;
            if (!(accuracy > LEAST_ACCURACY)) {
                throw new IllegalStateException("the model did not learn: " + one + ", accuracy=" + accuracy);
            }
            found.samplesPerSecond().add(steps * Dl4jWorkload.BATCH);
            found.accuracies().add(accuracy);
        }
        directory.clear();
    }

    /** Workers have what a launcher would give them. */
    private WorkerJvm jvm(final Way way) {
        final WorkerJvm jvm = WorkerJvm.ofHeap(HEAP_MIB)
                .with("-Dorg.bytedeco.javacpp.maxphysicalbytes=0", "-Dshmarrays.fewer.compilations=true")
                .withClassPath(way.isWrapper() ? wrapper.classPath() : List.of());
        return way.isTuned()
                ? OpenBlasKernels.missingIn(System.getenv())
                        .map(kernels -> jvm.withVariable(OpenBlasKernels.VARIABLE, kernels))
                        .orElse(jvm)
                : jvm;
    }

    /** Trains until the compilers rest. */
    private void warmUp(final BenchmarkWorkers group) {
        final double resting = COMPILING_SHARE * pace.sliceMs() * group.workers();
        boolean rests = false;
        for (int slice = 0; slice < pace.mostSlices() && !(rests && slice >= pace.fewestSlices()); slice++) {
            final long before = group.compilationMs();
            group.run(Dl4jWorkload.STEPS, pace.sliceNs());
            rests = group.compilationMs() - before <= resting;
        }
    }

    private void row(final Table table, final Case one, final Found result, final Map<Case, Found> all) {
        final double rate = result.rate().median();
        final double stepMs = one.way().workers() * Dl4jWorkload.BATCH * 1e3 / rate;
        final double timesWrapper = rate / median(all, new Case(one.model(), Way.WRAPPER, null));
        final double timesFit = rate / median(all, new Case(one.model(), Way.FIT, null));
        final double timesOneWorker =
                one.way().isShared() ? rate / median(all, new Case(one.model(), Way.SHARED_1, one.mode())) : Double.NaN;
        final double accuracy = Summary.of(result.accuracies()).median();
        report.add(Row.of("dl4j")
                .with("model", one.model().label())
                .with("candidate", one.way().label())
                .with("mode", one.mode() == null ? null : one.mode().name().toLowerCase(Locale.ROOT))
                .with("workers", one.way().workers())
                .with("batch", Dl4jWorkload.BATCH)
                .with("rounds", result.samplesPerSecond().size())
                .with("jdk", BenchmarkMachine.jdk())
                .with("samplesPerSecond", result.rate())
                .with("stepMs", stepMs)
                .with("timesParallelWrapper", timesWrapper)
                .with("timesFit", timesFit)
                .with("timesOneWorker", timesOneWorker)
                .with("accuracy", accuracy));
        table.line(
                one.label(),
                one.way().workers(),
                Table.spread(result.rate()),
                stepMs,
                timesWrapper,
                timesFit,
                timesOneWorker,
                accuracy);
    }

    /** Samples a second; NaN of what was not measured. */
    private static double median(final Map<Case, Found> all, final Case one) {
        return all.containsKey(one) ? all.get(one).rate().median() : Double.NaN;
    }
}
