package org.shmarrays.dl4j;

import java.util.HashSet;
import java.util.Set;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.shmarrays.layout.Names;

/**
 * A step of a joined graph: the gradients are collected one by one, as DL4J computes them, and pushed together when the
 * last one is there. For the thread that trains.
 */
final class SameDiffStep {
    private final ModelSeam seam;
    private final StepProtocol protocol;
    private final Set<String> trained;
    private final INDArray gradient;
    private final Set<String> missing = new HashSet<>();
    private boolean isUnderWay;
    private boolean isHeld;
    private int iteration;
    private int epoch;
    private int samples;
    private double score;

    /**
     * Steps of a graph.
     *
     * @param trained names of the variables that get a gradient in each step
     * @param gradient the flat gradient
     */
    SameDiffStep(
            final ModelSeam seam, final StepProtocol protocol, final Set<String> trained, final INDArray gradient) {
        this.seam = seam;
        this.protocol = protocol;
        this.trained = trained;
        this.gradient = gradient;
    }

    /** Begins a step, before the forward pass. */
    void begin(final int newSamples) {
        isUnderWay = false;
        if (!isHeld) {
            protocol.begin();
        }
        samples = newSamples;
        iteration = seam.iteration();
        epoch = seam.epoch();
        score = 0;
        missing.addAll(trained);
        isUnderWay = true;
    }

    /** Whether a step has begun and its push is still to come. */
    boolean isUnderWay() {
        return isUnderWay;
    }

    /** Adds a part of the loss. */
    void addScore(final double part) {
        score += part;
    }

    /** The loss of the batch, with regularisation. */
    double score() {
        return score;
    }

    /** Notes that a variable's gradient has been computed. */
    void collect(final String variable) {
        if (!isUnderWay) {
            throw new IllegalStateException("a step of the joined graph has not begun, because a listener was lost;"
                    + " don't change listeners while fit is running");
        }
        if (!missing.remove(variable)) {
            throw new IllegalStateException("DL4J computed a variable's gradient twice in one step: variable="
                    + Names.printable(variable) + "; variables of loops can't be trained on shared memory");
        }
    }

    /** Pushes if all gradients are there. */
    void pushIfComplete() {
        if (isUnderWay && missing.isEmpty()) {
            isUnderWay = false;
            if (!isHeld) {
                push();
            }
        }
    }

    /** Runs a step without its push, which {@link #push} makes up for; the caller has begun it. */
    void held(final Runnable fit) {
        isHeld = true;
        try {
            fit.run();
        } finally {
            isHeld = false;
        }
    }

    /** Pushes the gradients that the last step has collected. */
    void push() {
        protocol.batchSize(samples);
        protocol.push(iteration, epoch, gradient);
    }

    /** Throws if gradients are missing at the end of a step. */
    void end() {
        if (isUnderWay) {
            throw new IllegalStateException("DL4J computed no gradient of a variable in this step: variable="
                    + Names.printable(missing.iterator().next())
                    + "; freeze variables that the loss does not depend on before the graph joins");
        }
    }
}
