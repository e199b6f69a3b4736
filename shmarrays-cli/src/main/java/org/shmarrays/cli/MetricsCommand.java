package org.shmarrays.cli;

import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.shmarrays.Settings;
import org.shmarrays.output.StandardOutput;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code shmarrays metrics}: a Prometheus endpoint of a segment. The libraries for it are loaded by this command alone.
 */
@Command(
        name = "metrics",
        description = {
            "Serve the counters of a segment to Prometheus at /metrics, until you end the command.",
            "",
            "Any process of the segment's user can run it. It uses no slot and takes no lock. It keeps running when the"
                    + " segment is removed and created again.",
            "",
            "The endpoint has no password and no encryption: use the loopback address, or put a proxy in front of it."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:ended",
            "1:there is no such segment, or the port is in use; standard error says why",
            "2:wrong usage"
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  shmarrays metrics mnist --port 9400",
            "  shmarrays metrics mnist --port 9400 --partitions",
            "  curl http://127.0.0.1:9400/metrics"
        })
final class MetricsCommand implements Callable<Integer> {
    private static final int LAST_PORT = 65_535;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "NAME", description = "The segment.")
    private String name;

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
        final InetSocketAddress asked = new InetSocketAddress(address, port);
        if (asked.isUnresolved()) {
            throw new ParameterException(spec.commandLine(), "--address can't be resolved: " + address);
        }
        try (MetricsServer server =
                MetricsServer.start(asked, Settings.fromProperties().root(), name, hasPartitions)) {
            final PrintWriter out = spec.commandLine().getOut();
            out.println("segment=" + name + ", metrics=" + server.url());
            out.flush();
            if (StandardOutput.hasFailed()) {
                return spec.exitCodeOnExecutionException(); // nobody would know the address
            }
            new CountDownLatch(1).await();
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt(); // it was asked to end
        }
        return 0;
    }
}
