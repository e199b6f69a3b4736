
// A run.
const MOST_ARRAYS = 12;

/** The same losses and accuracies, by time or by samples. */
function training(id, xAxis, x, xOfAccuracy) {
  const loss = data.intervals.filter((interval) => interval.loss !== null).map((interval) => [interval[x], interval.loss]);
  const accuracy = data.accuracy.map((point) => [point[xOfAccuracy], 100 * point[2]]);
  lossChart(id, xAxis, line('loss', loss, x === 'seconds' ? { markLine: problems(data.events) } : {}), {
    axis: { ...right('accuracy %'), max: 100, scale: true },
    curve: line('test accuracy', accuracy, { showSymbol: accuracy.length < 60 }),
  }, loss.length + accuracy.length === 0 ? 'There is neither a loss nor an accuracy.' : undefined);
}

if (data.results.failed !== undefined) {
  showState('lost', `failed: ${data.results.failed}`);
} else if (data.workers.length > 0) {
  showState('problem', `${data.workers.length} ${data.workers.length === 1 ? 'worker has' : 'workers have'} not ended`);
} else {
  showState('ended', 'all workers have ended');
}
list('results', data.results);
list('settings', data.settings);
list('machine', data.machine);
document.getElementById('when').textContent = `${new Date(data.beganMs).toISOString().replace(/\..*/, ' UTC')}, `
  + `${number(data.seconds, 1)} s, segment ${data.segment} of ${bytes(data.mappedBytes)}, `
  + `${number(data.updates)} updates, ${number(data.samples)} samples, `
  + `${data.epoch === null ? '' : `epoch ${number(data.epoch)}, `}${number(data.readRetries)} read retries, `
  + `${number(data.recoveries)} recoveries`;

training('byTime', axis('seconds'), 'seconds', 0);
training('bySamples', axis('samples'), 'samples', 1);
chart('rates', {
  xAxis: axis('seconds'),
  yAxis: [left('updates/s'), right('samples/s')],
  series: [line('updates/s', data.intervals.map((i) => [i.seconds, i.updatesPerSecond]), { markLine: problems(data.events) }),
    line('samples/s', data.intervals.map((i) => [i.seconds, i.samplesPerSecond]), { yAxisIndex: 1, ...dashed })],
}, data.intervals.length === 0 ? 'The run was over before a second look.' : undefined);

const locked = data.arrays.map((array, index) => ({ ...array, index })).filter((array) => array.isLocked)
  .sort((a, b) => b.waitSeconds - a.waitSeconds).slice(0, MOST_ARRAYS);
const noLocks = locked.length === 0 ? 'No array is of a mode that locks.' : undefined;
chart('waiting', {
  xAxis: axis('seconds'),
  yAxis: left('workers'),
  series: locked.map((array) =>
    line(array.name, data.intervals.map((i) => [i.seconds, i.waitingWorkers[array.index]]))),
}, noLocks);
chart('contention', {
  xAxis: axis('seconds'),
  yAxis: left('%'),
  series: locked.map((array) => line(array.name, data.intervals.map((i) =>
    [i.seconds, i.contention[array.index] === null ? null : 100 * i.contention[array.index]]))),
}, noLocks);

stalenessHistogram('staleness', data.staleness);
waitHistogram('waits', data.waits);

chart('recoveries', {
  xAxis: axis('seconds'),
  yAxis: [{ ...left('recoveries'), minInterval: 1 }, { ...right('workers'), minInterval: 1 }],
  series: [line('recoveries', data.moments.map((m) => [m.seconds, m.recoveries]), { step: 'end', markLine: problems(data.events) }),
    line('live workers', data.moments.map((m) => [m.seconds, m.liveWorkers]), { step: 'end', yAxisIndex: 1, ...dashed })],
});
eventRows('events', data.events);
arrayRows('arrays', data.arrays);
document.getElementById('workerSection').hidden = data.workers.length === 0;
fill('workers', data.workers.map((worker) => [cell(worker.rank, false), cell(worker.pid, false),
  stateCell(worker.state), cell(number(worker.clock))]));
