'use strict';

// Shows the views that come as server-sent events; names go into the page as text alone.
const SECONDS_OF_HISTORY = 300;
const SHORTEST_HISTORY = 30;
const history = [];
let uid = null;

const number = (value, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const rate = (value) => value === null ? '–' : number(value, value > 0 && value < 10 ? 1 : 0);
const percentiles = (numbers) => `${numbers.p50 ?? '–'} / ${numbers.p99 ?? '–'}`;
const percent = (share) => share === null ? '–' : `${number(100 * share)} %`;
const meanLoss = (of) => of.nonFiniteLosses > 0 ? 'NaN' : of.meanLoss === null ? '–' : number(of.meanLoss, 4);

function time(ns) {
  if (ns === null) {
    return '–';
  }
  const units = [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]];
  const [unit, length] = units.find(([, ofUnit]) => ns >= ofUnit) ?? ['ns', 1];
  const value = ns / length;
  return `${number(value, value < 9.95 && length > 1 ? 1 : 0)} ${unit}`;
}

const bytes = (count) =>
  count < 1048576 ? `${number(count / 1024, 1)} KiB` : `${number(count / 1048576, 1)} MiB`;

/** Text with control characters, and those that turn the direction of writing, as in a terminal: \\u202e. */
const printable = (text) => String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
  (c) => '\\u' + c.codePointAt(0).toString(16).padStart(4, '0'));

function cell(text, isNumber = true) {
  const td = document.createElement('td');
  td.textContent = printable(text);
  td.className = isNumber ? 'n' : '';
  return td;
}

function heat(share) {
  if (share === null) {
    return cell('–', false);
  }
  const td = document.createElement('td');
  const meter = document.createElement('meter');
  meter.low = 0.1;
  meter.high = 0.5;
  meter.optimum = 0;
  meter.value = share;
  td.append(meter, ` ${percent(share)}`);
  return td;
}

function fill(id, rows) {
  document.getElementById(id).replaceChildren(...rows.map((cells) => {
    const tr = document.createElement('tr');
    tr.append(...cells);
    return tr;
  }));
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
    ...[['stopped workers', view.stoppedWorkers], ['workers gone', view.goneWorkers],
      ['abandoned slots', view.abandonedWorkers],
      ['workers elsewhere', view.unseenWorkers]].filter(([, count]) => count > 0)
      .map(([label, count]) => [label, number(count)]),
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
  document.getElementById('figures').replaceChildren(...shown.map(([label, value]) => {
    const figure = document.createElement('div');
    figure.className = 'figure';
    const strong = document.createElement('b');
    strong.textContent = value;
    figure.append(strong, label);
    return figure;
  }));
}

function curve(view) {
  if (view.uid !== uid) {
    uid = view.uid; // another segment of this name
    history.length = 0;
  }
  if (view.updatesPerSecond === null) {
    return;
  }
  history.push([view.timeMs / 1000, view.updatesPerSecond]);
  const end = view.timeMs / 1000;
  while (history[0][0] < end - SECONDS_OF_HISTORY) {
    history.shift();
  }
  const span = Math.max(SHORTEST_HISTORY, end - history[0][0]);
  const most = Math.max(1, ...history.map(([, value]) => value));
  const points = history.map(([at, value]) =>
    `${(300 - (end - at) * 300 / span).toFixed(2)},${(58 - 56 * value / most).toFixed(2)}`);
  document.getElementById('line').setAttribute('points', points.join(' '));
}

function show(view) {
  document.title = `${view.segment} – shmarrays top`;
  document.getElementById('segment').textContent = view.segment;
  const age = time((view.timeMs - view.createdMs) * 1e6);
  const stopped = view.isStopped ? ', asked to stop' : '';
  document.getElementById('state').textContent =
    `age ${age}, ${bytes(view.mappedBytes)}, rates over ${number(view.seconds, 1)} s${stopped}`;
  figures(view);
  curve(view);
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
  fill('workers', view.workers.map((worker) => [cell(worker.rank < 0 ? `slot ${worker.slot}` : worker.rank, false),
    cell(worker.pid), cell(worker.state, false), cell(time(worker.heartbeatAgeMs * 1e6)),
    ...(worker.recent === null
      ? Array.from({ length: 7 }, () => cell('–'))
      : [cell(rate(worker.recent.stepsPerSecond)), cell(rate(worker.recent.samplesPerSecond)),
        cell(rate(worker.recent.updatesPerSecond)), cell(percentiles(worker.recent.staleness)),
        cell(number(worker.recent.readRetries)), cell(percent(worker.recent.lockWaitShare)),
        cell(meanLoss(worker.recent))])]));
  document.querySelectorAll('#workers tr').forEach((row, i) => {
    row.classList.toggle('gone', ['gone', 'stopped', 'abandoned'].includes(view.workers[i].state));
  });
}

function end({ message, isNormal }) {
  const state = document.getElementById('state');
  state.textContent = message;
  state.className = isNormal ? 'ended' : 'ended lost';
}

const events = new EventSource('events');
events.onmessage = (event) => show(JSON.parse(event.data));
events.addEventListener('end', (event) => {
  events.close();
  end(JSON.parse(event.data));
});
events.onerror = () => {
  document.getElementById('state').textContent = 'the connection is lost; trying again';
};
