package org.shmarrays.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays help}: the same as {@code --help}. */
@Command(
        name = "help",
        description = "Show the help of a command, or the list of all commands.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:shown", "2:there is no such command"},
        footerHeading = "%nExamples:%n",
        footer = {"  shmarrays help", "  shmarrays help run"})
final class HelpCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "COMMAND",
            description = "The command; without it, all commands are listed.")
    private String command;

    HelpCommand() {}

    @Override
    public Integer call() {
        final CommandLine all = Main.commandLine();
        if (command == null) {
            all.usage(spec.commandLine().getOut());
            return 0;
        }
        final CommandLine wanted = all.getSubcommands().get(command);
        if (wanted != null) {
            wanted.usage(spec.commandLine().getOut());
            return 0;
        }
        if (Main.EXAMPLE_COMMANDS.contains(command)) {
            throw new ParameterException(spec.commandLine(), "only bin/shmarrays has this command: " + command);
        }
        throw new ParameterException(
                spec.commandLine(),
                "unknown command: " + command + Suggestion.didYouMean(command, Main.suggestedCommands()));
    }
}
