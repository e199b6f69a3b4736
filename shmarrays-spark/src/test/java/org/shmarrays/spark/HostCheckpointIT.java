package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.internal.Doors;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.internal.worker.DeadSegments;

/** Trainings that go on from checkpoints when drivers and hosts are killed in the middle of a round. */
@Tag("matrix")
@Timeout(value = 300, unit = TimeUnit.SECONDS)
class HostCheckpointIT {
    private static SparkCluster cluster;

    private Path directory;
    private GatedTraining gate;

    @BeforeAll
    static void startCluster() throws IOException {
        cluster = SparkCluster.ofNamespaces(2).start();
    }

    @AfterAll
    static void stopCluster() {
        if (cluster != null) {
            cluster.close();
        }
    }

    @BeforeEach
    void choose(@TempDir final Path test) {
        directory = test;
        gate = new GatedTraining(test);
    }

    @AfterEach
    void checkSegments() {
        Await.until("end of the executors", () -> executors() == 0, cluster::logTails);
        assertThat(cluster.segmentsLeft(0)).isEmpty();
        assertThat(cluster.segmentsLeft(1)).isEmpty();
    }

    private static int executors() {
        return cluster.executors(0).size() + cluster.executors(1).size();
    }

    private SparkProcess startDriver(final String name) throws IOException {
        final List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(JvmFlags.ofThisJvm());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        for (final var setting : cluster.conf(name).getAll()) {
            command.add("-D" + setting._1() + "=" + setting._2());
        }
        command.addAll(List.of(
                "-cp", System.getProperty("java.class.path"), GatedTraining.class.getName(), directory.toString()));
        return SparkProcess.start(new ProcessBuilder(command), directory.resolve(name + ".log"));
    }

    private void awaitBothAtTheGate(final SparkProcess driver) {
        Await.until("both hosts train", () -> gate.waiting() == 2, () -> driver.tail() + cluster.logTails());
    }

    @Test
    void shouldReachTheTargetWhenTheDriverIsKilledAndAnotherOneResumes() throws Exception {
        final SparkProcess first = startDriver("first");
        awaitBothAtTheGate(first);
        first.killTree();
        Await.until("end of the executors", () -> executors() == 0, cluster::logTails);
        assertThat(cluster.segmentsLeft(0)).isEmpty();
        assertThat(cluster.segmentsLeft(1)).isEmpty();
        gate.open();

        final SparkProcess second = startDriver("second");
        Await.until("end of the driver", () -> !Await.isRunning(second.handle()), second::tail);

        assertThat(gate.result()).as(second.tail()).exists();
        assertThat(Files.readString(gate.result())).isEqualTo("1.0 1.0 2"); // 2 of 4 rounds, each batch twice
    }

    @Test
    void shouldGoBackWhenAllHostsAreKilledAtOnce() throws Exception {
        cluster.run(cluster.conf("all"), context -> {
            final Thread killer = new Thread(() -> {
                Await.until("both hosts train", () -> gate.waiting() == 2, cluster::logTails);
                cluster.killExecutor(0);
                cluster.killExecutor(1);
                gate.open();
            });
            killer.start();

            final HostTrainingResult result = gate.training(context, 3)
                    .checkpointTo(gate.checkpoints(), 2)
                    .run();
            killer.join();

            assertThat(result.undoneRounds()).isEqualTo(1);
            assertThat(result.lostIntervals()).isPositive();
            assertThat(result.rounds()).hasSize(GatedTraining.ROUNDS);
            assertThat(GatedTraining.trained(result)).isEqualTo("1.0 1.0");
            return null;
        });
    }

    @Test
    void shouldWriteACheckpointWhenHostsAreMissing() throws Exception {
        try {
            cluster.run(cluster.conf("missing"), context -> {
                final Thread killer = new Thread(() -> {
                    Await.until("both hosts train", () -> gate.waiting() == 2, cluster::logTails);
                    cluster.killHost(1);
                    gate.open();
                });
                killer.start();

                assertThatExceptionOfType(HostTrainingException.class)
                        .isThrownBy(() -> gate.training(context, 3)
                                .minHosts(2, Duration.ofSeconds(1))
                                .checkpointTo(gate.checkpoints(), 100)
                                .run())
                        .withMessageContaining("too few hosts: executors=1, needed=2")
                        .withMessageContaining(
                                "can be resumed from file:" + gate.checkpoints() + "/round-00000003.npz");
                killer.join();
                return null;
            });
        } finally {
            cluster.startHost(1);
            cluster.run(cluster.conf("clean"), context -> {
                context.parallelize(List.of(0, 1), 2).foreach(number -> removeDeadSegments());
                return null;
            });
        }
    }

    /** What the killed host has left, since no executor came there again. */
    private static void removeDeadSegments() {
        final DeadSegments dead = new DeadSegments(Doors.ROOT.of(Settings.fromProperties()));
        dead.find().forEach(entry -> dead.remove(entry, true));
    }
}
