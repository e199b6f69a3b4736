package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * The README's table of commands is what {@code --help} says: each command with the arguments that it needs, and the
 * first sentence of its description. {@code -Dcommands.write=true} writes the table instead of comparing it.
 */
class CommandTableTest {
    private static final Path README = Path.of("../README.md");
    private static final String BEGIN = "| command | what it does |\n|---|---|\n";
    private static final String END = "\n## ";
    private static final String PROGRAMS = "bin/shmarrays also runs ";

    @Test
    void shouldListTheCommandsAsTheirHelpDoes() throws IOException {
        final String readme = Files.readString(README);
        final int begin = readme.indexOf(BEGIN) + BEGIN.length();
        final int end = readme.indexOf(END, begin);
        if (Boolean.getBoolean("commands.write")) {
            Files.writeString(README, readme.substring(0, begin) + table() + readme.substring(end));
            return;
        }

        assertThat(readme.substring(begin, end))
                .as("the table of commands in the README; -Dcommands.write=true writes it")
                .isEqualTo(table());
    }

    private static String table() {
        final CommandSpec front = Main.commandLine().getCommandSpec();
        final Stream<String> commands = front.subcommands().values().stream()
                .map(command -> command.getCommandSpec())
                .filter(command -> !command.usageMessage().hidden())
                .map(command -> row(
                        command.name() + arguments(command),
                        command.usageMessage().description()[0]));
        final Stream<String> programs = Stream.of(front.usageMessage().footer())
                .dropWhile(line -> !line.startsWith(PROGRAMS))
                .skip(1)
                .map(String::strip)
                .map(line -> row(line.replaceFirst(" .*", ""), line.replaceFirst("\\S+ +", "")));
        return Stream.concat(commands, programs).collect(Collectors.joining());
    }

    /** Those that must be given, without options. */
    private static String arguments(final CommandSpec command) {
        return command.positionalParameters().stream()
                .filter(parameter -> parameter.arity().min() > 0)
                .map(PositionalParamSpec::paramLabel)
                .map(label -> " " + label)
                .collect(Collectors.joining());
    }

    private static String row(final String call, final String description) {
        final String sentence = description.replaceFirst("\\.( .*)?$", "").replace("|", "\\|");
        return "| `" + call + "` | " + sentence.substring(0, 1).toUpperCase(Locale.ROOT) + sentence.substring(1)
                + " |\n";
    }
}
