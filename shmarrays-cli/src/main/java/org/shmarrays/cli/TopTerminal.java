package org.shmarrays.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jline.terminal.Attributes;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.InfoCmp.Capability;
import org.jline.utils.NonBlockingReader;
import org.jline.utils.Signals;
import org.shmarrays.report.LiveView;
import org.shmarrays.report.Look;
import org.shmarrays.report.Watch;
import org.shmarrays.status.StatusSnapshot;

/**
 * {@code top} in a terminal: looks, draws, and waits for keys until the next look. The terminal is put back at the end,
 * also when a signal asks for it, and while Ctrl-Z stops the process. JLine is loaded by this class and
 * {@link TopColours} alone.
 */
final class TopTerminal implements AutoCloseable {
    private static final String KEYS = "q quit   sort: u updates  c contention  w waits  n name  o order";
    private static final long SIGNAL_DELAY_MS = 200;
    private static final int DEFAULT_WIDTH = 100;
    private static final int DEFAULT_HEIGHT = 40;

    private final Terminal terminal;
    private final TopKeys keys;
    private final Attributes before;
    private final TopColours colours;
    private final Runnable stop;
    private volatile boolean isAskedToQuit;
    private volatile boolean isAskedToPause;
    private volatile int exitCode;
    private volatile boolean isResized;
    private Size size;
    private TopSort sort;

    /**
     * In a terminal that this closes at the end.
     *
     * @param keys that are pressed in it
     * @param stop stops the process until it is continued
     */
    TopTerminal(
            final Terminal terminal,
            final TopKeys keys,
            final TopSort sort,
            final boolean isColoured,
            final Runnable stop) {
        this.terminal = terminal;
        this.keys = keys;
        this.sort = sort;
        this.stop = stop;
        colours = isColoured ? TopColours.of(terminal) : TopColours.NONE;
        terminal.handle(Terminal.Signal.INT, signal -> isAskedToQuit = true);
        terminal.handle(Terminal.Signal.WINCH, signal -> isResized = true);
        terminal.handle(Terminal.Signal.TSTP, signal -> isAskedToPause = true);
        before = terminal.getAttributes();
        enter();
    }

    private void enter() {
        terminal.enterRawMode();
        terminal.setAttributes(TopKeys.withSignalsAndTimeouts(terminal.getAttributes()));
        size = terminal.getSize();
        terminal.puts(Capability.enter_ca_mode);
        terminal.puts(Capability.cursor_invisible);
        terminal.flush();
    }

    private void leave() {
        terminal.puts(Capability.cursor_normal);
        terminal.puts(Capability.exit_ca_mode);
        terminal.flush();
        terminal.setAttributes(before);
    }

    /**
     * Puts the terminal back, stops this process as the shell's job control wants it, and goes on when it is
     * continued.
     */
    private void pause() throws IOException {
        isAskedToPause = false;
        leave();
        stop.run();
        enter();
        isResized = true;
    }

    /**
     * In the terminal of this process.
     *
     * @throws IllegalStateException if it has none
     */
    static TopTerminal ofProcess(final TopSort sort, final boolean isColoured) throws IOException {
        if (System.console() == null) {
            throw new IllegalStateException("no terminal; use --once for plain text or --web for a page");
        }
        // The provider that asks stty loads no native code. If JLine may look for grapheme clusters, it asks the
        // terminal
        // what it can do, and a thread of JLine's that waits for the answer takes keys.
        final Terminal terminal = TerminalBuilder.builder()
                .system(true)
                .provider(TerminalBuilder.PROP_PROVIDER_EXEC)
                .graphemeCluster(false)
                .build();
        final TopTerminal top =
                new TopTerminal(terminal, TopKeys.ofProcess(), sort, isColoured, JobControl::stopThisProcess);
        // Not by a shutdown hook: JLine has one, too, which closes the terminal in the meantime.
        Signals.register("TERM", () -> top.end(128 + 15));
        Signals.register("HUP", () -> top.end(128 + 1));
        return top;
    }

    private void end(final int code) {
        exitCode = code;
        isAskedToQuit = true;
    }

    /** What the process ends with: 0, or 128 and the number of the signal that asked for it. */
    int exitCode() {
        return exitCode;
    }

    /**
     * Shows the segment until the user wants to quit, or until it is removed. Returns how it was then; empty if the
     * user quit.
     */
    Optional<StatusSnapshot> show(final Watch watch, final Duration interval) throws IOException {
        Look earlier = watch.look();
        LiveView view = LiveView.between(earlier, earlier);
        while (!isAskedToQuit && !watch.isRemoved()) {
            draw(view);
            final long until = System.nanoTime() + interval.toNanos();
            long leftMs = interval.toMillis();
            while (!isAskedToQuit && leftMs > 0) {
                if (isAskedToPause) {
                    pause();
                }
                if (press(keys.read(Math.min(leftMs, SIGNAL_DELAY_MS))) || isResized) {
                    draw(view);
                }
                leftMs = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            }
            final Look later = watch.look();
            view = LiveView.between(earlier, later);
            earlier = later;
        }
        return isAskedToQuit ? Optional.empty() : Optional.of(watch.look().snapshot());
    }

    /** True if the order has changed. */
    private boolean press(final int key) {
        if (key == 'q' || key == 'Q' || key == NonBlockingReader.EOF) {
            isAskedToQuit = true;
        }
        TopSort.ofKey(Character.toLowerCase(key)).ifPresent(chosen -> sort = chosen);
        return key >= 0;
    }

    private void draw(final LiveView view) {
        if (isResized) {
            isResized = false;
            size = terminal.getSize();
            terminal.puts(Capability.clear_screen);
        }
        final int width = size.getColumns() > 0 ? size.getColumns() : DEFAULT_WIDTH;
        final int height = size.getRows() > 0 ? size.getRows() : DEFAULT_HEIGHT;
        // In the last column the cursor would stay on the last character, and clr_eol would clear that.
        final List<TopLine> lines = TopText.lines(view, sort, width - 1, height - 1);
        terminal.puts(Capability.cursor_home);
        for (final TopLine line : lines.subList(0, Math.min(lines.size(), height - 1))) {
            terminal.writer().print(colours.text(line));
            terminal.puts(Capability.clr_eol);
            terminal.writer().print("\r\n");
        }
        terminal.writer().print(KEYS.substring(0, Math.min(KEYS.length(), width - 1)));
        terminal.puts(Capability.clr_eos);
        terminal.flush();
    }

    /** Puts the terminal back. */
    @Override
    public void close() throws IOException {
        leave();
        terminal.close();
    }
}
