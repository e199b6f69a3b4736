package org.shmarrays.internal;

import org.shmarrays.RunControl;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.internal.access.ArrayPieces;
import org.shmarrays.internal.segment.EventReader;
import org.shmarrays.internal.segment.EventSource;
import org.shmarrays.internal.segment.PartitionAccess;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.internal.segment.SegmentRoot;
import org.shmarrays.internal.worker.RunMember;
import org.shmarrays.status.SegmentStatus;
import org.shmarrays.update.UpdateFunction;
import org.shmarrays.worker.Worker;

/** All ways between the public classes and the machinery: no public method hands out a segment, a lock or an offset. */
public final class Doors {
    /** From a handle to the segment that it is attached to. */
    public static final Door<ShmArrays, Segment> SEGMENT = new Door<>(ShmArrays.class);

    /** From a handle to its access to whole partitions; throws IllegalStateException if the handle is read-only. */
    public static final Door<ShmArrays, PartitionAccess> PARTITIONS = new Door<>(ShmArrays.class);

    /** From a handle to the values of arrays piece by piece. */
    public static final Door<ShmArrays, ArrayPieces> PIECES = new Door<>(ShmArrays.class);

    /** From settings to the directory of the segments. */
    public static final Door<Settings, SegmentRoot> ROOT = new Door<>(Settings.class);

    /** From a segment, mapped read-only or not, to what steers its run; read-only it can only be read. */
    public static final Door<Segment, RunControl> RUN_CONTROL = new Door<>(RunControl.class);

    /** From a segment, mapped read-only or not, to its counters. */
    public static final Door<Segment, SegmentStatus> STATUS = new Door<>(SegmentStatus.class);

    /** From the counters of a segment to a reader of its events, from the oldest one on. */
    public static final Door<SegmentStatus, EventReader> EVENTS = new Door<>(SegmentStatus.class);

    /** From what steers a run to the events that it leaves. */
    public static final Door<RunControl, EventSource> EVENT_SOURCE = new Door<>(RunControl.class);

    /** From a worker to its part of a run. */
    public static final Door<Worker, RunMember> MEMBER = new Door<>(Worker.class);

    /** From an update function to what the engine calls of it. */
    public static final Door<UpdateFunction, UpdateHooks> UPDATE = new Door<>(UpdateFunction.class);

    private Doors() {
        // constants only
    }
}
