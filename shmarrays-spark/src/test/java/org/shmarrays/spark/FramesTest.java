package org.shmarrays.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.EOFException;
import java.io.IOException;
import java.io.NotSerializableException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FramesTest {
    private static final String TOKEN = "secret";
    private static final int WORKERS = 2;
    private static final int RECEIVE_TIMEOUT_MS = 10_000;

    private Frames executor;
    private Frames process;

    @BeforeEach
    void connect() throws IOException {
        final InetAddress loopback = InetAddress.getLoopbackAddress();
        try (ServerSocket server = new ServerSocket(0, 1, loopback)) {
            process = new Frames(new Socket(loopback, server.getLocalPort()));
            executor = new Frames(server.accept());
        }
        executor.timeout(RECEIVE_TIMEOUT_MS);
    }

    @AfterEach
    void close() {
        executor.close();
        process.close();
    }

    /** An object that notes that it was deserialized. */
    private static final class Trap implements Serializable {
        private static final long serialVersionUID = 1L;
        private static volatile boolean isSprung;

        private void readObject(final ObjectInputStream in) {
            isSprung = true;
        }
    }

    @Test
    void shouldSendObjectsInOrder() throws Exception {
        process.send(List.of(1, 2));
        process.send("three");

        assertThat(executor.receive()).isEqualTo(List.of(1, 2));
        assertThat(executor.receive()).isEqualTo("three");
    }

    @Test
    void shouldSendNothingOfWhatCannotBeSerialized() throws Exception {
        assertThatExceptionOfType(NotSerializableException.class).isThrownBy(() -> process.send(new Object()));
        process.send("next");

        assertThat(executor.receive()).isEqualTo("next");
    }

    @Test
    void shouldSayThatTheOtherSideHasClosed() {
        process.close();

        assertThatExceptionOfType(EOFException.class).isThrownBy(() -> executor.receive());
    }

    @Test
    void shouldKnowARankByItsToken() throws Exception {
        process.sendGreeting(TOKEN, 1);

        assertThat(executor.receiveGreeting(TOKEN, WORKERS)).isEqualTo(1);
    }

    @Test
    void shouldTurnAwayOtherTokensAndRanks() throws Exception {
        process.sendGreeting("guess", 1);
        process.sendGreeting(TOKEN, WORKERS);
        process.sendGreeting(TOKEN, -1);

        for (int i = 0; i < 3; i++) {
            assertThat(executor.receiveGreeting(TOKEN, WORKERS)).isEqualTo(-1);
        }
    }

    @Test
    void shouldDeserializeNothingBeforeTheToken() throws Exception {
        process.send(new Trap());
        process.close();

        try {
            assertThat(executor.receiveGreeting(TOKEN, WORKERS)).isEqualTo(-1);
        } catch (final IOException e) {
            assertThat(e).isNotNull(); // bytes that are no text are turned away as well
        }
        assertThat(Trap.isSprung).isFalse();
    }
}
