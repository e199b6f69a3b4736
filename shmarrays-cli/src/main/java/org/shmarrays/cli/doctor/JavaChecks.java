package org.shmarrays.cli.doctor;

import java.lang.module.ModuleFinder;
import java.util.List;
import org.shmarrays.internal.segment.JvmAccess;

/** Looks at this JVM, which workers are mostly started with too. */
public final class JavaChecks {
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private JavaChecks() {}

    /** All of them. */
    public static List<Finding> run() {
        return List.of(version(), flags());
    }

    private static Finding version() {
        final String found = "Java " + Runtime.version() + ", " + System.getProperty("java.home");
        return ModuleFinder.ofSystem().find(VECTOR_MODULE).isPresent()
                ? Finding.ok("java", found)
                : Finding.warn(
                        "java",
                        found + ", without " + VECTOR_MODULE,
                        "updates are slower: use a JDK that has the Vector API (`java --list-modules`)");
    }

    private static Finding flags() {
        try {
            JvmAccess.check();
            return Finding.ok("jvm flags", "shared memory can be accessed");
        } catch (final IllegalStateException e) {
            return Finding.error("jvm flags", e.getMessage(), "`shmarrays jvm-flags` prints what is needed");
        }
    }
}
