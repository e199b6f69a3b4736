package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoundHistoryTest {
    private static final int MEBIBYTE = 1 << 20;

    private long nowMs;
    private final RoundHistory history = new RoundHistory(() -> TimeUnit.MILLISECONDS.toNanos(nowMs), 0);

    private static TrainingCounts counts(final long samples) {
        return new TrainingCounts(samples / 10, samples, samples / 20.0, 0, samples, samples, 2, 0.25, 0.5, 0.1, 1000);
    }

    private static HostReport report(final int host, final String executor) {
        return new HostReport(host, executor, "10.0.0." + host, 1, false, counts(100), null, false);
    }

    /** A round of half a second, in which each executor has 100 samples. */
    private void round(final long number, final List<String> executors) {
        nowMs += 500;
        final List<HostReport> reports = IntStream.range(0, executors.size())
                .mapToObj(host -> report(host, executors.get(host)))
                .toList();
        history.trained(number, reports);
        history.ended(new Round(
                number,
                executors.size(),
                number / 10,
                TrainingCounts.sum(reports.stream().map(HostReport::counts).toList()),
                0.5,
                0.125,
                0,
                Double.NaN));
    }

    private static List<String> executors(final int first, final int count) {
        return IntStream.range(first, first + count).mapToObj(Integer::toString).toList();
    }

    private JsonNode data() throws Exception {
        return dataOf(RoundsPage.of("t", history, Map.of()).html());
    }

    /** The numbers in a page. */
    static JsonNode dataOf(final String html) throws Exception {
        final String mark = "<script type=\"application/json\" id=\"data\">";
        final int from = html.indexOf(mark) + mark.length();
        return new ObjectMapper().readTree(html.substring(from, html.indexOf("</script>", from)));
    }

    @Test
    void shouldStaySmallWithAThousandRoundsAndFiftyHosts() throws Exception {
        for (int number = 0; number < 1_000; number++) {
            round(number, executors(0, 50));
        }

        final JsonNode data = data();
        assertThat(data.toString().length()).isLessThan(MEBIBYTE / 2);
        assertThat(data.get("hosts")).hasSize(50);
        assertThat(data.get("intervals").size()).isBetween(256, 513);
        // What is thinned out is resolution: sums and rates are exact.
        long rounds = 0;
        for (final JsonNode interval : data.get("intervals")) {
            rounds += interval.get("rounds").longValue();
            assertThat(interval.get("samplesPerSecond").doubleValue()).isEqualTo(50 * 100 / 0.5);
            assertThat(interval.get("loss").doubleValue()).isEqualTo(0.5);
            assertThat(interval.get("syncSeconds").doubleValue()).isEqualTo(0.125);
            assertThat(interval.get("remoteBytes").doubleValue()).isEqualTo(50_000);
            assertThat(interval.get("waitingWorkers").doubleValue()).isEqualTo(0.5);
        }
        assertThat(rounds).isEqualTo(1_000);
        final JsonNode moments = data.get("hosts").get(7).get("moments");
        assertThat(moments.size()).isBetween(32, 65);
        assertThat(moments.get(moments.size() - 1).get(1).longValue()).isEqualTo(100_000);
    }

    @Test
    void shouldCountHostsBeyondTheLimitTogether() throws Exception {
        for (int number = 0; number < 200; number++) {
            round(number, executors(number, 1));
        }

        final JsonNode hosts = data().get("hosts");
        assertThat(hosts).hasSize(RoundHistory.MOST_HOSTS + 1);
        assertThat(hosts.get(RoundHistory.MOST_HOSTS).get("executor").textValue())
                .isEqualTo(RoundHistory.OTHERS);
        assertThat(hosts.get(RoundHistory.MOST_HOSTS).get("samples").longValue())
                .isEqualTo(10_000);
    }

    @Test
    void shouldTellWhatBefellTheTraining() throws Exception {
        round(0, executors(0, 2));
        history.lost("an interval", 1, "executor 1: killed");
        history.goneBack(1, 0);
        round(1, executors(0, 1));
        history.summaries(List.of(new HostSummary("0", new LinkedHashMap<>(Map.of("segment", "s")))));
        history.failed(new HostTrainingException("a worker has failed: round=2\n\tat x"));

        final JsonNode data = data();
        assertThat(data.get("events"))
                .extracting(event -> event.get("text").textValue())
                .containsExactly(
                        "an interval was lost: round=1, executor 1: killed",
                        "the training went back from round 1 to its last checkpoint, of round 0",
                        "round 1 had 1 hosts instead of 2",
                        "the training failed: a worker has failed: round=2");
        assertThat(data.get("results").get("failed").textValue()).isEqualTo("a worker has failed: round=2");
        assertThat(data.get("results").get("undone rounds").textValue()).isEqualTo("1, which count above");
        assertThat(data.get("hosts").get(0).get("summary").get("segment").textValue())
                .isEqualTo("s");
        assertThat(data.get("hosts").get(1).get("summary").isNull()).isTrue();
        assertThat(data.get("hosts").get(1).get("lastRound").longValue()).isZero();
    }

    @Test
    void shouldHaveAPageOfATrainingWithoutARound() throws Exception {
        history.failed(new IllegalStateException());

        final JsonNode data = data();
        assertThat(data.get("intervals")).isEmpty();
        assertThat(data.get("results").get("failed").textValue()).isEqualTo("java.lang.IllegalStateException");
    }
}
