package org.shmarrays.internal.output;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;

/** What an IOException means, in words: of many its message is the name of the file alone. */
public final class IoFailure {
    private IoFailure() {}

    /** The cause without the file's name, as {@code No space left on device}. */
    public static String describe(final IOException e) {
        if (e instanceof FileSystemException failure) {
            if (failure.getReason() != null) {
                return failure.getReason();
            }
            if (e instanceof AccessDeniedException) {
                return "Permission denied";
            }
            if (e instanceof NoSuchFileException) {
                return "No such file or directory";
            }
            if (e instanceof FileSystemLoopException) {
                return "Too many levels of symbolic links";
            }
            return e.getClass().getSimpleName();
        }
        return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    }
}
