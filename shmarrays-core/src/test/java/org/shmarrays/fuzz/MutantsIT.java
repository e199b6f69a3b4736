package org.shmarrays.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.internal.launch.JvmFlags;
import org.shmarrays.testing.Await;
import org.shmarrays.testing.Figures;
import org.shmarrays.testing.Jvm;

/**
 * Files changed at random, {@code -Dmutants=N} of them by {@code -Dseed=S}: each ends in an exception that is
 * documented, or in a segment that can be worked with; the JVM survives, and needs no memory beyond its small heap.
 * {@code -Dmutant=NUMBER} tries a single one.
 */
@Tag("shared")
class MutantsIT {
    private static final int MUTANTS = 1_000;
    private static final int JVMS = 2;

    @TempDir
    private Path directory;

    private final Map<String, Long> counts = new TreeMap<>();
    private final StringBuilder findings = new StringBuilder();

    @Test
    void shouldRefuseMutantsOrWorkWithThem() throws Exception {
        final long seed = Long.getLong("seed", System.nanoTime());
        final int mutants = Integer.getInteger("mutants", MUTANTS);
        final int only = Integer.getInteger("mutant", -1);
        System.out.println("MutantsIT seed=" + seed + ", mutants=" + mutants);
        final Path originals = Files.createDirectory(directory.resolve("originals"));
        try (Jvm maker = Jvm.start(Originals.class, originals.resolve("segments"), originals.toString())) {
            maker.awaitSuccess();
        }
        final long began = System.nanoTime();
        final int crashes = run(originals, seed, Math.max(0, only), only < 0 ? mutants : only + 1);
        final long seconds = (System.nanoTime() - began) / 1_000_000_000;
        System.out.println("MutantsIT seconds=" + seconds + ", jvmCrashes=" + crashes + ", " + counts);

        final Figures figures = Figures.of(MutantsIT.class);
        figures.put("mutants", count("mutants"));
        figures.put("mutantsBehindChecksum", count("behindChecksum"));
        figures.put("mutantsAttached", count("attached"));
        figures.put("jvmCrashes", crashes);
        assertThat(crashes).as("crashes\n" + findings).isZero();
        assertThat(findings.toString()).isEmpty();
        if (only < 0) {
            assertThat(count("mutants")).isEqualTo(mutants);
            // The test would see little if most mutants were refused by their checksums.
            assertThat(count("behindChecksum")).isGreaterThan(mutants / 10);
            assertThat(count("attached")).isGreaterThan(mutants / 10);
            assertThat(count("repaired")).isPositive();
            assertThat(count("unrepairable")).isPositive();
            assertThat(count("restored")).isPositive();
        }
    }

    private long count(final String name) {
        return counts.getOrDefault(name, 0L);
    }

    private int run(final Path originals, final long seed, final int first, final int end) throws IOException {
        final List<Jvm> jvms = new ArrayList<>();
        final List<Path> journals = new ArrayList<>();
        try {
            for (int i = 0; i < JVMS; i++) {
                final Path own = Files.createDirectory(directory.resolve("run-" + i));
                final Path journal = directory.resolve("journal-" + i);
                journals.add(journal);
                jvms.add(Jvm.start(
                        flags(),
                        0,
                        1,
                        MutantRun.class,
                        own.resolve("segments"),
                        originals.toString(),
                        own.resolve("segments").toString(),
                        journal.toString(),
                        Long.toString(seed),
                        Integer.toString(first + (int) ((long) (end - first) * i / JVMS)),
                        Integer.toString(first + (int) ((long) (end - first) * (i + 1) / JVMS))));
            }
            int crashes = 0;
            for (int i = 0; i < JVMS; i++) {
                crashes += collect(jvms.get(i), journals.get(i)) ? 0 : 1;
            }
            return crashes;
        } finally {
            jvms.forEach(Jvm::close);
        }
    }

    private List<String> flags() {
        final List<String> flags = new ArrayList<>(JvmFlags.ofThisJvm());
        flags.addAll(List.of("-Xmx64m", "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + directory + "/hs_err_%p.log"));
        return flags;
    }

    /** Takes the counts of a run that has come to its end; false if its JVM has crashed. */
    private boolean collect(final Jvm jvm, final Path journal) {
        while (Await.isRunning(jvm.pid())) {
            final int before = number(journal);
            Await.until("the next mutant", () -> !Await.isRunning(jvm.pid()) || number(journal) != before);
        }
        final int exit = jvm.awaitExit();
        final List<String> lines = jvm.output().lines().toList();
        for (final String line : lines) {
            if (line.startsWith("COUNT ")) {
                final String[] count = line.substring("COUNT ".length()).split("=");
                counts.merge(count[0], Long.parseLong(count[1]), Long::sum);
            }
        }
        if (exit != 0) {
            findings.append("exit code ").append(exit).append(" at mutant ").append(number(journal));
            findings.append(":\n").append(String.join("\n", lines)).append('\n');
        }
        return exit == 0 || exit == 1;
    }

    private static int number(final Path journal) {
        try {
            final byte[] bytes = Files.exists(journal) ? Files.readAllBytes(journal) : new byte[0];
            return bytes.length < Integer.BYTES
                    ? -1
                    : ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()).getInt();
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
