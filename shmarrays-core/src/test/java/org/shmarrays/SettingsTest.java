package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.shmarrays.internal.segment.WaitLimit;

class SettingsTest {
    private final Map<String, String> before = new HashMap<>();

    private void set(final String property, final String value) {
        before.putIfAbsent(property, System.getProperty(property));
        System.setProperty(property, value);
    }

    @AfterEach
    void restore() {
        before.forEach((property, value) -> {
            if (value == null) {
                System.clearProperty(property);
            } else {
                System.setProperty(property, value);
            }
        });
    }

    @Test
    void shouldHaveDefaults() {
        final Settings settings = Settings.fromProperties();
        assertThat(settings.lockTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.attachTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(settings.workerTimeout()).isEqualTo(Duration.ofMinutes(10));
        assertThat(settings.stoppedTimeout()).isEqualTo(Duration.ofDays(10_000));
        assertThat(settings.onTimeout()).isEqualTo(Settings.OnTimeout.FAIL);
        assertThat(settings.slotCount()).isEqualTo(128);
        assertThat(settings.partitionBytes()).isZero();
        assertThat(settings.leftovers()).isEqualTo(Settings.Leftovers.REFUSE);
        assertThat(settings.root().directory().getFileName().toString())
                .isEqualTo("shmarrays-" + System.getProperty("user.name"));
    }

    @Test
    void shouldReadProperties() {
        set("shmarrays.directory", "/somewhere/else");
        set("shmarrays.lock.timeout", "250ms");
        set("shmarrays.attach.timeout", "2m");
        set("shmarrays.worker.timeout", "3h");
        set("shmarrays.stopped.timeout", "20s");
        set("shmarrays.on-timeout", "Wait");
        set("shmarrays.slots", "7");
        set("shmarrays.partition.size", "64K");
        set("shmarrays.leftovers", "Replace");

        final Settings settings = Settings.fromProperties();

        assertThat(settings.root().directory()).isEqualTo(Path.of("/somewhere/else"));
        assertThat(settings.lockTimeout()).isEqualTo(Duration.ofMillis(250));
        assertThat(settings.attachTimeout()).isEqualTo(Duration.ofMinutes(2));
        assertThat(settings.workerTimeout()).isEqualTo(Duration.ofHours(3));
        assertThat(settings.stoppedTimeout()).isEqualTo(Duration.ofSeconds(20));
        assertThat(settings.onTimeout()).isEqualTo(Settings.OnTimeout.WAIT);
        assertThat(settings.options().lockLimit())
                .isEqualTo(new WaitLimit(250_000_000, Duration.ofSeconds(20).toNanos(), false));
        assertThat(settings.options().attachLimit().isFinal()).isTrue();
        assertThat(settings.options().workerLimit().timeoutNs())
                .isEqualTo(Duration.ofHours(3).toNanos());
        assertThat(settings.withOnTimeout(Settings.OnTimeout.FAIL)
                        .options()
                        .workerLimit()
                        .isFinal())
                .isTrue();
        assertThat(settings.slotCount()).isEqualTo(7);
        assertThat(settings.partitionBytes()).isEqualTo(65_536);
        assertThat(settings.leftovers()).isEqualTo(Settings.Leftovers.REPLACE);
    }

    @ParameterizedTest
    @CsvSource({
        "shmarrays.lock.timeout, 10",
        "shmarrays.lock.timeout, -1s",
        "shmarrays.lock.timeout, ten seconds",
        "shmarrays.lock.timeout, ''",
        "shmarrays.lock.timeout, 99999999999999999999s",
        "shmarrays.lock.timeout, 999999999999999999h",
        "shmarrays.attach.timeout, 9999999999s",
        "shmarrays.slots, 0",
        "shmarrays.slots, 4097",
        "shmarrays.slots, many",
        "shmarrays.slots, 99999999999999999999",
        "shmarrays.partition.size, 1m",
        "shmarrays.partition.size, 9999999999g",
        "shmarrays.partition.size, -1",
        "shmarrays.stopped.timeout, never",
        "shmarrays.on-timeout, ''",
        "shmarrays.on-timeout, die",
        "shmarrays.leftovers, keep"
    })
    void shouldRefusePropertiesThatMakeNoSense(final String property, final String value) {
        set(property, value);
        assertThatThrownBy(Settings::fromProperties)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("For input string");
    }

    @Test
    void shouldNameThePropertyThatMakesNoSense() {
        set("shmarrays.lock.timeout", "soon");
        assertThatThrownBy(Settings::fromProperties)
                .hasMessageContainingAll("not a duration", "shmarrays.lock.timeout=soon", "500ms, 10s, 2m");
    }

    @Test
    void shouldNameTheChoices() {
        set("shmarrays.on-timeout", "die");
        assertThatThrownBy(Settings::fromProperties)
                .hasMessage("not an allowed value: shmarrays.on-timeout=die; give one of fail, wait");
    }

    @Test
    void shouldRefuseTimeoutsOutOfRange() {
        final Settings settings = Settings.fromProperties();
        assertThatThrownBy(() -> settings.withLockTimeout(Duration.ofMillis(-1)))
                .hasMessageContaining("lock timeout");
        assertThatThrownBy(() -> settings.withAttachTimeout(Duration.ofSeconds(Long.MAX_VALUE)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("attach timeout out of range");
        assertThat(settings.withLockTimeout(Duration.ZERO).lockTimeout()).isZero();
    }
}
