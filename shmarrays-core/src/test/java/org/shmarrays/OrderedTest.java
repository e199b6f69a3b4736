package org.shmarrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.errors.UpdateFailedException;
import org.shmarrays.errors.WaitTimeoutException;
import org.shmarrays.layout.AliasSpec;
import org.shmarrays.layout.ArrayOrder;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Await;
import org.shmarrays.update.Updates;
import org.shmarrays.worker.Worker;

class OrderedTest {
    @TempDir
    private Path directory;

    private ShmArrays arrays;

    private Settings settings() {
        return Settings.fromProperties().withDirectory(directory).withSlots(6).withWorkerTimeout(Await.DEADLINE);
    }

    @BeforeEach
    void create() {
        arrays = ShmArrays.create(
                "turns",
                List.of(
                        ArraySpec.of("a", FLOAT32, 4)
                                .inMode(Mode.ORDERED)
                                .withAlias(new AliasSpec("a0", 0, ArrayOrder.C, 1))
                                .withAlias(new AliasSpec("a1", 1, ArrayOrder.C, 3)),
                        ArraySpec.of("b", FLOAT32, 2).inMode(Mode.ORDERED),
                        ArraySpec.of("free", FLOAT32, 2).inMode(Mode.ATOMIC)),
                settings());
    }

    @AfterEach
    void close() {
        arrays.close();
    }

    @Test
    void shouldRefuseAPushThatLeavesAnOrderedArrayOut() {
        assertThatThrownBy(() -> arrays.add(Map.of("a", new float[4])))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("every ORDERED array")
                .hasMessageContaining("missing=b");
        assertThatThrownBy(() -> arrays.add(Map.of("a1", new float[3], "b", new float[2])))
                .hasMessageContaining("missing=a");
        assertThatThrownBy(() -> arrays.array("b").update(new float[2], Updates.add()))
                .hasMessageContaining("missing=a");
        assertThatThrownBy(() -> arrays.update(Map.of("a", new float[4]), (g, old) -> g))
                .hasMessageContaining("missing=b");

        arrays.add(Map.of("a0", new float[] {1}, "a1", new float[] {2, 3, 4}, "b", new float[2]));
        assertThat(arrays.read().get("a")).containsExactly(1, 2, 3, 4);
    }

    @Test
    void shouldRefuseSeveralUpdatesAsOnePush() {
        assertThatThrownBy(() -> arrays.updateTogether(() -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("takeTurn");
    }

    @Test
    void shouldNotTakeATurnForAPushThatIsRefused() {
        assertThatThrownBy(() -> arrays.update(Map.of("a", new float[3], "b", new float[2]), (g, old) -> g))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> arrays.add(Map.of("a", new float[3], "b", new float[2])))
                .isInstanceOf(IllegalArgumentException.class);

        arrays.write(Map.of("a", new float[] {1, 1, 1, 1}));
        assertThat(arrays.read().get("a")).containsOnly(1);
    }

    @Test
    void shouldRefuseViews() {
        assertThatThrownBy(() -> arrays.array("a").view())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("ORDERED");
        assertThatThrownBy(() -> arrays.array("a0").typedView()).hasMessageContaining("ORDERED");
        assertThat(arrays.array("free").typedView().capacity()).isEqualTo(2);
    }

    @Test
    void shouldRefuseToWriteAfterTheFirstTurn() {
        arrays.write(Map.of("a", new float[] {1, 2, 3, 4}));
        arrays.skip();

        assertThatThrownBy(() -> arrays.write(Map.of("a", new float[4])))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("after the first turn");
        arrays.write(Map.of("free", new float[] {1, 2}));
    }

    @Test
    void shouldRefuseAnotherWorldSize() {
        arrays.skip();
        try (Worker worker = Worker.of(1, 2);
                ShmArrays other = ShmArrays.attach(worker, "turns", settings())) {
            assertThatThrownBy(other::skip)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("workers=1")
                    .hasMessageContaining("world size=2");
        }
    }

    @Test
    void shouldRefuseASecondWorkerOfTheSameRank() {
        arrays.skip();
        try (ShmArrays other = ShmArrays.attach("turns", settings())) {
            other.skip();

            assertThatThrownBy(arrays::skip)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("turn has passed");
        }
    }

    @Test
    void shouldGoOnWithTheTurnsOfAnEarlierRun() {
        arrays.skip();
        arrays.close();
        try (ShmArrays again = ShmArrays.attach("turns", settings())) {
            again.add(Map.of("a", new float[] {1, 1, 1, 1}, "b", new float[2]));

            assertThat(again.read().get("a")).containsOnly(1);
        }
    }

    @Test
    void shouldKeepWhatWasReadUntilTheNextTurn() throws InterruptedException {
        arrays.close();
        try (Worker zero = Worker.of(0, 2);
                Worker one = Worker.of(1, 2);
                ShmArrays first = ShmArrays.attach(zero, "turns", settings());
                ShmArrays second = ShmArrays.attach(one, "turns", settings())) {
            final Map<String, float[]> ones = Map.of("a", new float[] {1, 1, 1, 1}, "b", new float[] {1, 1});
            final Thread other = new Thread(() -> second.add(ones));
            other.start();
            first.add(ones);
            other.join(Await.DEADLINE.toMillis());

            assertThat(first.read().get("a")).containsOnly(1);
            assertThat(first.read().get("b")).containsOnly(1);
            assertThat(second.read().get("a")).containsOnly(2);
            try (ShmArrays watcher = ShmArrays.attachReadOnly("turns", settings())) {
                assertThat(watcher.read().get("a")).containsOnly(2);
            }
        }
    }

    @Test
    void shouldSayWhoDoesNotTakeItsTurn() throws InterruptedException {
        arrays.close();
        try (Worker zero = Worker.of(0, 2);
                Worker one = Worker.of(1, 2);
                ShmArrays first = ShmArrays.attach(zero, "turns", settings())) {
            try (ShmArrays second = ShmArrays.attach(one, "turns", settings())) {
                final Thread other = new Thread(second::skip);
                other.start();
                first.skip();
                other.join(Await.DEADLINE.toMillis());
            }
            final Settings hasty = settings().withWorkerTimeout(Duration.ofMillis(200));
            try (ShmArrays again = ShmArrays.attach(Worker.ofRunUnderWay(1, 2), "turns", hasty)) {
                again.array("free").write(new float[2]);

                assertThatThrownBy(again::skip)
                        .isInstanceOf(WaitTimeoutException.class)
                        .hasMessageContaining("turn=2")
                        .hasMessageContaining("rank=0 of 2")
                        .hasMessageContaining("skip()");
            }
        }
    }

    @Test
    void shouldEndTheTurnOfAFunctionThatThrows() {
        assertThatThrownBy(() -> arrays.updateElementwise(
                        Map.of("a", new float[4], "b", new float[2]), (g, gOffset, w, wOffset, n) -> {
                            throw new ArithmeticException("no");
                        }))
                .isInstanceOfSatisfying(
                        UpdateFailedException.class,
                        failed -> assertThatThrownBy(failed::resume)
                                .isInstanceOf(IllegalStateException.class)
                                .hasMessageContaining("in a turn of mode ORDERED"));

        arrays.skip();
        assertThat(arrays.read().get("a")).containsOnly(0);
    }

    @Test
    void shouldRefuseToSkipWhereThereAreNoTurns() {
        try (ShmArrays locked = ShmArrays.create("locked", List.of(ArraySpec.of("a", FLOAT32, 1)), settings())) {
            assertThatThrownBy(locked::skip)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("no array has mode ORDERED");
        }
    }
}
