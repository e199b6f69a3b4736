package org.shmarrays.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.shmarrays.layout.ElementType.FLOAT32;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.shmarrays.ShmArrays;
import org.shmarrays.cli.doctor.Finding;
import org.shmarrays.cli.doctor.Finding.Severity;
import org.shmarrays.internal.Doors;
import org.shmarrays.layout.ArraySpec;

class DoctorCommandTest {
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

    private static ShmArrays create(final String name) {
        return ShmArrays.create(name, ArraySpec.of("w", FLOAT32, 8));
    }

    @Test
    void shouldDiagnoseADirectoryThatCannotBeRead() throws Exception {
        System.setProperty(
                "shmarrays.directory",
                Files.createFile(directory.resolve("file")).toString());

        final CommandRun run = CommandRun.of("doctor");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.out()).containsPattern("ERROR +segments +could not be checked: .*NotDirectoryException");
        for (final String command : new String[] {"ls", "clean"}) {
            assertThat(CommandRun.of(command).exitCode()).as(command).isEqualTo(1);
            assertThat(CommandRun.of(command).err()).as(command).contains("NotDirectoryException");
        }
    }

    @Test
    void shouldTellSegmentsApart() throws Exception {
        create("kept").close();
        Files.createDirectory(directory.resolve(".creating-half-1"));
        Files.createFile(Files.createDirectory(directory.resolve("broken")).resolve("control.dat"));
        Files.writeString(directory.resolve("notes.txt"), "x");
        try (ShmArrays arrays = create("used")) {
            final CommandRun run = CommandRun.of("doctor");

            assertThat(run.exitCode()).isEqualTo(4);
            assertThat(run.out())
                    .containsPattern("OK +segments in use +" + arrays.name() + " \\(")
                    .containsPattern("OK +unused segments +kept \\(")
                    .containsPattern("WARN +leaked files +\\.creating-half-1")
                    .containsPattern("ERROR +invalid segments +broken .*the control file's length is out of range")
                    .containsPattern("WARN +foreign files +notes.txt")
                    .containsPattern("\\d errors, \\d+ warnings\n$");
            final CommandRun quiet = CommandRun.of("doctor", "--quiet", "--json");
            assertThat(quiet.out()).contains("\"severity\": \"error\"").doesNotContain("\"severity\": \"ok\"");
        }
    }

    @Test
    void shouldFindDamagedPartitions() {
        try (ShmArrays arrays = create("s")) {
            Doors.SEGMENT.of(arrays).partitions().versionRelease(0, 7);

            final CommandRun run = CommandRun.of("doctor", "--quiet");

            assertThat(run.exitCode()).isEqualTo(4);
            assertThat(run.out()).containsPattern("ERROR +damaged partitions ").contains("restore --replace FILE s");
        }
    }

    @Test
    void shouldSeeADirectoryThatOthersMayWriteTo() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));

        final CommandRun run = CommandRun.of("doctor");

        assertThat(run.exitCode()).isEqualTo(4);
        assertThat(run.out()).contains("chmod go-w " + directory);
    }

    @Test
    void shouldTellByTheExitCodeHowBadItIs() {
        assertThat(DoctorCommand.exitCode(List.of(finding(Severity.OK)))).isZero();
        assertThat(DoctorCommand.exitCode(List.of(finding(Severity.WARN), finding(Severity.OK))))
                .isEqualTo(3);
        assertThat(DoctorCommand.exitCode(List.of(finding(Severity.WARN), finding(Severity.ERROR))))
                .isEqualTo(4);
    }

    private static Finding finding(final Severity severity) {
        return new Finding(severity, "check", "found", "advice");
    }
}
