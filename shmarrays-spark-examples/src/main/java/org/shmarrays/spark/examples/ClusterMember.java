package org.shmarrays.spark.examples;

import java.io.IOException;
import java.util.Arrays;
import org.apache.spark.deploy.master.Master;
import org.apache.spark.deploy.worker.Worker;

/**
 * The process of a Master or a Worker, which ends when the process that started it does, however that ended: its
 * standard input is a pipe from there. A Worker that ends kills its executors.
 */
final class ClusterMember {
    private ClusterMember() {}

    /** Arguments: "master" or "worker", then those of Spark's own main method. */
    public static void main(final String... arguments) {
        final Thread watch = new Thread(ClusterMember::awaitStarter, "shmarrays-starter");
        watch.setDaemon(true);
        watch.start();
        final String[] own = Arrays.copyOfRange(arguments, 1, arguments.length);
        if (arguments[0].equals("master")) {
            Master.main(own);
        } else {
            Worker.main(own);
        }
    }

    private static void awaitStarter() {
        try {
            while (System.in.read() >= 0) {
                // nothing is ever written
            }
        } catch (final IOException e) {
            // the pipe has gone, too
        }
        System.exit(0);
    }
}
