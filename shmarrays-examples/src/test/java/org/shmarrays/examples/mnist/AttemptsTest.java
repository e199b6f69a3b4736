package org.shmarrays.examples.mnist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttemptsTest {
    private final Attempts attempts = new Attempts();

    @Test
    void shouldRunEachStepAndThrowTheFirstFailure() {
        final IOException first = new IOException("first");
        final IllegalStateException second = new IllegalStateException("second");
        final List<String> ran = new ArrayList<>();
        attempts.attempt(() -> ran.add("before"));
        attempts.attempt(() -> {
            throw first;
        });
        attempts.attempt(() -> ran.add("between"));
        attempts.attempt(() -> {
            throw second;
        });
        attempts.attempt(() -> ran.add("after"));

        assertThatThrownBy(attempts::throwFirst).isSameAs(first).hasSuppressedException(second);

        assertThat(ran).containsExactly("before", "between", "after");
    }

    @Test
    void shouldThrowNothingIfNoStepFailed() throws Exception {
        attempts.attempt(() -> {});

        attempts.throwFirst();
    }
}
