
// Charts, drawn by Apache ECharts.
const dark = matchMedia('(prefers-color-scheme: dark)');
const charts = new Map();
/** Colours of the curves, in light and in dark, each with a contrast of at least 4.5 to the page. */
const colours = () => dark.matches
  ? ['#8ab4ff', '#ffc078', '#69db7c', '#e599f7', '#66d9e8', '#ff8787', '#ffe066', '#ced4da']
  : ['#1c5fd4', '#b34a00', '#237032', '#9c36b5', '#0b7285', '#c92a2a', '#7a5c00', '#495057'];

function list(id, values) {
  for (const [key, value] of Object.entries(values)) {
    document.getElementById(id).append(element('dt', '', key), element('dd', '', value));
  }
}

/** Draws into an element, or says that there is nothing to draw. Draws new data if it is called again. */
function chart(id, option, nothing) {
  const place = document.getElementById(id);
  if (nothing !== undefined) {
    place.textContent = nothing;
    place.className = 'none';
    return;
  }
  const drawn = charts.get(id);
  if (drawn !== undefined) {
    drawn.option = { ...drawn.option, ...option };
    drawn.instance.setOption(option);
    return;
  }
  charts.set(id, {
    option: {
      animation: false,
      backgroundColor: 'transparent',
      aria: { enabled: true },
      grid: { left: 50, right: 50, top: 60, bottom: 45 },
      legend: { type: 'scroll', top: 0, left: 0 },
      tooltip: { trigger: 'axis' },
      toolbox: { feature: { dataZoom: { yAxisIndex: false }, restore: {}, saveAsImage: {} }, itemSize: 12, itemGap: 5, right: 0, bottom: -8 },
      ...option,
    },
  });
  draw(id);
}

function draw(id) {
  const drawn = charts.get(id);
  drawn.instance?.dispose();
  drawn.instance = echarts.init(document.getElementById(id), dark.matches ? 'dark' : null, { renderer: 'svg' });
  drawn.instance.setOption({ ...drawn.option, color: colours() });
}

dark.addEventListener('change', () => charts.forEach((drawn, id) => draw(id)));
addEventListener('resize', () => charts.forEach(({ instance }) => instance.resize()));

const axis = (name) => ({ type: 'value', name, nameLocation: 'middle', nameGap: 28, axisLabel: { formatter } });
const formatter = (value) => compact.format(value);
const left = (name) => ({ type: 'value', name, nameTextStyle: { align: 'left' }, axisLabel: { formatter } });
const right = (name) => ({ ...left(name), nameTextStyle: { align: 'right' }, splitLine: { show: false } });
const line = (name, points, more = {}) =>
  ({ name: printable(name), type: 'line', showSymbol: points.length < 30, data: points, ...more });
/** What belongs to the right axis is told apart without colours, too. */
const dashed = { lineStyle: { type: 'dashed' } };
/** Dashed lines where something happened that should not have. */
const problems = (events) => ({
  symbol: 'none',
  silent: true,
  label: { show: false },
  lineStyle: { color: '#e8590c', type: 'dashed' },
  data: events.filter((event) => event.isBad).map((event) => ({ xAxis: event.seconds })),
});

/** Loss, with a box for its logarithmic scale, and a second curve on the right axis, which is null for none. */
function lossChart(id, xAxis, loss, second, nothing) {
  const isDrawn = charts.has(id);
  const box = document.getElementById(`${id}Log`) ?? element('input', '');
  const option = () => ({
    xAxis,
    yAxis: [{ ...left('loss'), type: box.checked ? 'log' : 'value' }, ...(second === null ? [] : [second.axis])],
    // A logarithm is of what is above 0 only.
    series: [{ ...loss, data: box.checked ? loss.data.filter(([, value]) => value > 0) : loss.data },
      ...(second === null ? [] : [{ ...second.curve, yAxisIndex: 1, ...dashed }])],
  });
  box.onchange = () => {
    chart(id, option());
    draw(id); // another kind of axis
  };
  chart(id, option(), nothing);
  if (!isDrawn && nothing === undefined) {
    box.id = `${id}Log`;
    box.type = 'checkbox';
    document.getElementById(id).parentElement.prepend(element('label', 'option', box, ' loss on a log scale'));
  }
}

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
  histogram(id, buckets, (bucket, i) => `<${time(64 * 2 ** i)}`, 'length');
}

function eventRows(id, events) {
  fill(id, events.map((event) => [cell(number(event.seconds, 1)),
    event.isBad ? stateCell('problem') : stateCell('notice'), longCell(event.text)]));
  if (events.length === 0) {
    fill(id, [[cell('–'), cell('–', false), longCell('nothing happened to the run or its workers')]]);
  }
}

function arrayRows(id, arrays) {
  fill(id, arrays.map((array) => {
    const locks = (text) => cell(array.isLocked ? text : '–');
    return [cell(array.name, false), cell(array.mode, false), cell(number(array.partitions)),
      cell(number(array.updates)), locks(number(array.acquisitions)),
      locks(`${number(array.contended)}${array.contention === null ? '' : ` (${number(100 * array.contention, 1)} %)`}`),
      locks(number(array.waitSeconds, 2)), locks(time(array.p50WaitNs)), locks(time(array.p99WaitNs)),
      locks(time(array.maxWaitNs)), locks(number(array.recoveries))];
  }));
}
