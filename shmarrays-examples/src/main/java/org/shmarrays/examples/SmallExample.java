package org.shmarrays.examples;

import java.io.PrintStream;
import java.util.Locale;
import org.shmarrays.examples.dl4j.FrozenLayers;
import org.shmarrays.examples.dl4j.LenetZip;
import org.shmarrays.examples.dl4j.MaskedSequences;
import org.shmarrays.examples.dl4j.SameDiffGraph;

/** Programs of a page or two that show one thing each, {@code bin/shmarrays examples NAME}. */
enum SmallExample {
    SAMEDIFF("A SameDiff graph with a loss of its own: a mean, and how far off it may be.", 200, SameDiffGraph::run),
    LENET_ZIP("LeNet goes from plain DL4J into workers and back, by DL4J's zip.", 1_600, LenetZip::run),
    MASKED_LSTM("An LSTM learns from sequences of different lengths, with masks.", 600, MaskedSequences::run),
    FROZEN_LAYERS("Transfer learning: frozen layers stay, a new output learns.", 3_200, FrozenLayers::run);

    private final String shows;
    private final int size;
    private final Program program;

    SmallExample(final String shows, final int size, final Program program) {
        this.shows = shows;
        this.size = size;
        this.program = program;
    }

    /** An example. */
    @FunctionalInterface
    interface Program {
        /** Trains in so many workers, with so much data, as the example counts it. */
        void run(int workers, int size, PrintStream out) throws Exception;
    }

    /** As users write it. */
    String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What it shows, in a sentence. */
    String shows() {
        return shows;
    }

    /** Its command. */
    String footer() {
        return "  shmarrays examples " + label() + " --workers 2";
    }

    /** Runs it as users see it. */
    void run(final int workers, final PrintStream out) throws Exception {
        run(workers, size, out);
    }

    /** Runs it with another amount of data. */
    void run(final int workers, final int otherSize, final PrintStream out) throws Exception {
        program.run(workers, otherSize, out);
    }
}
