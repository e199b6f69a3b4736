package org.shmarrays.dl4j;

/** Stands for the kill of a worker: it leaves the shared words as they are. */
final class Killed extends RuntimeException {
    private static final long serialVersionUID = 1;
}
