package org.shmarrays.cli;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.shmarrays.internal.json.JsonText;
import org.shmarrays.report.LiveJson;
import org.shmarrays.report.LiveView;
import org.shmarrays.report.Look;
import org.shmarrays.report.ThinnedList;
import org.shmarrays.report.Watch;

/**
 * The newest view of a segment, as a numbered event that any number of threads may wait for. One thread looks; a slow
 * reader misses views, and delays no one. After the segment's removal there is a last event.
 */
final class LiveFeed {
    private static final int MOST_POINTS = 1_024;
    private static final double MS_PER_SECOND = 1e3;

    private final Watch watch;
    private final Duration interval;
    private final RecentEvents events;
    private final ThinnedList<Map<String, Object>> points = new ThinnedList<>(MOST_POINTS);
    private Event newest = new Event(0, null, false, null);

    /**
     * One view.
     *
     * @param number counted from 1
     * @param data the view as {@link LiveJson}, on one line; its {@code points} are those of the curves, {@code
     *     measured} those of what programs have measured, and its {@code events} are the segment's, up to 200
     * @param isLast whether no other follows, because the segment was removed
     * @param view what the data tell, null before the first look
     */
    record Event(long number, String data, boolean isLast, LiveView view) {}

    LiveFeed(final Watch watch, final Duration interval) {
        this.watch = watch;
        this.interval = interval;
        this.events = new RecentEvents(watch.eventReader());
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

    private synchronized void publish(final long number, final LiveView view, final boolean isLast) {
        final boolean hasRates = view.change().seconds() > 0;
        if (hasRates) {
            points.add(point(view));
        }
        events.read();
        newest = new Event(number, json(view, hasRates ? List.of(point(view)) : List.of()), isLast, view);
        notifyAll();
    }

    private static Map<String, Object> point(final LiveView view) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("seconds", (view.now().timeMs() - view.now().createdMs()) / MS_PER_SECOND);
        json.put("updatesPerSecond", view.change().updatesPerSecond());
        json.put("samplesPerSecond", view.change().samplesPerSecond());
        json.put("loss", view.change().total().meanLoss());
        return json;
    }

    private String json(final LiveView view, final List<Map<String, Object>> curvePoints) {
        final Map<String, Object> json = LiveJson.map(view);
        json.put("points", curvePoints);
        json.put("measured", events.measured(view.now().createdMs()));
        json.put("events", events.entries());
        return JsonText.write(json);
    }

    /** Waits for an event, and returns the newest, with the points of all before it. */
    synchronized Event first() throws InterruptedException {
        final Event event = after(0);
        return new Event(event.number(), json(event.view(), points.entries()), event.isLast(), event.view());
    }

    /** The newest event. */
    synchronized Event newest() {
        return newest;
    }

    /** Waits for an event after the one of this number, and returns the newest. */
    synchronized Event after(final long number) throws InterruptedException {
        while (newest.number() <= number) {
            wait();
        }
        return newest;
    }
}
