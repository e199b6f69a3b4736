package org.shmarrays.spark;

import java.io.Serializable;

/**
 * Which copy of the common parameters hosts get.
 *
 * @param version of the parameters, one more after each round that changed them
 * @param isWhole whether it is all of them; otherwise the rows that differ from the version before
 */
record CentreCopy(long version, boolean isWhole) implements Serializable {
    /** Whether a host has the parameters after this copy, if it has a version, or none, before. */
    boolean completes(final long known) {
        return isWhole || known == version || known == version - 1;
    }
}
