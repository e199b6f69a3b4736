package org.shmarrays.launch;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.shmarrays.internal.layout.EventKind;

// Over 300 lines: the life of one rank, under one lock.
/**
 * One rank of a group over all its processes: started, watched, started again, taken away. A thread of its own follows
 * it from its start to its end. Its fields are guarded by the group's lock.
 */
final class Member {
    private static final int NOT_STARTED_EXIT_CODE = 143;
    private static final int NOT_FOLLOWED_EXIT_CODE = 1;
    private static final int LINES_TOLD = 5;
    private static final Duration OUTPUT_TIMEOUT = Duration.ofSeconds(2);

    private final MemberGroup group;
    private final Object lock;
    private final int rank;
    private final Supervision supervision;
    private final RestartBackoff backoff;
    private final RestartBudget budget;
    private WorkerProcess process;
    private int exitCode = NOT_STARTED_EXIT_CODE;
    private int restarts;
    private int attempts;

    /** The last process that failed of its own accord, and the code it ended with; null while none has. */
    private WorkerProcess failed;

    private int failedCode;
    private boolean isUnfinished;
    private boolean isLeaving;
    private boolean hasLeft;
    private boolean isToComeBack;

    /** The number of workers before this one was added; -1 if the run began with it. */
    private int workersBefore = -1;

    Member(final MemberGroup group, final int rank, final Supervision supervision) {
        this.group = group;
        this.lock = group.lock();
        this.rank = rank;
        this.supervision = supervision;
        this.backoff = new RestartBackoff(supervision.firstPause(), supervision.longestPause());
        this.budget = new RestartBudget(supervision.restarts(), supervision.restartWindow());
    }

    boolean wasStarted() {
        return process != null;
    }

    WorkerProcess process() {
        return process;
    }

    int exitCode() {
        return exitCode;
    }

    int restartCount() {
        return restarts;
    }

    boolean isUnfinished() {
        return isUnfinished;
    }

    List<String> lastLines() {
        return process == null ? List.of() : process.lastLines();
    }

    /** Its last failure; empty where none of its processes failed of its own accord. */
    Optional<GroupResult.Failure> failure() {
        return Optional.ofNullable(failed)
                .map(process -> new GroupResult.Failure(
                        rank,
                        process.pid(),
                        failedCode,
                        process.lastError().message(),
                        process.lastError().rootCause(),
                        process.lastLines(),
                        Optional.ofNullable(process.logFile())));
    }

    /** Starts a rank that the run begins with. With the lock. */
    void enter() throws IOException {
        enter(false);
    }

    /**
     * Adds the rank to a run of so many workers, if it has never been there, or has left; one that is leaving comes
     * back. With the lock.
     */
    void enterAfter(final int workers) throws IOException {
        workersBefore = workers;
        enter(true);
    }

    private void enter(final boolean late) throws IOException {
        if (isLeaving || isUnfinished && hasLeft) {
            isLeaving = false;
            isToComeBack = true;
        } else if (!isUnfinished && (process == null || hasLeft)) {
            start(late, "started");
            hasLeft = false;
            try {
                WorkerProcess.daemon("shmarrays-worker-" + rank, this::follow).start();
                isUnfinished = true;
            } catch (final Throwable e) {
                process.kill(); // no thread would follow it to its end
                throw e;
            }
        }
    }

    private void start(final boolean late, final String event) throws IOException {
        process = WorkerProcess.start(
                group.plan(),
                group.plan().environment(rank, group.worldSize(), restarts, late),
                late ? group.mayCreate() : null,
                group.output(),
                attempts);
        final LogEvent started = event(event, attempts++);
        if (process.logFile() != null) {
            started.with("log", process.logFile().getFileName().toString());
        }
        group.output().event(started);
    }

    private void logExit(final int code) {
        group.output()
                .event(event("exited", attempts - 1)
                        .with("exitCode", code)
                        .with("signal", ExitCode.signal(code).orElse(null)));
    }

    private LogEvent event(final String name, final int attempt) {
        return LogEvent.of(name).with("rank", rank).with("attempt", attempt).with("pid", process.pid());
    }

    /** Has it end: the run control asks it to, and after a while signals do. Does not wait. */
    void leave() {
        final WorkerProcess leaving;
        synchronized (lock) {
            isToComeBack = false;
            if (!isUnfinished || hasLeft) {
                return;
            }
            isLeaving = true;
            leaving = process;
            lock.notifyAll();
        }
        WorkerProcess.daemon("shmarrays-leaving-" + rank, () -> see(leaving)).start();
    }

    /** Sees a leaving process off. */
    private void see(final WorkerProcess leaving) {
        if (!awaitExit(leaving, supervision.leaveGrace())) {
            leaving.terminate();
            if (!awaitExit(leaving, supervision.stopGrace())) {
                leaving.kill();
                group.output().sayKilled(rank, leaving.pid(), supervision.stopGrace());
            }
        }
    }

    /** False if after this time the process runs and is still to leave. */
    private boolean awaitExit(final WorkerProcess leaving, final Duration patience) {
        synchronized (lock) {
            return LockWait.uninterruptibly(lock, patience, () -> process == leaving && isLeaving && leaving.isAlive());
        }
    }

    /** The rank's own thread: from its start to its end. */
    private void follow() {
        try {
            followToTheEnd();
        } catch (final Throwable e) {
            failToFollow();
            throw e; // the thread's handler prints it
        } finally {
            group.finished();
        }
    }

    private void followToTheEnd() {
        boolean goesOn = true;
        while (goesOn) {
            final WorkerProcess ended;
            synchronized (lock) {
                ended = process;
            }
            final int code = ended.awaitExit();
            group.ended();
            goesOn = goesOnAfter(code);
            ended.awaitOutput(OUTPUT_TIMEOUT);
            goesOn = goesOn && startAgain(ended, code) || comesBack(ended, code);
        }
    }

    /** The process would go on unseen, so it is killed, and the run fails. */
    private void failToFollow() {
        synchronized (lock) {
            try {
                exitCode = NOT_FOLLOWED_EXIT_CODE;
                process.kill();
                group.failed(rank);
            } finally {
                isUnfinished = false;
            }
        }
    }

    /** True if the rank was added again while its last process ended; else it has ended for good. */
    private boolean comesBack(final WorkerProcess ended, final int code) {
        synchronized (lock) {
            if (isToComeBack && startAgain(ended, code)) {
                return true;
            }
            isUnfinished = false;
            return false;
        }
    }

    /** Decides what the end of a process means: for the rank, and for the run. */
    private boolean goesOnAfter(final int code) {
        synchronized (lock) {
            exitCode = code;
            logExit(code);
            lock.notifyAll();
            if (group.isStopping()) {
                return false;
            }
            if (isLeaving) {
                isLeaving = false;
                hasLeft = true;
                return false;
            }
            if (isToComeBack) {
                return true;
            }
            if (code == 0) {
                return false;
            }
            failed = process;
            failedCode = code;
            group.tell(EventKind.FAILED, process, code, attempts - 1, ExitCode.cause(code));
            group.noteFailure(rank);
            if (!group.isLost() && budget.take(System.nanoTime())) {
                return true;
            }
            fail(cause(process, code));
            return false;
        }
    }

    /** It ends for good: with the run, or, where it was added to it, alone. With the lock. */
    private void fail(final String reason) {
        if (workersBefore < 0 || group.isLost()) {
            group.failed(rank);
        } else {
            hasLeft = true;
            group.refuse(workersBefore, reason);
        }
    }

    /** Starts the rank again, after a pause where it failed; false if it is not wanted any more. */
    private boolean startAgain(final WorkerProcess ended, final int code) {
        synchronized (lock) {
            final boolean isRestart = !isToComeBack;
            if (isToComeBack) {
                isToComeBack = false;
                hasLeft = false;
            } else {
                restarts++;
                final Duration pause = backoff.after(ended.age());
                group.output().say(report(ended, code, pause));
                LockWait.uninterruptibly(lock, pause, () -> !group.isStopping() && !group.isLost() && !isLeaving);
            }
            if (group.isStopping()) {
                return false;
            }
            if (group.isLost()) {
                group.failed(rank);
                return false;
            }
            if (isLeaving) {
                isLeaving = false;
                hasLeft = true;
                return false;
            }
            try {
                start(true, isRestart ? "restarted" : "started");
                if (isRestart) {
                    group.tell(EventKind.RESTARTED, process, restarts, code, ExitCode.cause(code));
                }
                return true;
            } catch (final IOException | Error e) {
                final String reason = "worker " + rank + " can't be restarted: " + e.getMessage();
                group.output().say(reason);
                fail(reason);
                return false;
            }
        }
    }

    private String cause(final WorkerProcess ended, final int code) {
        return "worker " + rank + " of " + group.worldSize() + " (pid " + ended.pid() + ") " + ExitCode.cause(code);
    }

    /** With the lock. */
    private String report(final WorkerProcess ended, final int code, final Duration pause) {
        final List<String> lines = ended.lastLines();
        final StringBuilder report = new StringBuilder(cause(ended, code) + "; it restarts in " + pause.toMillis()
                + " ms, " + budget.describe() + (group.othersThanCount(rank) == 0 ? "" : ", the others go on"));
        if (!lines.isEmpty()) {
            report.append("; its last lines:");
            lines.subList(Math.max(0, lines.size() - LINES_TOLD), lines.size())
                    .forEach(line -> report.append("\n    ").append(line));
        }
        return report.toString();
    }
}
