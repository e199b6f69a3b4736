package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.util.concurrent.TimeUnit;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class FewerCompilationsTest {
    private static String command(final String name) throws Exception {
        return (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        name,
                        new Object[] {},
                        new String[] {});
    }

    @Test
    void shouldBeForWorkersOfALauncherUnlessTheUserSaysOtherwise() {
        assertThat(FewerCompilations.isWanted(null, true)).isTrue();
        assertThat(FewerCompilations.isWanted(null, false)).isFalse();
        assertThat(FewerCompilations.isWanted("", true)).isTrue();
        assertThat(FewerCompilations.isWanted("false", true)).isFalse();
        assertThat(FewerCompilations.isWanted(" true", false)).isTrue();
    }

    @Test
    void shouldTellHotSpotWhichMethodsToLeaveOnce() throws Exception {
        try {
            FewerCompilations.askOnce(true);
            final String present = command("compilerDirectivesPrint");
            assertThat(present)
                    .containsSubsequence(
                            "BaseNDArray.put*",
                            "Exclude:false",
                            "org/deeplearning4j/nn/*.*",
                            "Exclude:true",
                            "(default)");

            FewerCompilations.askOnce(true);
            assertThat(command("compilerDirectivesPrint")).isEqualTo(present);
        } finally {
            command("compilerDirectivesClear");
        }
    }
}
