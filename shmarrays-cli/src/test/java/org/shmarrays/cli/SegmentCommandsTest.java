package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.layout.ArraySpec;
import org.shmarrays.worker.Worker;
import picocli.CommandLine;

/** {@code ls} and {@code rm}. */
class SegmentCommandsTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path directory;

    @BeforeEach
    void useOwnDirectory() {
        System.setProperty("shmarrays.directory", directory.toString());
    }

    @AfterEach
    void useDefaultDirectory() {
        System.clearProperty("shmarrays.directory");
    }

    private int run(final String... arguments) {
        final CommandLine commandLine = Main.commandLine(arguments);
        commandLine.setOut(new PrintWriter(out, true));
        commandLine.setErr(new PrintWriter(err, true));
        return commandLine.execute(arguments);
    }

    @Test
    void shouldListSegmentsWithTheirLiveWorkers() {
        try (ShmArrays arrays = ShmArrays.create("used", ArraySpec.of("w", FLOAT32, 8));
                ShmArrays other = ShmArrays.attach("used")) {
            ShmArrays.create("left", ArraySpec.of("w", FLOAT32, 8)).close();

            assertThat(run("ls")).isZero();

            assertThat(out.toString().lines().filter(line -> line.startsWith("used")))
                    .singleElement()
                    .asString()
                    .matches("used +\\d+\\.\\d [KM]iB +\\d+ s +alive +0/0 +2 +0");
            assertThat(out.toString().lines().filter(line -> line.startsWith("left")))
                    .singleElement()
                    .asString()
                    .matches("left +.* closed +0/0 +0 +unused: its creator, pid \\d+, closed it");
            assertThat(other.name()).isEqualTo(arrays.name());
        }
    }

    /** As those of hosts, whose names have Spark's id of the application. */
    @Test
    void shouldAlignColumnsBehindLongNames() {
        final String name = "spark-app-20261202085845-0000-1-1";
        ShmArrays.create(name, ArraySpec.of("w", FLOAT32, 8)).close();
        ShmArrays.create("left", ArraySpec.of("w", FLOAT32, 8)).close();

        assertThat(run("ls", "--no-rate")).isZero();
        assertThat(out.toString()
                        .lines()
                        .map(line -> line.replaceFirst("(SIZE|[KM]iB) .*", "$1").length()))
                .hasSize(3)
                .containsOnly(name.length() + 11);

        out.getBuffer().setLength(0);
        assertThat(run("clean", "--dry-run")).isZero();
        assertThat(out.toString()
                        .lines()
                        .limit(2)
                        .map(line -> line.replaceFirst("([KM]iB) .*", "$1").length()))
                .containsOnly(14 + name.length() + 11);
    }

    @Test
    void shouldListWhatIsNoSegment() throws Exception {
        Files.createDirectory(directory.resolve("junk"));

        assertThat(run("ls")).isZero();

        assertThat(out.toString()).contains("junk").contains("nothing shows that it was a segment");
    }

    @Test
    void shouldListAsJsonWithoutARate() throws Exception {
        Files.createDirectory(directory.resolve("junk"));
        try (ShmArrays arrays = ShmArrays.create("used", ArraySpec.of("w", FLOAT32, 8))) {
            assertThat(run("ls", "--no-rate", "--json")).isZero();

            assertThat(out.toString())
                    .contains("\"name\": \"junk\"", "\"condition\": \"strange\"")
                    .contains("\"name\": \"" + arrays.name() + "\"", "\"condition\": \"in_use\"")
                    .contains("\"creatorPid\": " + ProcessHandle.current().pid())
                    .contains("\"workersAlive\": 0", "\"othersAlive\": 1", "\"updatesPerSecond\": null");
        }
    }

    @Test
    void shouldCountWorkersApartFromCoordinators() {
        final Settings settings = Settings.fromProperties();
        try (ShmArrays coordinator = ShmArrays.create("used", ArraySpec.of("w", FLOAT32, 8));
                ShmArrays first = ShmArrays.attach(Worker.of(0, 2), "used", settings)) {
            ShmArrays.attach(Worker.of(1, 2), "used", settings).close();

            assertThat(run("ls", "--no-rate")).isZero();
            assertThat(out.toString().lines())
                    .anyMatch(line -> line.matches("NAME +SIZE +AGE +CREATOR +WORKERS +OTHERS +UPDATES/S"))
                    .anyMatch(line -> line.matches("used +[\\d.]+ KiB +\\d+ s +alive +1/2 +1"));
            assertThat(run("inspect", "used", "--no-values")).isZero();
            assertThat(out.toString()).contains("(alive), live workers 1 of 2, others 1");
            assertThat(run("stop", "used")).isZero();
            assertThat(out.toString()).contains("segment=used, stop=true, live workers=1");
            assertThat(first.name()).isEqualTo(coordinator.name());
        }
    }

    @Test
    void shouldShowTheLearningRateInForce() {
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays coordinator = ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 8));
                ShmArrays own = ShmArrays.attach(worker, "s", Settings.fromProperties())) {
            assertThat(run("inspect", "s", "--no-values")).isZero();
            assertThat(out.toString()).contains("learning rate not reported,");
            worker.reportLearningRate(0.1);
            assertThat(run("inspect", "s", "--no-values")).isZero();
            assertThat(out.toString()).contains("learning rate 0.1, the workers' own,");
            coordinator.runControl().learningRate(0.01);
            assertThat(run("inspect", "s", "--no-values")).isZero();
            assertThat(out.toString()).contains("learning rate 0.01 for all, but the workers use 0.1,");
            worker.reportLearningRate(own.runControl().learningRateOr(0.1));
            assertThat(run("inspect", "s", "--no-values")).isZero();
            assertThat(out.toString()).contains("learning rate 0.01 for all,");
        }
    }

    @Test
    void shouldShowTheEpochWhereOneIsCounted() {
        final Worker worker = Worker.of(0, 1);
        try (ShmArrays coordinator = ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 8));
                ShmArrays own = ShmArrays.attach(worker, "s", Settings.fromProperties())) {
            assertThat(run("inspect", "s", "--no-values")).isZero();
            assertThat(out.toString()).contains("steps 0, samples 0, learning rate ");
            assertThat(run("inspect", "s", "--no-values", "--json")).isZero();
            assertThat(out.toString()).contains("\"epoch\": 0", "\"endedPasses\": 0", "\"samplesOfEpoch\": null");
            assertThat(run("set", "s")).isZero();
            assertThat(out.toString().strip()).endsWith("samples=0");

            coordinator.runControl().startAt(500, 12);
            own.runControl().endPass(2);
            assertThat(run("inspect", "s", "--no-values")).isZero();
            assertThat(out.toString()).contains("steps 500, samples 0, epoch 12 (ended passes 1), learning rate ");
            assertThat(run("set", "s")).isZero();
            assertThat(out.toString().strip()).endsWith("steps=500, samples=0, epoch=12");

            own.runControl().samplesOfEpoch(1000);
            worker.countStep(3000, 0.5);
            assertThat(run("inspect", "s", "--no-values")).isZero();
            assertThat(out.toString()).contains(", epoch 15 of 1,000 samples each, learning rate ");
            assertThat(run("inspect", "s", "--no-values", "--json")).isZero();
            assertThat(out.toString()).contains("\"epoch\": 15", "\"endedPasses\": null", "\"samplesOfEpoch\": 1000");
            assertThat(run("set", "--json", "s")).isZero();
            assertThat(out.toString()).contains("\"epoch\": 15");
        }
    }

    @Test
    void shouldShowAndChangeWhatSteersARun() {
        try (ShmArrays arrays = ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 8))) {
            assertThat(run("set", "s")).isZero();
            assertThat(out.toString()).contains("segment=s, learning-rate=each worker's own, stop=false, steps=0");

            assertThat(run("set", "s", "learning-rate", "0.25")).isZero();
            assertThat(arrays.runControl().learningRate()).isEqualTo(0.25);
            assertThat(run("set", "--json", "s", "stop", "true")).isZero();
            assertThat(out.toString()).contains("\"learningRate\": 0.25, \"stop\": true");
            assertThat(arrays.runControl().isStopped()).isTrue();
            assertThat(run("stop", "--undo", "s")).isZero();
            assertThat(arrays.runControl().isStopped()).isFalse();
            assertThat(run("stop", "s")).isZero();
            assertThat(arrays.runControl().isStopped()).isTrue();
            for (final String zero : new String[] {"0", "0.0", "0e-400"}) {
                arrays.runControl().learningRate(0.5);
                assertThat(run("set", "s", "learning-rate", zero)).isZero();
                assertThat(arrays.runControl().learningRate()).isZero();
            }
        }
    }

    @Test
    void shouldRefuseALearningRateThatAFloatCannotHold() {
        try (ShmArrays arrays = ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 8))) {
            arrays.runControl().learningRate(0.5);
            for (final String rate : new String[] {"1e39", "3.4028235e38", "1e-50", "1e-400", "0.00001e-400"}) {
                assertThat(run("set", "s", "learning-rate", rate)).as(rate).isEqualTo(2);
                assertThat(err.toString()).contains("the learning rate must be 0, or a", "learning-rate=" + rate);
            }
            assertThat(arrays.runControl().learningRate()).isEqualTo(0.5);
        }
    }

    @Test
    void shouldRefuseWhatCannotBeSet() {
        assertThat(run("set", "s", "learnin-rate", "1")).isEqualTo(2);
        assertThat(err.toString()).contains("keys=[learning-rate, stop]; did you mean learning-rate?");
        assertThat(run("set", "s", "learning-rate")).isEqualTo(2);
        assertThat(run("set", "s", "learning-rate", "fast")).isEqualTo(2);
        assertThat(run("set", "s", "learning-rate", "NaN")).isEqualTo(2);
        assertThat(run("set", "s", "learning-rate", "-1")).isEqualTo(2);
        assertThat(run("set", "s", "stop", "yes")).isEqualTo(2);
        assertThat(run("set", "s", "stop", "true")).isEqualTo(1);
        assertThat(err.toString()).contains("segment not found: name=s");
        assertThat(run("stop", "s")).isEqualTo(1);
    }

    @Test
    void shouldSayWhatIsNotFinished() throws Exception {
        Files.createDirectory(directory.resolve(".creating-s-123"));

        assertThat(run("stop", "s")).isEqualTo(1);
        assertThat(err.toString()).contains("segment is unfinished: name=s").contains("shmarrays clean");
        assertThat(run("ls")).isZero();
        assertThat(out.toString())
                .contains(".creating-s-123")
                .contains("left by a process that died while it created or removed the segment");
    }

    @Test
    void shouldCleanOnlyWhatIsDead() throws Exception {
        Files.createDirectory(directory.resolve(".creating-half-123"));
        Files.createFile(directory.resolve("notes.txt"));
        ShmArrays.create("kept", ArraySpec.of("w", FLOAT32, 8)).close();
        try (ShmArrays arrays = ShmArrays.create("used", ArraySpec.of("w", FLOAT32, 8))) {
            assertThat(run("clean", "--dry-run")).isZero();
            assertThat(out.toString())
                    .contains("would remove  .creating-half-123", "would remove 1 of 4, 0 B")
                    .containsPattern("kept +kept .*closed it; --all-dead removes it")
                    .containsPattern("kept +notes.txt ")
                    .doesNotContain(arrays.name());
            assertThat(directory.resolve(".creating-half-123")).exists();

            assertThat(run("clean", "--older-than", "1d")).isZero();
            assertThat(out.toString()).contains("younger than 1d", "removed 0 of 4");

            assertThat(run("clean")).isZero();
            assertThat(directory.resolve(".creating-half-123")).doesNotExist();
            assertThat(directory.resolve("kept")).exists();

            out.getBuffer().setLength(0);
            assertThat(run("clean", "--all-dead", "--json")).isZero();
            assertThat(out.toString())
                    .contains("\"name\": \"kept\", \"file\": \"kept\", \"done\": \"removed\"")
                    .contains("\"name\": \"used\", \"file\": \"used\", \"done\": \"kept\"");
            assertThat(directory.toFile().list()).containsExactlyInAnyOrder("used", "notes.txt");
        }
        assertThat(run("clean", "--older-than", "soon")).isEqualTo(2);
    }

    @Test
    void shouldDeleteOnlyLeftoversThatAreOldEnough() throws Exception {
        final Path old = Files.createDirectory(directory.resolve(".creating-half-1"));
        final Path young = Files.createDirectory(directory.resolve(".creating-half-2"));
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(2, ChronoUnit.DAYS)));

        assertThat(run("clean", "--older-than", "1d")).isZero();

        assertThat(old).doesNotExist();
        assertThat(young).exists();
    }

    @Test
    void shouldGiveNoControlCharactersToTheTerminal() throws Exception {
        Files.createFile(directory.resolve("a\u001b[2Jb"));

        assertThat(run("ls")).isZero();
        assertThat(run("clean")).isZero();
        assertThat(run("doctor")).isNotNegative();

        assertThat(out.toString()).contains("a\\u001b[2Jb").doesNotContain("\u001b");
    }

    @Test
    void shouldExportValues() throws Exception {
        final Path file = directory.resolve("values.npz");
        try (ShmArrays arrays = ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 2))) {
            arrays.write(java.util.Map.of("w", new float[] {1, 2}));

            assertThat(run("export", "s", file.toString())).isZero();
        }
        assertThat(out.toString()).startsWith(file + ": values of 1 array of s, ");
        try (java.util.zip.ZipFile zip = new java.util.zip.ZipFile(file.toFile())) {
            assertThat(zip.stream().map(java.util.zip.ZipEntry::getName)).containsExactly("w.npy");
        }
        assertThat(run("export", "s", directory.resolve("no/such").toString())).isEqualTo(1);
        assertThat(err.toString()).contains("cannot write the values: file=");
    }

    @Test
    void shouldExportAndImportSafetensors() throws Exception {
        final String file = directory.resolve("w.safetensors").toString();
        final String stream = directory.resolve("stream").toString();
        try (ShmArrays arrays =
                ShmArrays.create("s", ArraySpec.of("w", FLOAT32, 2), ArraySpec.of("dense/W", FLOAT32, 2))) {
            arrays.write(java.util.Map.of("w", new float[] {1, 2}, "dense/W", new float[] {3, 4}));
            assertThat(run("export", "s", file)).isZero();
            assertThat(run("export", "s", stream, "--format", "safetensors")).isZero();
            assertThat(Path.of(stream)).hasSameBinaryContentAs(Path.of(file));

            arrays.write(java.util.Map.of("w", new float[2], "dense/W", new float[2]));
            assertThat(run("import", "s", file, "--map", "dense/W=w")).isZero();
            assertThat(out.toString()).endsWith("s: imported [w], unchanged [dense/W]\n");
            assertThat(arrays.read().get("w")).containsExactly(3, 4);
            assertThat(run("import", "s", stream)).isZero();
            assertThat(out.toString()).endsWith("s: imported [w, dense/W]\n");
            assertThat(arrays.read().get("w")).containsExactly(1, 2);
        }
        assertThat(run("import", "s", file, "--map", "w")).isEqualTo(2);
        assertThat(err.toString()).contains("--map must be FILE_NAME=ARRAY: w");
        assertThat(run("import", "s", file, "--map", "a=w", "--map", "b=w")).isEqualTo(2);
        assertThat(err.toString()).contains("--map names an array twice: w");
        assertThat(run("import", "s", file, "--map", "a=w")).isEqualTo(1);
        assertThat(err.toString()).contains("the file has no array of this name, name=a, arrays=[w, dense/W]");
        assertThat(run("import", "s", file, "--map", "w=a")).isEqualTo(1);
        assertThat(err.toString()).contains("the segment has no array of this name: segment=s, name=a");
    }

    @Test
    void shouldRemoveTheOthersThoughOneIsMissing() {
        ShmArrays.create("a", ArraySpec.of("w", FLOAT32, 8)).close();
        ShmArrays.create("mnist", ArraySpec.of("w", FLOAT32, 8)).close();

        assertThat(run("rm", "mnits", "a")).isEqualTo(1);

        assertThat(err.toString()).contains("segment not found: name=mnits").contains("did you mean mnist?");
        assertThat(directory.toFile().list()).containsExactly("mnist");
    }

    @Test
    void shouldRemoveSegmentsByName() {
        ShmArrays.create("a", ArraySpec.of("w", FLOAT32, 8)).close();
        ShmArrays.create("b", ArraySpec.of("w", FLOAT32, 8)).close();

        assertThat(run("rm", "a", "b")).isZero();

        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void shouldNotProposeOrDoTheRemovalOfForeignDirectories() throws Exception {
        final Path file =
                Files.createDirectories(directory.resolve("project/src")).resolve("Main.java");
        Files.writeString(file, "class Main {}");

        assertThat(run("doctor")).isNotNegative();
        assertThat(run("clean", "--all-dead")).isZero();
        assertThat(out.toString()).contains("project", "src").doesNotContain("rm project", "rm NAME");
        assertThat(run("rm", "project")).isEqualTo(1);

        assertThat(err.toString()).contains("\"src\"", "not a file of a segment");
        assertThat(file).hasContent("class Main {}");
        assertThat(directory.toFile().list()).containsExactly("project");
    }

    @Test
    void shouldRefuseAnEmptyDirectoryProperty() {
        System.setProperty("shmarrays.directory", "");

        for (final String command : java.util.List.of("ls", "clean", "doctor")) {
            assertThat(run(command)).as(command).isEqualTo(1);
        }
        assertThat(run("rm", "s")).isEqualTo(1);
        assertThat(err.toString()).contains("the path of the segment directory is empty");
    }

    @Test
    void shouldSayThatThereIsNothingToRemove() {
        assertThat(run("rm", "nothing")).isEqualTo(1);
        assertThat(err.toString()).contains("segment not found: name=nothing").doesNotContain("\tat ");

        assertThat(run("rm", "../x")).isEqualTo(1);
        assertThat(err.toString()).contains("not a segment name");
    }

    @Test
    void shouldSayWhyASegmentCannotBeScaled() {
        ShmArrays.create("idle", ArraySpec.of("w", FLOAT32, 8)).close();

        assertThat(run("scale", "idle", "2")).isEqualTo(1);
        assertThat(err.toString()).contains("no run that can be scaled").contains("bin/shmarrays run --name idle");

        assertThat(run("scale", "nothing", "2")).isEqualTo(1);
        assertThat(err.toString()).contains("segment not found: name=nothing");
        assertThat(run("scale", "idle", "many")).isEqualTo(2);
        assertThat(run("scale", "idle", "0")).isEqualTo(2);
        assertThat(err.toString()).contains("number of workers must be at least 1: 0");
        assertThat(run("scale", "idle", "4000")).isEqualTo(2);
        assertThat(err.toString()).contains("number of workers out of range: workers=4000");
    }
}
