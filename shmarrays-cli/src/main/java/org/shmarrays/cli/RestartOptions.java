package org.shmarrays.cli;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.shmarrays.launch.Launcher;
import picocli.CommandLine.Option;

/** How often a worker is started again. */
final class RestartOptions {
    private static final Pattern COUNT_AND_WINDOW = Pattern.compile("(\\d{1,9})/(.+)");

    @Option(
            names = "--restarts",
            paramLabel = "R",
            description = "How often each worker that fails is started again while the others continue; default:"
                    + " 0, the first failure ends the run.")
    private Integer inAll;

    @Option(
            names = "--max-restarts",
            paramLabel = "N/WINDOW",
            description = "Like --restarts, but only the restarts within a window of time count: with 3/10m, a"
                    + " fourth failure of a worker within ten minutes ends the run.")
    private String withinWindow;

    void applyTo(final Launcher launcher) {
        if (inAll != null) {
            launcher.restarts(inAll);
        }
        if (withinWindow != null) {
            final Matcher matcher = COUNT_AND_WINDOW.matcher(withinWindow);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("not restarts in a window of time: --max-restarts " + withinWindow
                        + "; write for example 3/10m, or --restarts 3 for the whole run");
            }
            launcher.restarts(Integer.parseInt(matcher.group(1)), window(matcher.group(2)));
        }
    }

    private static Duration window(final String text) {
        try {
            return Amounts.parseAge(text);
        } catch (final IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    "not a window of time: --max-restarts …/" + text + "; write for example 3/90s, 3/10m or 3/1h", e);
        }
    }
}
