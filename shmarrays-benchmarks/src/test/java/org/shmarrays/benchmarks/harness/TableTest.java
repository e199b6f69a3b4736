package org.shmarrays.benchmarks.harness;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TableTest {
    @ParameterizedTest
    @CsvSource({
        "12_800_000, 12.8M",
        "2638700, 2.64M",
        "999600, 1.00M",
        "634000, 634k",
        "12691, 12.7k",
        "9999, 9999",
        "1290.4, 1290",
        "129.4, 129",
        "31.72, 31.7",
        "9.996, 10.0",
        "8.2, 8.20",
        "0.9123, 0.912",
        "-0.5, -0.500",
        "0, 0.000",
        "NaN, -"
    })
    void shouldPrintNumbersInThreeDigits(final String value, final String expected) {
        assertThat(Table.number(Double.parseDouble(value.replace("_", "")))).isEqualTo(expected);
    }

    @Test
    void shouldAlignCellsUnderTheirHeads() {
        final StringWriter text = new StringWriter();
        final Table table = new Table(new PrintWriter(text), "name", "passes/s");
        table.line("a", 31.72);
        table.line("bc", null);
        assertThat(text.toString().lines()).containsExactly("name  passes/s", "a         31.7", "bc           -");
    }

    @Test
    void shouldPrintMedianAndSpread() {
        assertThat(Table.spread(new Summary(129, 121, 133.2))).isEqualTo("129 (121–133)");
    }
}
