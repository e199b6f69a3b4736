package org.shmarrays.dl4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.shmarrays.dl4j.Claims.Unit;
import org.shmarrays.dl4j.NumberedBatches.Numbered;

/**
 * Workers that go through data, one step after the other in one thread. At each access to the shared words another
 * worker may make steps, or the worker is killed; workers are started again, added and removed. Some fits are stopped,
 * of which one worker sees the stop. A checkpoint is written at an access, and another run goes on from it.
 */
final class SimulatedRun {
    private static final int BATCHES_OF_SHARD = 3;
    private static final int PASSES_OF_FIT = 2;
    private static final boolean ENDED = true;
    private static final boolean BEGUN = false;
    private static final int MOST_WORKERS = 5;

    private final Random random;
    private final boolean isSharded;
    private final boolean canGoBack;
    private final int passes;
    private final int[] batches;
    private final double kills;
    private final Claims.Run run;
    private final long[] memory;
    private final List<Process> processes = new ArrayList<>();
    private final Map<List<Integer>, Integer> trained = new HashMap<>();
    private final Map<List<Integer>, Integer> cutOff = new HashMap<>();
    private final Map<Integer, Integer> shards = new HashMap<>();

    /** The pass over the data of each pass of the run, and the pass of each fit that was cut off. */
    private final Map<Integer, Integer> passesOfRun = new HashMap<>();

    private final Map<Integer, Integer> cuts = new HashMap<>();

    /** Batches of passes that have ended, of which a worker has warned that they are not trained on. */
    private final Set<List<Integer>> warnedOf = new HashSet<>();

    private int stops;
    private int pushes;
    private boolean isPaused;
    private Checkpoint checkpoint;
    private final Set<Process> active = new HashSet<>();
    private int workers;
    private long epoch = 3;

    /** What is known at an instant at which no worker pushes. */
    private record Checkpoint(
            long[] memory,
            Map<List<Integer>, Integer> trained,
            Map<List<Integer>, Integer> cutOff,
            Map<Integer, Integer> shards,
            Map<Integer, Integer> passesOfRun,
            Map<Integer, Integer> cuts,
            Set<List<Integer>> warnedOf,
            long epoch) {}

    private static final class Waits extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    /**
     * A run.
     *
     * @param isSharded whether the data is opened as shards, and else dealt batch by batch
     * @param canGoBack whether the iterators can
     * @param kills how probable a kill is at an access to the shared words
     */
    SimulatedRun(final long seed, final boolean isSharded, final boolean canGoBack, final double kills) {
        this.random = new Random(seed);
        this.isSharded = isSharded;
        this.canGoBack = canGoBack;
        this.kills = kills;
        this.run = Claims.Run.of(77);
        this.memory = new long[Claims.LENGTH];
        this.passes = 1 + random.nextInt(4);
        this.batches = random.ints(passes, 0, 8).toArray();
        this.workers = 1 + random.nextInt(4);
        this.stops = random.nextInt(3);
        start();
    }

    /** A run that goes on from the checkpoint of another one, in another segment. */
    private SimulatedRun(final SimulatedRun before) {
        final Checkpoint from = before.checkpoint;
        this.random = before.random;
        this.isSharded = before.isSharded;
        this.canGoBack = before.canGoBack;
        this.kills = before.kills;
        this.run = new Claims.Run(
                before.run.key() + 1, () -> before.run.segment().getAsLong() + 1, () -> true, false, true);
        this.memory = from.memory;
        this.passes = before.passes;
        this.batches = before.batches;
        this.workers = 1 + random.nextInt(4);
        this.stops = random.nextInt(2);
        trained.putAll(from.trained);
        cutOff.putAll(from.cutOff);
        shards.putAll(from.shards);
        passesOfRun.putAll(from.passesOfRun);
        cuts.putAll(from.cuts);
        warnedOf.addAll(from.warnedOf);
        epoch = from.epoch;
        start();
    }

    private void start() {
        for (int rank = 0; rank < workers; rank++) {
            processes.add(new Process(rank, false));
        }
    }

    private void save() {
        final Map<List<Integer>, Integer> repeated = new HashMap<>(cutOff);
        processes.stream() // a truncated one, of which some pushes are in the checkpoint
                .filter(each -> each.isLive() && each.underWay != null)
                .forEach(each -> repeated.merge(each.underWay, 1, Integer::sum));
        checkpoint = new Checkpoint(
                memory.clone(),
                new HashMap<>(trained),
                repeated,
                new HashMap<>(shards),
                new HashMap<>(passesOfRun),
                new HashMap<>(cuts),
                new HashSet<>(warnedOf),
                epoch);
    }

    /** A worker from its start to its end or death. */
    private final class Process extends FreeSteps {
        private final int rank;
        private final boolean isLate;
        private Claims claims;
        private int fit = 1;
        private int first;
        private int ofFit;
        private int endedPasses;
        private Dealer dealer;
        private List<Integer> underWay;
        private boolean isDead;
        private boolean isEnded;

        Process(final int rank, final boolean isLate) {
            this.rank = rank;
            this.isLate = isLate;
        }

        /** Before each access others may step, and before each change this worker may be killed. */
        private final class ProcessWords implements Words {
            private final Words words = new MemoryWords(memory);

            @Override
            public long get(final int index) {
                letOthersStep();
                return words.get(index);
            }

            @Override
            public void set(final int index, final long value) {
                reach();
                words.set(index, value);
            }

            @Override
            public boolean compareAndSet(final int index, final long expected, final long value) {
                reach();
                return words.compareAndSet(index, expected, value);
            }

            @Override
            public void whileNoOtherChanges(final Runnable changes) {
                if (pushes > 0) {
                    throw new Waits();
                }
                isPaused = true;
                try {
                    changes.run();
                } finally {
                    isPaused = false;
                }
            }
        }

        private boolean isLive() {
            return !isDead && !isEnded;
        }

        private void reach() {
            if (random.nextDouble() < kills) {
                throw new Killed();
            }
            letOthersStep();
        }

        /** A kill before a read is one before the change after it. */
        private void letOthersStep() {
            if (isPaused) {
                return;
            }
            if (pushes == 0 && random.nextInt(100) == 0) {
                save();
            }
            if (active.size() < 3 && random.nextInt(20) == 0) {
                stepOfAny();
            }
        }

        @Override
        public boolean shouldStop() {
            final int next = claims.passAfterCut(fit, first);
            return rank >= workers || next > 0 && first + ofFit >= next - Claims.CUT || seesStop();
        }

        private boolean seesStop() {
            final boolean isSeen = stops > 0 && random.nextInt(30) == 0;
            stops -= isSeen ? 1 : 0;
            return isSeen;
        }

        @Override
        public void pause() {
            throw new Waits();
        }

        void step() {
            active.add(this);
            try {
                advance();
            } catch (final Waits e) {
                underWay = null; // it was done before the next one was asked for
            } catch (final Killed e) {
                isDead = true;
                if (underWay != null) {
                    cutOff.merge(underWay, 1, Integer::sum);
                }
            } finally {
                active.remove(this);
            }
        }

        private void advance() {
            if (claims == null) {
                claims = new Claims(
                        new ProcessWords(),
                        rank,
                        new Claims.Run(run.key(), run.segment(), () -> true, isLate, true),
                        SimulatedRun.this::isAlive);
            }
            if (first == 0) {
                first = claims.firstPass();
                forgetWhatIsTakenBack(claims);
            } else if (isBeginning()) {
                return; // at the barrier
            } else if (dealer == null) {
                begin();
            } else if (dealer.hasNext()) {
                train();
            } else {
                leave();
            }
        }

        /** The present pass over the data. */
        private int pass() {
            return (fit - 1) * PASSES_OF_FIT + ofFit;
        }

        private int passesOfFit() {
            return Math.min(PASSES_OF_FIT, passes - (fit - 1) * PASSES_OF_FIT);
        }

        private void begin() {
            final int number = first + ofFit;
            if (ofFit == passesOfFit() || shouldStop()) {
                endFit();
            } else if (claims.isOver(number)
                    && !claims.isInHand(number)
                    && claims.orphans(number, number, other -> other >= workers).isEmpty()) {
                leave();
            } else {
                claims.enter(number, epoch);
                passesOfRun.putIfAbsent(number, pass());
                assertThat(pass()).isEqualTo(passesOfRun.get(number));
                dealer = isSharded ? shardDealer(number) : batchDealer(number);
            }
        }

        private void endFit() {
            int next = claims.passAfterCut(fit, first);
            if (next == 0 && ofFit < passesOfFit()) {
                if (rank >= workers) {
                    claims.giveBackAll(first, first + passesOfFit() - 1);
                    isEnded = true;
                    return;
                }
                claims.cut(fit, first, first + passesOfFit(), epoch, random.nextBoolean());
                next = claims.passAfterCut(fit, first);
            }
            final long begun = claims.presentEpoch(); // others may step meanwhile
            epoch = Math.max(epoch, begun);
            final int ended = next == 0 ? passesOfFit() : next - Claims.CUT - first;
            leaveFit(ended, next == 0 ? first + passesOfFit() : next);
            if (next > 0) {
                assertThat(cuts.merge(fit, ended, Math::max)).isEqualTo(ended);
            }
            endedPasses += ended;
            first = next == 0 ? first + passesOfFit() : next;
            fit++;
            ofFit = 0;
            isEnded = (fit - 1) * PASSES_OF_FIT >= passes;
        }

        private void leaveFit(final int ended, final int firstOfNextFit) {
            final List<Unit> left = new ArrayList<>(claims.orphans(first, first + ended - 1, each -> true));
            left.addAll(claims.giveBackAll(first, firstOfNextFit - 1));
            left.removeIf(unit -> unit.pass() >= first + ended);
            left.forEach(unit -> warnedOf.add(List.of(passesOfRun.get(unit.pass()), unit.index())));
        }

        private Dealer batchDealer(final int number) {
            final BatchStream stream = BatchStream.of(
                    canGoBack
                            ? new NumberedBatches.Skipping(0, batches[pass()])
                            : new NumberedBatches(0, batches[pass()]));
            final boolean isLast = ofFit == passesOfFit() - 1;
            return new BatchDealer(
                    this,
                    claims,
                    stream,
                    number,
                    () -> epoch,
                    other -> isLast || other >= workers,
                    other -> other >= workers);
        }

        private Dealer shardDealer(final int number) {
            final ShardedData data = shard -> {
                assertThat(shard.epoch()).isEqualTo(3 + endedPasses + ofFit);
                assertThat(shards.merge(pass(), shard.worldSize(), Math::max)).isEqualTo(shard.worldSize());
                final int first = shard.rank() * BATCHES_OF_SHARD;
                final int count = shard.rank() % (BATCHES_OF_SHARD + 1); // the first one is empty
                return canGoBack ? new NumberedBatches.Skipping(first, count) : new NumberedBatches(first, count);
            };
            return new ShardDealer(this, claims, data, number, () -> workers, () -> epoch);
        }

        private void train() {
            final int batch = ((Numbered) dealer.next()).number;
            reach(); // or it is killed before its push
            underWay = List.of(pass(), batch);
            trained.merge(underWay, 1, Integer::sum);
            if (random.nextBoolean()) { // else it is truncated, and done when the next one is asked for
                pushes++;
                try {
                    push();
                } finally {
                    pushes--;
                }
                underWay = null;
            } else {
                dealer.hasNext();
                underWay = null;
            }
        }

        private void leave() {
            final boolean isCutOff = dealer != null && dealer.isCutOff();
            if (isCutOff) {
                dealer.giveBack();
                endFit();
            } else {
                final long begun = claims.presentEpoch(); // others may step meanwhile
                epoch = Math.max(epoch, begun);
                ofFit++;
            }
            dealer = null;
        }
    }

    private boolean isBeginning() {
        return processes.stream().anyMatch(each -> each.isLive() && !each.isLate && each.first == 0);
    }

    /** Before any worker of the run trains: fits that were interrupted go on. */
    private void forgetWhatIsTakenBack(final Claims claims) {
        if (isBeginning()) {
            return;
        }
        final long head = claims.head();
        passesOfRun.keySet().removeIf(number -> number > Claims.pass(head));
        List.copyOf(cuts.keySet()).stream()
                .filter(fit -> claims.passAfterCut(fit, 0) == 0)
                .toList()
                .forEach(cuts::remove);
    }

    private boolean isAlive(final int rank) {
        return processes.stream().anyMatch(each -> each.rank == rank && each.isLive());
    }

    private void stepOfAny() {
        final List<Process> others = processes.stream()
                .filter(Process::isLive)
                .filter(each -> !active.contains(each))
                .toList();
        if (!others.isEmpty()) {
            others.get(random.nextInt(others.size())).step();
        }
    }

    private void changeWorkers() {
        for (final Process dead : processes.stream()
                .filter(each -> each.isDead && each.rank < workers && !isAlive(each.rank))
                .toList()) {
            if (random.nextBoolean()) {
                processes.remove(dead);
                processes.add(new Process(dead.rank, true));
            }
        }
        if (kills > 0 && random.nextInt(60) == 0 && workers < MOST_WORKERS && !isAlive(workers)) {
            final int added = workers++;
            processes.removeIf(each -> each.rank == added);
            processes.add(new Process(added, true));
        } else if (kills > 0 && random.nextInt(60) == 0 && workers > 1) {
            workers--;
        }
    }

    /** Runs all to the end, and checks what was trained. */
    void run(final String description) {
        int rounds = 0;
        while (processes.stream().anyMatch(each -> each.isLive() || each.rank < workers && each.isDead)) {
            assertThat(rounds++).as("rounds: %s", description).isLessThan(20_000);
            stepOfAny();
            changeWorkers();
        }
        check(description);
        if (checkpoint != null && random.nextBoolean()) {
            new SimulatedRun(this).run(description + ", resumed");
        }
    }

    private void check(final String description) {
        final Claims claims = new Claims(new MemoryWords(memory), MOST_WORKERS, run, rank -> false);
        final Set<List<Integer>> lost = new HashSet<>();
        passesOfRun.forEach((number, pass) -> claims.orphans(
                        number, number, rank -> passesThat(ENDED).contains(pass))
                .forEach(unit -> lost.add(List.of(pass, unit.index()))));
        if (isSharded || kills == 0) {
            assertThat(warnedOf).as("lost: %s", description).containsAll(lost);
        }
        assertThat(batchesOf(passesThat(BEGUN))).as("trained: %s", description).containsAll(trained.keySet());
        for (final List<Integer> batch : batchesOf(passesThat(ENDED))) {
            if (!lost.contains(batch) && !warnedOf.contains(batch)) {
                assertThat(trained).as("trained: %s", description).containsKey(batch);
            }
        }
        trained.forEach((batch, times) -> assertThat(times)
                .as("pass and batch %s: %s", batch, description)
                .isLessThanOrEqualTo(1 + cutOff.getOrDefault(batch, 0)));
        assertThat(epoch)
                .as("epoch: %s", description)
                .isEqualTo(3 + passesThat(ENDED).size());
    }

    /** Passes over the data that have ended, and on request those that were cut off. */
    private List<Integer> passesThat(final boolean haveEnded) {
        return IntStream.range(0, passes)
                .filter(pass -> {
                    final int ended = cuts.getOrDefault(pass / PASSES_OF_FIT + 1, PASSES_OF_FIT);
                    return pass % PASSES_OF_FIT < ended + (haveEnded ? 0 : 1);
                })
                .boxed()
                .toList();
    }

    private Set<List<Integer>> batchesOf(final List<Integer> some) {
        final Set<List<Integer>> expected = new HashSet<>();
        for (final int pass : some) {
            if (!isSharded) {
                for (int batch = 0; batch < batches[pass]; batch++) {
                    expected.add(List.of(pass, batch));
                }
                continue;
            }
            for (int shard = 0; shard < shards.getOrDefault(pass, 0); shard++) {
                for (int i = 0; i < shard % (BATCHES_OF_SHARD + 1); i++) {
                    expected.add(List.of(pass, shard * BATCHES_OF_SHARD + i));
                }
            }
        }
        return expected;
    }
}
