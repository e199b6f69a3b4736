package org.shmarrays.dl4j;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/**
 * The private directory in which a program that spawns, the process that launches its workers, and the workers leave
 * files for each other. Each file has one writer, and is read when that process has ended, or is started later.
 *
 * <pre>
 *   launch      how to start the workers         the program, for the launcher
 *   arguments   of the workers' JVMs             the program, for the workers
 *   task        what the workers do              the program, for the workers
 *   model       the model as it is before        the program, for the workers
 *   outcome     how the workers ended            the launcher, for the program
 *   trained-R   the model as it is at the end    worker R, for the program
 *   end-R       how far the training was then    worker R, for the program
 *   segment-U   a worker has created segment U   that worker, for the launcher
 * </pre>
 */
final class SpawnDirectory {
    private static final String END = "end-";
    private static final String TRAINED = "trained-";
    private static final String SEGMENT = "segment-";
    private static final int REMOVAL_ATTEMPTS = 10;

    private final Path path;

    private SpawnDirectory(final Path path) {
        this.path = path;
    }

    /** A new one, which only this user can read. */
    static SpawnDirectory create() throws IOException {
        return new SpawnDirectory(Files.createTempDirectory(
                "shmarrays-spawn-",
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))));
    }

    static SpawnDirectory at(final String path) {
        return new SpawnDirectory(Path.of(path));
    }

    /** How far a training was when a worker wrote its model. */
    record End(int rank, long iteration, long samples) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    Path launch() {
        return path.resolve("launch");
    }

    Path arguments() {
        return path.resolve("arguments");
    }

    Path task() {
        return path.resolve("task");
    }

    Path model() {
        return path.resolve("model");
    }

    Path outcome() {
        return path.resolve("outcome");
    }

    Path trained(final int rank) {
        return path.resolve(TRAINED + rank);
    }

    /** Notes that this worker creates a segment, before other processes can see it. */
    void noteSegment(final UUID uid) {
        try {
            Files.createFile(path.resolve(SEGMENT + uid));
        } catch (final IOException e) {
            throw new UncheckedIOException("the segment can't be noted: directory=" + path, e);
        }
    }

    /** Whether a worker has noted this segment. */
    boolean hasSegment(final UUID uid) {
        return Files.exists(path.resolve(SEGMENT + uid));
    }

    /** Notes how far the training was; the worker has written its model before. */
    void writeEnd(final End end) throws IOException {
        write(path.resolve(END + end.rank()), end);
    }

    /** The end that has seen most steps. */
    Optional<End> lastEnd() throws IOException {
        final List<End> ends = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path, END + "*")) {
            for (final Path file : files) {
                ends.add(read(file, End.class));
            }
        }
        return ends.stream().max(Comparator.comparingLong(End::iteration));
    }

    /** Writes {@link #arguments()}, which {@code java @file} reads: not public, as a property may be a secret. */
    void writeArguments(final List<String> arguments) throws IOException {
        final List<String> quoted =
                arguments.stream().map(SpawnDirectory::quoted).toList();
        Files.write(
                arguments(), quoted, Charset.forName(System.getProperty("sun.jnu.encoding"))); // as on a command line
    }

    private static String quoted(final String argument) {
        return '"'
                + argument.replace("\\", "\\\\")
                        .replace("\"", "\\\"")
                        .replace("\n", "\\n")
                        .replace("\r", "\\r")
                        .replace("\t", "\\t")
                + '"';
    }

    static void write(final Path file, final Serializable object) throws IOException {
        try (ObjectOutputStream out = new ObjectOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
            out.writeObject(object);
        }
    }

    /**
     * Reads what {@link #write} wrote.
     *
     * @throws IllegalStateException if a class of it can't be loaded here
     */
    static <T> T read(final Path file, final Class<T> type) throws IOException {
        try (ObjectInputStream in = new ObjectInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
            return type.cast(in.readObject());
        } catch (final ClassNotFoundException e) {
            throw new IllegalStateException(
                    "a class of the data or the listeners is not on the class path of the workers: class="
                            + e.getMessage() + ", classPath=" + System.getProperty("java.class.path"),
                    e);
        }
    }

    /**
     * Throws unless so much more fits into the directory: a worker would find that out when it has trained to the end.
     *
     * @throws IOException if it doesn't
     */
    void checkSpace(final long neededBytes) throws IOException {
        final FileStore store = Files.getFileStore(path);
        if (store.getUsableSpace() < neededBytes) {
            throw new IOException("too little space for the trained model: directory=" + path + ", neededBytes="
                    + neededBytes + ", freeBytes=" + store.getUsableSpace());
        }
    }

    /** Removes the directory and what is in it; harmless where another process has done so. */
    void remove() {
        try {
            for (int attempt = 1; Files.exists(path); attempt++) {
                try {
                    removeOnce();
                } catch (final DirectoryNotEmptyException e) { // of a thread that writes files while its program ends
                    if (attempt == REMOVAL_ATTEMPTS) {
                        throw e;
                    }
                }
            }
        } catch (final IOException e) {
            throw new UncheckedIOException("the directory can't be removed: directory=" + path, e);
        }
    }

    private void removeOnce() throws IOException {
        try (DirectoryStream<Path> files = Files.newDirectoryStream(path)) {
            for (final Path file : files) {
                Files.deleteIfExists(file);
            }
        } catch (final NoSuchFileException e) {
            return; // another process was faster
        }
        Files.deleteIfExists(path);
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
