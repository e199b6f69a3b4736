package org.shmarrays.dl4j;

/** Steps of a worker that takes no turns and is not stopped, and whose data is as it should be. */
abstract class FreeSteps implements Dealer.Steps {
    private Runnable whenPushed;

    /** Pushes the batch that was announced last. */
    final void push() {
        whenPushed.run();
    }

    @Override
    public boolean shouldStop() {
        return false;
    }

    @Override
    public final void takeTurn() {}

    @Override
    public final void giveTurnBack() {}

    @Override
    public final void announceBatch(final Runnable onPush) {
        whenPushed = onPush;
    }

    @Override
    public void warn(final String what, final String values, final String advice) {
        throw new AssertionError(what + ": " + values);
    }
}
