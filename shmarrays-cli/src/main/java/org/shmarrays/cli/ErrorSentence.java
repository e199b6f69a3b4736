package org.shmarrays.cli;

import java.io.PrintWriter;
import java.util.Arrays;
import org.shmarrays.console.StandardOutput;
import org.shmarrays.internal.Printable;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Tells the user of an error in one sentence, and with {@code --verbose} also where it came from. */
final class ErrorSentence implements IParameterExceptionHandler, IExecutionExceptionHandler {
    private final Main main;

    ErrorSentence(final Main main) {
        this.main = main;
    }

    @Override
    public int handleParseException(final ParameterException e, final String[] arguments) {
        final CommandLine commandLine = e.getCommandLine();
        final PrintWriter err = commandLine.getErr();
        err.println("shmarrays: " + Printable.lines(sentence(e)));
        err.println("Try '" + commandLine.getCommandSpec().qualifiedName() + " --help'.");
        if (Arrays.asList(arguments).contains("--verbose")) {
            e.printStackTrace(err);
        }
        err.flush();
        return commandLine.getCommandSpec().exitCodeOnInvalidInput();
    }

    @Override
    public int handleExecutionException(
            final Exception e, final CommandLine commandLine, final ParseResult parseResult) {
        final int exitCode = commandLine.getCommandSpec().exitCodeOnExecutionException();
        if (StandardOutput.hasFailed()) {
            return exitCode; // and StandardOutput says so
        }
        final PrintWriter err = commandLine.getErr();
        err.println("shmarrays: " + Printable.lines(e.getMessage() == null ? e.toString() : e.getMessage()));
        if (main.isVerbose()) {
            e.printStackTrace(err);
        }
        err.flush();
        return exitCode;
    }

    private static String sentence(final ParameterException e) {
        final CommandSpec command = e.getCommandLine().getCommandSpec();
        if (!(e instanceof UnmatchedArgumentException)) {
            return e.getMessage().replaceFirst("^Error: ", "");
        }
        final UnmatchedArgumentException unmatched = (UnmatchedArgumentException) e;
        final String word = unmatched.getUnmatched().get(0);
        if (unmatched.isUnknownOption()) {
            return "unknown option: " + word
                    + Suggestion.didYouMean(word, command.optionsMap().keySet());
        }
        if (command.subcommands().isEmpty()) {
            return "unexpected argument: " + word;
        }
        return "unknown command: " + word + Suggestion.didYouMean(word, Main.suggestedCommands());
    }
}
