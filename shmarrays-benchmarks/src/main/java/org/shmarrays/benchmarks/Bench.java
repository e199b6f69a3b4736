package org.shmarrays.benchmarks;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.benchmarks.harness.BenchDirectory;
import org.shmarrays.benchmarks.harness.BenchmarkMachine;
import org.shmarrays.benchmarks.harness.Effort;
import org.shmarrays.benchmarks.harness.Report;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.internal.Printable;
import org.shmarrays.output.DurableFile;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** The benchmarks on the command line. */
@Command(
        name = "shmarrays bench",
        description =
                "Measure this machine's limits, and what shmarrays makes of them. All data are random, all results are"
                        + " checked after timing; without a benchmark's name all are run.",
        mixinStandardHelpOptions = true,
        subcommands = {
            LimitsCommand.class,
            ArraysCommand.class,
            CountersCommand.class,
            LocksCommand.class,
            MnistBenchCommand.class,
            Dl4jCommand.class,
            ScaleBenchCommand.class,
            AllCommand.class,
            JmhCommand.class
        },
        synopsisSubcommandLabel = "[BENCHMARK]",
        commandListHeading = "%nBenchmarks:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed, or a result was wrong; one sentence on standard error says why",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays bench --quick",
            "  shmarrays bench arrays --set cnn,resnet50 --json arrays.json",
            "  shmarrays bench locks --workers 2,8",
            "  shmarrays bench jmh Lock -f 1"
        })
public final class Bench implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--quick",
            scope = ScopeType.INHERIT,
            description = "Few cases and short windows: all in less than five minutes on two cores.")
    private boolean quick;

    @Option(names = "--smoke", scope = ScopeType.INHERIT, hidden = true, description = "One look at each, for tests.")
    private boolean smoke;

    @Option(
            names = "--json",
            paramLabel = "FILE",
            scope = ScopeType.INHERIT,
            description = "Write the results for programs: one array of rows.")
    private Path json;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Show the stack traces of errors.")
    private boolean verbose;

    Bench() {}

    /** Runs the benchmarks and ends the process with their exit code. */
    public static void main(final String... arguments) {
        final StandardOutput output = StandardOutput.install();
        final CommandLine commandLine = commandLine();
        System.exit(output.exitCode(commandLine.execute(arguments), commandLine.getErr()));
    }

    static CommandLine commandLine() {
        final Bench bench = new Bench();
        final CommandLine commandLine = new CommandLine(bench);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setParameterExceptionHandler((e, arguments) -> {
            final PrintWriter err = e.getCommandLine().getErr();
            err.println("shmarrays: " + Printable.lines(sentence(e)));
            err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
            return e.getCommandLine().getCommandSpec().exitCodeOnInvalidInput();
        });
        commandLine.setExecutionExceptionHandler((e, command, parsed) -> {
            if (StandardOutput.hasFailed()) {
                return command.getCommandSpec().exitCodeOnExecutionException(); // and StandardOutput says so
            }
            final String text = e.getMessage() == null ? e.toString() : e.getMessage();
            command.getErr().println("shmarrays: " + Printable.lines(text));
            if (bench.verbose) {
                e.printStackTrace(command.getErr());
            }
            return command.getCommandSpec().exitCodeOnExecutionException();
        });
        return commandLine;
    }

    private static String sentence(final ParameterException e) {
        final CommandSpec command = e.getCommandLine().getCommandSpec();
        if (e instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            final String word = unmatched.getUnmatched().get(0);
            return command.subcommands().isEmpty()
                    ? "unexpected argument: " + word
                    : "unknown benchmark: " + word + "; one of "
                            + String.join(", ", command.subcommands().keySet());
        }
        return e.getMessage();
    }

    /** Without a benchmark's name: all. */
    @Override
    public Integer call() throws Exception {
        return measure(AllCommand.all());
    }

    /** Measures, in a directory that is gone afterwards; prints, and writes the file that was asked for. */
    int measure(final Measurement measurement) throws Exception {
        if (json != null) {
            DurableFile.obstacle(json).ifPresent(obstacle -> {
                throw new ParameterException(
                        spec.commandLine(), "--json names no file that can be written: " + json + ": " + obstacle);
            });
        }
        final boolean isJsonOnOutput = json != null && StandardOutput.isNamedBy(json);
        final CommandLine commandLine = spec.commandLine();
        final Report report = new Report(isJsonOnOutput ? commandLine.getErr() : commandLine.getOut());
        report.say(BenchmarkMachine.describe());
        try (BenchDirectory directory = BenchDirectory.create()) {
            measurement.measure(directory, effort(), report);
        } catch (final Exception | Error e) {
            writeRest(report, e);
            throw e;
        }
        if (json != null) {
            report.writeJson(json);
        }
        return spec.exitCodeOnSuccess();
    }

    /** Writes what was measured before a failure; a file that can't be written must not hide that failure. */
    private void writeRest(final Report report, final Throwable failure) {
        try {
            if (json != null) {
                report.writeJson(json);
            }
        } catch (final RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    /** Refuses names that are not known. */
    static void checkNames(
            final CommandSpec command, final String what, final List<String> given, final List<String> known) {
        for (final String name : given) {
            if (!known.contains(name)) {
                throw new ParameterException(
                        command.commandLine(),
                        "unknown " + what + ": " + name + "; one of " + String.join(", ", known));
            }
        }
    }

    private Effort effort() {
        if (smoke) {
            return Effort.smoke();
        }
        return quick ? Effort.quickLook() : Effort.full();
    }
}
