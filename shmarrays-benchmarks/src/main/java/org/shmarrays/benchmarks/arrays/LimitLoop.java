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

    static LimitLoop ofLabel(final String label) {
        return valueOf(label.substring("limit-".length()).toUpperCase(java.util.Locale.ROOT));
    }

    static boolean isLabel(final String name) {
        return name.startsWith("limit-");
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
