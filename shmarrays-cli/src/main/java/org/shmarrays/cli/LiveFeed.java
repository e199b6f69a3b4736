package org.shmarrays.cli;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.shmarrays.report.LiveJson;
import org.shmarrays.report.LiveView;
import org.shmarrays.report.Look;
import org.shmarrays.report.Watch;

/**
 * The newest view of a segment, as a numbered event that any number of threads may wait for. One thread looks; a slow reader misses
 * views, and delays nobody. After the segment's removal there is a last event.
 */
final class LiveFeed {
    private final Watch watch;
    private final Duration interval;
    private Event newest = new Event(0, null, false);

    /**
     * One view.
     *
     * @param number counted from 1
     * @param data JSON on one line
     * @param isLast whether no other follows
     */
    record Event(long number, String data, boolean isLast) {}

    LiveFeed(final Watch watch, final Duration interval) {
        this.watch = watch;
        this.interval = interval;
    }

    /** Looks, until the segment is removed or the thread is interrupted. */
    void run() throws InterruptedException {
        Look earlier = watch.look();
        long number = 0;
        while (!watch.isRemoved()) {
            final Look later = watch.look();
            publish(new Event(++number, LiveJson.write(LiveView.between(earlier, later)), false));
            earlier = later;
            TimeUnit.NANOSECONDS.sleep(interval.toNanos());
        }
        publish(new Event(++number, LiveJson.write(LiveView.between(earlier, earlier)), true));
    }

    private synchronized void publish(final Event event) {
        newest = event;
        notifyAll();
    }

    /** Waits for an event behind the one of this number, and returns the newest. */
    synchronized Event after(final long number) throws InterruptedException {
        while (newest.number() <= number) {
            wait();
        }
        return newest;
    }
}
