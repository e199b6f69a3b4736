package org.shmarrays.randomkill;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.shmarrays.testing.Await;

/**
 * Knows who holds which lock, because the holders tell it, each over a connection of its own: <em>in</em> after a
 * lock was got, <em>out</em> before it is freed, and each waits for the answer. So what the referee sees lies inside
 * of what the locks guard, and it never sees two holders of one lock unless there are two.
 *
 * <p>A holder that is killed says nothing; its connection ends. A process that enters a lock after it may be heard
 * before that, so the referee waits then: if the one who was in says anything, it lives, and there are two.
 */
final class Referee implements AutoCloseable {
    private static final int FREE = 0;
    private static final byte ANSWER = 1;

    private final ServerSocket server;
    private final int[] holders;
    private final boolean[] contested;
    private final List<String> violations = new ArrayList<>();
    private long acquisitions;
    private int endedInside;
    private int connections;

    /** One who reports to a referee; for one thread. */
    static final class Reporter implements AutoCloseable {
        private final Socket socket;
        private final DataOutputStream out;
        private final DataInputStream in;

        Reporter(final int port) {
            try {
                socket = new Socket(InetAddress.getLoopbackAddress(), port);
                socket.setTcpNoDelay(true);
                out = new DataOutputStream(socket.getOutputStream());
                in = new DataInputStream(socket.getInputStream());
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void in(final int lock) {
            say(lock + 1);
        }

        void out(final int lock) {
            say(-lock - 1);
        }

        private void say(final int word) {
            try {
                out.writeInt(word);
                in.readByte();
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        @Override
        public void close() {
            try {
                socket.close();
            } catch (final IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    /** A referee over so many locks. */
    Referee(final int locks) {
        holders = new int[locks];
        contested = new boolean[locks];
        try {
            server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        start("referee", this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    synchronized long acquisitions() {
        return acquisitions;
    }

    /** Whether a process entered the lock while another one, perhaps killed since, was in it. */
    synchronized boolean isContested(final int lock) {
        return contested[lock];
    }

    /** Holders whose connection ended while they were in. */
    synchronized int endedInside() {
        return endedInside;
    }

    synchronized List<String> violations() {
        return List.copyOf(violations);
    }

    private static void start(final String name, final Runnable task) {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        try {
            while (true) {
                final Socket socket = server.accept();
                socket.setTcpNoDelay(true);
                final int holder = ++connections;
                start("referee of " + holder, () -> listen(socket, holder));
            }
        } catch (final IOException e) {
            // closed
        }
    }

    private void listen(final Socket socket, final int holder) {
        try (socket;
                DataInputStream in = new DataInputStream(socket.getInputStream());
                DataOutputStream out = new DataOutputStream(socket.getOutputStream())) {
            while (true) {
                final int word = in.readInt();
                if (word > 0) {
                    enter(word - 1, holder);
                } else {
                    leave(-word - 1, holder);
                }
                out.writeByte(ANSWER);
            }
        } catch (final IOException e) {
            end(holder); // it was closed, or the holder was killed
        }
    }

    private synchronized void enter(final int lock, final int holder) {
        final long deadline = System.nanoTime() + Await.DEADLINE.toNanos();
        while (holders[lock] != FREE && violations.isEmpty()) {
            contested[lock] = true;
            if (System.nanoTime() > deadline) {
                violations.add(holder + " came into lock " + lock + ", and " + holders[lock] + " did not leave");
            }
            await();
        }
        holders[lock] = holder;
        contested[lock] = false;
        acquisitions++;
    }

    private void await() {
        try {
            wait(Await.DEADLINE.toMillis());
        } catch (final InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private synchronized void leave(final int lock, final int holder) {
        if (holders[lock] != holder) {
            violations.add(holder + " left lock " + lock + " of " + holders[lock]);
        } else if (contested[lock]) {
            violations.add("another one came into lock " + lock + " while " + holder + " held it");
        }
        holders[lock] = FREE;
        notifyAll();
    }

    private synchronized void end(final int holder) {
        endedInside += (int) Arrays.stream(holders).filter(in -> in == holder).count();
        Arrays.setAll(holders, lock -> holders[lock] == holder ? FREE : holders[lock]);
        notifyAll();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
