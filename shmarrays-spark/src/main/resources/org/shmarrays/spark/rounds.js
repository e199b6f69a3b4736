
// The rounds of a training on many hosts. An interval of the data is one round, or several that are shown together.
const MOST_CURVES = 12;
const intervals = data.intervals;
const told = data.hosts.filter((host) => host.summary !== null);
const none = intervals.length === 0 ? 'No round has ended.' : undefined;
const points = (x, value) => intervals.map((interval) => [interval[x], value(interval)]);

function training(id, xAxis, x, xOfEvaluation) {
  const loss = points(x, (interval) => interval.loss).filter(([, value]) => value !== null);
  const evaluations = data.evaluations.map((point) => [point[xOfEvaluation], point[2]]);
  lossChart(id, xAxis, line('loss', loss, x === 'seconds' ? { markLine: problems(data.events) } : {}), {
    axis: { ...right('evaluation'), scale: true },
    curve: line('evaluation', evaluations),
  }, loss.length + evaluations.length === 0 ? 'There is neither a loss nor an evaluation.' : undefined);
}

/** Sums of the buckets of all hosts, each a greatest value and a count. */
function sumOfBuckets(name) {
  const all = told.map((host) => host.summary[name]);
  const longest = all.reduce((a, b) => (b.length > a.length ? b : a), []);
  return longest.map(([greatest], i) => [greatest, all.reduce((sum, buckets) => sum + (buckets[i]?.[1] ?? 0), 0)]);
}

/** Each array with its counts of all hosts; those with the longest waits first. */
function sumOfArrays() {
  const sums = new Map();
  for (const array of told.flatMap((host) => host.summary.arrays)) {
    const sum = sums.get(array.name);
    if (sum === undefined) {
      sums.set(array.name, { ...array, p50WaitNs: null, p99WaitNs: null });
      continue;
    }
    for (const key of ['updates', 'acquisitions', 'contended', 'waitSeconds', 'recoveries']) {
      sum[key] += array[key];
    }
    sum.maxWaitNs = Math.max(sum.maxWaitNs ?? 0, array.maxWaitNs ?? 0) || null;
    sum.contention = sum.acquisitions === 0 ? null : Math.min(1, sum.contended / sum.acquisitions);
  }
  return [...sums.values()].sort((a, b) => b.waitSeconds - a.waitSeconds);
}

/** Samples a second between two moments of a host. */
const rates = (host) => host.moments.slice(1).map(([seconds, samples], i) => {
  const [before, samplesBefore] = host.moments[i];
  return [seconds, seconds > before ? (samples - samplesBefore) / (seconds - before) : null];
});

if (data.results.failed === undefined) {
  showState('ended', 'the training has ended');
} else {
  showState('lost', `failed: ${data.results.failed}`);
}
document.getElementById('when').textContent = `${new Date(data.beganMs).toISOString().replace(/\..*/, ' UTC')}, `
  + `${number(data.seconds, 1)} s, ${number(data.rounds)} rounds, ${number(data.hosts.length)} hosts in all`
  + (intervals.some((interval) => interval.rounds > 1) ? '; each point of a curve stands for several rounds' : '');
list('results', data.results);
list('settings', data.settings);

training('byTime', axis('seconds'), 'seconds', 0);
training('bySamples', axis('samples'), 'samples', 1);
chart('rates', {
  xAxis: axis('seconds'),
  yAxis: [left('samples/s'), { ...right('hosts'), minInterval: 1 }],
  series: [line('samples/s', points('seconds', (i) => i.samplesPerSecond), { markLine: problems(data.events) }),
    line('hosts', points('seconds', (i) => i.hosts), { step: 'end', yAxisIndex: 1, ...dashed })],
}, none);
chart('roundTimes', {
  xAxis: axis('seconds'),
  yAxis: [left('seconds'), right('MiB')],
  series: [line('a round', points('seconds', (i) => i.roundSeconds), { markLine: problems(data.events) }),
    line('sync', points('seconds', (i) => i.syncSeconds), { areaStyle: { opacity: 0.2 } }),
    line('received', points('seconds', (i) => i.remoteBytes / 1048576), { yAxisIndex: 1, ...dashed })],
}, none);
chart('contention', {
  xAxis: axis('seconds'),
  yAxis: [left('updates'), right('workers')],
  series: [line('mean staleness', points('seconds', (i) => i.staleness)),
    line('waiting workers', points('seconds', (i) => i.waitingWorkers), { yAxisIndex: 1, ...dashed })],
}, none);
chart('lost', {
  xAxis: axis('seconds'),
  yAxis: { ...left('intervals'), minInterval: 1 },
  legend: { show: false },
  series: [{ name: 'lost intervals', type: 'bar', barMinWidth: 3, data: points('seconds', (i) => i.lostIntervals) }],
}, intervals.some((interval) => interval.lostIntervals > 0) ? undefined : 'None.');
eventRows('events', data.events);

chart('hostRates', {
  xAxis: axis('seconds'),
  yAxis: left('samples/s'),
  series: [...data.hosts].sort((a, b) => b.samples - a.samples).slice(0, MOST_CURVES)
    .map((host) => line(`executor ${host.executor}`, rates(host))),
}, none);
fill('hosts', data.hosts.map((host) => [cell(host.executor, false), cell(host.address, false), cell(number(host.rounds)),
  cell(number(host.steps)), cell(number(host.samples)),
  cell(host.trainSeconds > 0 ? number(host.samples / host.trainSeconds) : '–'),
  cell(host.staleness === null ? '–' : number(host.staleness, 2)), cell(number(host.lockWaits)),
  cell(number(host.lockWaitSeconds, 2)), cell(number(host.trainSeconds, 1)), cell(number(host.exchangeSeconds, 1)),
  cell(bytes(host.remoteBytes)), cell(host.summary === null ? '–' : number(host.summary.recoveries)),
  host.summary === null ? stateCell('gone', `gone after round ${host.lastRound}`) : stateCell('running', 'there')]));
stalenessHistogram('staleness', sumOfBuckets('staleness'));
waitHistogram('waits', sumOfBuckets('waits'));
arrayRows('arrays', sumOfArrays());
fill('machines', told.map(({ executor, summary: { machine, segment, mappedBytes } }) => [cell(executor, false),
  cell(machine.cores), cell(machine.processor ?? '–', false), cell(machine.memory ?? '–'), cell(machine.system, false),
  cell(machine.JDK, false), cell(`${segment}, ${bytes(mappedBytes)}`, false)]));
