package org.shmarrays.update;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledForJreRange;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.launch.JvmFlags;
import org.shmarrays.layout.ElementType;
import org.shmarrays.testing.Jvm;

/** Kernels are there with all flags, and a JVM that lacks one says which. */
class KernelIT {
    @TempDir
    Path directory;

    @Test
    @DisabledForJreRange(
            min = JRE.JAVA_18,
            max = JRE.JAVA_24,
            disabledReason = "the kernels are written for Java 17 and for 25; in between there are none")
    void shouldHaveKernelsWithAllFlags() {
        assertThat(output(JvmFlags.ofThisJvm())).contains("kernel=true").doesNotContain("no vector kernels");
    }

    @Test
    void shouldNameTheModuleThatIsMissing() {
        assertThat(outputWithout("--add-modules"))
                .contains("kernel=false")
                .contains("the JVM was started without --add-modules jdk.incubator.vector; ");
    }

    @Test
    @EnabledForJreRange(max = JRE.JAVA_17, disabledReason = "the kernels of Java 17 alone want this flag")
    void shouldNameThePackageThatIsNotExported() {
        assertThat(outputWithout("--add-exports"))
                .contains("kernel=false")
                .contains("the JVM was started without --add-exports java.base/jdk.internal.vm.vector=ALL-UNNAMED; ");
    }

    private String outputWithout(final String flag) {
        return output(JvmFlags.ofThisJvm().stream()
                .filter(each -> !each.startsWith(flag))
                .toList());
    }

    private String output(final List<String> flags) {
        try (Jvm jvm = Jvm.start(flags, 0, 1, Finder.class, directory)) {
            return jvm.awaitSuccess();
        }
    }

    /** Tells if it has a kernel. */
    static final class Finder {
        private Finder() {}

        public static void main(final String... arguments) {
            System.out.println("kernel=" + (Kernel.of(ElementType.FLOAT32) != null));
        }
    }
}
