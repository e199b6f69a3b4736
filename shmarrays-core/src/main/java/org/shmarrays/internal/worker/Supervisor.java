package org.shmarrays.internal.worker;

import org.shmarrays.internal.layout.RunControlBlock;
import org.shmarrays.internal.segment.Segment;
import org.shmarrays.layout.WorkerState;

/**
 * The process that starts a run's workers again: it holds no slot, so the run control says who it is. For any thread;
 * of several supervisors of one segment the last one to publish counts.
 */
public final class Supervisor {
    private Supervisor() {}

    /**
     * Says that this process supervises; to be called before the run is named as supervised, and then again and
     * again.
     */
    public static void publish(final Segment segment) {
        final RunControlBlock runControl = segment.runControl();
        final ProcessIdentity self = ProcessIdentity.current();
        if (!self.equals(published(runControl))) {
            runControl.supervisorRelease(self.pid(), self.start(), self.bootId(), self.pidNamespace());
        }
    }

    /**
     * How the supervisor is: NONE if no run is supervised, ELSEWHERE if its process can't be looked at, or is not
     * named. It may have been killed and never have said that it ends: then it is GONE.
     */
    public static WorkerState state(final Segment segment) {
        final RunControlBlock runControl = segment.runControl();
        if (runControl.supervisedRunAcquire() == 0) {
            return WorkerState.NONE;
        }
        final ProcessIdentity supervisor = published(runControl);
        if (supervisor == null) {
            return WorkerState.ELSEWHERE;
        }
        // What ran before the machine was restarted is gone, whatever its namespace was.
        return supervisor.bootId() == ProcessIdentity.current().bootId() ? supervisor.state() : WorkerState.GONE;
    }

    /** The identity as it stands, or null while it is being written. */
    private static ProcessIdentity published(final RunControlBlock runControl) {
        final long pid = runControl.supervisorPidAcquire();
        final ProcessIdentity found = new ProcessIdentity(
                pid,
                runControl.supervisorStartAcquire(),
                runControl.supervisorBootIdAcquire(),
                runControl.supervisorPidNamespaceAcquire());
        return pid == 0 || pid != runControl.supervisorPidAcquire() ? null : found;
    }
}
