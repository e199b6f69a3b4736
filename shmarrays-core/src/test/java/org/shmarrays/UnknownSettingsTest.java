package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.shmarrays.internal.access.UnknownSettings;
import org.shmarrays.internal.worker.WorkerEnvironment;

/** A setting that is mistyped is not ignored without a word. */
class UnknownSettingsTest {
    private static final UnknownSettings SETTINGS =
            new UnknownSettings(Settings.PROPERTIES, Settings.ON_TIMEOUT_VARIABLE);
    private static final Path GUIDE = Path.of("..", "docs", "guide", "settings.md");

    @Test
    void shouldNameTheNearestPropertyAndVariable() {
        final List<String> sentences = SETTINGS.unknown(
                List.of("shmarrays.lock-timeout", "shmarrays.slot", "shmarrays.dir", "java.home", "shmarrays"),
                List.of("SHMARRAYS_WORLDSIZE", "SHMARRAYS_RANKS", "PATH"));

        assertThat(sentences)
                .containsExactly(
                        "unknown system property, it is ignored: shmarrays.dir; the nearest known one is"
                                + " shmarrays.directory",
                        "unknown system property, it is ignored: shmarrays.lock-timeout; the nearest known one is"
                                + " shmarrays.lock.timeout",
                        "unknown system property, it is ignored: shmarrays.slot; the nearest known one is"
                                + " shmarrays.slots",
                        "unknown environment variable, it is ignored: SHMARRAYS_RANKS; the nearest known one is"
                                + " SHMARRAYS_RANK",
                        "unknown environment variable, it is ignored: SHMARRAYS_WORLDSIZE; the nearest known one is"
                                + " SHMARRAYS_WORLD_SIZE");
    }

    @Test
    void shouldKnowWhatTheGuideTells() throws IOException {
        final String guide = Files.readString(GUIDE);

        assertThat(SETTINGS.unknown(
                        named(guide, "`(shmarrays\\.[a-z.-]+[a-z])`"), named(guide, "`(SHMARRAYS_[A-Z_]+)`")))
                .isEmpty();
        assertThat(guide).contains(Settings.PROPERTIES);
        assertThat(guide).contains(WorkerEnvironment.VARIABLES);
    }

    private static Set<String> named(final String text, final String pattern) {
        return Pattern.compile(pattern)
                .matcher(text)
                .results()
                .map(found -> found.group(1))
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
