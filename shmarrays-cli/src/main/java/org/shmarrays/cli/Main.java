package org.shmarrays.cli;

import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command line: {@code shmarrays COMMAND}. */
@Command(
        name = "shmarrays",
        description =
                "Hogwild SGD over shared memory: the parameters of a model live in shared memory, and several worker"
                        + " processes on one host train them.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        subcommands = {
            RunCommand.class,
            ScaleCommand.class,
            ListCommand.class,
            RemoveCommand.class,
            CheckpointCommand.class,
            RestoreCommand.class,
            TopCommand.class,
            MetricsCommand.class,
            JvmFlagsCommand.class
        },
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed; one sentence on standard error says why", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays run --workers 4 --class-path 'app.jar:lib/*' -- com.acme.Train",
            "  shmarrays run --help",
            "",
            "In a checkout, bin/shmarrays also runs the example programs: quickstart, mnist, sparse-svm, examples;"
                    + " and bench."
        })
public final class Main implements Callable<Integer> {
    /** Commands of bin/shmarrays that stand in another module. */
    static final List<String> EXAMPLE_COMMANDS = List.of("bench", "examples", "mnist", "quickstart", "sparse-svm");

    @Spec
    private CommandSpec spec;

    @Option(names = "--verbose", scope = ScopeType.INHERIT, description = "Say more; show the stack traces of errors.")
    private boolean isVerbose;

    Main() {}

    public static void main(final String... arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        final Main main = new Main();
        final CommandLine commandLine = new CommandLine(main);
        final ErrorSentence errors = new ErrorSentence(main);
        // An argument of the user's program may begin with '@'.
        commandLine.setExpandAtFiles(false);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler(errors);
        commandLine.setExecutionExceptionHandler(errors);
        commandLine.getSubcommands().get(RunCommand.NAME).setStopAtPositional(true);
        return commandLine;
    }

    /** Without a command: the help, but as an error. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return spec.exitCodeOnInvalidInput();
    }

    boolean isVerbose() {
        return isVerbose;
    }
}
