package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class SuggestionTest {
    private static final List<String> COMMANDS = List.of("examples", "jvm-flags", "mnist", "quickstart", "run");

    @Test
    void shouldCountSlips() {
        assertThat(Suggestion.distance("run", "run")).isZero();
        assertThat(Suggestion.distance("rnu", "run")).as("a swap").isEqualTo(1);
        assertThat(Suggestion.distance("rn", "run")).as("an omission").isEqualTo(1);
        assertThat(Suggestion.distance("rumn", "run")).as("an insertion").isEqualTo(1);
        assertThat(Suggestion.distance("", "run")).isEqualTo(3);
        // kitten → sitten → sittin → sitting, Wagner and Fischer's example.
        assertThat(Suggestion.distance("kitten", "sitting")).isEqualTo(3);
    }

    @Test
    void shouldSuggestTheNearest() {
        assertThat(Suggestion.nearest("rnu", COMMANDS)).hasValue("run");
        assertThat(Suggestion.nearest("lst", List.of("ls", "set", "rm"))).hasValue("ls");
        assertThat(Suggestion.nearest("jvmflags", COMMANDS)).hasValue("jvm-flags");
        assertThat(Suggestion.nearest("minst", COMMANDS)).hasValue("mnist");
    }

    @Test
    void shouldNotGuessWildly() {
        assertThat(Suggestion.nearest("top", COMMANDS)).isEmpty();
        assertThat(Suggestion.nearest("xyzzy", COMMANDS)).isEmpty();
    }
}
