package org.shmarrays.cli;

import java.io.File;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.ShmArrays;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code shmarrays class-path}: prints what a program needs to compile and run against shmarrays. */
@Command(
        name = "class-path",
        description = {
            "Print the class path that a program needs to compile and run against shmarrays-core, on one line.",
            "",
            "It has shmarrays-core and Agrona. A program that uses ND4J or DL4J gets its libraries from its own build."
        },
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:printed", "2:wrong usage"},
        footerHeading = "%nExamples:%n",
        footer = {
            "  lib=$(shmarrays class-path)",
            "  javac -cp \"$lib\" -d classes Train.java",
            "  shmarrays run --workers 2 --class-path \"classes:$lib\" -- Train"
        })
final class ClassPathCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    ClassPathCommand() {}

    @Override
    public Integer call() {
        // Of core and its library; the other entries are this command line's own.
        spec.commandLine()
                .getOut()
                .println(Stream.of(ShmArrays.class, UnsafeBuffer.class)
                        .map(ClassPathCommand::origin)
                        .map(Path::toString)
                        .collect(Collectors.joining(File.pathSeparator)));
        spec.commandLine().getOut().flush();
        return 0;
    }

    private static Path origin(final Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .normalize();
        } catch (final URISyntaxException e) {
            throw new IllegalStateException("the jar of " + type.getName() + " has no path", e);
        }
    }
}
