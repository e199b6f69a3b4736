package org.shmarrays.cli;

import java.util.List;
import java.util.concurrent.Callable;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code shmarrays rm}: removes segments. */
@Command(
        name = "rm",
        description = "Remove segments. Processes that are attached get an exception at their next call.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:removed", "1:there is none of this name", "2:wrong usage"})
final class RemoveCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME", arity = "1..*", description = "Which segments; `shmarrays ls` lists them.")
    private List<String> names;

    RemoveCommand() {}

    @Override
    public Integer call() {
        final Settings settings = Settings.fromProperties();
        for (final String name : names) {
            ShmArrays.remove(name, settings);
        }
        return 0;
    }
}
