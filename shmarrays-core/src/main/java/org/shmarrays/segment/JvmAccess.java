package org.shmarrays.segment;

import org.agrona.concurrent.UnsafeBuffer;

/** Looks whether this JVM was started with the flag without which Agrona can't touch memory. */
public final class JvmAccess {
    /** The flag without which nothing works. */
    public static final String REQUIRED_FLAG = "--add-opens java.base/jdk.internal.misc=ALL-UNNAMED";

    private JvmAccess() {}

    /**
     * Returns if shared memory can be accessed.
     *
     * @throws IllegalStateException in one sentence, if the JVM lacks the flag
     */
    public static void check() {
        final Module agrona = UnsafeBuffer.class.getModule();
        if (!Object.class.getModule().isOpen("jdk.internal.misc", agrona)) {
            final String flag =
                    agrona.isNamed() ? REQUIRED_FLAG.replace("ALL-UNNAMED", agrona.getName()) : REQUIRED_FLAG;
            throw new IllegalStateException("shmarrays needs the JVM flag " + flag
                    + " (put it before the class or -jar; `bin/shmarrays jvm-flags` prints all flags)");
        }
    }
}
