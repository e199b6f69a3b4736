package org.shmarrays.spark.examples;

import org.shmarrays.examples.Examples;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The examples that train on many hosts, on the command line: {@code bin/shmarrays mnist --spark}, {@code sparse-svm
 * --spark}, or {@code spark-submit}.
 */
@Command(
        name = "shmarrays",
        description = "Example programs on many hosts, the executors of a Spark application.",
        mixinStandardHelpOptions = true,
        subcommands = {MnistHostsCommand.class, SvmHostsCommand.class},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed; standard error says why", "2:wrong usage", "3:the target was missed"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays mnist --spark local-cluster --hosts 2 --target-accuracy 0.97",
            "  shmarrays sparse-svm --spark local-cluster"
        })
public final class SparkExamples implements Runnable {
    /** The level of Spark's log lines and DL4J's; log4j2.properties says what holds without it. */
    static final String LOG_LEVEL_PROPERTY = "org.shmarrays.log.level";

    private static final String LOG_EXCEPTIONS_PROPERTY = "org.shmarrays.log.exceptions";

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print the log lines of Spark and DL4J, and the stack traces of errors.")
    @SuppressWarnings("unused") // main reads it before the first class of Spark
    private boolean verbose;

    SparkExamples() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(final String... arguments) {
        final boolean isVerbose = Examples.isVerbose(arguments);
        if (isVerbose) {
            System.setProperty(LOG_LEVEL_PROPERTY, "info");
        } else {
            System.setProperty(LOG_EXCEPTIONS_PROPERTY, "short.message");
        }
        Examples.run(commandLine(), isVerbose, arguments);
    }

    static CommandLine commandLine() {
        return new CommandLine(new SparkExamples());
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }
}
