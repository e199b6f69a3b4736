package org.shmarrays.randomkill;

/** What a worker of the mixed soak does to itself, besides being killed and stopped from outside. */
enum Fault {
    /** An Error is thrown at a random step of a push; sometimes at each later step too, so that the handle breaks. */
    ERROR_IN_PUSH("errorsInPushes"),
    /** A slot is claimed while the process has hardly any file descriptor left. */
    CLAIM_WITHOUT_DESCRIPTORS("claimsHalfWay"),
    /** A push, and a claim, of a thread that is interrupted. */
    INTERRUPT("interruptedCalls"),
    /** A second copy of the library, of a class loader of its own, attaches and reads. */
    SECOND_CLASS_LOADER("secondClassLoaders"),
    /** A file of a segment that the worker has made is deleted behind its back. */
    DELETED_FILE("deletedFiles");

    private final String figure;

    Fault(final String figure) {
        this.figure = figure;
    }

    /** Its name in {@code target/reliability.json}. */
    String figure() {
        return figure;
    }
}
