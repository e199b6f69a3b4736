package org.shmarrays.examples.mnist;

import java.io.IOException;
import java.io.PrintStream;
import java.util.function.IntSupplier;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jline.utils.Signals;

/**
 * How many columns the terminal has that standard output goes to, also after it was resized; 0 where that is no
 * terminal. JLine, which is loaded only where there is one, asks stty, and changes neither the terminal nor what
 * signals do. For any thread.
 */
final class TerminalWidth implements IntSupplier, AutoCloseable {
    /** Set by bin/shmarrays, which can tell whether its output is a terminal. */
    private static final String TERMINAL_VARIABLE = "SHMARRAYS_TERMINAL";

    private static final String COLUMNS_VARIABLE = "COLUMNS";
    private static final int USUAL_COLUMNS = 80;

    private final Terminal terminal;
    private volatile int columns;

    private TerminalWidth(final Terminal terminal) {
        this.terminal = terminal;
        if (terminal != null) {
            measure();
            Signals.register("WINCH", this::measure);
        }
    }

    /** Of the terminal that a stream goes to; of none if that is not standard output. */
    static TerminalWidth of(final PrintStream stream) throws IOException {
        if (stream != System.out || !"1".equals(System.getenv(TERMINAL_VARIABLE))) {
            return new TerminalWidth(null);
        }
        return new TerminalWidth(TerminalBuilder.builder()
                .system(true)
                .systemOutput(TerminalBuilder.SystemOutput.SysOut)
                .provider(TerminalBuilder.PROP_PROVIDER_EXEC)
                .nativeSignals(false)
                .dumb(true)
                .build());
    }

    private void measure() {
        final int width = terminal.getSize().getColumns();
        columns = width > 0 ? width : ofEnvironment();
    }

    private static int ofEnvironment() {
        final String variable = System.getenv(COLUMNS_VARIABLE);
        return variable != null && variable.matches("[1-9]\\d{0,4}") ? Integer.parseInt(variable) : USUAL_COLUMNS;
    }

    @Override
    public int getAsInt() {
        return columns;
    }

    @Override
    public void close() throws IOException {
        if (terminal != null) {
            Signals.registerDefault("WINCH");
            terminal.close();
        }
    }
}
