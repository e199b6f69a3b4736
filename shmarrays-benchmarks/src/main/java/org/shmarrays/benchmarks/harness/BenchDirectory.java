package org.shmarrays.benchmarks.harness;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.shmarrays.internal.segment.Ownership;
import org.shmarrays.internal.segment.SegmentRoot;

/**
 * The directory in shared memory in which a run of benchmarks keeps all that it makes: segments, regions, rendezvous
 * files. It is deleted when it is closed, and when the process is ended by a signal, after the workers; what a killed
 * run left is deleted by the next one, which knows it by its lock being free.
 */
public final class BenchDirectory implements AutoCloseable {
    private static final String PREFIX = "shmarrays-bench-" + Ownership.userName() + "-";
    private static final String LOCK_FILE = "lock";
    private static final byte[] MAGIC = "shmarrays bench\n".getBytes(US_ASCII);
    private static final Pattern NAME = Pattern.compile(Pattern.quote(PREFIX) + "\\d+-\\d+");
    private static final Duration MAKING = Duration.ofSeconds(5);

    private final Path directory;
    private final FileChannel lockFile;
    private final Thread atExit = new Thread(this::cleanUp, "bench-clean-up");
    private final Set<BenchmarkWorkers> groups = ConcurrentHashMap.newKeySet();
    private final Set<Process> processes = ConcurrentHashMap.newKeySet();
    private final AtomicInteger files = new AtomicInteger();

    private BenchDirectory(final Path directory, final FileChannel lockFile) {
        this.directory = directory;
        this.lockFile = lockFile;
    }

    /**
     * Makes a directory where {@code shmarrays.directory} says, or in {@code /dev/shm}, or in the temporary directory
     * where there is none.
     */
    public static BenchDirectory create() {
        final String named = System.getProperty("shmarrays.directory");
        if (named != null) {
            return createIn(new SegmentRoot(Path.of(named)).directory());
        }
        final Path shm = Path.of("/dev/shm");
        return createIn(
                Files.isDirectory(shm) && Files.isWritable(shm) ? shm : Path.of(System.getProperty("java.io.tmpdir")));
    }

    /** Makes a directory there. */
    public static BenchDirectory createIn(final Path parent) {
        try {
            deleteLeftovers(parent);
            final Path directory = Files.createTempDirectory(
                    parent, PREFIX + ProcessHandle.current().pid() + "-");
            final FileChannel lockFile = FileChannel.open(
                    directory.resolve(LOCK_FILE), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            lockFile.write(ByteBuffer.wrap(MAGIC));
            lockFile.lock(); // held until the channel is closed, or the process ends
            final BenchDirectory created = new BenchDirectory(directory, lockFile);
            Runtime.getRuntime().addShutdownHook(created.atExit);
            return created;
        } catch (final IOException e) {
            throw new UncheckedIOException("no directory for the benchmarks can be made: parent=" + parent, e);
        }
    }

    /** Where segments stand. */
    public Path segments() {
        return directory.resolve("segments");
    }

    public Path path() {
        return directory;
    }

    /** A file that is not there yet. */
    public Path newFile(final String name) {
        return directory.resolve(name + "-" + files.incrementAndGet());
    }

    /** A process that is killed, if it still runs, when the directory is deleted. */
    public void killAtEnd(final Process process) {
        processes.add(process);
    }

    void register(final BenchmarkWorkers group) {
        groups.add(group);
    }

    /** For classes that are compiled for this run; {@link #clear} leaves them alone. */
    public Path classes() {
        return directory.resolve("classes");
    }

    /** Deletes all segments and files: the next benchmark begins with free memory. */
    public void clear() {
        delete(
                directory,
                path -> path.equals(directory)
                        || path.equals(directory.resolve(LOCK_FILE))
                        || path.startsWith(classes()));
    }

    @Override
    public void close() {
        cleanUp();
        try {
            Runtime.getRuntime().removeShutdownHook(atExit);
        } catch (final IllegalStateException e) {
            // The JVM is shutting down and has begun with the hook.
        }
    }

    private synchronized void cleanUp() {
        groups.forEach(BenchmarkWorkers::kill);
        groups.clear();
        for (final Process process : processes) {
            process.destroyForcibly().onExit().join();
        }
        try {
            if (lockFile.isOpen()) {
                delete(directory, path -> false);
                lockFile.close();
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void deleteLeftovers(final Path parent) throws IOException {
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(parent, PREFIX + "*")) {
            for (final Path leftover : leftovers) {
                if (isAbandoned(leftover)) {
                    delete(leftover, path -> false);
                }
            }
        }
    }

    private static boolean isAbandoned(final Path directory) throws IOException {
        final Path file = directory.resolve(LOCK_FILE);
        if (!NAME.matcher(directory.getFileName().toString()).matches()
                || !Files.isDirectory(directory, LinkOption.NOFOLLOW_LINKS)
                || !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                || age(file).compareTo(MAKING) < 0) {
            return false; // one that is being made or deleted, or another's
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            final ByteBuffer start = ByteBuffer.allocate(MAGIC.length + 1);
            channel.read(start);
            return lock != null && start.flip().equals(ByteBuffer.wrap(MAGIC));
        } catch (final OverlappingFileLockException e) {
            return false;
        }
    }

    private static Duration age(final Path file) throws IOException {
        return Duration.ofMillis(
                System.currentTimeMillis() - Files.getLastModifiedTime(file).toMillis());
    }

    private static void delete(final Path tree, final Predicate<Path> isKept) {
        try (Stream<Path> found = Files.walk(tree)) {
            for (final Path path : found.sorted(Comparator.reverseOrder()).toList()) {
                if (!isKept.test(path)) {
                    Files.deleteIfExists(path);
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
