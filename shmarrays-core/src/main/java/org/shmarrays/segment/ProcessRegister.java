package org.shmarrays.segment;

import java.security.Security;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that this process holds locked. POSIX drops all of a process's locks on a file when the process closes any
 * handle of it, so a file that is held must not be opened a second time, by whatever thread. For any thread.
 *
 * <p>A process may have several copies of this library, each loaded by a class loader of its own. They must see one
 * register, and share no class of ours. So it is a string, one name a line, in a security property of the JVM, which
 * nothing but {@code Security.setProperty} replaces; the monitor is that of the property's name, an interned string,
 * which all copies have in common. This is a contract between versions of the library:
 * {@code docs/decisions/one-register-per-process.md}.
 */
public final class ProcessRegister {
    static final String PROPERTY = "org.shmarrays.held";

    private static final String SEPARATOR = "\n";

    /** A literal: the same object for every class of this JVM that names it. */
    private static final Object MONITOR = PROPERTY;

    private ProcessRegister() {}

    /**
     * Enters a name; false if it is there already, because another thread of this process holds what it names.
     *
     * @param name without line feeds
     */
    public static boolean add(final String name) {
        synchronized (MONITOR) {
            final List<String> names = names();
            if (names.contains(name)) {
                return false;
            }
            names.add(name);
            Security.setProperty(PROPERTY, String.join(SEPARATOR, names));
            return true;
        }
    }

    /** Takes a name out, by whoever entered it. */
    public static void remove(final String name) {
        synchronized (MONITOR) {
            final List<String> names = names();
            if (names.remove(name)) {
                Security.setProperty(PROPERTY, String.join(SEPARATOR, names));
            }
        }
    }

    private static List<String> names() {
        final String text = Security.getProperty(PROPERTY);
        return text == null || text.isEmpty() ? new ArrayList<>() : new ArrayList<>(List.of(text.split(SEPARATOR)));
    }
}
