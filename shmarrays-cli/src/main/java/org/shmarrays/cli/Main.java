package org.shmarrays.cli;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.shmarrays.console.StandardOutput;
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
                "Hogwild SGD over shared memory: several worker processes on one host train a model whose parameters"
                        + " are in shared memory.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed; standard error says why", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays run --workers 4 --class-path 'app.jar:lib/*' -- com.acme.Train",
            "  shmarrays ls",
            "  shmarrays help run",
            "",
            "bin/shmarrays also runs these programs, each with its own --help:",
            "  quickstart  thirty lines: fit a line in shared memory",
            "  mnist       train on MNIST with several worker processes",
            "  sparse-svm  train a sparse support vector machine, also on LIBSVM files",
            "  examples    list these example programs",
            "  bench       measure this machine and shmarrays on it; only in a checkout"
        })
public final class Main implements Callable<Integer> {
    /** What completion asks; users have no need to know it. */
    private static final String HIDDEN_COMMAND = "names";

    /** The commands, in the order of the help. */
    private static final List<String> COMMANDS = List.of(
            RunCommand.NAME,
            "scale",
            "ls",
            "inspect",
            "top",
            "events",
            "set",
            "stop",
            "metrics",
            "log",
            "doctor",
            "clean",
            "rm",
            "checkpoint",
            "restore",
            "export",
            "import",
            "jvm-flags",
            "class-path",
            "completion",
            HIDDEN_COMMAND,
            "help");

    /** Commands of bin/shmarrays that stand in another module. */
    static final List<String> EXAMPLE_COMMANDS = List.of("bench", "examples", "mnist", "quickstart", "sparse-svm");

    @Spec
    private CommandSpec spec;

    @Option(
            names = "--verbose",
            scope = ScopeType.INHERIT,
            description = "Print more, and show the stack traces of errors.")
    private boolean isVerbose;

    Main() {}

    public static void main(final String... arguments) {
        final StandardOutput output = StandardOutput.install();
        final CommandLine commandLine = commandLine(arguments);
        System.exit(output.exitCode(commandLine.execute(arguments), commandLine.getErr()));
    }

    /** The command line with all of its commands. */
    static CommandLine commandLine() {
        return commandLine(new String[0]);
    }

    /**
     * The command line for some arguments: if they begin with a command, that one alone is looked at, because picocli's
     * reflection on all of them takes as long as the rest of a small command.
     */
    static CommandLine commandLine(final String... arguments) {
        final Main main = new Main();
        final CommandLine commandLine = new CommandLine(main);
        final List<String> wanted =
                arguments.length > 0 && COMMANDS.contains(arguments[0]) ? List.of(arguments[0]) : COMMANDS;
        wanted.forEach(name -> commandLine.addSubcommand(name, command(name)));
        final ErrorSentence errors = new ErrorSentence(main);
        // An argument of the user's program may begin with '@'.
        commandLine.setExpandAtFiles(false);
        commandLine.setUsageHelpAutoWidth(true);
        commandLine.setCaseInsensitiveEnumValuesAllowed(true);
        commandLine.setParameterExceptionHandler(errors);
        commandLine.setExecutionExceptionHandler(errors);
        final CommandLine run = commandLine.getSubcommands().get(RunCommand.NAME);
        if (run != null) {
            run.setStopAtPositional(true);
        }
        return commandLine;
    }

    /** A class that isn't asked for isn't loaded. */
    private static Class<?> command(final String name) {
        return switch (name) {
            case RunCommand.NAME -> RunCommand.class;
            case "scale" -> ScaleCommand.class;
            case "ls" -> ListCommand.class;
            case "inspect" -> InspectCommand.class;
            case "top" -> TopCommand.class;
            case "events" -> EventsCommand.class;
            case "set" -> SetCommand.class;
            case "stop" -> StopCommand.class;
            case "metrics" -> MetricsCommand.class;
            case "log" -> LogCommand.class;
            case "doctor" -> DoctorCommand.class;
            case "clean" -> CleanCommand.class;
            case "rm" -> RemoveCommand.class;
            case "checkpoint" -> CheckpointCommand.class;
            case "restore" -> RestoreCommand.class;
            case "export" -> ExportCommand.class;
            case "import" -> ImportCommand.class;
            case "jvm-flags" -> JvmFlagsCommand.class;
            case "class-path" -> ClassPathCommand.class;
            case "completion" -> CompletionCommand.class;
            case HIDDEN_COMMAND -> NamesCommand.class;
            case "help" -> HelpCommand.class;
            default -> throw new IllegalArgumentException("no such command: " + name);
        };
    }

    /** Without a command: the help, but as an error. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return spec.exitCodeOnInvalidInput();
    }

    /** What a misspelled command may have meant. */
    static Set<String> suggestedCommands() {
        final Set<String> commands = new TreeSet<>(COMMANDS);
        commands.remove(HIDDEN_COMMAND);
        commands.addAll(EXAMPLE_COMMANDS);
        return commands;
    }

    boolean isVerbose() {
        return isVerbose;
    }
}
