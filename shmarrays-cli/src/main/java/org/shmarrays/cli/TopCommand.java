package org.shmarrays.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.shmarrays.Settings;
import org.shmarrays.output.StandardOutput;
import org.shmarrays.report.LiveJson;
import org.shmarrays.report.LiveView;
import org.shmarrays.report.Look;
import org.shmarrays.report.Watch;
import org.shmarrays.segment.SegmentRemovedException;
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
            "Show what the workers of a segment do: updates and samples a second, contention, waits, staleness,"
                    + " recoveries.",
            "",
            "It takes no slot and no lock. Rates, CONTENTION, P50 and P99 are of the last interval, percentiles good to"
                    + " a factor of two. LONGEST, RECOV and numbers in brackets count from the segment's creation;"
                    + " samples include those before a restore. What is not known is a dash. Keys: q ends it; u, c, w,"
                    + " n and o sort by updates, contention, waits, name, or in the order of creation."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        sortOptions = false,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ended, shown once, or the run has ended",
            "1:there is no such segment, it was removed while workers used it, or there is no terminal; one sentence"
                    + " on standard error says why",
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

    @Parameters(index = "0", paramLabel = "NAME", description = "Which segment; `shmarrays ls` lists them.")
    private String name;

    @Option(names = "--once", description = "Print plain text once, from two looks an interval apart.")
    private boolean isOnce;

    @Option(names = "--json", description = "With --once: print one line of JSON.")
    private boolean isJson;

    @Option(
            names = "--interval",
            paramLabel = "S",
            defaultValue = "1",
            description = "Seconds between two looks; by default ${DEFAULT-VALUE}.")
    private double interval;

    @Option(names = "--web", description = "Serve the same as a page for browsers, until this is ended.")
    private boolean isWeb;

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "0",
            description = "With --web: the port; by default a free one.")
    private int port;

    @Option(
            names = "--address",
            paramLabel = "A",
            defaultValue = "127.0.0.1",
            description =
                    "With --web: the address to listen on; by default ${DEFAULT-VALUE}, which other hosts don't reach."
                            + " The page has neither a password nor encryption.")
    private String address;

    @Option(
            names = "--sort",
            paramLabel = "BY",
            defaultValue = "ORDER",
            description = "order, name, updates, contention or waits; by default ${DEFAULT-VALUE}.")
    private TopSort sort;

    TopCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        check(
                interval >= SHORTEST_INTERVAL && interval <= LONGEST_INTERVAL,
                "--interval is " + SHORTEST_INTERVAL + " to " + LONGEST_INTERVAL + " seconds: " + interval);
        check(isOnce || !isJson, "--json is for --once");
        check(!isOnce || !isWeb, "--once or --web, not both");
        check(port >= 0 && port <= LAST_PORT, "no port: " + port + "; give 0 to " + LAST_PORT);
        final InetSocketAddress asked = isWeb ? new InetSocketAddress(address, port) : null;
        check(!isWeb || !asked.isUnresolved(), "no address: " + address);
        final Watch watch = new Watch(Named.open(Settings.fromProperties().root(), name, true));
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
                return spec.exitCodeOnExecutionException(); // nobody would know the address
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
            TopText.lines(view, sort, ONCE_WIDTH, 0).forEach(out::println);
        }
        out.flush();
    }

    private int showLive(final Watch watch, final Duration pause) throws IOException {
        final Optional<StatusSnapshot> last;
        final int exitCode;
        try (TopTerminal terminal = TopTerminal.ofProcess(sort)) {
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
