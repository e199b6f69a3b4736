package org.shmarrays.internal.launch;

import java.util.List;

/**
 * The arguments of this program's JVM on which its code may depend, for the JVMs of its workers: system properties,
 * such as the default charset, opened packages, preview features and assertions.
 */
public final class InheritedArguments {
    private static final List<String> INHERITED = List.of(
            "-D",
            "--add-opens=",
            "--add-exports=",
            "--enable-preview",
            "-ea",
            "-enableassertions",
            "-da",
            "-disableassertions");

    /**
     * What the launcher hands to workers itself, what is one process's alone, and what describes the program's start.
     */
    private static final List<String> OWN = List.of(
            "-Dshmarrays.",
            "-Dorg.bytedeco.javacpp.maxphysicalbytes",
            "-Dcom.sun.management.",
            "-Djava.class.path",
            "-Djdk.module.");

    private InheritedArguments() {}

    /** Selects from a JVM's arguments those that its workers' JVMs get, too. */
    public static List<String> of(final List<String> jvmArguments) {
        return jvmArguments.stream()
                .filter(argument -> INHERITED.stream().anyMatch(argument::startsWith)
                        && OWN.stream().noneMatch(argument::startsWith))
                .toList();
    }
}
