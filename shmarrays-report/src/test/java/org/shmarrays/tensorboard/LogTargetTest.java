package org.shmarrays.tensorboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.shmarrays.tensorboard.EventFileReader.Event;

class LogTargetTest {
    @TempDir
    private Path directory;

    @Test
    void shouldReadTheDirectory() {
        assertThat(LogTarget.parse("tensorboard:logs/a:b").directory()).isEqualTo(Path.of("logs/a:b"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "logs", "tensorboard", "tensorboard:", "mlflow:logs", "Tensorboard:logs"})
    void shouldRefuseOtherTargets(final String text) {
        assertThatThrownBy(() -> LogTarget.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("not a target for a log: " + text
                        + "; write tensorboard:DIR, the directory for the event files of this run");
    }

    @Test
    void shouldNotMakeADirectoryNamedTilde() {
        assertThatThrownBy(() -> LogTarget.parse("tensorboard:~/logs"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no shell expands the ~ in tensorboard:~/logs");
        assertThat(LogTarget.parse("tensorboard:./~").directory()).isEqualTo(Path.of("./~"));
    }

    @Test
    void shouldMakeAFileForEachLogOfADirectory() {
        final LogTarget target = LogTarget.parse("tensorboard:" + directory.resolve("a/b"));
        try (ScalarLog first = target.open();
                ScalarLog second = target.open()) {
            assertThat(List.of(first.file(), second.file())).doesNotHaveDuplicates();
        }

        assertThat(EventFileReader.readAll(directory.resolve("a/b")))
                .extracting(Event::version)
                .containsExactly("brain.Event:2", "brain.Event:2");
    }

    @Test
    void shouldSayThatTheDirectoryIsNone() throws IOException {
        final Path file = Files.createFile(directory.resolve("file"));

        assertThatThrownBy(() -> LogTarget.parse("tensorboard:" + file).open())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageStartingWith("the event file can't be created: directory=" + file);
    }
}
