package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.deeplearning4j.datasets.iterator.utilty.ListDataSetIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.adapter.MultiDataSetIteratorAdapter;

@Timeout(value = 60, unit = TimeUnit.SECONDS)
class PrefetchTest {
    private static List<DataSet> batches(final int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Batches.ofSamples(DataType.DOUBLE, Configurations.INPUTS, i))
                .toList();
    }

    private static ListDataSetIterator<DataSet> iterator(final int count) {
        return new ListDataSetIterator<>(batches(count), 1);
    }

    /** Fails where the reader already waits for a batch; DL4J's own would leave it waiting. */
    private static final class Failing extends ListDataSetIterator<DataSet> {
        private static final long serialVersionUID = 1;

        private final transient CountDownLatch readerWaits;
        private final transient Error error;
        private int given;

        Failing(final CountDownLatch readerWaits, final Error error) {
            super(batches(1), 1);
            this.readerWaits = readerWaits;
            this.error = error;
        }

        @Override
        public boolean hasNext() {
            return true;
        }

        @Override
        public DataSet next() {
            if (given++ == 0) {
                return super.next();
            }
            try {
                readerWaits.await();
            } catch (final InterruptedException e) {
                throw new IllegalStateException(e);
            }
            if (error != null) {
                throw error;
            }
            throw new IllegalArgumentException("a bad record");
        }
    }

    private static void awaitWaiting(final Thread reader) {
        while (reader.getState() != Thread.State.TIMED_WAITING && reader.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldReadWhatTheIteratorHas() {
        final PrefetchedDataSetIterator ahead = new PrefetchedDataSetIterator(iterator(5));
        final List<Double> firsts = new ArrayList<>();
        for (int pass = 0; pass < 2; pass++) {
            while (ahead.hasNext()) {
                firsts.add(ahead.next().getFeatures().getDouble(0));
            }
            ahead.reset();
        }
        ahead.shutdown();

        final List<Double> once = batches(5).stream()
                .map(batch -> batch.getFeatures().getDouble(0))
                .toList();
        assertThat(firsts).hasSize(10).startsWith(once.toArray(new Double[0])).endsWith(once.toArray(new Double[0]));
    }

    @Test
    void shouldThrowWhatTheIteratorThrows() {
        final CountDownLatch readerWaits = new CountDownLatch(1);
        final PrefetchedDataSetIterator ahead = new PrefetchedDataSetIterator(new Failing(readerWaits, null));
        ahead.hasNext();
        ahead.next();
        release(readerWaits);

        assertThatThrownBy(ahead::hasNext)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a bad record");
        ahead.shutdown();
    }

    @Test
    void shouldThrowWhatTheIteratorOfSeveralInputsThrows() {
        final CountDownLatch readerWaits = new CountDownLatch(1);
        final PrefetchedMultiDataSetIterator ahead =
                new PrefetchedMultiDataSetIterator(new MultiDataSetIteratorAdapter(new Failing(readerWaits, null)));
        ahead.hasNext();
        ahead.next();
        release(readerWaits);

        assertThatThrownBy(ahead::hasNext)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a bad record");
        ahead.shutdown();
    }

    @Test
    void shouldNotWaitForAReaderThatHasDied() {
        final CountDownLatch readerWaits = new CountDownLatch(1);
        final PrefetchedDataSetIterator ahead =
                new PrefetchedDataSetIterator(new Failing(readerWaits, new AssertionError("as if out of memory")));
        ahead.hasNext();
        ahead.next();
        release(readerWaits);

        assertThatThrownBy(ahead::hasNext)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("the thread that reads batches ahead has ended")
                .hasRootCauseMessage("as if out of memory");
        ahead.shutdown();
    }

    /** Is asked to end while it reads a batch, and has further ones. */
    private static final class Endless extends ListDataSetIterator<DataSet> {
        private static final long serialVersionUID = 1;

        private final transient Thread ending = Thread.currentThread();
        private volatile boolean reads;
        private volatile boolean isInterrupted;
        private int given;

        Endless() {
            super(batches(1), 1);
        }

        @Override
        public boolean hasNext() {
            return true;
        }

        @Override
        public DataSet next() {
            if (++given == 2) {
                reads = true;
                awaitWaiting(ending);
                isInterrupted = Thread.interrupted(); // and goes on, as code does that ignores it
            }
            return batches(1).get(0);
        }

        /** Without a wait, because the reader takes that for the wait of a shutdown. */
        void awaitRead() {
            while (!reads) {
                Thread.onSpinWait();
            }
        }
    }

    /** An interrupt would close the channel that an iterator reads from. */
    @Test
    void shouldLetTheIteratorReadItsBatchToTheEnd() {
        final Endless iterator = new Endless();
        final PrefetchedDataSetIterator ahead = new PrefetchedDataSetIterator(iterator);
        iterator.awaitRead();
        ahead.shutdown();

        assertThat(iterator.isInterrupted).isFalse();
    }

    @Test
    void shouldLetTheIteratorOfSeveralInputsReadItsBatchToTheEnd() {
        final Endless iterator = new Endless();
        final PrefetchedMultiDataSetIterator ahead =
                new PrefetchedMultiDataSetIterator(new MultiDataSetIteratorAdapter(iterator));
        iterator.awaitRead();
        ahead.shutdown();

        assertThat(iterator.isInterrupted).isFalse();
    }

    @Test
    void shouldEndTheReaderOfAnInterruptedThread() {
        final PrefetchedDataSetIterator ahead = new PrefetchedDataSetIterator(iterator(5));
        Thread.currentThread().interrupt();
        ahead.shutdown();

        assertThat(Thread.interrupted()).isTrue();
    }

    /** Lets the iterator fail when this thread waits for it. */
    private static void release(final CountDownLatch readerWaits) {
        final Thread waiting = Thread.currentThread();
        new Thread(() -> {
                    awaitWaiting(waiting);
                    readerWaits.countDown();
                })
                .start();
    }
}
