package org.shmarrays.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.shmarrays.Settings;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.errors.SegmentRemovedException;
import org.shmarrays.internal.Doors;
import org.shmarrays.report.LiveJson;
import org.shmarrays.report.LiveView;
import org.shmarrays.report.Look;
import org.shmarrays.report.Watch;
import org.shmarrays.status.StatusSnapshot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code shmarrays top}: what a segment's workers do at this moment. */
@Command(
        name = "top",
        description = {
            "Show what the workers of a segment do: updates and samples per second, contention, waits, staleness,"
                    + " recoveries.",
            "",
            "Keys: q quits; u, c, w and n sort by updates, contention, waits and name; o restores the order of"
                    + " creation. Ctrl-Z pauses top, as it does any program of a shell.",
            "",
            "Colours repeat what the words say: green is good, yellow needs attention, red is lost or waits for half"
                    + " of its time. NO_COLOR=1 turns them off. A narrow terminal shows fewer columns.",
            "",
            "Rates, CONTENTION, P50 and P99 cover the last interval. Percentiles are accurate to a factor of two."
                    + " UPDATES, LONGEST, RECOV and the numbers in parentheses count from the creation of the segment;"
                    + " samples include those before a restore. A dash means unknown. top uses no slot and takes no"
                    + " lock."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:you quit, --once was printed, or the run has ended",
            "1:there is no such segment, it was removed while workers used it, or there is no terminal; standard error"
                    + " says why",
            "2:wrong usage",
            "128 + n:signal n ended it"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays top mnist",
            "  shmarrays top mnist --once",
            "  shmarrays top mnist --once --json --interval 5",
            "  shmarrays top mnist --web --port 8080"
        })
final class TopCommand implements Callable<Integer> {
    private static final int ONCE_WIDTH = 120;
    private static final int LAST_PORT = 65_535;
    private static final double SHORTEST_INTERVAL = 0.1;
    private static final double LONGEST_INTERVAL = 3_600;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment; `shmarrays ls` lists them.")
    private String name;

    @Option(names = "--once", description = "Print plain text once, from two samples taken one interval apart.")
    private boolean isOnce;

    @Option(names = "--json", description = "With --once: print one line of JSON.")
    private boolean isJson;

    @Option(
            names = "--interval",
            paramLabel = "S",
            defaultValue = "1",
            description = "Seconds between two samples; default: ${DEFAULT-VALUE}.")
    private double interval;

    @Option(names = "--web", description = "Serve the same as a web page, until you end the command.")
    private boolean isWeb;

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "0",
            description = "With --web: the port; default: a free one.")
    private int port;

    @Option(
            names = "--address",
            paramLabel = "A",
            defaultValue = "127.0.0.1",
            description =
                    "With --web: the address to listen on; default: ${DEFAULT-VALUE}, which other hosts can't reach."
                            + " The page has no password and no encryption.")
    private String address;

    @Option(
            names = "--sort",
            paramLabel = "BY",
            defaultValue = "ORDER",
            description = "Sort by order, name, updates, contention or waits; default: order.")
    private TopSort sort;

    TopCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        check(
                interval >= SHORTEST_INTERVAL && interval <= LONGEST_INTERVAL,
                "--interval must be " + SHORTEST_INTERVAL + " to " + LONGEST_INTERVAL + " seconds: " + interval);
        check(isOnce || !isJson, "--json needs --once");
        check(!isOnce || !isWeb, "--once and --web can't be used together");
        check(port >= 0 && port <= LAST_PORT, "--port must be 0 to " + LAST_PORT + ": " + port);
        final InetSocketAddress asked = isWeb ? new InetSocketAddress(address, port) : null;
        check(!isWeb || !asked.isUnresolved(), "--address can't be resolved: " + address);
        final Watch watch = new Watch(SegmentNames.open(Doors.ROOT.of(Settings.fromProperties()), name, true));
        final Duration pause = Duration.ofNanos((long) (interval * 1e9));
        if (isOnce) {
            showOnce(watch, pause);
            return 0;
        }
        return isWeb ? serve(watch, asked, pause) : showLive(watch, pause);
    }

    /** The end of a run is no failure; a segment that is removed while workers use it is one. */
    private int end(final StatusSnapshot last) {
        if (!last.hasEnded()) {
            throw new SegmentRemovedException(TopServer.removed(last));
        }
        spec.commandLine().getOut().println(TopServer.removed(last));
        spec.commandLine().getOut().flush();
        return 0;
    }

    private int serve(final Watch watch, final InetSocketAddress asked, final Duration pause) throws IOException {
        try (TopServer server = TopServer.start(asked, watch, pause)) {
            final PrintWriter out = spec.commandLine().getOut();
            out.println("segment=" + name + ", page=" + server.url());
            out.flush();
            if (StandardOutput.hasFailed()) {
                return spec.exitCodeOnExecutionException(); // the address would not be known
            }
            server.run();
            return end(server.last());
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt(); // it was asked to end
            return 0;
        }
    }

    private void showOnce(final Watch watch, final Duration pause) throws InterruptedException {
        final Look earlier = watch.look();
        TimeUnit.NANOSECONDS.sleep(pause.toNanos());
        final LiveView view = LiveView.between(earlier, watch.look());
        final PrintWriter out = spec.commandLine().getOut();
        if (isJson) {
            out.println(LiveJson.write(view));
        } else {
            TopText.lines(view, sort, ONCE_WIDTH, 0).forEach(line -> out.println(line.text()));
        }
        out.flush();
    }

    private int showLive(final Watch watch, final Duration pause) throws IOException {
        final Optional<StatusSnapshot> last;
        final int exitCode;
        try (TopTerminal terminal = TopTerminal.ofProcess(
                sort, spec.commandLine().getColorScheme().ansi().enabled())) {
            last = terminal.show(watch, pause);
            exitCode = terminal.exitCode();
        }
        return last.isPresent() ? end(last.get()) : exitCode;
    }

    private void check(final boolean holds, final String message) {
        if (!holds) {
            throw new ParameterException(spec.commandLine(), message);
        }
    }
}
