package org.shmarrays.cli;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** A table of {@code top}, which leaves out the columns that matter least until it fits. */
final class TopTable {
    /**
     * A column; a space separates it from the one before.
     *
     * @param heading above it
     * @param width of its cells; longer ones move what follows
     * @param isLeft whether cells begin at its left end, and not end at its right one
     * @param omission 0 if it always stays; of the others the one with the greatest number is left out first
     */
    record Column(String heading, int width, boolean isLeft, int omission) {
        static Column left(final String heading, final int width, final int omission) {
            return new Column(heading, width, true, omission);
        }

        static Column right(final String heading, final int width, final int omission) {
            return new Column(heading, width, false, omission);
        }
    }

    /** Of the first column, if it isn't narrower anyway. */
    private static final int LEAST_WIDTH = 7;

    private final List<Column> columns;
    private final List<TopLine.Part[]> rows = new ArrayList<>();

    TopTable(final Column... columns) {
        this.columns = List.of(columns);
    }

    static TopLine.Part cell(final Object value) {
        return cell(value, TopStyle.PLAIN);
    }

    static TopLine.Part cell(final Object value, final TopStyle style) {
        return new TopLine.Part(String.valueOf(value), style);
    }

    /** Adds a row with one cell for each column. */
    void add(final TopLine.Part... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException(cells.length + " cells for " + columns.size() + " columns");
        }
        rows.add(cells);
    }

    /** The heading and the rows. The first column gives up to half of its width away before another one is left out. */
    List<TopLine> lines(final int width) {
        final List<Column> kept = new ArrayList<>(columns);
        final int shortest =
                Math.max(columns.get(0).width() / 2, Math.min(columns.get(0).width(), LEAST_WIDTH));
        while (width(kept) - columns.get(0).width() + shortest > width) {
            final Column least =
                    kept.stream().max(Comparator.comparingInt(Column::omission)).orElseThrow();
            if (least.omission() == 0) {
                break;
            }
            kept.remove(least);
        }
        final int first = Math.max(shortest, columns.get(0).width() - Math.max(0, width(kept) - width));
        final List<TopLine> lines = new ArrayList<>();
        lines.add(line(
                columns.stream()
                        .map(column -> cell(column.heading(), TopStyle.HEADING))
                        .toArray(TopLine.Part[]::new),
                kept,
                first));
        rows.forEach(row -> lines.add(line(row, kept, first)));
        return lines;
    }

    private static int width(final List<Column> columns) {
        return columns.stream().mapToInt(Column::width).sum() + columns.size() - 1;
    }

    private TopLine line(final TopLine.Part[] cells, final List<Column> kept, final int first) {
        final List<TopLine.Part> parts = new ArrayList<>();
        for (int i = 0; i < cells.length; i++) {
            final Column column = columns.get(i);
            if (kept.contains(column)) {
                final String text = i == 0 ? shorten(cells[i].text(), first) : cells[i].text();
                final String space = " ".repeat(Math.max(0, (i == 0 ? first : column.width()) - text.length()));
                parts.add(cell((i == 0 ? "" : " ") + (column.isLeft() ? "" : space)));
                parts.add(new TopLine.Part(text, cells[i].style()));
                parts.add(cell(column.isLeft() ? space : ""));
            }
        }
        return new TopLine(List.copyOf(parts));
    }

    private static String shorten(final String text, final int length) {
        return text.length() <= length ? text : text.substring(0, length - 1) + "…";
    }
}
