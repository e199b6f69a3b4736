package org.shmarrays.cli;

import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code shmarrays completion}: what lets a shell complete commands and options. */
@Command(
        name = "completion",
        description = "Print a script that completes commands, options, and names of segments and arrays; for bash, or"
                + " for zsh with bashcompinit.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "In this shell:",
            "  source <(shmarrays completion)",
            "In each new shell of this user:",
            "  mkdir -p ~/.local/share/bash-completion/completions",
            "  shmarrays completion > ~/.local/share/bash-completion/completions/shmarrays"
        })
final class CompletionCommand implements Callable<Integer> {
    /**
     * After picocli's script, which knows nothing of segments: of the words after these commands the first one that is
     * neither an option nor the value of one names a segment, and the further ones of inspect name its arrays. They are
     * asked for at each completion.
     */
    private static final String NAMES = """

            # Completes names of segments and arrays, and leaves the rest to _complete_shmarrays.
            function _complete_shmarrays_names() {
              local word=${COMP_WORDS[COMP_CWORD]} i valued='' is_value='' segment='' names='' name
              case ${COMP_WORDS[1]} in
            VALUED_OPTIONS
              esac
              case ${COMP_WORDS[1]} in
                inspect | top | events | set | stop | scale | metrics | log | checkpoint | export | rm)
                  for ((i = 2; i <= COMP_CWORD; i++)); do
                    is_value=''
                    # Bash takes the = of --option=value for a word of its own.
                    if [[ ${COMP_WORDS[i]} == = || ${COMP_WORDS[i - 1]} == = ||
                      " $valued " == *" ${COMP_WORDS[i - 1]} "* ]]; then
                      is_value=1
                    elif [[ $i -lt $COMP_CWORD && ${COMP_WORDS[i]} != -* && -z $segment ]]; then
                      segment=${COMP_WORDS[i]}
                    fi
                  done
                  if [ "$COMP_CWORD" -ge 2 ] && [[ -z $is_value && $word != -* ]]; then
                    if [ -z "$segment" ] || [ "${COMP_WORDS[1]}" = rm ]; then
                      names=$(SHMARRAYS_NO_BUILD=1 "${COMP_WORDS[0]}" names 2>/dev/null)
                    elif [ "${COMP_WORDS[1]}" = inspect ]; then
                      names=$(SHMARRAYS_NO_BUILD=1 "${COMP_WORDS[0]}" names "$segment" 2>/dev/null)
                    fi
                    if [ -n "$names" ]; then
                      # Not by compgen -W, which expands what it is given: a name of an array may have $ and quotes.
                      COMPREPLY=()
                      while IFS= read -r name; do
                        [[ $name != "$word"* ]] || COMPREPLY+=("$(printf %q "$name")")
                      done <<< "$names"
                      return 0
                    fi
                  fi
                  ;;
              esac
              _complete_shmarrays
            }
            complete -F _complete_shmarrays_names -o default shmarrays shmarrays.sh shmarrays.bash
            """;

    @Spec
    private CommandSpec spec;

    CompletionCommand() {}

    @Override
    public Integer call() {
        final CommandLine all = Main.commandLine();
        // Of these the options stand in other modules, which are not loaded for the small commands.
        Main.EXAMPLE_COMMANDS.forEach(
                name -> all.addSubcommand(name, CommandSpec.create().name(name)));
        spec.commandLine()
                .getOut()
                .print(AutoComplete.bash("shmarrays", all) + NAMES.replace("VALUED_OPTIONS", valuedOptions(all)));
        spec.commandLine().getOut().flush();
        return 0;
    }

    /** For each command the options that take a value, as branches of a shell's case. */
    private static String valuedOptions(final CommandLine all) {
        return all.getSubcommands().entrySet().stream()
                .map(command -> "    " + command.getKey() + ") valued='"
                        + command.getValue().getCommandSpec().options().stream()
                                .filter(option -> option.arity().min() > 0)
                                .flatMap(option -> Stream.of(option.names()))
                                .collect(Collectors.joining(" "))
                        + "' ;;")
                .collect(Collectors.joining("\n"));
    }
}
