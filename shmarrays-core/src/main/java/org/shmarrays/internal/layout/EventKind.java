package org.shmarrays.internal.layout;

import java.util.Arrays;
import java.util.Locale;

/**
 * What an event tells, with its code in the ring. The meaning of an event's two values and of its text is the kind's:
 * {@code docs/format/events.md}, "Kinds".
 */
public enum EventKind {
    /** The segment was created. */
    CREATED(1),
    /** A worker joined its run. */
    JOINED(2),
    /** A worker closed its handle. */
    LEFT(3),
    /** A worker's process failed, as its launcher saw it. */
    FAILED(4),
    /** A launcher started a failed worker again. */
    RESTARTED(5),
    /** Locks of a dead or abandoned slot were freed, after a repair where one was needed. */
    RECOVERED(6),
    /** A partition was found half changed, and can't be repaired. */
    DAMAGED(7),
    /** A setting of the run was changed. */
    SET(8),
    /** The run was asked to stop. */
    STOP_ASKED(9),
    /** A stop was taken back. */
    RESUMED(10),
    /** A checkpoint was written. */
    CHECKPOINT_WRITTEN(11),
    /** A checkpoint was put into the segment. */
    RESTORED(12),
    /** Values of a file were put into arrays. */
    IMPORTED(13),
    /** A worker was seen stopped, by SIGSTOP, a debugger or a frozen control group. */
    WORKER_STOPPED(14),
    /** A worker that was seen stopped goes on. */
    WORKER_CONTINUED(15),
    /** A program measured something, such as an accuracy. */
    MEASURED(16),
    /** A remark of a program or a user. */
    NOTE(17);

    private static final EventKind[] BY_CODE = byCode();

    private final int code;

    EventKind(final int code) {
        this.code = code;
    }

    private static EventKind[] byCode() {
        final EventKind[] kinds = new EventKind
                [Arrays.stream(values()).mapToInt(EventKind::code).max().orElse(0) + 1];
        for (final EventKind kind : values()) {
            kinds[kind.code] = kind;
        }
        return kinds;
    }

    /** The number that stands for it in shared memory. */
    public int code() {
        return code;
    }

    /** The kind of a code, or null if there is none. */
    public static EventKind ofCode(final int code) {
        return code < 0 || code >= BY_CODE.length ? null : BY_CODE[code];
    }

    /** Its name for programs, such as {@code worker-stopped}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
