package org.shmarrays.examples;

import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command of a {@link SmallExample}; {@link Examples} gives it its name and description. */
@Command(
        mixinStandardHelpOptions = true,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed; one sentence on standard error says why", "2:wrong usage"},
        footerHeading = "%nExamples:%n")
final class SmallExampleCommand implements Callable<Integer> {
    private final SmallExample example;

    @Spec
    private CommandSpec spec;

    @Option(names = "--workers", paramLabel = "N", description = "Worker processes (default: ${DEFAULT-VALUE}).")
    private int workers = 2;

    SmallExampleCommand(final SmallExample example) {
        this.example = example;
    }

    @Override
    public Integer call() throws Exception {
        if (workers < 1 || workers >= Settings.MAX_SLOTS) {
            throw new ParameterException(
                    spec.commandLine(), "--workers must be 1 to " + (Settings.MAX_SLOTS - 1) + ": " + workers);
        }
        example.run(workers, System.out);
        return 0;
    }
}
