package org.shmarrays.spark.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One host, which is the driver itself. */
class SvmHostsCommandTest {
    private final PrintStream standardOutput = System.out;
    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    @BeforeEach
    void useOwnDirectoryAndOutput() {
        System.setProperty("shmarrays.directory", directory.toString());
        System.setOut(new PrintStream(printed, true, UTF_8));
    }

    @AfterEach
    void useTheirs() {
        System.setOut(standardOutput);
        System.clearProperty("shmarrays.directory");
    }

    /** One in twenty labels is wrong; a model that has learned nothing tells half of them. */
    @Test
    void shouldTellMostUnseenExamplesRight() {
        final int exit = SparkExamples.commandLine()
                .execute(("sparse-svm --spark local[2] --workers 2 --examples 20000 --epochs 3 --every 50 --conf"
                                + " spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 --conf"
                                + " spark.ui.enabled=false")
                        .split(" "));

        final String lines = printed.toString(UTF_8);
        assertThat(exit).as(lines).isZero();
        assertThat(lines)
                .contains("round 12: 1 host, ")
                .doesNotContain("round 13: "); // 3 times 313 batches, 100 a round
        final Matcher told = Pattern.compile(
                        "(\\S+) % of 5,000 test examples correct after 12 rounds and 60,000 examples")
                .matcher(lines);
        assertThat(told.find()).as(lines).isTrue();
        assertThat(Double.parseDouble(told.group(1))).isGreaterThan(75);
        assertThat(directory).isEmptyDirectory();
    }
}
