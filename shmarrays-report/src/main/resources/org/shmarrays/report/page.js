'use strict';

// What all pages have in common: numbers as text, tables, states. Names go into a page as text alone.
const number = (value, digits = 0) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

function time(ns) {
  if (ns === null) {
    return '–';
  }
  const units = [['s', 1e9], ['ms', 1e6], ['µs', 1e3], ['ns', 1]];
  const [unit, length] = units.find(([, ofUnit]) => ns >= ofUnit) ?? ['ns', 1];
  const value = ns / length;
  return `${number(value, value < 9.95 && length > 1 ? 1 : 0)}\u00a0${unit}`; // on one line
}

const bytes = (count) =>
  count < 1048576 ? `${number(count / 1024, 1)} KiB` : `${number(count / 1048576, 1)} MiB`;

/** Text with control characters, and those that turn the direction of writing, as in a terminal: \\u202e. */
const printable = (text) => String(text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
  (c) => '\\u' + c.codePointAt(0).toString(16).padStart(4, '0'));

function element(tag, className, ...content) {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

const cell = (text, isNumber = true) => element('td', isNumber ? 'n' : '', printable(text));
/** A text that may need a line of its own. */
const longCell = (text) => element('td', 'long', printable(text));
/** The word has a mark and a colour, by page.css. */
const stateCell = (state, word = state) => element('td', '', element('span', `state ${state}`, printable(word)));

/** The rows of a table, each an array of cells. */
function fill(id, rows) {
  const body = document.getElementById(id);
  const labels = [...body.parentElement.tHead.querySelectorAll('th')].map((th) => th.textContent);
  body.replaceChildren(...rows.map((cells) => {
    cells.forEach((td, i) => { td.dataset.label = labels[i]; }); // for narrow windows
    return element('tr', '', ...cells);
  }));
}

/** How the run is. A screen reader says it when it changes. */
function showState(state, text) {
  const shown = document.getElementById('state');
  if (shown.textContent !== text) {
    shown.className = `state ${state}`;
    shown.textContent = text;
    shown.hidden = false;
  }
}
