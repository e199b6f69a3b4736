package org.shmarrays.dl4j;

/** Words of one thread. */
record MemoryWords(long[] memory) implements Words {
    @Override
    public long get(final int index) {
        return memory[index];
    }

    @Override
    public void set(final int index, final long value) {
        memory[index] = value;
    }

    @Override
    public boolean compareAndSet(final int index, final long expected, final long value) {
        final boolean isSet = memory[index] == expected;
        memory[index] = isSet ? value : memory[index];
        return isSet;
    }

    @Override
    public void whileNoOtherChanges(final Runnable changes) {
        changes.run();
    }
}
