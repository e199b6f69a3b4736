package org.shmarrays.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.internal.Printable;
import picocli.CommandLine;

/** The line that says what a command has written to a file. */
final class Written {
    private Written() {}

    /** Prints it, to standard error if the file is standard output. */
    static void print(final CommandLine commandLine, final Path file, final String what, final long bytes) {
        final PrintWriter out = StandardOutput.isNamedBy(file) ? commandLine.getErr() : commandLine.getOut();
        out.printf(Locale.ROOT, "%s: %s, %,d bytes%n", Printable.text(file.toString()), what, bytes);
        out.flush();
    }
}
