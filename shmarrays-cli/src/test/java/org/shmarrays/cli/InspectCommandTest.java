package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;
import static org.shmarrays.layout.ElementType.INT64;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;

class InspectCommandTest {
    private static final int ROWS = 300;

    @TempDir
    private Path directory;

    private ShmArrays arrays;

    @BeforeEach
    void create() {
        System.setProperty("shmarrays.directory", directory.toString());
        arrays = ShmArrays.create(
                "s",
                ArraySpec.of("dense/W", FLOAT32, ROWS, 2)
                        .withState(1)
                        .withAlias(new AliasSpec("tail", 598, ArrayOrder.F, 2, 1)),
                ArraySpec.of("ids", INT64, 2).inMode(Mode.HOGWILD));
        final float[] values = new float[2 * ROWS];
        values[0] = Float.NaN;
        values[1] = -3;
        values[599] = 4;
        arrays.write(Map.of("dense/W", values, "ids", new long[] {Long.MIN_VALUE, 7}));
    }

    @AfterEach
    void remove() {
        arrays.close();
        ShmArrays.remove("s");
        System.clearProperty("shmarrays.directory");
    }

    @Test
    void shouldShowArraysAndTheirValues() {
        final CommandRun run = CommandRun.of("inspect", "s");

        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out())
                .contains("segment s: 2 arrays in ")
                .contains("(alive), live workers 0 of 0, others 1")
                .containsPattern("dense/W +float32 +\\[300, 2\\] +locked +2\\.3 KiB +1 +1\n")
                .containsPattern("  tail +float32 +\\[2, 1\\]f +alias +8 B +\n")
                .containsPattern("ids +int64 +\\[2\\] +hogwild +16 B +1 +0\n")
                // The mean of 599 finite values is 1 / 599, and 3^2 + 4^2 = 5^2.
                .containsPattern("dense/W +-3\\.0000 +4\\.0000 +0\\.0016694 +5\\.0000 +1 +0 +\\|.+\\|\n")
                .containsPattern("  tail +0 +4\\.0000 +2\\.0000 +4\\.0000 +0 +0 +\\|@ +@\\|\n")
                .containsPattern("ids +-9223372036854775808 +7 ");
        assertThat(arrays.status().workers()).as("slots that it has claimed").hasSize(1);
        assertThat(Doors.SEGMENT.of(arrays).slotAccesses().reads(0))
                .as("reads that it has counted")
                .isZero();
    }

    @Test
    void shouldShowOnlyWhatIsAskedForAndItsHistogram() {
        final CommandRun run = CommandRun.of("inspect", "s", "tail");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .doesNotContain("dense/W ", "ids ")
                .contains("tail: 2 elements, 1 of them 0")
                .containsPattern("0 to +0\\.50000 +1  #{40}\n")
                .containsPattern("4\\.0000 to +4\\.5000 +1  #{40}\n");
    }

    @Test
    void shouldShowNoValues() {
        final CommandRun run = CommandRun.of("inspect", "--no-values", "s");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("dense/W").doesNotContain("VALUES", "NORM");
    }

    @Test
    void shouldPrintJson() {
        final CommandRun run = CommandRun.of("inspect", "--json", "s");

        assertThat(run.exitCode()).isZero();
        assertThat(run.out())
                .startsWith("{\n")
                .contains("\"name\": \"s\"", "\"workersAlive\": 0", "\"learningRate\": null", "\"stop\": false")
                .contains("\"aliasOf\": \"dense/W\"", "\"elementOffset\": 598")
                .contains("\"shape\": [300, 2]", "\"stateArrays\": 1", "\"nan\": 1", "\"norm\": 5.0")
                .contains("\"min\": -9223372036854775808")
                .contains("{\"from\": 4.0, \"to\": 4.5, \"count\": 1}");
    }

    @Test
    void shouldSayWhatIsDamagedAndShowTheRest() {
        final int damaged = Doors.SEGMENT.of(arrays).layout().array("dense/W").firstPartition();
        Doors.SEGMENT.of(arrays).partitions().versionRelease(damaged, 7);

        final CommandRun run = CommandRun.of("inspect", "s");

        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out())
                .containsPattern("dense/W +could not be read")
                .containsPattern("ids +-9223372036854775808");
        assertThat(run.err().lines())
                .as("one sentence for both, the array and its alias")
                .singleElement()
                .asString()
                .startsWith("shmarrays: ")
                .contains("partition");
        assertThat(CommandRun.of("inspect", "--json", "s").out()).contains("\"problem\": ");
    }

    @Test
    void shouldSuggestTheNameThatWasMeant() {
        final CommandRun segment = CommandRun.of("inspect", "sgment");
        assertThat(segment.exitCode()).isEqualTo(1);
        assertThat(segment.err()).contains("segment not found: name=sgment, directory=" + directory + ", segments=[s]");

        final CommandRun array = CommandRun.of("inspect", "s", "dense/w");
        assertThat(array.exitCode()).isEqualTo(1);
        assertThat(array.err())
                .contains("array not in segment: name=dense/w, segment=s, arrays=[dense/W, tail, ids]")
                .contains("; did you mean dense/W?");
    }
}
