package org.shmarrays.dl4j;

/**
 * Words of which each access may be the last one.
 *
 * @param words the words themselves
 * @param beforeAccess may throw, and then there is no access
 */
record WatchedWords(Words words, Runnable beforeAccess) implements Words {
    @Override
    public long get(final int index) {
        beforeAccess.run();
        return words.get(index);
    }

    @Override
    public void set(final int index, final long value) {
        beforeAccess.run();
        words.set(index, value);
    }

    @Override
    public boolean compareAndSet(final int index, final long expected, final long value) {
        beforeAccess.run();
        return words.compareAndSet(index, expected, value);
    }

    @Override
    public void whileNoOtherChanges(final Runnable changes) {
        changes.run();
    }
}
