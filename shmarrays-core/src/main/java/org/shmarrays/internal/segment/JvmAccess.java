package org.shmarrays.internal.segment;

import java.security.CodeSource;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Checks what this JVM must have: Agrona's version, and the flag without which Agrona can't touch memory. */
public final class JvmAccess {
    /** The flag without which nothing works. */
    public static final String REQUIRED_FLAG = "--add-opens java.base/jdk.internal.misc=ALL-UNNAMED";

    /** The oldest version of Agrona that has {@code getLongAcquire} and its like. */
    static final String OLDEST_AGRONA = "2.1.0";

    private static final boolean HAS_AGRONA = hasAgrona();

    private JvmAccess() {}

    /**
     * Throws unless shared memory can be accessed.
     *
     * @throws IllegalStateException in one sentence, if the JVM lacks the flag, or Agrona is too old
     */
    public static void check() {
        if (!HAS_AGRONA) {
            final String version = UnsafeBuffer.class.getPackage().getImplementationVersion();
            throw new IllegalStateException("Agrona is too old: shmarrays needs " + OLDEST_AGRONA + " or newer, found="
                    + (version == null ? "an older one" : version) + ", place=" + place()
                    + "; `mvn dependency:tree -Dincludes=org.agrona` shows which dependency brings it");
        }
        final Module agrona = UnsafeBuffer.class.getModule();
        if (!Object.class.getModule().isOpen("jdk.internal.misc", agrona)) {
            final String flag =
                    agrona.isNamed() ? REQUIRED_FLAG.replace("ALL-UNNAMED", agrona.getName()) : REQUIRED_FLAG;
            throw new IllegalStateException("shmarrays needs the JVM flag " + flag
                    + " (put it before the class or -jar; `bin/shmarrays jvm-flags` prints all flags)");
        }
    }

    private static boolean hasAgrona() {
        try {
            AtomicBuffer.class.getMethod("getLongAcquire", int.class);
            return true;
        } catch (final NoSuchMethodException e) {
            return false;
        }
    }

    private static String place() {
        final CodeSource source = UnsafeBuffer.class.getProtectionDomain().getCodeSource();
        return source == null ? "the boot class path" : source.getLocation().toString();
    }
}
