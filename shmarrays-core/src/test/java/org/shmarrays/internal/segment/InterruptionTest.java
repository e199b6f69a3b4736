package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Work on files that interrupts cut off. */
class InterruptionTest {
    private static final String DONE = "done";

    /** Thrown by one attempt after the other. */
    private final Deque<ClosedChannelException> failures = new ArrayDeque<>();

    @AfterEach
    void forget() {
        Thread.interrupted();
    }

    private String work() throws ClosedChannelException {
        if (!failures.isEmpty()) {
            throw failures.remove();
        }
        return DONE;
    }

    /** Java 25 closes the channel of an attempt after the one before has cleared the status. */
    @Test
    void shouldRepeatWhatAnInterruptHasClosedWhoseStatusIsGone() throws Exception {
        failures.addAll(List.of(new ClosedByInterruptException(), new ClosedByInterruptException()));

        assertThat(Interruption.defer(this::work)).isEqualTo(DONE);

        assertThat(failures).isEmpty();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void shouldRepeatWhatWasFoundClosedWithTheStatusSet() throws Exception {
        failures.add(new ClosedChannelException());
        Thread.currentThread().interrupt();

        assertThat(Interruption.defer(this::work)).isEqualTo(DONE);

        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void shouldNotRepeatWhatOthersHaveClosed() {
        failures.add(new AsynchronousCloseException());

        assertThatThrownBy(() -> Interruption.defer(this::work)).isInstanceOf(AsynchronousCloseException.class);

        assertThat(Thread.interrupted()).isFalse();
    }

    @Test
    void shouldLeaveAThreadThatIsNotInterruptedAsItIs() throws Exception {
        assertThat(Interruption.defer(this::work)).isEqualTo(DONE);
        assertThat(Thread.interrupted()).isFalse();
    }
}
