package org.shmarrays.spark;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * A simulation of how long a round takes on up to 1,000 hosts. No build runs it: {@code -Dtest=RoundTimeStudy}. Its
 * constants are measured on 1 to 4 hosts, so that its figures for more hosts are extrapolated, not measured.
 *
 * <p>A round takes the training of the slowest host, and then {@code S(N) + (2(N-1)+1)/N * P * (1/B + 1/C)} for the
 * exchange: S is what Spark needs to plan and start the tasks, P the length of the parameters, B the bandwidth of a
 * host's link, and C the rate at which a host copies, serializes and adds values.
 */
class RoundTimeStudy {
    /** Seconds of a round of one host without any parameters, and seconds that each further host adds. */
    private static final double START_S = Double.parseDouble(System.getProperty("study.start", "0.30"));

    private static final double START_PER_HOST_S = Double.parseDouble(System.getProperty("study.startPerHost", "0.03"));

    /** Bytes a second of a host. */
    private static final double COPY_RATE = Double.parseDouble(System.getProperty("study.copyRate", "120e6"));

    /** 10 gigabits a second. */
    private static final double BANDWIDTH = 1.25e9;

    private static final double INTERVAL_S = 30;

    /** Standard deviation of the logarithm of a host's training time. */
    private static final double SPREAD = 0.05;

    private static final int ROUNDS = 200;
    private static final int[] HOSTS = {1, 2, 4, 8, 16, 64, 256, 1000};
    private static final double[] PARAMETER_BYTES = {4e6, 100e6, 400e6};

    @Test
    void shouldPrintTheTable() {
        System.out.println("| parameters | hosts | exchange | slowest host | samples a second, one host being 1 |");
        System.out.println("|---|---|---|---|---|");
        for (final double bytes : PARAMETER_BYTES) {
            for (final int hosts : HOSTS) {
                final double exchangeS = exchangeSeconds(hosts, bytes);
                final double slowestS = slowestSeconds(hosts);
                System.out.printf(
                        Locale.ROOT,
                        "| %.0f MB | %,d | %.2f s | %.1f s | %.1f |%n",
                        bytes / 1e6,
                        hosts,
                        exchangeS,
                        slowestS,
                        hosts * INTERVAL_S / (slowestS + exchangeS));
            }
        }
    }

    private static double exchangeSeconds(final int hosts, final double bytes) {
        final double start = START_S + START_PER_HOST_S * (hosts - 1);
        final double moved = (2.0 * (hosts - 1) + 1) / hosts * bytes;
        return start + moved * (1 / BANDWIDTH + 1 / COPY_RATE);
    }

    /** Median over rounds of the greatest of the hosts' training times, which are log-normal. */
    private static double slowestSeconds(final int hosts) {
        final Random random = new Random(hosts);
        final double[] slowest = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            for (int host = 0; host < hosts; host++) {
                slowest[round] = Math.max(slowest[round], INTERVAL_S * Math.exp(SPREAD * random.nextGaussian()));
            }
        }
        Arrays.sort(slowest);
        return slowest[ROUNDS / 2];
    }
}
