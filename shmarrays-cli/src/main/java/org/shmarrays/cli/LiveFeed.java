package org.shmarrays.cli;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.shmarrays.report.LiveJson;
import org.shmarrays.report.LiveView;
import org.shmarrays.report.Look;
import org.shmarrays.report.Watch;

/**
 * The newest view of a segment, as a numbered event that any number of threads may wait for. One thread looks; a slow
 * reader misses views, and delays no one. After the segment's removal there is a last event.
 */
final class LiveFeed {
    private final Watch watch;
    private final Duration interval;
    private Event newest = new Event(0, null, false, null);

    /**
     * One view.
     *
     * @param number counted from 1
     * @param data JSON on one line
     * @param isLast whether no other follows, because the segment was removed
     * @param view what the data tell, null before the first look
     */
    record Event(long number, String data, boolean isLast, LiveView view) {}

    LiveFeed(final Watch watch, final Duration interval) {
        this.watch = watch;
        this.interval = interval;
    }

    /** Looks, until the segment is removed or the thread is interrupted. */
    void run() throws InterruptedException {
        Look earlier = watch.look();
        LiveView view = LiveView.between(earlier, earlier); // no rates yet
        long number = 0;
        while (!watch.isRemoved()) {
            publish(++number, view, false);
            TimeUnit.NANOSECONDS.sleep(interval.toNanos());
            final Look later = watch.look();
            view = LiveView.between(earlier, later);
            earlier = later;
        }
        // The memory of a removed segment stays mapped, and tells how its workers have ended.
        publish(++number, LiveView.between(earlier, watch.look()), true);
    }

    private void publish(final long number, final LiveView view, final boolean isLast) {
        publish(new Event(number, LiveJson.write(view), isLast, view));
    }

    private synchronized void publish(final Event event) {
        newest = event;
        notifyAll();
    }

    /** The newest event. */
    synchronized Event newest() {
        return newest;
    }

    /** Waits for an event behind the one of this number, and returns the newest. */
    synchronized Event after(final long number) throws InterruptedException {
        while (newest.number() <= number) {
            wait();
        }
        return newest;
    }
}
