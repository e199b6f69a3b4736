package org.shmarrays.dl4j;

import java.util.SplittableRandom;
import org.nd4j.linalg.api.rng.Random;
import org.nd4j.linalg.factory.Nd4j;

/**
 * The random numbers of a worker's steps, such as those of dropout, where there are several workers. In a step the
 * thread that trains draws from a generator of this worker, which depends on the model's seed, the stream, the rank and
 * the iteration alone; between steps it has its own generator, in the state that the user left it in. ND4J has a
 * generator for each thread. For the thread that trains.
 */
final class StepRandom {
    private final long seed;
    private final int rank;
    private Random generator;

    /** The own generator of a thread that has begun a step: a step that failed may be given up by another thread. */
    private final ThreadLocal<Random> users = new ThreadLocal<>();

    /**
     * Of a worker.
     *
     * @param stream another one gives other numbers; 0 is that of a model which trains in one segment
     */
    StepRandom(final long seed, final long stream, final int rank) {
        this.seed = stream == 0 ? seed : seed ^ new SplittableRandom(stream).nextLong();
        this.rank = rank;
    }

    /** Gives this thread the generator of an iteration, until {@link #end}. */
    void begin(final int iteration) {
        if (generator == null) {
            generator = Nd4j.getRandomFactory().getNewRandomInstance(0);
        }
        generator.setSeed(seedOf(seed, rank, iteration));
        if (users.get() == null) {
            users.set(Nd4j.getRandom());
            Internals.setRandomOfThread(generator);
        }
    }

    /** Gives this thread its own generator back, if {@link #begin} has replaced it. */
    void end() {
        final Random own = users.get();
        if (own != null) {
            Internals.setRandomOfThread(own);
            users.remove();
        }
    }

    /** Neighbouring ranks and iterations have seeds that have nothing in common. */
    static long seedOf(final long seed, final int rank, final int iteration) {
        final long place = rank + ((long) iteration << Integer.SIZE);
        return new SplittableRandom(seed ^ new SplittableRandom(place).nextLong()).nextLong();
    }
}
