package org.shmarrays.examples.embedding;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/**
 * The bundled text as numbers of words: the most frequent word is 0, and rare words are left out. The same in each
 * process. Immutable.
 */
final class Corpus {
    private static final String RESOURCE = "pentateuch.txt.gz";
    private static final int LEAST_COUNT = 5;

    private final List<String> words;
    private final int[] counts;
    private final int length;
    private final List<int[]> verses;

    private Corpus(final List<String> words, final int[] counts, final List<int[]> verses) {
        this.words = words;
        this.counts = counts;
        this.length = Arrays.stream(counts).sum();
        this.verses = verses;
    }

    /** Genesis to Deuteronomy, a verse at a time. */
    static Corpus bundled() {
        final List<List<String>> text = lines();
        final Map<String, Integer> frequencies = new HashMap<>();
        text.forEach(verse -> verse.forEach(word -> frequencies.merge(word, 1, Integer::sum)));
        final List<String> words = frequencies.entrySet().stream()
                .filter(entry -> entry.getValue() >= LEAST_COUNT)
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(Map.Entry::getKey)
                .toList();
        final Map<String, Integer> numbers = new HashMap<>();
        words.forEach(word -> numbers.put(word, numbers.size()));
        final List<int[]> verses = text.stream()
                .map(verse -> verse.stream()
                        .filter(numbers::containsKey)
                        .mapToInt(numbers::get)
                        .toArray())
                .toList();
        return new Corpus(words, words.stream().mapToInt(frequencies::get).toArray(), verses);
    }

    private static List<List<String>> lines() {
        try (InputStream packed = Corpus.class.getResourceAsStream(RESOURCE);
                BufferedReader lines = new BufferedReader(
                        new InputStreamReader(new GZIPInputStream(packed), StandardCharsets.US_ASCII))) {
            final List<List<String>> text = new ArrayList<>();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                text.add(Stream.of(line.toLowerCase(Locale.ROOT).split("[^a-z]+"))
                        .filter(word -> !word.isEmpty())
                        .toList());
            }
            return text;
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot read: resource=" + RESOURCE, e);
        }
    }

    /** The words, by number. */
    List<String> words() {
        return words;
    }

    /** The number of a word; -1 if it is rare. */
    int number(final String word) {
        return words.indexOf(word);
    }

    /** How often a word occurs. */
    int count(final int word) {
        return counts[word];
    }

    /** Occurrences of all words. */
    int length() {
        return length;
    }

    /** The words of each verse, in order. */
    List<int[]> verses() {
        return verses;
    }
}
