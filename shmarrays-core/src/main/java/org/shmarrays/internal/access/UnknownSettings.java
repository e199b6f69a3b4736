package org.shmarrays.internal.access;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.shmarrays.internal.worker.WorkerEnvironment;

/**
 * Warns of system properties and environment variables that are named as if this library read them, and that it does
 * not know: a mistyped setting would be ignored without a word.
 */
public final class UnknownSettings {
    private static final System.Logger LOGGER = System.getLogger(UnknownSettings.class.getName());
    private static final AtomicBoolean HAS_LOOKED = new AtomicBoolean();
    private static final String PROPERTY_PREFIX = "shmarrays.";
    private static final String VARIABLE_PREFIX = "SHMARRAYS_";

    /** Read by other classes than the settings. */
    private static final Set<String> OTHER_PROPERTIES = Set.of("shmarrays.counters", "shmarrays.fewer.compilations");

    /** Read by the scripts, the example programs and the tests. */
    private static final Set<String> OTHER_VARIABLES =
            Set.of("SHMARRAYS_OPTS", "SHMARRAYS_NO_BUILD", "SHMARRAYS_TERMINAL", "SHMARRAYS_TEST_SEED");

    private final Set<String> knownProperties;
    private final Set<String> knownVariables;

    /** As of {@link #warnOnce}. */
    public UnknownSettings(final Set<String> ownProperties, final String ownVariable) {
        knownProperties = new TreeSet<>(ownProperties);
        knownProperties.addAll(OTHER_PROPERTIES);
        knownVariables = new TreeSet<>(WorkerEnvironment.VARIABLES);
        knownVariables.addAll(OTHER_VARIABLES);
        knownVariables.add(ownVariable);
    }

    /**
     * Warns, the first time that it is called in this process. The launcher and, of its workers, rank 0 do so.
     *
     * @param ownProperties those that the settings read
     * @param ownVariable the one that the settings read
     */
    public static void warnOnce(final Set<String> ownProperties, final String ownVariable) {
        if (!HAS_LOOKED.compareAndSet(false, true)
                || !"0".equals(System.getenv().getOrDefault(WorkerEnvironment.RANK_VARIABLE, "0"))) {
            return;
        }
        new UnknownSettings(ownProperties, ownVariable)
                .unknown(
                        System.getProperties().stringPropertyNames(),
                        System.getenv().keySet())
                .forEach(sentence -> LOGGER.log(System.Logger.Level.WARNING, sentence));
    }

    /** A sentence for each name that is not known, in the order of the names. */
    public List<String> unknown(final Collection<String> properties, final Collection<String> variables) {
        final List<String> sentences = new ArrayList<>();
        for (final String name : unknown(properties, PROPERTY_PREFIX, knownProperties)) {
            sentences.add("unknown system property, it is ignored: " + name + "; the nearest known one is "
                    + nearest(name, knownProperties));
        }
        for (final String name : unknown(variables, VARIABLE_PREFIX, knownVariables)) {
            sentences.add("unknown environment variable, it is ignored: " + name + "; the nearest known one is "
                    + nearest(name, knownVariables));
        }
        return sentences;
    }

    private static Set<String> unknown(final Collection<String> names, final String prefix, final Set<String> known) {
        final Set<String> unknown = new TreeSet<>(names);
        unknown.removeIf(name -> !name.startsWith(prefix) || known.contains(name));
        return unknown;
    }

    private static String nearest(final String name, final Set<String> known) {
        return known.stream()
                .min(Comparator.comparingInt(candidate -> candidate.startsWith(name) ? 1 : distance(name, candidate)))
                .orElseThrow();
    }

    /** The edit distance (Levenshtein 1966): how many insertions, deletions and substitutions make a into b. */
    private static int distance(final String a, final String b) {
        int[] above = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            final int[] row = new int[b.length() + 1];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                final int substitution = above[j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(substitution, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[b.length()];
    }
}
