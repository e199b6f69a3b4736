package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;

/** Hosts in namespaces: their names, networks and shared memory, and what a link that is cut does. */
@Tag("matrix")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class NamespaceClusterIT {
    private static final int RESULT_BYTES = 4_000_000;

    private static SparkCluster cluster;

    @BeforeAll
    static void startCluster() throws IOException {
        cluster = SparkCluster.ofNamespaces(2).start();
    }

    @AfterAll
    static void shouldRemoveTheNetworkAtTheEnd() throws Exception {
        if (cluster != null) {
            cluster.close();
            assertThat(NetworkInterface.networkInterfaces())
                    .noneMatch(link -> link.getName().startsWith(NamespaceHosts.linkPrefix()));
        }
    }

    /** Runs a task on each host, and returns the hosts' names. */
    private static List<String> hostNames(final JavaSparkContext context) {
        return context.parallelize(List.of(0, 1), 2)
                .map(number ->
                        Files.readString(Path.of("/proc/sys/kernel/hostname")).strip())
                .collect();
    }

    private static void awaitBothHosts(final JavaSparkContext context) {
        Await.until(
                "tasks on both hosts",
                () -> List.copyOf(hostNames(context)).containsAll(List.of("host-0", "host-1")),
                cluster::logTails);
    }

    @Test
    void shouldGiveEachHostItsOwnNameAddressAndSharedMemory() throws Exception {
        final List<String> hosts = cluster.run(cluster.conf("own"), context -> {
            context.parallelize(List.of(0, 1), 2)
                    .foreach(number -> ShmArrays.create(
                                    InetAddress.getLocalHost().getHostName(), ArraySpec.of("w", FLOAT32, 1))
                            .close());
            return hostNames(context);
        });

        assertThat(hosts).containsExactlyInAnyOrder("host-0", "host-1");
        assertThat(cluster.segmentsLeft(0)).containsExactly("host-0");
        assertThat(cluster.segmentsLeft(1)).containsExactly("host-1");
    }

    @Test
    void shouldCountTheBytesOfALink() throws Exception {
        cluster.run(cluster.conf("bytes"), context -> {
            final LinkBytes driver = cluster.driverBytes();
            final LinkBytes host = cluster.bytes(0);

            context.parallelize(List.of(0, 1), 2)
                    .map(number -> new byte[RESULT_BYTES])
                    .collect();

            assertThat(cluster.bytes(0).since(host).sent()).isGreaterThan(RESULT_BYTES);
            assertThat(cluster.driverBytes().since(driver).received()).isGreaterThan(2 * RESULT_BYTES);
            return null;
        });
    }

    @Test
    void shouldLoseAKilledHostUntilItIsStarted() throws Exception {
        cluster.run(cluster.conf("killed"), context -> {
            cluster.killHost(1);
            cluster.awaitExecutors(context, 1);
            assertThat(hostNames(context)).containsOnly("host-0");

            cluster.startHost(1);

            awaitBothHosts(context);
            return null;
        });
    }

    @Test
    void shouldLoseAHostThatIsCutOffUntilItsLinkIsRestored() throws Exception {
        cluster.run(cluster.conf("cut"), context -> {
            cluster.cutLink(1);
            cluster.awaitExecutors(context, 1);
            assertThat(hostNames(context)).containsOnly("host-0");

            cluster.restoreLink(1);

            awaitBothHosts(context);
            return null;
        });
    }
}
