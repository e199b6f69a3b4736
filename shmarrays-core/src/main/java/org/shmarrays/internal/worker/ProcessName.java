package org.shmarrays.internal.worker;

import org.shmarrays.layout.Names;

/** The name of a segment that belongs to this process alone. */
public final class ProcessName {
    private static final String NAMELESS = "worker";
    private static final int LONGEST_MAIN = 60;
    private static final int RADIX = 36;

    private ProcessName() {}

    /** The main class, process id and start of this process: no other process of this boot has had it. */
    public static String ofSegment() {
        final ProcessIdentity self = ProcessIdentity.current();
        return Names.checkSegmentName(main(System.getProperty("sun.java.command", "")) + "-" + self.pid() + "-"
                + Long.toUnsignedString(self.start(), RADIX));
    }

    /**
     * What a JVM was started with, as a part of a name: the simple name of the main class, or that of the jar.
     *
     * @param command main class or jar, and its arguments
     */
    public static String main(final String command) {
        final String first = command.strip().split("\\s", 2)[0];
        final String file = first.substring(first.lastIndexOf('/') + 1);
        final String plain = file.endsWith(".jar")
                ? file.substring(0, file.length() - ".jar".length())
                : file.substring(file.lastIndexOf('.') + 1);
        final String name = plain.replaceAll("[^A-Za-z0-9_-]+", "-").replaceAll("^-+|-+$", "");
        return name.isEmpty() ? NAMELESS : name.substring(0, Math.min(name.length(), LONGEST_MAIN));
    }
}
