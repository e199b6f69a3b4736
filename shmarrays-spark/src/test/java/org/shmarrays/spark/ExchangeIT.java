package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.shmarrays.layout.ArraySpec;

/**
 * How many bytes the hosts and the driver exchange in a round, counted on the links of hosts in namespaces, and how
 * long it takes. {@code -Dexchange.megabytes=4,100,400} chooses the sizes of the parameters.
 */
@Tag("matrix")
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class ExchangeIT {
    private static final int ROUNDS = 6;

    /** The first rounds start executors' threads, and load classes. */
    private static final int WARM_UP_ROUNDS = 2;

    private static final int MEGABYTE = 1_000_000;

    private record RoundBytes(LinkBytes host, LinkBytes driver, double syncSeconds) {}

    private static Stream<Arguments> cases() {
        return Arrays.stream(System.getProperty("exchange.megabytes", "4,100").split(","))
                .map(Integer::valueOf)
                .flatMap(megabytes -> Stream.of(2, 4)
                        .flatMap(hosts -> Stream.of("JavaSerializer", "KryoSerializer")
                                .map(serializer -> Arguments.of(megabytes, hosts, serializer))));
    }

    /**
     * Of the parameters' bytes P a host receives (N-1)/N as copies of the common parameters, (N-1)/N as other hosts'
     * values, and 1/N as the second copy of a part of the new common parameters.
     */
    @ParameterizedTest(name = "{0} MB, {1} hosts, {2}")
    @MethodSource("cases")
    void shouldExchangeTheBytesOfTheModel(final int megabytes, final int hosts, final String serializer)
            throws Exception {
        final int elements = megabytes * MEGABYTE / Float.BYTES;
        final List<RoundBytes> rounds = new ArrayList<>();
        try (SparkCluster cluster =
                SparkCluster.ofNamespaces(hosts).memoryMb(700 + 8 * megabytes).start()) {
            final SparkConf conf =
                    cluster.conf("exchange").set("spark.serializer", "org.apache.spark.serializer." + serializer);
            cluster.run(conf, context -> {
                final LinkBytes[] before = {cluster.bytes(0), cluster.driverBytes()};
                return HostTraining.on(context)
                        .arrays(
                                List.of(ArraySpec.of("w", FLOAT32, elements)),
                                fresh -> fresh.write(Map.of("w", random(0, elements))))
                        .data((host, count, round) ->
                                List.of(host + count * round).iterator())
                        .step((params, batch, worker) -> params.write(Map.of("w", random(batch, elements))))
                        .minHosts(hosts, Duration.ofMinutes(2))
                        .rounds(ROUNDS)
                        .whileTrue(round -> {
                            final LinkBytes[] now = {cluster.bytes(0), cluster.driverBytes()};
                            rounds.add(new RoundBytes(
                                    now[0].since(before[0]), now[1].since(before[1]), round.syncSeconds()));
                            System.arraycopy(now, 0, before, 0, now.length);
                            return true;
                        })
                        .run();
            });
        }

        final List<RoundBytes> measured = rounds.subList(WARM_UP_ROUNDS, ROUNDS);
        final double model = (2 * (hosts - 1) + 1) / (double) hosts * megabytes;
        final double received = median(
                measured.stream().mapToDouble(round -> round.host().received()).toArray());
        final double driver = median(measured.stream()
                .mapToDouble(round -> round.driver().received() + round.driver().sent())
                .toArray());
        final double syncSeconds =
                median(measured.stream().mapToDouble(RoundBytes::syncSeconds).toArray());
        System.out.printf(
                Locale.ROOT,
                "| %d MB | %d | %s | %.1f MB | %.1f MB | %.2f | %.0f KB | %.2f s |%n",
                megabytes,
                hosts,
                serializer,
                received / MEGABYTE,
                model,
                received / MEGABYTE / model,
                driver / 1000,
                syncSeconds);
        assertThat(received / MEGABYTE).isCloseTo(model, within(0.1 * model + 0.2));
        // Executors report to the driver all the time, so a round that takes a minute moves a little more.
        final double reports = 2_000 * syncSeconds * hosts;
        assertThat(driver).isLessThan(megabytes <= 100 ? MEGABYTE : 0.25 * MEGABYTE * hosts + reports);
    }

    private static double median(final double[] numbers) {
        Arrays.sort(numbers);
        return (numbers[(numbers.length - 1) / 2] + numbers[numbers.length / 2]) / 2;
    }

    /** Zeros would be compressed on their way. */
    private static float[] random(final long seed, final int elements) {
        final Random random = new Random(seed);
        final float[] values = new float[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = (float) (0.1 * random.nextGaussian());
        }
        return values;
    }
}
