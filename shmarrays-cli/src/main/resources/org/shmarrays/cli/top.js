'use strict';

// Shows the views that come as server-sent events.
const MOST_POINTS = 2048;

const rate = (value) => value === null ? '–' : number(value, value > 0 && value < 10 ? 1 : 0);
const percentiles = (numbers) => `${numbers.p50 ?? '–'} / ${numbers.p99 ?? '–'}`;
const percent = (share) => share === null ? '–' : `${number(100 * share)} %`;
const meanLoss = (of) => of.nonFiniteLosses > 0 ? 'NaN' : of.meanLoss === null ? '–' : number(of.meanLoss, 4);

function heat(share) {
  if (share === null) {
    return cell('–', false);
  }
  const meter = element('meter', '');
  Object.assign(meter, { low: 0.1, high: 0.5, optimum: 0, value: share, ariaLabel: 'contention' });
  return element('td', '', meter, ` ${percent(share)}`);
}

function figures(view) {
  const recent = view.recent;
  const shown = [
    ['updates/s', rate(view.updatesPerSecond)],
    ['samples/s', rate(view.samplesPerSecond)],
    ...(view.epoch > 0 || view.endedPasses > 0 || view.samplesOfEpoch !== null ? [['epoch', number(view.epoch)]] : []),
    ['loss', meanLoss(view)],
    ['learning rate', view.learningRate ?? '–'],
    ['live workers', number(view.liveWorkers)],
    ...[['stopped workers', view.stoppedWorkers, 'stopped'], ['workers gone', view.goneWorkers, 'gone'],
      ['abandoned slots', view.abandonedWorkers, 'abandoned'],
      ['workers elsewhere', view.unseenWorkers, 'elsewhere']].filter(([, count]) => count > 0)
      .map(([label, count, state]) => [label, number(count), state]),
    ...(view.liveUnranked > 0 ? [['without a rank', number(view.liveUnranked)]] : []),
    ['recoveries', number(view.recoveries)],
    ['contention', percent(recent.contention)],
    ['lock waits p50 / p99', `${time(recent.waits.p50Ns)} / ${time(recent.waits.p99Ns)}`],
    ['longest wait', time(view.waits.maxNs)],
    ['lock holds p50 / p99', `${time(recent.holds.p50Ns)} / ${time(recent.holds.p99Ns)}`],
    ['staleness p50 / p99', percentiles(recent.staleness)],
    ['read retries/s', rate(view.readRetriesPerSecond)],
    ['updates', number(view.updates)],
  ];
  document.getElementById('figures').replaceChildren(...shown.map(([label, value, state = '']) =>
    element('div', `figure ${state}`, element('b', '', value), label)));
}

/** Of too many points every second one is dropped. */
function curves() {
  if (points.length > MOST_POINTS) {
    points = points.filter((point, i) => i % 2 === 0);
  }
  const curve = (name, label, more) => line(label, points.map((point) => [point.seconds, point[name]]), more);
  const xAxis = { ...axis('age in seconds'), scale: true };
  lossChart('loss', xAxis, curve('loss', 'loss'), null);
  chart('rates', {
    xAxis,
    yAxis: [left('updates/s'), right('samples/s')],
    series: [curve('updatesPerSecond', 'updates/s'),
      curve('samplesPerSecond', 'samples/s', { yAxisIndex: 1, ...dashed })],
  });
}

/** What programs have measured, such as an accuracy: a curve for each name. */
function measured(values) {
  document.getElementById('measuredSection').hidden = values.length === 0;
  if (values.length === 0) {
    return;
  }
  const names = [...new Set(values.map((value) => value.name))];
  chart('measured', {
    xAxis: { ...axis('age in seconds'), scale: true },
    yAxis: { ...left('value'), scale: true },
    series: names.map((name) => line(name,
      values.filter((value) => value.name === name).map((value) => [value.seconds, value.value]))),
  });
}

/** The newest first. */
function newestEvents(events) {
  fill('events', [...events].reverse().map((event) => [cell(new Date(event.timeMs).toLocaleTimeString(), false),
    event.isBad ? stateCell('problem', event.kind) : stateCell('notice', event.kind), longCell(event.text)]));
}

/** The worst that is true of the run. */
function runState(view) {
  const counts = [['gone', view.goneWorkers], ['abandoned', view.abandonedWorkers], ['stopped', view.stoppedWorkers],
    ['elsewhere', view.unseenWorkers]].filter(([, count]) => count > 0);
  const asked = view.isStopped ? ', asked to stop' : '';
  if (counts.length > 0) {
    const words = counts.map(([state, count]) => `${count} ${state}`).join(', ');
    return [counts[0][0], `${view.liveWorkers} live, ${words}${asked}`];
  }
  return view.liveWorkers > 0 ? ['running', `${view.liveWorkers} live${asked}`] : ['notice', `no live worker${asked}`];
}

function show(view) {
  document.title = `${view.segment} – shmarrays top`;
  document.getElementById('segment').textContent = view.segment;
  showState(...runState(view));
  const age = time((view.timeMs - view.createdMs) * 1e6);
  document.getElementById('about').textContent =
    `age ${age}, ${bytes(view.mappedBytes)}, rates over ${number(view.seconds, 1)} s`;
  figures(view);
  curves();
  measured(view.measured);
  newestEvents(view.events);
  fill('workers', view.workers.map((worker) => [cell(worker.rank < 0 ? `slot ${worker.slot}` : worker.rank, false),
    cell(worker.pid, false), stateCell(worker.state), cell(time(worker.heartbeatAgeMs * 1e6)),
    ...(worker.recent === null
      ? Array.from({ length: 7 }, () => cell('–'))
      : [cell(rate(worker.recent.stepsPerSecond)), cell(rate(worker.recent.samplesPerSecond)),
        cell(rate(worker.recent.updatesPerSecond)), cell(percentiles(worker.recent.staleness)),
        cell(number(worker.recent.readRetries)), cell(percent(worker.recent.lockWaitShare)),
        cell(meanLoss(worker.recent))])]));
  fill('arrays', view.arrays.map((array) => {
    const isLocked = array.mode === 'locked' || array.mode === 'ordered';
    return [cell(array.name, false), cell(array.mode, false), cell(rate(array.updatesPerSecond)),
      cell(number(array.updates)), isLocked ? heat(array.recent.contention) : cell('–', false),
      ...(isLocked
        ? [array.recent.waits.p50Ns, array.recent.waits.p99Ns, array.waits.maxNs].map((ns) => cell(time(ns)))
        : [cell('–'), cell('–'), cell('–')]),
      cell(isLocked ? number(array.recoveries) : '–')];
  }));
  document.getElementById('partitionSection').hidden = view.hottestPartitions.length === 0;
  fill('partitions', view.hottestPartitions.map((partition) => [cell(`#${partition.index}`, false),
    cell(partition.arrays, false), cell(rate(partition.acquisitionsPerSecond)), heat(partition.recent.contention),
    cell(time(partition.recent.waits.p50Ns)), cell(time(partition.recent.waits.p99Ns)),
    cell(time(partition.waits.maxNs)), cell(number(partition.recoveries))]));
}

const source = new EventSource('events');
let points = [];
source.onopen = () => { points = []; }; // the first view has all of them
source.onmessage = (event) => {
  const view = JSON.parse(event.data);
  points.push(...view.points);
  show(view);
};
source.addEventListener('end', (event) => {
  source.close();
  const { message, isNormal } = JSON.parse(event.data);
  showState(isNormal ? 'ended' : 'lost', message);
});
source.onerror = () => showState('problem', 'the connection is lost; trying again');
