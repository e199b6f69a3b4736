package org.shmarrays.internal.launch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class InheritedArgumentsTest {
    @Test
    void shouldTakeWhatCodeMayDependOn() {
        final List<String> inherited = List.of(
                "-Dfile.encoding=ISO-8859-1",
                "-Dflag",
                "-ea:com.acme...",
                "--enable-preview",
                "--add-opens=java.base/java.lang=ALL-UNNAMED",
                "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED");

        assertThat(InheritedArguments.of(inherited)).isEqualTo(inherited);
    }

    /** Such as the port of a monitor, which only one process can have. */
    @Test
    void shouldLeaveWhatIsOfOneProcess() {
        assertThat(InheritedArguments.of(List.of(
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "-javaagent:profiler.jar",
                        "-agentlib:jdwp=transport=dt_socket,server=y,address=5005",
                        "-Dcom.sun.management.jmxremote.port=9010",
                        "-Dorg.bytedeco.javacpp.maxphysicalbytes=1g",
                        "-Dshmarrays.directory=/old")))
                .isEmpty();
    }
}
