package org.shmarrays.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.ExternalTerminal;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.report.Watch;
import org.shmarrays.status.StatusSnapshot;

/** {@code top} in a terminal of JLine's that is two streams. */
@Timeout(120)
class TopTerminalTest {
    private static final String ENTER = "\033[?1049h";
    private static final String LEAVE = "\033[?1049l";

    private final PipedOutputStream keys = new PipedOutputStream();
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    @TempDir
    private Path directory;

    private ShmArrays arrays;
    private Terminal terminal;
    private boolean isColoured;
    private final Semaphore pauses = new Semaphore(0);

    @BeforeEach
    void open() throws IOException {
        arrays = ShmArrays.create(
                "t",
                List.of(ArraySpec.of("b", FLOAT32, 4), ArraySpec.of("a", FLOAT32, 4)),
                Settings.fromProperties().withDirectory(directory));
        terminal = new ExternalTerminal("test", "xterm", new PipedInputStream(keys), screen, UTF_8);
        terminal.setSize(Size.of(100, 30));
    }

    @AfterEach
    void close() throws IOException {
        terminal.close();
        arrays.close();
    }

    private CompletableFuture<Optional<StatusSnapshot>> show() {
        return CompletableFuture.supplyAsync(
                () -> {
                    try (TopTerminal top = new TopTerminal(
                            terminal, terminal.reader()::read, TopSort.ORDER, isColoured, pauses::release)) {
                        return top.show(new Watch(Doors.SEGMENT.of(arrays)), Duration.ofMillis(50));
                    } catch (final IOException e) {
                        throw new CompletionException(e);
                    }
                },
                task -> new Thread(task).start());
    }

    private String screen() {
        return screen.toString(UTF_8);
    }

    private void assertLeft() {
        assertThat(screen().lastIndexOf(LEAVE)).isGreaterThan(screen().lastIndexOf("q quit"));
    }

    private static void await(
            final CompletableFuture<Optional<StatusSnapshot>> shown, final BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            assertThat(shown).isNotCompletedExceptionally();
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void shouldShowTheSegmentAndLeaveTheTerminalAsItWas() throws IOException {
        final CompletableFuture<Optional<StatusSnapshot>> shown = show();
        await(shown, () -> screen().contains("t  ") && screen().contains("ARRAY"));

        keys.write('q');
        keys.flush();

        assertThat(shown.join()).as("removed").isEmpty();
        assertThat(screen()).startsWith(ENTER).contains("q quit");
        assertLeft();
    }

    @Test
    void shouldSortByKey() throws IOException {
        final CompletableFuture<Optional<StatusSnapshot>> shown = show();
        await(shown, () -> screen().contains("ARRAY"));
        assertThat(screen().indexOf("\r\nb "))
                .isLessThan(screen().indexOf("\r\na "))
                .isPositive();
        final int seen = screen().length();

        keys.write('n');
        keys.flush();
        await(
                shown,
                () -> screen().lastIndexOf("\r\na ") > seen
                        && screen().lastIndexOf("\r\nb ") > screen().lastIndexOf("\r\na "));

        keys.write('q');
        keys.flush();
        assertThat(shown.join()).isEmpty();
    }

    @Test
    void shouldFollowTheWindowsSize() {
        final CompletableFuture<Optional<StatusSnapshot>> shown = show();
        await(shown, () -> screen().contains("LONGEST"));
        final int seen = screen().length();

        terminal.setSize(Size.of(50, 12));
        terminal.raise(Terminal.Signal.WINCH);
        await(
                shown,
                () -> screen().indexOf("ARRAY", seen) > 0
                        && screen().indexOf("q quit", screen().indexOf("ARRAY", seen)) > 0);
        final String narrow = screen().substring(screen().lastIndexOf("\033[2J"));

        assertThat(narrow).doesNotContain("P99").contains("RECOV");
        terminal.raise(Terminal.Signal.INT);
        assertThat(shown.join()).isEmpty();
        assertLeft();
    }

    @Test
    void shouldEndWithTheSegment() {
        final CompletableFuture<Optional<StatusSnapshot>> shown = show();
        await(shown, () -> screen().contains("ARRAY"));

        ShmArrays.remove("t", Settings.fromProperties().withDirectory(directory));

        assertThat(shown.join()).as("removed").isPresent();
        assertLeft();
    }

    @Test
    void shouldLeaveTheScreenWhilePausedAndDrawItAgain() {
        final CompletableFuture<Optional<StatusSnapshot>> shown = show();
        await(shown, () -> screen().contains("ARRAY"));

        terminal.raise(Terminal.Signal.TSTP);
        await(shown, () -> screen().contains(LEAVE));
        final int left = screen().indexOf(LEAVE);
        await(shown, () -> screen().indexOf("ARRAY", left) > 0);

        assertThat(pauses.availablePermits()).isEqualTo(1);
        assertThat(screen().indexOf(ENTER, left)).isPositive();
        terminal.raise(Terminal.Signal.INT);
        assertThat(shown.join()).isEmpty();
        assertLeft();
    }

    @Test
    void shouldColourOnlyIfAsked() {
        final CompletableFuture<Optional<StatusSnapshot>> plain = show();
        await(plain, () -> screen().contains("running"));
        terminal.raise(Terminal.Signal.INT);
        plain.join();
        assertThat(screen()).doesNotContain("\033[32m");
    }

    @Test
    void shouldColourStates() {
        isColoured = true;
        final CompletableFuture<Optional<StatusSnapshot>> shown = show();
        await(shown, () -> screen().contains("running"));
        terminal.raise(Terminal.Signal.INT);
        shown.join();
        assertThat(screen()).contains("\033[32mrunning");
    }
}
