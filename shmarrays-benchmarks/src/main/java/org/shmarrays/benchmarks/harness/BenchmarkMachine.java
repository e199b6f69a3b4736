package org.shmarrays.benchmarks.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the machine has to offer. */
public final class BenchmarkMachine {
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final long RESERVE_BYTES = 2L << 30;

    private BenchmarkMachine() {}

    public static int cores() {
        return Runtime.getRuntime().availableProcessors();
    }

    /** The feature version of this JVM, and of the workers: 17. */
    public static int jdk() {
        return Runtime.version().feature();
    }

    /** What a benchmark may use in shared and private memory together; 2 GiB are left to others. */
    public static long roomBytes(final BenchDirectory directory) {
        try {
            final long files = Files.getFileStore(directory.path()).getUsableSpace();
            return Math.min(files, availableBytes()) - RESERVE_BYTES;
        } catch (final IOException e) {
            return 0;
        }
    }

    private static long availableBytes() {
        final long available = kibibytes(MEMORY, "MemAvailable");
        return available == 0 ? Long.MAX_VALUE : available << 10;
    }

    /** Resident memory of a process that no file holds, in bytes; 0 where the system does not tell. */
    static long privateBytes(final long pid) {
        return kibibytes(Path.of("/proc/" + pid + "/status"), "RssAnon") << 10;
    }

    private static long kibibytes(final Path file, final String field) {
        try {
            final Matcher matcher =
                    Pattern.compile("(?m)^" + field + ":\\s+(\\d+) kB").matcher(Files.readString(file));
            return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
        } catch (final IOException e) {
            return 0;
        }
    }

    /** Processor, cores, JDK and load, for the head of a report. */
    public static String describe() {
        return processor() + ", " + cores() + " cores, " + System.getProperty("java.vm.name") + " " + Runtime.version()
                + load();
    }

    private static String load() {
        final double load = java.lang.management.ManagementFactory.getOperatingSystemMXBean()
                .getSystemLoadAverage();
        return load < 0 ? "" : String.format(java.util.Locale.ROOT, ", load before %.1f", load);
    }

    private static String processor() {
        try {
            final Matcher matcher = Pattern.compile("(?m)^model name\\s*:\\s*(.+)$")
                    .matcher(Files.readString(Path.of("/proc/cpuinfo")));
            return matcher.find() ? matcher.group(1).strip() : System.getProperty("os.arch");
        } catch (final IOException e) {
            return System.getProperty("os.arch");
        }
    }
}
