package org.shmarrays.spark;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Hosts that are addresses of the loopback interface, each with a segment directory of its own. Their links can't be
 * cut or measured.
 */
final class LoopbackHosts implements ClusterHosts {
    private static final String ADDRESS = "127.0.0.1";
    private static final String NETWORK = "127.0.0.";
    private static final int FIRST_HOST = 11;
    private static final Path MEMORY = Path.of("/dev/shm");

    private final int count;
    private final boolean ownAddresses;
    private final Path segments;

    LoopbackHosts(final int count) throws IOException {
        this.count = count;
        this.ownAddresses = canBind(NETWORK + FIRST_HOST);
        this.segments = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "shmarrays-test-")
                : Files.createTempDirectory("shmarrays-test-");
    }

    /**
     * On Linux the whole network 127.0.0.0/8 is this machine; elsewhere it may be one address, and then the hosts share
     * it.
     */
    private static boolean canBind(final String address) {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(address))) {
            return socket.isBound();
        } catch (final IOException e) {
            return false;
        }
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public String driverAddress() {
        return ADDRESS;
    }

    @Override
    public String masterAddress() {
        return ADDRESS;
    }

    @Override
    public String address(final int host) {
        return ownAddresses ? NETWORK + (FIRST_HOST + host) : ADDRESS;
    }

    @Override
    public List<String> onMaster(final List<String> command) {
        return command;
    }

    @Override
    public List<String> onHost(final int host, final List<String> command) {
        return command;
    }

    /** Executors inherit the variables of their Worker. */
    @Override
    public Map<String, String> environment(final int host) {
        return Map.of("JAVA_TOOL_OPTIONS", "-Dshmarrays.directory=" + segmentDirectory(host));
    }

    @Override
    public Path segmentDirectory(final int host) {
        return segments.resolve("host-" + host);
    }

    @Override
    public void cutLink(final int host) {
        throw noLinks();
    }

    @Override
    public void restoreLink(final int host) {
        throw noLinks();
    }

    @Override
    public LinkBytes bytes(final int host) {
        throw noLinks();
    }

    @Override
    public LinkBytes driverBytes() {
        throw noLinks();
    }

    private static UnsupportedOperationException noLinks() {
        return new UnsupportedOperationException(
                "hosts on the loopback interface have no links; use SparkCluster.ofNamespaces");
    }

    @Override
    public void close() {
        FileTree.delete(segments);
    }
}
