'use strict';

// Draws from the data that stand in the page; names go into it as text alone.
const data = JSON.parse(document.getElementById('data').textContent);
const dark = matchMedia('(prefers-color-scheme: dark)');
const charts = [];

const number = (value, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });

function time(ns) {
  if (ns === null) {
    return '–';
  }
  const units = [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]];
  const [unit, length] = units.find(([, ofUnit]) => ns >= ofUnit) ?? ['ns', 1];
  return `${number(ns / length, ns / length < 9.95 && length > 1 ? 1 : 0)} ${unit}`;
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

function row(id, cells, className = '') {
  const tr = document.createElement('tr');
  tr.className = className;
  tr.append(...cells);
  document.getElementById(id).append(tr);
}

function list(id, values) {
  for (const [key, value] of Object.entries(values)) {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = key;
    dd.textContent = value;
    document.getElementById(id).append(dt, dd);
  }
}

/** Draws into an element, or says that there is nothing to draw. */
function chart(id, option, nothing) {
  const element = document.getElementById(id);
  if (nothing !== undefined) {
    element.textContent = nothing;
    element.className = 'none';
    return;
  }
  charts.push({
    element,
    option: {
      animation: false,
      backgroundColor: 'transparent',
      aria: { enabled: true },
      grid: { left: 70, right: 70, top: 60, bottom: 45 },
      legend: { type: 'scroll', top: 0, left: 60, right: 140 },
      tooltip: { trigger: 'axis' },
      toolbox: { feature: { dataZoom: { yAxisIndex: false }, restore: {}, saveAsImage: {} }, right: 60, top: 0 },
      ...option,
    },
  });
}

const axis = (name) => ({ type: 'value', name, nameLocation: 'middle', nameGap: 28 });
const right = (name) => ({ type: 'value', name, splitLine: { show: false } });
const left = (name) => ({ type: 'value', name });
const line = (name, points, more = {}) => ({ name: printable(name), type: 'line', showSymbol: points.length < 30, data: points, ...more });
/** What belongs to the right axis is told apart without colours, too. */
const dashed = { lineStyle: { type: 'dashed' } };
const events = () => ({
  symbol: 'none',
  silent: true,
  label: { show: false },
  lineStyle: { color: '#d9480f', type: 'dashed' },
  data: data.events.filter((event) => event.isBad).map((event) => ({ xAxis: event.seconds })),
});

function histogram(id, buckets, label, unit) {
  chart(id, {
    legend: { show: false },
    xAxis: { type: 'category', name: unit, nameLocation: 'middle', nameGap: 28, data: buckets.map(label) },
    yAxis: left('count'),
    series: [{ name: 'count', type: 'bar', barCategoryGap: '5%', data: buckets.map(([, count]) => count) }],
  }, buckets.length === 0 ? 'None.' : undefined);
}

function stalenessHistogram(id, buckets) {
  histogram(id, buckets, ([greatest], i) => {
    const least = i === 0 ? 0 : 2 ** (i - 1);
    return least === 2 ** i - 1 || i === 0 ? `${least}` : `${least}–${2 ** i - 1}`;
  }, 'updates');
}

function waitHistogram(id, buckets) {
  histogram(id, buckets, ([, ], i) => `<${time(64 * 2 ** i)}`, 'length');
}

function eventRows(id) {
  for (const event of data.events) {
    row(id, [cell(number(event.seconds, 1)), cell(event.text, false)], event.isBad ? 'bad' : '');
  }
  if (data.events.length === 0) {
    row(id, [cell('–'), cell('nothing befell the run or its workers', false)]);
  }
}

function arrayRows(id, arrays) {
  for (const array of arrays) {
    const locks = (text) => cell(array.isLocked ? text : '–');
    row(id, [cell(array.name, false), cell(array.mode, false), cell(number(array.partitions)),
      cell(number(array.updates)), locks(number(array.acquisitions)),
      locks(`${number(array.contended)}${array.contention === null ? '' : ` (${number(100 * array.contention, 1)} %)`}`),
      locks(number(array.waitSeconds, 2)), locks(time(array.p50WaitNs)), locks(time(array.p99WaitNs)),
      locks(time(array.maxWaitNs)),
      locks(number(array.recoveries))]);
  }
}

function draw() {
  for (const each of charts) {
    each.instance?.dispose();
    each.instance = echarts.init(each.element, dark.matches ? 'dark' : null, { renderer: 'svg' });
    each.instance.setOption(each.option);
  }
}

/** Draws all charts, now and when they have to change. */
function show() {
  draw();
  dark.addEventListener('change', draw);
  addEventListener('resize', () => charts.forEach((each) => each.instance.resize()));
}
