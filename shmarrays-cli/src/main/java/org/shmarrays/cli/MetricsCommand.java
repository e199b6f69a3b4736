package org.shmarrays.cli;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.shmarrays.Settings;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.errors.SegmentNotFoundException;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.Printable;
import org.shmarrays.internal.segment.SegmentRoot;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code shmarrays metrics}: a Prometheus endpoint of a segment, or of all segments. The libraries for it are loaded by
 * this command alone.
 */
@Command(
        name = "metrics",
        description = {
            "Serve the counters of a segment, or with --all of all segments, to Prometheus at /metrics, until you end"
                    + " the command.",
            "",
            "Any process of the segment's user can run it. It uses no slot and takes no lock. It keeps running when the"
                    + " segment is removed and created again. You can start it before the segment is there: until then"
                    + " it answers 503.",
            "",
            "With --all it serves the segments that are in the directory at each scrape.",
            "",
            "The endpoint has no password and no encryption: use the loopback address, or put a proxy in front of it."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ended",
            "1:the segment can't be read, or the port is in use; standard error says why",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays metrics mnist --port 9400",
            "  shmarrays metrics mnist --port 9400 --partitions",
            "  shmarrays metrics --all --port 9400",
            "  curl http://127.0.0.1:9400/metrics"
        })
final class MetricsCommand implements Callable<Integer> {
    private static final int LAST_PORT = 65_535;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", arity = "0..1", paramLabel = "NAME", description = "The segment.")
    private String name;

    @Option(names = "--all", description = "Serve all segments of this user, whichever there are.")
    private boolean isOfAll;

    @Option(names = "--port", paramLabel = "P", required = true, description = "The port; 0 for a free one.")
    private int port;

    @Option(
            names = "--address",
            paramLabel = "A",
            defaultValue = "127.0.0.1",
            description = "The address to listen on; default: ${DEFAULT-VALUE}, which other hosts can't reach.")
    private String address;

    @Option(names = "--partitions", description = "Also serve the lock counters of each partition.")
    private boolean hasPartitions;

    MetricsCommand() {}

    @Override
    public Integer call() throws Exception {
        if (port < 0 || port > LAST_PORT) {
            throw new ParameterException(spec.commandLine(), "--port must be 0 to " + LAST_PORT + ": " + port);
        }
        if (isOfAll == (name != null)) {
            throw new ParameterException(spec.commandLine(), "either NAME or --all is needed");
        }
        final InetSocketAddress asked = new InetSocketAddress(address, port);
        if (asked.isUnresolved()) {
            throw new ParameterException(spec.commandLine(), "--address can't be resolved: " + address);
        }
        final SegmentRoot root = Doors.ROOT.of(Settings.fromProperties());
        final String missing = isOfAll ? "" : missing(root);
        final Scrape scrape = isOfAll ? Scrape.ofAll(root, hasPartitions) : Scrape.ofOne(root, name, hasPartitions);
        if (missing.isEmpty()) {
            scrape.read(); // a segment that can't be read, or a directory, is told now
        }
        try (MetricsServer server = MetricsServer.start(asked, scrape)) {
            final PrintWriter out = spec.commandLine().getOut();
            out.println((isOfAll ? "directory=" + root.directory() : "segment=" + name) + ", metrics=" + server.url());
            out.flush();
            if (StandardOutput.hasFailed()) {
                return spec.exitCodeOnExecutionException(); // no one would know the address
            }
            if (!missing.isEmpty()) {
                final PrintWriter err = spec.commandLine().getErr();
                err.println("shmarrays: waiting for the segment: " + Printable.lines(missing));
                err.flush();
            }
            new CountDownLatch(1).await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt(); // it was asked to end
        }
        return 0;
    }

    /** Why there is no such segment yet, or nothing. */
    private String missing(final SegmentRoot root) {
        try {
            SegmentNames.check(root, name);
            return "";
        } catch (final SegmentNotFoundException e) {
            return e.getMessage();
        }
    }
}
