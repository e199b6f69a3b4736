package org.shmarrays.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code shmarrays completion}: what lets a shell complete commands and options. */
@Command(
        name = "completion",
        description = "Print a completion script for bash, or for zsh with bashcompinit.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  source <(bin/shmarrays completion)                                        # this shell",
            "  bin/shmarrays completion > ~/.local/share/bash-completion/completions/shmarrays"
        })
final class CompletionCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    CompletionCommand() {}

    @Override
    public Integer call() {
        final CommandLine all = Main.commandLine();
        // Of these the options stand in other modules, which are not loaded for the small commands.
        Main.EXAMPLE_COMMANDS.forEach(
                name -> all.addSubcommand(name, CommandSpec.create().name(name)));
        spec.commandLine().getOut().print(AutoComplete.bash("shmarrays", all));
        spec.commandLine().getOut().flush();
        return 0;
    }
}
