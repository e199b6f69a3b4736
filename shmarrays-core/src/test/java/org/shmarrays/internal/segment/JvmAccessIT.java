package org.shmarrays.internal.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.launch.Launcher;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.Mode;
import org.shmarrays.testing.Jvm;

class JvmAccessIT {
    private static final String SENTENCE = "shmarrays needs the JVM flag --add-opens"
            + " java.base/jdk.internal.misc=ALL-UNNAMED (put it before the class or -jar; `bin/shmarrays jvm-flags`"
            + " prints all flags)";

    @TempDir
    private Path directory;

    /** Calls that touch shared memory first, or follow workers that do; prints what they throw. */
    static final class Toucher {
        public static void main(final String... arguments) {
            final List<Runnable> calls = List.of(
                    () -> ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 1)),
                    () -> ShmArrays.createOrAttach("s", List.of(ArraySpec.of("w", FLOAT32, 1)), arrays -> {}),
                    () -> Launcher.ofMainClass("NoSuchClass").workers(1).launch());
            for (final Runnable call : calls) {
                try {
                    call.run();
                    System.out.println("nothing thrown");
                } catch (final Throwable e) {
                    System.out.println(e);
                }
            }
        }
    }

    @Test
    void shouldSayInOneSentenceThatTheFlagIsMissing() {
        try (Jvm jvm = Jvm.start(List.of(), 0, 1, Toucher.class, directory)) {
            jvm.awaitSuccess();
            assertThat(jvm.output().lines())
                    .containsExactly(
                            "java.lang.IllegalStateException: " + SENTENCE,
                            "java.lang.IllegalStateException: " + SENTENCE,
                            "java.lang.IllegalStateException: " + SENTENCE);
        }
        assertThat(directory.toFile().list()).isEmpty();
    }

    private Jvm startWithAgrona(final String version) {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        // Before the one of the class path.
        final Path agrona = Path.of("target", "older-agrona", "agrona-" + version + ".jar");
        assertThat(agrona).exists();
        flags.add("-Xbootclasspath/a:" + agrona.toAbsolutePath());
        return Jvm.start(flags, 0, 1, Trainer.class, directory);
    }

    /** Uses what a training uses, and prints what comes of it. */
    static final class Trainer {
        public static void main(final String... arguments) {
            try (ShmArrays arrays =
                    ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 4).inMode(Mode.LOCKED))) {
                arrays.add(Map.of("w", new float[] {1, 2, 3, 4}));
                System.out.println(Arrays.toString(arrays.read().get("w")));
            } catch (final Throwable e) {
                System.out.println(e);
            }
        }
    }

    @Test
    void shouldSayInOneSentenceThatAgronaIsTooOld() {
        try (Jvm jvm = startWithAgrona("2.0.1")) {
            jvm.awaitSuccess();
            assertThat(jvm.output().lines().filter(line -> !line.startsWith("WARNING")))
                    .singleElement()
                    .asString()
                    .startsWith("java.lang.IllegalStateException: Agrona is too old: shmarrays needs "
                            + JvmAccess.OLDEST_AGRONA + " or newer, found=");
        }
    }

    @Test
    void shouldTrainWithTheOldestAgrona() {
        try (Jvm jvm = startWithAgrona(JvmAccess.OLDEST_AGRONA)) {
            jvm.awaitSuccess();
            assertThat(jvm.output().lines().filter(line -> !line.startsWith("WARNING")))
                    .containsExactly("[1.0, 2.0, 3.0, 4.0]");
        }
    }

    @Test
    void shouldNameTheFlagThatTheLauncherSets() {
        assertThat(JvmFlags.of(17)).contains(JvmAccess.REQUIRED_FLAG.replace(' ', '='));
        assertThat(JvmFlags.of(25)).contains(JvmAccess.REQUIRED_FLAG.replace(' ', '='));
        JvmAccess.check();
    }
}
