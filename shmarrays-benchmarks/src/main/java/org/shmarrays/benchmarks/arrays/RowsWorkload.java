package org.shmarrays.benchmarks.arrays;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.shmarrays.ArrayHandle;
import org.shmarrays.Settings;
import org.shmarrays.ShmArrays;
import org.shmarrays.benchmarks.harness.Candidate;
import org.shmarrays.benchmarks.harness.Rendezvous;
import org.shmarrays.benchmarks.harness.Workload;
import org.shmarrays.benchmarks.loops.PlainSparseLoops;
import org.shmarrays.benchmarks.loops.SparseLoops;
import org.shmarrays.benchmarks.loops.VectorLoops;
import org.shmarrays.layout.Mode;
import org.shmarrays.worker.Worker;

/** Calls for random rows of a table in a worker process: bare loops, which share one memory, then modes. */
public final class RowsWorkload implements Workload {
    private static final int FIXED_ARGUMENTS = 3;

    private final ArraySet set;
    private final RowOp op;
    private final Rendezvous rendezvous;
    private final Draws draws;
    private final Limit limit;
    private final Draws.Turn limitTurn;
    private final AtomicBuffer limitCalls;
    private final List<Candidate> candidates = new ArrayList<>();
    private final List<ShmArrays> segments = new ArrayList<>();

    /** Arguments: set, operation, a name for files of the bare loops, then candidates. */
    public RowsWorkload(final Rendezvous rendezvous, final String... arguments) {
        this.set = ArraySet.of(arguments[0]);
        this.op = RowOp.valueOf(arguments[1]);
        this.rendezvous = rendezvous;
        final int[] shape = set.shapes().get(0);
        this.draws = new Draws(shape[0], shape[1]);
        final Path file = Path.of(arguments[2]);
        this.limit = new Limit(set, op.stateCount(), file, null, rendezvous.rank() == 0);
        this.limitTurn = turn();
        this.limitCalls = calls(file, "limit");
        for (int i = FIXED_ARGUMENTS; i < arguments.length; i++) {
            final String name = arguments[i];
            candidates.add(LimitLoop.isLabel(name) ? bare(LimitLoop.ofLabel(name)) : inMode(name, file));
        }
    }

    /** Where the workers of a candidate leave the number of their calls. */
    private AtomicBuffer calls(final Path file, final String name) {
        final Path counts = file.resolveSibling(file.getFileName() + "-calls-" + name);
        return new UnsafeBuffer(Limit.map(counts, (long) rendezvous.workers() * Long.BYTES));
    }

    private Candidate bare(final LimitLoop loop) {
        final SparseLoops loops = loop == LimitLoop.VECTOR
                ? VectorLoops.ofRows(limit.memory(), draws.rowLength())
                : new PlainSparseLoops(limit.memory(), draws.rowLength());
        // What is updated by all loops is counted for all together; what is read is seen in the buffer of one.
        final Draws.Turn turn = op == RowOp.GATHER ? turn() : limitTurn;
        final float[] buffer = draws.gradients();
        final boolean racing = rendezvous.workers() > 1;
        return new RowsCandidate(
                rendezvous.rank(),
                op.limitPass(loops, turn, buffer),
                limitCalls,
                op == RowOp.GATHER
                        ? checkOfGather(turn, buffer)
                        : calls -> new RowsCheck(op, draws, racing, false, calls).wrongValues(this::limitRow));
    }

    private void limitRow(final int row, final float[] into) {
        limit.memory()[0].asFloatBuffer().get(row * draws.rowLength(), into);
    }

    private Candidate inMode(final String name, final Path file) {
        final Mode mode = Mode.valueOf(name.toUpperCase(Locale.ROOT));
        final String segment = file.getFileName() + "-" + name;
        final Settings settings =
                Settings.fromProperties().withSlots(rendezvous.workers() + 1).withWorkerTimeout(Duration.ofMinutes(1));
        if (rendezvous.rank() == 0) {
            ShmArrays.create(
                            segment,
                            set.specs(mode, op.stateCount()),
                            created -> created.array(set.arrayName(0)).write(limit.memory()[0].asFloatBuffer()),
                            settings)
                    .close();
        }
        final ShmArrays arrays =
                ShmArrays.attach(Worker.of(rendezvous.rank(), rendezvous.workers()), segment, settings);
        segments.add(arrays);
        final ArrayHandle table = arrays.array(set.arrayName(0));
        final Draws.Turn turn = turn();
        final float[] buffer = draws.gradients();
        final boolean racing = mode == Mode.HOGWILD && rendezvous.workers() > 1;
        return new RowsCandidate(
                rendezvous.rank(),
                op.pass(table, turn, buffer),
                calls(file, name),
                op == RowOp.GATHER
                        ? checkOfGather(turn, buffer)
                        : calls -> new RowsCheck(op, draws, racing, true, calls)
                                .wrongValues((row, into) -> table.gather(new int[] {row}, into)));
    }

    private RowsCandidate.Checking checkOfGather(final Draws.Turn turn, final float[] gathered) {
        return calls -> {
            long wrong = 0;
            int i = 0;
            for (final int row : turn.lastRows()) {
                for (int column = 0; column < draws.rowLength(); column++) {
                    wrong += gathered[i++] == (float) Values.initial((long) row * draws.rowLength() + column) ? 0 : 1;
                }
            }
            return wrong;
        };
    }

    private Draws.Turn turn() {
        return draws.turn(rendezvous.rank(), rendezvous.workers());
    }

    @Override
    public Candidate candidate(final int number) {
        return candidates.get(number);
    }

    @Override
    public void close() {
        segments.forEach(ShmArrays::close);
    }
}
