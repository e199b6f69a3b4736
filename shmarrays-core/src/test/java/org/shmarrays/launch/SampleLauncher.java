package org.shmarrays.launch;

import java.time.Duration;
import org.shmarrays.testing.Await;

/** The main class of a launcher process that a test can kill: starts two {@link SampleWorker}s with its arguments. */
public final class SampleLauncher {
    private SampleLauncher() {}

    public static void main(final String... arguments) throws InterruptedException {
        final WorkerGroup group = Launcher.ofMainClass(SampleWorker.class.getName(), arguments)
                .workers(2)
                .grace(Duration.ofMillis(500))
                .launch();
        System.exit(group.await(Await.DEADLINE).orElseThrow().exitCode());
    }
}
