package org.shmarrays.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/** The word that a user meant who mistyped one. */
final class Suggestion {
    private static final int MAX_DISTANCE = 2;

    private Suggestion() {}

    /**
     * The candidate nearest to the word, if it is near enough to be meant: at most two slips, and less than half of the
     * longer word.
     */
    static Optional<String> nearest(final String word, final Collection<String> candidates) {
        return candidates.stream()
                .filter(candidate -> distance(word, candidate) <= most(word, candidate))
                .min(Comparator.comparingInt(candidate -> distance(word, candidate)));
    }

    private static int most(final String word, final String candidate) {
        return Math.min(MAX_DISTANCE, (Math.max(word.length(), candidate.length()) - 1) / 2);
    }

    /**
     * The optimal string alignment distance (Damerau 1964): how many insertions, deletions, substitutions and swaps of
     * neighbours make {@code a} into {@code b}.
     */
    static int distance(final String a, final String b) {
        final int[][] d = new int[a.length() + 1][b.length() + 1];
        for (int i = 0; i <= a.length(); i++) {
            for (int j = 0; j <= b.length(); j++) {
                if (i == 0 || j == 0) {
                    d[i][j] = i + j;
                    continue;
                }
                final int substitution = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
                d[i][j] = Math.min(Math.min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + substitution);
                if (i > 1 && j > 1 && a.charAt(i - 1) == b.charAt(j - 2) && a.charAt(i - 2) == b.charAt(j - 1)) {
                    d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
                }
            }
        }
        return d[a.length()][b.length()];
    }

    /** The end of a sentence about a word that was mistyped, or nothing. */
    static String didYouMean(final String word, final Collection<String> candidates) {
        return nearest(word, candidates)
                .map(candidate -> "; did you mean " + candidate + "?")
                .orElse("");
    }
}
