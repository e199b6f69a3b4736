package org.shmarrays.internal.segment;

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

    /** Names that were to be taken out when there was no memory for it. Guarded by the monitor. */
    private static final ArrayList<String> LATE = new ArrayList<>();

    /** Number of names that this copy of the library has entered and not taken out. Guarded by the monitor. */
    private static int entered;

    private ProcessRegister() {}

    /**
     * Enters a name; false if it is there already, because another thread of this process holds what it names. Nothing
     * is entered if this throws.
     *
     * @param name without line feeds
     */
    public static boolean add(final String name) {
        synchronized (MONITOR) {
            final List<String> names = names();
            if (names.removeAll(LATE)) {
                store(String.join(SEPARATOR, names));
            }
            LATE.clear();
            if (names.contains(name)) {
                return false;
            }
            LATE.ensureCapacity(entered + 1); // so that remove needs no memory for it
            names.add(name);
            final String text = String.join(SEPARATOR, names);
            try {
                store(text);
            } catch (final Throwable e) {
                if (text.equals(Security.getProperty(PROPERTY))) {
                    LATE.add(name);
                }
                throw e;
            }
            entered++;
            return true;
        }
    }

    /**
     * Takes a name out, by whoever entered it, once. Without memory for that, the name goes when this copy of the
     * library enters the next one.
     */
    public static void remove(final String name) {
        synchronized (MONITOR) {
            entered--;
            LATE.add(name);
            try {
                final List<String> names = names();
                names.removeAll(LATE);
                store(String.join(SEPARATOR, names));
                LATE.clear();
            } catch (final VirtualMachineError e) {
                // It stays among those that are late.
            }
        }
    }

    private static void store(final String names) {
        Security.setProperty(PROPERTY, names);
    }

    private static List<String> names() {
        final String text = Security.getProperty(PROPERTY);
        return text == null || text.isEmpty() ? new ArrayList<>() : new ArrayList<>(List.of(text.split(SEPARATOR)));
    }
}
