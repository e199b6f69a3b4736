package org.shmarrays.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Supplier;
import org.shmarrays.internal.segment.Step;

/**
 * Watches the steps of a process of a test: notes the last one in a file, which is there when the process is killed, and
 * kills the process itself at a chosen one.
 */
public final class StepJournal implements Step.Observer {
    private static final String JOURNAL = "shmarrays.test.journal";
    private static final String KILL_AT = "shmarrays.test.killAt";
    private static final int LENGTH = 8;

    private final KillSpot spot = KillSpot.parse(System.getProperty(KILL_AT));
    private final MappedByteBuffer journal = map(Path.of(System.getProperty(JOURNAL)));
    private int reached;

    /** Flags of a JVM whose steps are noted in a file. */
    public static List<String> flags(final Path journal) {
        return List.of(
                "-D" + Step.OBSERVER_PROPERTY + "=" + StepJournal.class.getName(), "-D" + JOURNAL + "=" + journal);
    }

    /** Flag of a JVM with a journal that is to be killed. */
    public static String killAt(final KillSpot spot) {
        return "-D" + KILL_AT + "=" + spot;
    }

    /** The step that a process was about to do, or in the middle of, when it last wrote; null if it came to none. */
    public static Step last(final Path journal) {
        try {
            final byte[] bytes = Files.exists(journal) ? Files.readAllBytes(journal) : new byte[LENGTH];
            return bytes.length == 0 || bytes[0] == 0 ? null : Step.values()[bytes[0] - 1];
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@link #last} of a process that runs, without a system call each time. */
    public static Supplier<Step> watch(final Path journal) {
        final MappedByteBuffer mapped = map(journal);
        final Step[] steps = Step.values();
        return () -> mapped.get(0) == 0 ? null : steps[mapped.get(0) - 1];
    }

    private static MappedByteBuffer map(final Path file) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final MappedByteBuffer mapped = channel.map(FileChannel.MapMode.READ_WRITE, 0, LENGTH);
            mapped.order(ByteOrder.nativeOrder());
            return mapped;
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void beforeStep(final Step step) {
        journal.put(0, (byte) (step.ordinal() + 1));
        if (spot != null && step == spot.step() && ++reached == spot.time()) {
            Signals.send(ProcessHandle.current().pid(), "KILL");
            Await.until("the end of this process", () -> false);
        }
    }
}
