package org.shmarrays.worker;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.BooleanSupplier;
import org.shmarrays.internal.worker.SignalHandler;

/**
 * Lets a program end in order when Ctrl-C (SIGINT) or SIGTERM asks it to: the first signal runs an action, and the
 * program goes on to its end. The second one ends the process at once, through its shutdown hooks. For any thread.
 *
 * <p>A signal ends the process as usual where the JVM leaves signals to the system ({@code -Xrs}). One that was ignored
 * when the process started, as SIGINT is in a shell's background job, stays ignored.
 */
public final class StopSignals implements AutoCloseable {
    private static final int EXIT_CODE_BASE = 128;

    /** Names and numbers of the signals. */
    private static final Map<String, Integer> SIGNALS = Map.of("INT", 2, "TERM", 15);

    private final BooleanSupplier onFirst;

    private final List<SignalHandler> handlers = new ArrayList<>();
    private int received;

    private StopSignals(final BooleanSupplier onFirst) {
        this.onFirst = onFirst;
    }

    /**
     * Handles the signals until this is closed.
     *
     * @param onFirst what the first signal does, in a thread of its own. It returns whether the program now comes to
     *     its end by itself; if not, or if it throws, the process ends at once
     */
    public static StopSignals handle(final BooleanSupplier onFirst) {
        final StopSignals signals = new StopSignals(onFirst);
        SIGNALS.forEach((name, number) ->
                SignalHandler.install(name, () -> signals.received(number)).ifPresent(signals.handlers::add));
        return signals;
    }

    /**
     * Has SIGINT do nothing in this process: Ctrl-C goes to all processes of a terminal, and the one that started this
     * one tells it how to end.
     */
    public static void ignoreInterrupt() {
        SignalHandler.ignore("INT");
    }

    private void received(final int number) {
        if (!isFirst(number) || !goesOn()) {
            System.exit(EXIT_CODE_BASE + number);
        }
    }

    private synchronized boolean isFirst(final int number) {
        if (received != 0) {
            return false;
        }
        received = number;
        return true;
    }

    private boolean goesOn() {
        try {
            return onFirst.getAsBoolean();
        } catch (final RuntimeException e) {
            System.getLogger(StopSignals.class.getName())
                    .log(System.Logger.Level.WARNING, "the program can't end in order, so it ends at once: " + e);
            return false;
        }
    }

    /** Whether a signal has come. */
    public synchronized boolean isReceived() {
        return received != 0;
    }

    /** The exit code of a process that the first signal ended: 130 after SIGINT, 143 after SIGTERM; empty before. */
    public synchronized OptionalInt exitCode() {
        return received == 0 ? OptionalInt.empty() : OptionalInt.of(EXIT_CODE_BASE + received);
    }

    /** Has signals do again what they did before; twice is harmless. */
    @Override
    public void close() {
        handlers.forEach(SignalHandler::close);
        handlers.clear();
    }
}
