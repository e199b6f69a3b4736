package org.shmarrays.benchmarks.scale;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
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
import org.shmarrays.internal.Doors;

/** {@code bench scale}: time, memory and CPU of attaching. */
public final class ScaleBench {
    private static final long MIB = 1 << 20;

    /** A segment of the largest size needs so much more for its tables. */
    private static final double OVERHEAD = 1.1;

    private static final int MANY = 16;

    private ScaleBench() {}

    /** Measures all cases that there is room for. */
    public static void run(final BenchDirectory directory, final Effort effort, final Report report) {
        final List<ScaleCase> cases =
                effort.isSmoke() ? ScaleCase.fewest() : effort.quick() ? ScaleCase.few() : ScaleCase.all();
        report.section("scale: to create and to attach, ms; medians, (least–most)");
        final Table table = new Table(
                report.out(),
                "what grows",
                "MiB     ",
                "partitions",
                "workers",
                "segments",
                "create  ",
                "first attach",
                "attach              ",
                "CPU     ",
                "file MiB more",
                "private MiB");
        for (final ScaleCase one : cases) {
            if (one.bytes() * one.segments() * OVERHEAD > BenchmarkMachine.roomBytes(directory)) {
                report.say(one.axis() + " " + one.bytes() / MIB + " MiB is left out: too little memory");
            } else {
                measure(directory, effort, report, table, one);
            }
        }
    }

    private static void measure(
            final BenchDirectory directory,
            final Effort effort,
            final Report report,
            final Table table,
            final ScaleCase one) {
        final Settings settings = Settings.fromProperties()
                .withDirectory(directory.segments())
                .withPartitionBytes(one.partitionBytes())
                .withSlots(Math.max(2, one.workers() + 1));
        final List<String> names = new ArrayList<>();
        int partitions = 0;
        final long began = System.nanoTime();
        for (int i = 0; i < one.segments(); i++) {
            try (ShmArrays created = ShmArrays.create("scale-" + i, one.specs(), settings)) {
                AttachCycles.mark(created);
                names.add(created.name());
                partitions = Doors.SEGMENT.of(created).layout().partitions().size();
            }
        }
        final double createMs = (System.nanoTime() - began) / 1e6 / one.segments();
        final long more = fileBytes(directory.segments()) - one.bytes() * one.segments();
        final WorkerJvm jvm = one.workers() > MANY ? WorkerJvm.small() : WorkerJvm.ofHeap(64);
        try (BenchmarkWorkers group = BenchmarkWorkers.start(
                directory, one.workers(), jvm, ScaleWorkload.class, names.toArray(new String[0]))) {
            final double firstMs = medianMs(group.run(0, 0), AttachCycles.MEDIAN_NS);
            final List<Double> attachMs = new ArrayList<>();
            final List<Double> cpuMs = new ArrayList<>();
            for (int repeat = 0; repeat < effort.repeats(); repeat++) {
                final List<Outcome> outcomes = group.run(0, effort.windowNs());
                attachMs.add(medianMs(outcomes, AttachCycles.MEDIAN_NS));
                cpuMs.add(medianMs(outcomes, AttachCycles.CPU_NS));
            }
            group.check(0, "attach", 1);
            final Row row = Row.of("scale")
                    .with("axis", one.axis())
                    .with("bytes", one.bytes())
                    .with("partitions", partitions)
                    .with("workers", one.workers())
                    .with("segments", one.segments())
                    .with("jdk", BenchmarkMachine.jdk())
                    .with("createMs", createMs)
                    .with("firstAttachMs", firstMs)
                    .with("attachMs", Summary.of(attachMs))
                    .with("attachCpuMs", Summary.of(cpuMs).median())
                    .with("overheadBytes", more)
                    .with("privateBytes", group.privateBytes(0));
            report.add(row);
            table.line(
                    one.axis(),
                    (double) one.bytes() / MIB,
                    partitions,
                    one.workers(),
                    one.segments(),
                    createMs,
                    firstMs,
                    Table.spread(Summary.of(attachMs)),
                    row.get("attachCpuMs"),
                    (double) more / MIB,
                    (double) group.privateBytes(0) / MIB);
        }
        directory.clear();
    }

    /** Of all workers, the median of their medians. */
    private static double medianMs(final List<Outcome> outcomes, final int extra) {
        return Summary.of(outcomes.stream()
                                .mapToDouble(outcome -> outcome.extra()[extra])
                                .toArray())
                        .median()
                / 1e6;
    }

    private static long fileBytes(final Path directory) {
        try (Stream<Path> files = Files.walk(directory)) {
            long sum = 0;
            for (final Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
