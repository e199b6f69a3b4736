package org.shmarrays.spark.examples;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.shmarrays.output.DurableFile;

/** Whether a standalone cluster's Master answers: Spark itself tries for a minute, and tells it in many lines. */
final class MasterAddress {
    static final String SCHEME = "spark://";

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private MasterAddress() {}

    /**
     * Throws if no connection can be made.
     *
     * @param url {@code spark://HOST:PORT}, or several {@code HOST:PORT} with commas, of which one must answer
     */
    static void checkAnswers(final String url) {
        final List<String> addresses =
                Arrays.asList(url.substring(SCHEME.length()).split(","));
        IOException failure = null;
        for (final String address : addresses) {
            try (Socket socket = new Socket()) {
                socket.connect(of(address), Math.toIntExact(TIMEOUT.toMillis()));
                return;
            } catch (final IOException e) {
                failure = e;
            }
        }
        throw new IllegalStateException("no Master of Spark answers at " + url + ": "
                + (failure instanceof UnknownHostException ? "unknown host" : DurableFile.reason(failure))
                + "; its page in a browser shows its URL, and --spark local-cluster needs none");
    }

    private static InetSocketAddress of(final String address) {
        final int colon = address.lastIndexOf(':');
        return new InetSocketAddress(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)));
    }
}
