package org.shmarrays.launch;

import java.nio.file.Path;
import org.shmarrays.internal.layout.EventKind;

/** What a member asks of its group, and reports to it. The member holds the lock, except where it says otherwise. */
interface MemberGroup {
    Object lock();

    WorkerPlan plan();

    WorkerOutput output();

    /** The wanted number of workers. */
    int worldSize();

    boolean isStopping();

    /** Whether the segment is lost, so that no rank is started again. */
    boolean isLost();

    /** The segment that a worker which is started again may create, because there has been none; else null. */
    Path mayCreate();

    /** How many other ranks go on. */
    int othersThanCount(int rank);

    /** A process has ended. Finds out whether the segment is lost. Without the lock. */
    void ended();

    /** A process of a rank has failed of its own accord. */
    void noteFailure(int rank);

    /** A rank has failed and is not started again: the run ends. */
    void failed(int rank);

    /** A worker that was added to {@code before} others has failed for good: the others go on without it. */
    void refuse(int before, String reason);

    /** A rank has ended for good. Without the lock. */
    void finished();

    /** Records an event about a worker's process, if its segment is there. */
    void tell(EventKind kind, WorkerProcess worker, long value, long secondValue, String text);
}
