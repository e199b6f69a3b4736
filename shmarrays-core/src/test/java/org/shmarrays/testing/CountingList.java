package org.shmarrays.testing;

import java.util.AbstractList;
import java.util.List;

/**
 * A list that counts how often an element of it is asked for.
 *
 * @param <E> of the elements
 */
public final class CountingList<E> extends AbstractList<E> {
    private final List<E> elements;
    private long count;

    public CountingList(final List<E> elements) {
        this.elements = elements;
    }

    public long count() {
        return count;
    }

    @Override
    public E get(final int index) {
        count++;
        return elements.get(index);
    }

    @Override
    public int size() {
        return elements.size();
    }
}
