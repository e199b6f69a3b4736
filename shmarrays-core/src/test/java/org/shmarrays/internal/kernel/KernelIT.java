package org.shmarrays.internal.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.layout.ElementType;
import org.shmarrays.testing.Jvm;
import org.shmarrays.testing.NeedsKernels;
import org.shmarrays.update.Updates;

/** Kernels are there with all flags, and a JVM that lacks one says which. */
class KernelIT {
    @TempDir
    Path directory;

    @Test
    @NeedsKernels
    void shouldHaveKernelsWithAllFlags() {
        assertThat(output(JvmFlags.ofThisJvm(), Updater.class))
                .contains("kernel=true, sums=true")
                .doesNotContain("no vector kernels");
    }

    /** As on processors without the instruction, where Java computes it by BigDecimals. */
    @Test
    @NeedsKernels
    void shouldHaveNoProductSumsWithoutFusedMultiplyAdd() {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.add("-XX:-UseFMA");

        assertThat(output(flags, Updater.class)).contains("kernel=true, sums=false");
    }

    @Test
    void shouldNameTheModuleThatIsMissing() {
        assertThat(outputWithout("--add-modules", Updater.class))
                .contains("kernel=false")
                .contains("the JVM was started without --add-modules jdk.incubator.vector; ");
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_17, disabledReason = "the kernels of Java 17 alone want this flag")
    void shouldNameThePackageThatIsNotExported() {
        assertThat(outputWithout("--add-exports", Updater.class))
                .contains("kernel=false")
                .contains("the JVM was started without --add-exports java.base/jdk.internal.vm.vector=ALL-UNNAMED; ");
    }

    /** Vectors are objects there, and kernels many times as slow. */
    @Test
    void shouldSayThatTheJvmHasNoSecondCompiler() {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.add("-XX:TieredStopAtLevel=1");

        assertThat(output(flags, Updater.class))
                .contains("kernel=false")
                .contains("the JVM runs without its C2 compiler");
    }

    /** So does a coordinator, which writes the first values and needs no kernels. */
    @Test
    void shouldSayNothingWhereNoFormulaIsApplied() {
        assertThat(outputWithout("--add-modules", Writer.class))
                .contains("written")
                .doesNotContain("no vector kernels");
    }

    private String outputWithout(final String flag, final Class<?> mainClass) {
        return output(
                JvmFlags.ofThisJvm().stream()
                        .filter(each -> !each.startsWith(flag))
                        .toList(),
                mainClass);
    }

    private String output(final List<String> flags, final Class<?> mainClass) {
        try (Jvm jvm = Jvm.start(flags, 0, 1, mainClass, directory)) {
            return jvm.awaitSuccess();
        }
    }

    /** Writes and reads. */
    static final class Writer {
        private Writer() {}

        public static void main(final String... arguments) {
            try (ShmArrays arrays = create()) {
                arrays.array("w").write(new float[] {1, 2, 3, 4});
                arrays.array("w").readInto(new float[4]);
            }
            System.out.println("written");
        }
    }

    /** Tells if it has a kernel, and applies a formula. */
    static final class Updater {
        private Updater() {}

        public static void main(final String... arguments) {
            System.out.println(
                    "kernel=" + (Kernel.of(ElementType.FLOAT32) != null) + ", sums=" + ProductSums.isAvailable());
            try (ShmArrays arrays = create()) {
                arrays.array("w").update(new float[4], Updates.add());
            }
        }
    }

    private static ShmArrays create() {
        return ShmArrays.create("k", List.of(ArraySpec.of("w", ElementType.FLOAT32, 4)), Settings.fromProperties());
    }
}
