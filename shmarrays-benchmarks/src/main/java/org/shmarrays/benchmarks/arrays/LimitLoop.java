package org.shmarrays.benchmarks.arrays;

/** The ways in which a pass can be made without the library; the fastest of those that can do an operation is its limit. */
enum LimitLoop {
    COPY,
    PLAIN,
    VECTOR,
    BLAS;

    String label() {
        return "limit-" + name().toLowerCase(java.util.Locale.ROOT);
    }

    boolean does(final ArrayOp op) {
        final boolean copies = op == ArrayOp.READ || op == ArrayOp.WRITE;
        return switch (this) {
            case COPY -> copies;
            case PLAIN, VECTOR -> !copies;
            case BLAS -> op == ArrayOp.EMA || op == ArrayOp.SGD;
        };
    }
}
