package org.shmarrays.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class HelpTest {
    @Test
    void shouldHaveExamplesAndExitCodes() {
        final CommandLine examples = Examples.commandLine();
        final List<CommandLine> commands =
                new ArrayList<>(examples.getSubcommands().values());
        commands.add(examples);

        assertThat(commands)
                .extracting(command -> command.getUsageMessage())
                .hasSize(5 + SmallExample.values().length)
                .allSatisfy(help -> assertThat(help).contains("Examples:", "Exit codes:"));
    }

    /** Its options are those of another module. */
    @Test
    void shouldNameTheOptionForManyHosts() {
        assertThat(List.of("mnist", "sparse-svm"))
                .allSatisfy(name -> assertThat(Examples.commandLine()
                                .getSubcommands()
                                .get(name)
                                .getUsageMessage())
                        .contains("--spark MASTER_URL", "--spark local-cluster --hosts 2"));
    }
}
