package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.deeplearning4j.nn.api.Model;

/**
 * A row of the table of what doesn't train.
 *
 * @param name what it is, with classes in backticks
 * @param finding what the page says about it
 * @param attempt throws
 * @param message part of the message of what is thrown
 * @param model the model that is tried, or null if there is none
 */
record UntrainableRow(String name, String finding, ThrowingCallable attempt, String message, Model model) {
    void check() {
        assertThatThrownBy(attempt).as(name).hasMessageContaining(message);
    }

    @Override
    public String toString() {
        return name;
    }
}
