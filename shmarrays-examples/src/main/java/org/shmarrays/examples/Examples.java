package org.shmarrays.examples;

import java.util.Arrays;
import java.util.stream.Collectors;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.examples.embedding.SkipGramCommand;
import org.shmarrays.examples.mnist.MnistCommand;
import org.shmarrays.examples.svm.SvmCommand;
import org.shmarrays.layout.Names;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * The example programs on the command line: {@code bin/shmarrays mnist}, {@code sparse-svm}, {@code quickstart}, and by
 * {@code bin/shmarrays examples} those of {@link SmallExample}.
 */
@Command(
        name = "shmarrays",
        description = {
            "Example programs: several worker processes train a model with shared parameters.",
            "",
            "Each runs by `shmarrays examples NAME`; mnist, sparse-svm and quickstart also by `shmarrays NAME`."
        },
        mixinStandardHelpOptions = true,
        subcommands = {MnistCommand.class, SvmCommand.class, Examples.QuickstartCommand.class},
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed; standard error says why", "2:wrong usage", "3:the target was missed"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays quickstart",
            "  shmarrays mnist --workers 2 --target-accuracy 0.98",
            "  shmarrays sparse-svm --workers 2",
            "  shmarrays examples skip-gram --workers 2"
        })
public final class Examples implements Runnable {
    /** The level of ND4J's log lines; simplelogger.properties says what holds without it. */
    public static final String LOG_LEVEL_PROPERTY = "org.slf4j.simpleLogger.defaultLogLevel";

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print the log lines of ND4J, and the stack traces of errors.")
    @SuppressWarnings("unused") // main reads it before the first class of ND4J
    private boolean verbose;

    Examples() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(final String... arguments) {
        final boolean verbose = isVerbose(arguments);
        if (verbose) {
            System.setProperty(LOG_LEVEL_PROPERTY, "info"); // before the first class of ND4J
        }
        run(commandLine(), verbose, arguments);
    }

    /** Whether log lines and stack traces are asked for. */
    public static boolean isVerbose(final String... arguments) {
        return Arrays.asList(arguments).contains("--verbose");
    }

    /**
     * Runs a command and ends the process with its exit code. Errors are sentences on standard error, with their stack
     * traces if it is verbose.
     *
     * @param arguments the first one may be the word "examples", which is no command itself
     */
    public static void run(final CommandLine commandLine, final boolean verbose, final String... arguments) {
        final StandardOutput output = StandardOutput.install();
        final boolean front = arguments.length > 0 && arguments[0].equals("examples");
        final String[] words = front ? Arrays.copyOfRange(arguments, 1, arguments.length) : arguments;
        final String version = "shmarrays " + Examples.class.getPackage().getImplementationVersion();
        commandLine.getCommandSpec().version(version);
        commandLine
                .getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().version(version));
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setParameterExceptionHandler((e, all) -> {
            final CommandLine command = e.getCommandLine();
            command.getErr().println("shmarrays: " + printable(e.getMessage()));
            command.getErr().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
            return command.getCommandSpec().exitCodeOnInvalidInput();
        });
        commandLine.setExecutionExceptionHandler((e, command, parsed) -> {
            if (StandardOutput.hasFailed()) {
                return command.getCommandSpec().exitCodeOnExecutionException(); // and StandardOutput says so
            }
            final String text = e.getMessage() == null ? e.toString() : e.getMessage();
            command.getErr().println("shmarrays: " + printable(text));
            if (verbose) {
                e.printStackTrace(command.getErr());
            }
            return command.getCommandSpec().exitCodeOnExecutionException();
        });
        System.exit(output.exitCode(commandLine.execute(words), commandLine.getErr()));
    }

    /** Line feeds stay. */
    private static String printable(final String text) {
        return text.lines().map(Names::printable).collect(Collectors.joining("\n"));
    }

    /** All examples. */
    static CommandLine commandLine() {
        final CommandLine commandLine = new CommandLine(new Examples());
        commandLine.addSubcommand("skip-gram", new CommandLine(new SkipGramCommand()));
        for (final SmallExample example : SmallExample.values()) {
            final CommandLine command = new CommandLine(new SmallExampleCommand(example));
            command.getCommandSpec().name("examples " + example.label());
            command.getCommandSpec().usageMessage().description(example.shows()).footer(example.footer());
            commandLine.addSubcommand(example.label(), command);
        }
        return commandLine;
    }

    @Override
    public void run() {
        spec.commandLine().usage(System.out);
    }

    /** Runs {@link Quickstart}. */
    @Command(
            name = "quickstart",
            description = "Fit a line in shared memory, in thirty lines of code.",
            mixinStandardHelpOptions = true,
            exitCodeListHeading = "%nExit codes:%n",
            exitCodeList = {"0:done", "1:failed; standard error says why", "2:wrong usage"},
            footerHeading = "%nExamples:%n",
            footer = "  shmarrays quickstart")
    static final class QuickstartCommand implements Runnable {
        @Override
        public void run() {
            Quickstart.main();
        }
    }
}
