package org.shmarrays.internal.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What OpenBLAS 0.3.19 takes for which processor was seen by having it start with that processor's number. */
class OpenBlasKernelsTest {
    private static final String AVX2 = "fpu sse3 fma avx avx2 bmi1";
    private static final String AVX512 = AVX2 + " avx512f avx512dq avx512cd avx512bw avx512vl";

    private static List<String> processor(final String vendor, final int family, final int model, final String flags) {
        return List.of(
                "processor\t: 0",
                "vendor_id\t: " + vendor,
                "cpu family\t: " + family,
                "model\t\t: " + model,
                "model name\t: Processor: 6 cores",
                "flags\t\t: " + flags,
                "",
                "processor\t: 1",
                "vendor_id\t: other");
    }

    @ParameterizedTest
    @CsvSource({
        "GenuineIntel, 6, 183", // Raptor Lake
        "GenuineIntel, 6, 198", // Arrow Lake
        "GenuineIntel, 6, 207", // Emerald Rapids
        "GenuineIntel, 18, 1", // Nova Lake
        "GenuineIntel, 19, 1", // Diamond Rapids
        "AuthenticAMD, 26, 2" // Zen 5
    })
    void shouldNameKernelsOfProcessorsThatOpenBlasMistakes(final String vendor, final int family, final int model) {
        assertThat(OpenBlasKernels.of(processor(vendor, family, model, AVX512))).contains("SKYLAKEX");
        assertThat(OpenBlasKernels.of(processor(vendor, family, model, AVX2))).contains("HASWELL");
        assertThat(OpenBlasKernels.of(processor(vendor, family, model, AVX512.replace("avx512bw ", ""))))
                .contains("HASWELL");
        assertThat(OpenBlasKernels.of(processor(vendor, family, model, "fpu avx")))
                .isEmpty();
        assertThat(OpenBlasKernels.of(processor(vendor, family, model, AVX512.replace("fma ", ""))))
                .as("the kernels of AVX-512 need AVX2 and FMA, too")
                .isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "GenuineIntel, 6, 85", // Skylake X, Cascade Lake, Cooper Lake
        "GenuineIntel, 6, 143", // Sapphire Rapids
        "GenuineIntel, 6, 170", // Meteor Lake
        "GenuineIntel, 6, 173", // Granite Rapids
        "GenuineIntel, 6, 175", // Sierra Forest
        "AuthenticAMD, 25, 17", // Zen 4
        "HygonGenuine, 24, 0"
    })
    void shouldLeaveTheChoiceWhereOpenBlasChoosesWell(final String vendor, final int family, final int model) {
        assertThat(OpenBlasKernels.of(processor(vendor, family, model, AVX512))).isEmpty();
    }

    @Test
    void shouldLeaveTheChoiceOnOldProcessors() {
        assertThat(OpenBlasKernels.of(processor("GenuineIntel", 15, 6, "fpu sse3")))
                .isEmpty(); // Pentium 4
        assertThat(OpenBlasKernels.of(processor("GenuineIntel", 6, 42, "fpu sse3 avx")))
                .isEmpty(); // Sandy Bridge
    }

    @Test
    void shouldNameNoneWhereTheEnvironmentDoes() {
        assertThat(OpenBlasKernels.missingIn(Map.of("A", "b"))).isEqualTo(OpenBlasKernels.ofThisProcessor());
        assertThat(OpenBlasKernels.missingIn(Map.of(OpenBlasKernels.VARIABLE, "ZEN")))
                .isEmpty();
    }

    @Test
    void shouldLeaveTheChoiceOnOtherMachines() {
        assertThat(OpenBlasKernels.of(List.of())).isEmpty();
        assertThat(OpenBlasKernels.of(List.of("processor\t: 0", "CPU implementer\t: 0x41", "Features\t: fp asimd")))
                .isEmpty();
    }
}
