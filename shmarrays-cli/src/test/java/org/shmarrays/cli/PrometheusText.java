package org.shmarrays.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Parses Prometheus's text format (its documentation, "Exposition formats"): comments, HELP and TYPE lines, and samples, each a
 * name, labels and a value. What does not conform is an error.
 */
record PrometheusText(List<Sample> samples, Map<String, String> types, Map<String, String> helps) {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\\{(.*)\\})? (NaN|[+-]Inf|[-+0-9.eE]+)");
    private static final Pattern LABEL =
            Pattern.compile("([a-zA-Z_][a-zA-Z0-9_]*)=\"((?:[^\"\\\\]|\\\\[\\\\\"n])*)\"(?:,|$)");
    private static final Set<String> TYPES = Set.of("counter", "gauge", "summary", "histogram", "untyped");

    /** One line with a value. */
    record Sample(String name, Map<String, String> labels, double value) {}

    static PrometheusText parse(final String text) {
        final PrometheusText parsed =
                new PrometheusText(new ArrayList<>(), new LinkedHashMap<>(), new LinkedHashMap<>());
        if (!text.endsWith("\n")) {
            throw new AssertionError("the last line has no end");
        }
        text.lines().forEach(parsed::line);
        return parsed;
    }

    private void line(final String line) {
        if (line.startsWith("# HELP ")) {
            final String[] words = line.split(" ", 4);
            put(helps, words[2], words.length > 3 ? words[3] : "", line);
        } else if (line.startsWith("# TYPE ")) {
            final String[] words = line.split(" ");
            if (!TYPES.contains(words[3])) {
                throw new AssertionError("no type: " + line);
            }
            put(types, words[2], words[3], line);
        } else if (!line.startsWith("#") && !line.isBlank()) {
            sample(line);
        }
    }

    private static void put(final Map<String, String> map, final String key, final String value, final String line) {
        if (map.put(key, value) != null) {
            throw new AssertionError("twice: " + line);
        }
    }

    private void sample(final String line) {
        final Matcher sample = SAMPLE.matcher(line);
        if (!sample.matches()) {
            throw new AssertionError("no sample: " + line);
        }
        final Map<String, String> labels = new LinkedHashMap<>();
        final String inBraces = sample.group(2) == null ? "" : sample.group(2);
        final Matcher label = LABEL.matcher(inBraces);
        int end = 0;
        while (end < inBraces.length()) {
            if (!label.find(end) || label.start() != end) {
                throw new AssertionError("no label at " + end + ": " + line);
            }
            put(labels, label.group(1), label.group(2), line);
            end = label.end();
        }
        final String value = sample.group(3).replace("Inf", "Infinity");
        samples.add(new Sample(sample.group(1), labels, Double.parseDouble(value)));
    }

    /** The names of all samples. */
    Set<String> names() {
        return samples.stream().map(Sample::name).collect(Collectors.toCollection(TreeSet::new));
    }

    /** The value of the only sample of this name that has these labels, among others. */
    double value(final String name, final Map<String, String> labels) {
        final List<Sample> found = samples.stream()
                .filter(sample ->
                        sample.name().equals(name) && sample.labels().entrySet().containsAll(labels.entrySet()))
                .toList();
        if (found.size() != 1) {
            throw new AssertionError("samples of " + name + labels + ": " + found);
        }
        return found.get(0).value();
    }
}
