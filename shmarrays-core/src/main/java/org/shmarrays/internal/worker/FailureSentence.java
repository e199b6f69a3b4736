package org.shmarrays.internal.worker;

import java.io.IOException;
import java.io.PrintStream;

/**
 * The last word of a launched worker whose thread ends with an exception: one sentence where this library has thrown
 * it, and says what is wrong and what to do; the whole stack of any other one. For any thread.
 */
final class FailureSentence implements Thread.UncaughtExceptionHandler {
    private static final String LIBRARY = "org.shmarrays.";

    private final WorkerEnvironment worker;
    private final PrintStream err;

    FailureSentence(final WorkerEnvironment worker, final PrintStream err) {
        this.worker = worker;
        this.err = err;
    }

    /** Has every thread of this process end so that no one else sees to, unless there is another handler. */
    static void install(final WorkerEnvironment worker) {
        if (Thread.getDefaultUncaughtExceptionHandler() == null) {
            Thread.setDefaultUncaughtExceptionHandler(new FailureSentence(worker, System.err));
        }
    }

    @Override
    public void uncaughtException(final Thread thread, final Throwable failure) {
        if (isSaid(failure)) {
            err.println("shmarrays: worker " + worker.rank() + " of " + worker.worldSize() + " failed: "
                    + failure.getMessage() + " (" + place(failure) + ")");
        } else {
            err.print("Exception in thread \"" + thread.getName() + "\" ");
            failure.printStackTrace(err);
        }
    }

    /**
     * Exceptions of this library, and of files beneath them; what a user's function throws is wrapped in one of them.
     */
    private static boolean isSaid(final Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause()) {
            if (t instanceof IOException) {
                return t != failure;
            }
            if (!(t instanceof RuntimeException) || !t.getClass().getName().startsWith(LIBRARY)) {
                return false;
            }
        }
        return true;
    }

    /** The call in the user's program that has failed. */
    private static String place(final Throwable failure) {
        String last = "";
        for (final StackTraceElement frame : failure.getStackTrace()) {
            if (!frame.getClassName().startsWith("java.")) {
                last = "at " + frame.getClassName() + "." + frame.getMethodName() + "(" + frame.getFileName() + ":"
                        + frame.getLineNumber() + ")";
                if (!frame.getClassName().startsWith(LIBRARY)) {
                    return last;
                }
            }
        }
        return last;
    }
}
