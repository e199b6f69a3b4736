package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;
import org.slf4j.helpers.NOPLoggerFactory;

/** The template, which has a binding, and runs without it once, shows that {@code join} gives the warning. */
class LoggerWarningTest {
    @Test
    void shouldWarnWhereNothingIsBound() {
        assertThat(LoggerWarning.of(new NOPLoggerFactory()))
                .isEqualTo("DL4J's log lines go nowhere, those of ScoreIterationListener too, because SLF4J has no"
                        + " binding; put one on the class path, such as org.slf4j:slf4j-simple");
    }

    @Test
    void shouldNotWarnWhereABindingIsThere() {
        assertThat(LoggerWarning.of(LoggerFactory.getILoggerFactory())).isNull();
    }
}
