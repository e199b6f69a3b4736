package org.shmarrays.launch;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.shmarrays.internal.worker.LauncherPipe;
import org.shmarrays.internal.worker.WorkerEnvironment;
import org.shmarrays.testing.Await;

/** The main class of the worker processes that the integration tests start; the first argument says what it does. */
public final class SampleWorker {
    static final int FAILURE_EXIT_CODE = 7;

    private SampleWorker() {}

    public static void main(final String... arguments) throws Exception {
        LauncherPipe.watch();
        final int rank = WorkerEnvironment.current().rank();
        switch (arguments[0]) {
            case "show" -> show();
            case "chatter" -> chatter(rank, Integer.parseInt(arguments[1]));
            case "fail" -> fail(rank, Path.of(arguments[1]));
            case "hang" -> hang();
            case "hang-on-term" -> {
                hangInShutdownHook();
                hang();
            }
            case "hang-in-native" -> {
                hangInShutdownHook();
                hangInNativeCode(Path.of(arguments[1]));
            }
            default -> throw new IllegalArgumentException("unknown: " + arguments[0]);
        }
    }

    private static void show() {
        System.out.println("environment " + WorkerEnvironment.current());
        for (final String name : new String[] {"OMP_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "EXTRA"}) {
            System.out.println(name + "=" + System.getenv(name));
        }
        System.out.println("maxphysicalbytes=" + System.getProperty("org.bytedeco.javacpp.maxphysicalbytes", "unset"));
        System.out.println("heap=" + Runtime.getRuntime().maxMemory());
        System.err.println("on stderr");
    }

    /** Writes pieces of lines to both streams, so that a launcher that copied pieces would mix them up. */
    private static void chatter(final int rank, final int lineCount) {
        for (int i = 0; i < lineCount; i++) {
            System.out.print("worker-" + rank);
            System.out.flush();
            System.err.print("error-" + rank);
            System.err.flush();
            System.out.println("-line-" + i);
            System.err.println("-line-" + i);
        }
    }

    /** Rank 1 fails as soon as the others wait; they wait for ever. */
    private static void fail(final int rank, final Path directory) throws Exception {
        Files.createFile(directory.resolve("rank-" + rank));
        if (rank != 1) {
            hang();
        }
        final int worldSize = WorkerEnvironment.current().worldSize();
        Await.until("the others run", () -> countFiles(directory) == worldSize);
        System.out.println("about to fail");
        new IllegalStateException("worker fails").printStackTrace();
        System.exit(FAILURE_EXIT_CODE);
    }

    private static void hang() throws InterruptedException {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> System.out.println("ends")));
        System.out.println("running " + ProcessHandle.current().pid());
        new CountDownLatch(1).await();
    }

    private static void hangInShutdownHook() {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            try {
                new CountDownLatch(1).await();
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }));
    }

    /** Opening a FIFO blocks in open(2) until its other end is opened, and it never is. */
    private static void hangInNativeCode(final Path fifo) throws IOException {
        System.out.println("running " + ProcessHandle.current().pid());
        try (InputStream in = new FileInputStream(fifo.toFile())) {
            in.read();
        }
    }

    private static long countFiles(final Path directory) {
        return directory.toFile().list().length;
    }
}
