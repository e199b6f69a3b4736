package org.shmarrays.benchmarks.harness;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** A table of text that is printed line by line while it grows: widths are given by the heads. */
public final class Table {
    private static final String GAP = "  ";

    private final PrintWriter out;
    private final List<Integer> widths = new ArrayList<>();

    /** Prints the heads; cells of a column are as wide as its head, padded to the right in the first column. */
    public Table(final PrintWriter out, final String... heads) {
        this.out = out;
        Arrays.stream(heads).map(String::length).forEach(widths::add);
        print(Arrays.asList(heads));
    }

    /** Prints a line. */
    public void line(final Object... cells) {
        line(Arrays.asList(cells));
    }

    /** Prints a line. */
    public void line(final List<Object> cells) {
        print(cells.stream().map(Table::text).toList());
    }

    private void print(final List<String> cells) {
        final StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.size(); i++) {
            final String format = i == 0 ? "%-" + widths.get(i) + "s" : "%" + widths.get(i) + "s";
            line.append(i == 0 ? "" : GAP).append(String.format(Locale.ROOT, format, cells.get(i)));
        }
        out.println(line.toString().stripTrailing());
        out.flush();
    }

    private static String text(final Object cell) {
        if (cell == null) {
            return "-";
        }
        return cell instanceof Double number ? number(number) : cell.toString();
    }

    /** A number in three or four digits: 12.8M, 634k, 1290, 8.20, 0.912. */
    public static String number(final double value) {
        final double size = Math.abs(value);
        if (!Double.isFinite(value)) {
            return "-";
        } else if (size >= 999_500) {
            return threeDigits(value / 1e6) + "M";
        } else if (size >= 9_999.5) {
            return threeDigits(value / 1e3) + "k";
        }
        return threeDigits(value);
    }

    private static String threeDigits(final double value) {
        final double size = Math.abs(value);
        final int decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
        return String.format(Locale.ROOT, "%." + decimals + "f", value);
    }

    /** Median and spread: {@code 129 (121–133)}. */
    public static String spread(final Summary summary) {
        return number(summary.median()) + " (" + number(summary.min()) + "–" + number(summary.max()) + ")";
    }
}
