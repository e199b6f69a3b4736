package org.shmarrays.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Hosts that are Linux namespaces: each has a network, a host name and a {@code /dev/shm} of its own. Only root may
 * create them.
 *
 * <pre>
 *   driver, in the test's own network ── veth ──┐
 *   Master's namespace ───────────────── veth ──┤ bridge, in a namespace of its own
 *   host 0's namespace ───────────────── veth ──┤
 *   host 1's namespace ───────────────── veth ──┘
 * </pre>
 *
 * <p>A process holds each namespace. It ends when its standard input ends, so that none outlives this JVM, and the
 * kernel removes a namespace with its last process.
 */
final class NamespaceHosts implements ClusterHosts {
    private static final List<String> UNSHARE =
            List.of("unshare", "--net", "--mount", "--uts", "--propagation", "private", "sh", "-c");

    private static final String PROBE = "set -e; mount -t tmpfs tmpfs /dev/shm; hostname probe; nsenter --version;"
            + " ip link add name bridge0 type bridge; ip link add name veth0 type veth peer name veth1";

    private static final String READY = "ready";
    private static final String HOLD = "; ip link set dev lo up; echo " + READY + "; exec cat";
    private static final String BRIDGE =
            "set -e; ip link add name bridge0 type bridge; ip link set dev bridge0 up" + HOLD;
    private static final String HOST = "set -e; mount -t tmpfs -o size=1g,mode=1777 tmpfs /dev/shm;"
            + " mount --bind \"$1\" /etc/hosts; hostname \"$2\"" + HOLD;

    private static final String LINK = "eth0";
    private static final AtomicInteger CREATED = new AtomicInteger();

    private final int count;
    private final String network;
    private final String driverLink;
    private final Path hostsFile;
    private final Deque<Process> holders = new ArrayDeque<>();
    private final List<Long> hostHolders = new ArrayList<>();
    private long bridge;
    private long master;
    private boolean hasDriverLink;

    NamespaceHosts(final int count) throws IOException {
        this.count = count;
        this.network = freeNetwork();
        this.driverLink = linkPrefix() + CREATED.getAndIncrement();
        this.hostsFile = Files.createTempFile("shmarrays-hosts-", "");
        try {
            create();
        } catch (final IOException | RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    /** Why this machine can't have such hosts, or nothing if it can. */
    static Optional<String> obstacle() {
        try {
            final List<String> command = new ArrayList<>(UNSHARE);
            command.add(PROBE);
            run(command);
            return Optional.empty();
        } catch (final IOException | AssertionError e) {
            return Optional.of(e.getMessage().strip());
        }
    }

    /** How the names of this JVM's links begin. Other JVMs may have such hosts at the same time. */
    static String linkPrefix() {
        return "shm" + Long.toString(ProcessHandle.current().pid(), Character.MAX_RADIX) + "-";
    }

    /** The first three numbers of a network of 256 addresses in which this machine has none. */
    private static String freeNetwork() throws SocketException {
        final List<String> used = NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .map(address -> address.getHostAddress())
                .toList();
        final int start = (int) (ProcessHandle.current().pid() % 256);
        return IntStream.range(start, start + 256)
                .mapToObj(number -> "10.77." + number % 256 + ".")
                .filter(candidate -> used.stream().noneMatch(address -> address.startsWith(candidate)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no free network: addresses=" + used));
    }

    private void create() throws IOException {
        final StringBuilder names = new StringBuilder("127.0.0.1 localhost\n");
        names.append(driverAddress()).append(" driver\n");
        names.append(masterAddress()).append(" master\n");
        for (int host = 0; host < count; host++) {
            names.append(address(host)).append(' ').append(name(host)).append('\n');
        }
        Files.writeString(hostsFile, names);
        bridge = hold(BRIDGE);
        ip("link add name %s type veth peer name driver netns %s", driverLink, bridge);
        hasDriverLink = true;
        ip("addr add %s/24 dev %s", driverAddress(), driverLink);
        ip("link set dev %s up", driverLink);
        connect("driver");
        master = createHost("master", masterAddress());
        for (int host = 0; host < count; host++) {
            hostHolders.add(createHost(name(host), address(host)));
        }
    }

    /** Creates the namespace of a host, and returns the process that holds it. */
    private long createHost(final String name, final String address) throws IOException {
        final long holder = hold(HOST, hostsFile.toString(), name);
        ip("link add name %s netns %s type veth peer name %s netns %s", LINK, holder, name, bridge);
        ipOf(holder, "addr add %s/24 dev %s", address, LINK);
        ipOf(holder, "link set dev %s up", LINK);
        connect(name);
        return holder;
    }

    /** Connects the end of a link with the bridge. */
    private void connect(final String end) throws IOException {
        ipOf(bridge, "link set dev %s master bridge0 up", end);
    }

    /** Starts a script in new namespaces, and waits until it holds them. */
    private long hold(final String script, final String... arguments) throws IOException {
        final List<String> command = new ArrayList<>(UNSHARE);
        command.add(script);
        command.add("sh");
        command.addAll(List.of(arguments));
        final Process holder =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        holders.push(holder);
        final StringBuilder printed = new StringBuilder();
        final BufferedReader output = holder.inputReader(UTF_8);
        for (String line = output.readLine(); !READY.equals(line); line = output.readLine()) {
            if (line == null) {
                throw new AssertionError("no namespace: " + printed);
            }
            printed.append(line).append('\n');
        }
        return holder.pid();
    }

    private static List<String> enter(final long holder, final List<String> command) {
        final List<String> whole = new ArrayList<>(
                List.of("nsenter", "--target", Long.toString(holder), "--net", "--mount", "--uts", "--"));
        whole.addAll(command);
        return whole;
    }

    /** Runs ip(8) in the network of this JVM. */
    private static void ip(final String format, final Object... values) throws IOException {
        run(List.of(("ip " + format.formatted(values)).split(" ")));
    }

    /** Runs ip(8) in the network of the namespaces that a process holds. */
    private static void ipOf(final long holder, final String format, final Object... values) throws IOException {
        run(enter(holder, List.of(("ip " + format.formatted(values)).split(" "))));
    }

    private static void run(final List<String> command) throws IOException {
        final Process process =
                new ProcessBuilder(command).redirectErrorStream(true).start();
        final String printed = new String(process.getInputStream().readAllBytes(), UTF_8);
        if (exitCode(process) != 0) {
            throw new AssertionError("failed: " + String.join(" ", command) + ": " + printed);
        }
    }

    private static int exitCode(final Process process) {
        try {
            return process.waitFor();
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static String name(final int host) {
        return "host-" + host;
    }

    @Override
    public int count() {
        return count;
    }

    @Override
    public String driverAddress() {
        return network + 1;
    }

    @Override
    public String masterAddress() {
        return network + 2;
    }

    @Override
    public String address(final int host) {
        return network + (11 + host);
    }

    @Override
    public List<String> onMaster(final List<String> command) {
        return enter(master, command);
    }

    @Override
    public List<String> onHost(final int host, final List<String> command) {
        return enter(hostHolders.get(host), command);
    }

    /** The default directory of segments is in the host's own {@code /dev/shm}. */
    @Override
    public Map<String, String> environment(final int host) {
        return Map.of();
    }

    @Override
    public Path segmentDirectory(final int host) {
        return Path.of("/proc", Long.toString(hostHolders.get(host)), "root", "dev", "shm")
                .resolve("shmarrays-" + System.getProperty("user.name"));
    }

    @Override
    public void cutLink(final int host) {
        setLink(host, "down");
    }

    @Override
    public void restoreLink(final int host) {
        setLink(host, "up");
    }

    private void setLink(final int host, final String state) {
        try {
            ipOf(bridge, "link set dev %s %s", name(host), state);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public LinkBytes bytes(final int host) {
        return read(hostHolders.get(host), LINK);
    }

    @Override
    public LinkBytes driverBytes() {
        return read(ProcessHandle.current().pid(), driverLink);
    }

    /** By {@code /proc/PID/net/dev} (proc(5)): after a link's name 8 numbers of what came, then 8 of what was sent. */
    private static LinkBytes read(final long pid, final String link) {
        final Path counters = Path.of("/proc", Long.toString(pid), "net", "dev");
        try {
            final String[] numbers = Files.readAllLines(counters, UTF_8).stream()
                    .map(String::strip)
                    .filter(line -> line.startsWith(link + ":"))
                    .map(line -> line.substring(link.length() + 1).strip().split("\\s+"))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("no link: name=" + link + ", file=" + counters));
            return new LinkBytes(Long.parseLong(numbers[0]), Long.parseLong(numbers[8]));
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            if (hasDriverLink) {
                hasDriverLink = false;
                ip("link delete dev %s", driverLink);
            }
            Files.deleteIfExists(hostsFile);
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            while (!holders.isEmpty()) {
                exitCode(holders.pop().destroyForcibly());
            }
        }
    }
}
