package org.shmarrays.dl4j;

import java.io.Console;
import java.lang.reflect.InvocationTargetException;

/** Whether a person reads what this JVM prints. */
final class Terminal {
    private Terminal() {}

    /** True if standard input and output are a terminal, and so probably read by a person. */
    static boolean isInteractive() {
        final Console console = System.console();
        if (console == null) {
            return false;
        }
        try { // from Java 22 on there is a console without a terminal too
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (final NoSuchMethodException e) {
            return true;
        } catch (final IllegalAccessException | InvocationTargetException e) {
            return false;
        }
    }
}
