package org.shmarrays.stress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReliabilityReportTest {
    private static final Instant BEGAN = Instant.parse("2026-01-02T03:04:05Z");

    @TempDir
    private Path project;

    private void figures(final String module, final String test, final Instant written, final String lines)
            throws IOException {
        final Path directory = Files.createDirectories(
                project.resolve(module).resolve("target").resolve("reliability"));
        final Path file = Files.writeString(directory.resolve(test + ".properties"), lines);
        Files.setLastModifiedTime(file, FileTime.from(written));
    }

    @Test
    void shouldAddUpAndTakeTheLongest() throws IOException {
        figures("core", "AIT", BEGAN, "kills=3\nlongestStallMs=70\nlostUpdates=0\n");
        figures("core", "BIT", BEGAN.plusMillis(1), "longestStallMs=90\nkills=4\n");
        figures("stress", "CIT", BEGAN.plusSeconds(60), "jcstressTests=2\nlongestStallMs=80\n");

        final ReliabilityReport report = ReliabilityReport.of(project, BEGAN);

        assertThat(report.json())
                .isEqualTo("{\"kills\":7,\"longestStallMs\":90,\"lostUpdates\":0,\"jcstressTests\":2}");
    }

    @Test
    void shouldKeepTheOrderAndPutUnknownNamesLast() throws IOException {
        figures(
                "core",
                "AIT",
                BEGAN,
                "zebras=14\napes=13\njcstressSamples=12\njcstressTests=11\ntornReads=10\nlostUpdates=9\njvmCrashes=8\n"
                        + "mutants=7\nlongestStallMs=6\nrecoveries=5\nmodelStates=4\nkillPoints=3\nkillsMidRepair=2\n"
                        + "killsMidUpdate=1\nkills=0\n");

        final ReliabilityReport report = ReliabilityReport.of(project, BEGAN);

        assertThat(report.json())
                .isEqualTo("{\"kills\":0,\"killsMidUpdate\":1,\"killsMidRepair\":2,\"killPoints\":3,\"modelStates\":4,"
                        + "\"recoveries\":5,\"longestStallMs\":6,\"mutants\":7,\"jvmCrashes\":8,\"lostUpdates\":9,"
                        + "\"tornReads\":10,\"jcstressTests\":11,\"jcstressSamples\":12,\"apes\":13,\"zebras\":14}");
        assertThat(report.missing()).isEmpty();
    }

    @Test
    void shouldNotTakeAnEarlierBuildsFiguresForThisOnes() throws IOException {
        figures("core", "OldIT", BEGAN.minusMillis(1), "kills=3\nmutants=5\n");
        figures("core", "NewIT", BEGAN, "mutants=1\n");

        final ReliabilityReport report = ReliabilityReport.of(project, BEGAN);

        assertThat(report.json()).isEqualTo("{\"mutants\":1}");
        assertThat(report.missing()).contains("kills").doesNotContain("mutants");
    }

    @Test
    void shouldRefuseWhatIsNoNumber() throws IOException {
        figures("core", "AIT", BEGAN, "kills=many\n");

        assertThatThrownBy(() -> ReliabilityReport.of(project, BEGAN))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("AIT.properties, kills=many");
    }

    @Test
    void shouldWriteALine() throws IOException {
        figures("core", "AIT", BEGAN, "kills=3\n");

        ReliabilityReport.of(project, BEGAN).write(project);

        assertThat(project.resolve("target").resolve("reliability.json")).hasContent("{\"kills\":3}\n");
    }
}
