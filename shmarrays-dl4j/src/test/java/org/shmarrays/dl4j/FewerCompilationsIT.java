package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.management.MBeanServer;
import javax.management.MBeanServerBuilder;
import javax.management.MBeanServerDelegate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that a signal ends while HotSpot reads the directives. */
@Timeout(300)
class FewerCompilationsIT {
    private static final String ASKED = "asked";

    @Test
    void shouldLeaveNoFileWhereASignalEndsTheProcess(@TempDir final Path directory) throws Exception {
        final Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Djava.io.tmpdir=" + directory,
                        "-Djavax.management.builder.initial=" + WaitingServers.class.getName(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Program.class.getName()))
                .redirectErrorStream(true)
                .start();
        try (BufferedReader lines = process.inputReader()) {
            assertThat(lines.readLine()).isEqualTo(ASKED);
            assertThat(directory).isNotEmptyDirectory();

            process.toHandle().destroy(); // SIGTERM
            process.waitFor();

            assertThat(directory).isEmptyDirectory();
        } finally {
            process.destroyForcibly();
        }
    }

    /** Asks. */
    static final class Program {
        public static void main(final String... arguments) {
            FewerCompilations.askOnce(true);
        }
    }

    /** Makes servers of management beans that never answer what {@link FewerCompilations} asks. */
    public static final class WaitingServers extends MBeanServerBuilder {
        @Override
        public MBeanServer newMBeanServer(
                final String domain, final MBeanServer outer, final MBeanServerDelegate delegate) {
            final MBeanServer server = super.newMBeanServer(domain, outer, delegate);
            return (MBeanServer) Proxy.newProxyInstance(
                    MBeanServer.class.getClassLoader(), new Class<?>[] {MBeanServer.class}, (proxy, method, given) -> {
                        if (given != null && Arrays.asList(given).contains("compilerDirectivesAdd")) {
                            System.out.println(ASKED);
                            new CountDownLatch(1).await();
                        }
                        try {
                            return method.invoke(server, given);
                        } catch (final InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }
    }
}
