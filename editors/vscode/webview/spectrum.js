'use strict';
// The page of the spectrum panel. It draws what the extension tells, and tells what was clicked.
const { aggregate, clamp, edited, opacity, reveal, rows: sorted, zoom, FEWEST } = require('../src/aggregate');
const { FAINT, ONE, PRESENT, UNREAD, splice } = require('../src/bytes');
const { glyph, hue, place, title } = require('../src/families');
const { TOP, hit, layout, svg } = require('../src/picture');

/** @type {{ postMessage(message: unknown): void }} */
// @ts-expect-error: VS Code provides it
const host = acquireVsCodeApi();

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
const canvas = /** @type {HTMLCanvasElement} */ (element('plot'));
const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
const scroller = element('scroller');
const tip = element('tip');

const state = {
  name: '',
  /** @type {{ id: string, name: string, family: string }[]} */
  features: [],
  /** @type {ReturnType<typeof sorted>} */
  rows: [],
  activations: new Uint8Array(),
  /** @type {number[]} */
  headings: [],
  count: 0,
  unread: 0,
  there: false,
  /** Counts changes of what is painted. */
  revision: 0,
  window: { from: 0, to: 1 },
  /** The editor's cursor, and the first and last sentence in its window. */
  cursor: -1,
  seen: [-1, -1],
  /** What the pointer or the keys are on. */
  at: { sentence: -1, row: -1 },
  /** @type {ReturnType<typeof layout>} */
  layout: layout([], 1, 1),
  /** @type {Map<number, string>} texts of sentences that were asked for */
  texts: new Map(),
  /** @type {Set<number>} those that have not been edited since */
  fresh: new Set(),
};

let waiting = false;
/** Draw before the next frame, however often it is asked for. */
function redraw() {
  if (waiting) return;
  waiting = true;
  requestAnimationFrame(() => {
    waiting = false;
    draw();
  });
}

const styles = () => getComputedStyle(document.documentElement);
/**
 * @param {string} name of a theme's colour
 * @param {string} otherwise
 */
const theme = (name, otherwise) => styles().getPropertyValue(`--vscode-${name}`).trim() || otherwise;
/** @param {string} family */
const colour = (family) => theme(`prism-${hue(family)}`, '#888888');

/** Off the screen: a pixel for each column and row. */
const cells = document.createElement('canvas');

function draw() {
  const ratio = window.devicePixelRatio || 1;
  const width = Math.max(1, scroller.clientWidth);
  state.layout = layout(state.rows, width, scroller.clientHeight);
  const height = Math.max(state.layout.height, 1);
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  if (state.rows.length === 0 || state.count === 0) return;
  const foreground = theme('foreground', '#888888');
  const faint = theme('descriptionForeground', foreground);
  drawHeadings(faint, height);
  drawCells(ratio);
  drawLabels(foreground, faint);
  drawPlaces(height);
}

/** @param {number} sentence */
const x = (sentence) => {
  const { left, width } = state.layout;
  const { from, to } = state.window;
  return left + ((sentence - from) / (to - from)) * width;
};

/** @param {number} ratio of device pixels to CSS pixels */
function drawCells(ratio) {
  const { left, width, row, tops } = state.layout;
  const columns = Math.max(1, Math.round(width * ratio));
  const { from, to } = state.window;
  const key = [state.revision, from, to, columns].join(' ');
  if (key !== painted) paint(columns);
  painted = key;
  context.imageSmoothingEnabled = false;
  state.rows.forEach((_, at) => context.drawImage(cells, 0, at, columns, 1, left, tops[at], width, row - 1));
}

/** What the pixels off the screen are of; nothing is worked out again while only the pointer moves. */
let painted = '';

/** @param {number} columns */
function paint(columns) {
  const count = state.features.length;
  const bytes = aggregate(state.activations, count, state.window, columns);
  cells.width = columns;
  cells.height = state.rows.length;
  const paper = /** @type {CanvasRenderingContext2D} */ (cells.getContext('2d'));
  const image = paper.createImageData(columns, state.rows.length);
  /** @type {Map<string, number[]>} */
  const tints = new Map();
  state.rows.forEach(({ column, family }, at) => {
    const tint = tints.get(family) ?? rgb(paper, colour(family));
    tints.set(family, tint);
    for (let pixel = 0; pixel < columns; pixel++) {
      const byte = bytes[pixel * count + column];
      const target = 4 * (at * columns + pixel);
      image.data[target] = tint[0];
      image.data[target + 1] = tint[1];
      image.data[target + 2] = tint[2];
      image.data[target + 3] = byte === UNREAD ? 10 : Math.round(255 * opacity(byte));
    }
  });
  paper.putImageData(image, 0, 0);
}

/**
 * @param {CanvasRenderingContext2D} paper
 * @param {string} css
 */
function rgb(paper, css) {
  paper.fillStyle = '#888888';
  paper.fillStyle = css;
  const text = String(paper.fillStyle);
  return text.startsWith('#') ? [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16)) : (text.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}

/**
 * @param {string} foreground
 * @param {string} faint
 */
function drawLabels(foreground, faint) {
  const { left, row, tops } = state.layout;
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  context.font = `${Math.min(12, row)}px ${styles().getPropertyValue('--vscode-font-family') || 'sans-serif'}`;
  state.rows.forEach(({ column, family, gap }, at) => {
    const chosen = at === state.at.row;
    context.fillStyle = chosen ? foreground : faint;
    context.fillText(shortened(state.features[column].name, left - 28), left - 20, tops[at] + row / 2);
    context.fillStyle = colour(family);
    if (gap || chosen) context.fillText(glyph(family), left - 6, tops[at] + row / 2);
  });
}

/**
 * @param {string} text
 * @param {number} width
 */
function shortened(text, width) {
  if (context.measureText(text).width <= width) return text;
  let end = text.length;
  while (end > 1 && context.measureText(`${text.slice(0, end)}…`).width > width) end--;
  return `${text.slice(0, end)}…`;
}

/**
 * @param {string} faint
 * @param {number} height
 */
function drawHeadings(faint, height) {
  context.strokeStyle = faint;
  context.globalAlpha = 0.35;
  context.lineWidth = 1;
  for (let at = 0; at < state.headings.length; at += 2) {
    const place = Math.round(x(state.headings[at])) + 0.5;
    if (place < state.layout.left || place > state.layout.left + state.layout.width) continue;
    context.beginPath();
    context.moveTo(place, state.headings[at + 1] <= 1 ? TOP - 12 : TOP - 6);
    context.lineTo(place, height - 6);
    context.stroke();
  }
  context.globalAlpha = 1;
}

/** @param {number} height */
function drawPlaces(height) {
  const { left, width, row, tops } = state.layout;
  const cursor = theme('editorCursor-foreground', theme('foreground', '#888888'));
  context.save();
  context.beginPath();
  context.rect(left - 6, 0, width + 12, height);
  context.clip();
  if (state.seen[0] >= 0) {
    context.fillStyle = cursor;
    context.globalAlpha = 0.35;
    const begin = Math.max(left, x(state.seen[0]));
    context.fillRect(begin, TOP - 4, Math.max(2, Math.min(left + width, x(state.seen[1] + 1)) - begin), 3);
    context.globalAlpha = 1;
  }
  if (state.cursor >= 0) {
    const place = (x(state.cursor) + x(state.cursor + 1)) / 2;
    context.fillStyle = context.strokeStyle = cursor;
    context.beginPath();
    context.moveTo(place - 5, TOP - 13);
    context.lineTo(place + 5, TOP - 13);
    context.lineTo(place, TOP - 5);
    context.fill();
    context.lineWidth = 1;
    context.globalAlpha = 0.6;
    context.beginPath();
    context.moveTo(place, TOP - 5);
    context.lineTo(place, height - 6);
    context.stroke();
    context.globalAlpha = 1;
  }
  const { sentence, row: at } = state.at;
  if (sentence >= 0 && at >= 0) {
    context.strokeStyle = theme('focusBorder', cursor);
    context.lineWidth = 2;
    context.strokeRect(x(sentence) - 1, tops[at] - 1, Math.max(3, x(sentence + 1) - x(sentence)) + 2, row + 1);
  }
  context.restore();
}

/** Say what the pointer or the keys are on. */
function say() {
  const { sentence, row } = state.at;
  if (sentence < 0 || sentence >= state.count) return void tip.replaceChildren();
  const what = document.createElement('div');
  what.className = 'what';
  what.textContent = `Sentence ${sentence + 1} of ${state.count}${row < 0 ? '' : ` · ${described(sentence, row)}`}`;
  const text = document.createElement('div');
  text.textContent = state.texts.get(sentence) ?? '…';
  tip.replaceChildren(what, text);
  if (!state.fresh.has(sentence)) host.postMessage({ type: 'text', sentence });
}

/**
 * @param {number} sentence
 * @param {number} row
 */
function described(sentence, row) {
  const { column, family } = state.rows[row];
  const byte = state.activations[sentence * state.features.length + column];
  const level = byte === UNREAD ? 'not read yet' : byte < FAINT ? 'absent' : `${(byte / ONE).toFixed(2)}${byte < PRESENT ? ', faint' : ''}`;
  return `${glyph(family)} ${title(family)}: ${state.features[column].name}, ${level}`;
}

/**
 * @param {number} sentence
 * @param {number} row
 */
function point(sentence, row) {
  if (sentence === state.at.sentence && row === state.at.row) return;
  state.at = { sentence, row };
  say();
  redraw();
}

/** @param {typeof state.window} next */
function look(next) {
  state.window = clamp(next, state.count);
  redraw();
}

/**
 * @param {number} factor
 * @param {number} [still]
 */
function zoomBy(factor, still) {
  const middle = (state.window.from + state.window.to) / 2;
  const chosen = [state.at.sentence, state.cursor].find((each) => each >= state.window.from && each < state.window.to);
  look(zoom(state.window, factor, still ?? (chosen === undefined ? middle : chosen + 0.5), state.count));
}

const whole = () => look({ from: 0, to: state.count });
const current = () => Math.max(0, state.at.sentence >= 0 ? state.at.sentence : state.cursor);
const paragraph = () => look({ from: current() - FEWEST, to: current() + FEWEST + 1 });
const toCursor = () => {
  if (state.cursor < 0) return;
  point(state.cursor, state.at.row);
  look(reveal(state.window, state.cursor, state.count));
};

/**
 * To another sentence or row by the keys.
 * @param {number} sentences
 * @param {number} rows
 */
function step(sentences, rows) {
  const sentence = Math.min(state.count - 1, Math.max(0, current() + sentences));
  const row = Math.min(state.rows.length - 1, Math.max(0, state.at.row + rows));
  point(sentence, row);
  look(reveal(state.window, sentence, state.count));
  const top = state.layout.tops[row] ?? 0;
  if (rows !== 0 && (top < scroller.scrollTop || top + state.layout.row > scroller.scrollTop + scroller.clientHeight)) scroller.scrollTop = top - 20;
}

/** @type {Record<string, () => void>} */
const keys = {
  ArrowLeft: () => step(-1, 0),
  ArrowRight: () => step(1, 0),
  ArrowUp: () => step(0, -1),
  ArrowDown: () => step(0, 1),
  PageUp: () => step(-Math.round((state.window.to - state.window.from) * 0.9), 0),
  PageDown: () => step(Math.round((state.window.to - state.window.from) * 0.9), 0),
  Home: () => step(-state.count, 0),
  End: () => step(state.count, 0),
  '+': () => zoomBy(0.7),
  '=': () => zoomBy(0.7),
  '-': () => zoomBy(1 / 0.7),
  0: whole,
  p: paragraph,
  c: toCursor,
  Enter: () => host.postMessage({ type: 'reveal', sentence: current() }),
};

canvas.addEventListener('keydown', (event) => {
  const run = event.ctrlKey || event.metaKey || event.altKey ? undefined : keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (run === undefined || state.count === 0) return;
  event.preventDefault();
  run();
});

canvas.addEventListener(
  'wheel',
  (event) => {
    const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
    const taller = scroller.scrollHeight > scroller.clientHeight;
    if (taller && !sideways && !event.ctrlKey && event.offsetX < state.layout.left) return; // over the names: scroll them
    event.preventDefault();
    const { from, to } = state.window;
    if (sideways) {
      const by = ((event.deltaX || event.deltaY) / state.layout.width) * (to - from);
      return look({ from: from + by, to: to + by });
    }
    const still = from + ((event.offsetX - state.layout.left) / state.layout.width) * (to - from);
    zoomBy(Math.exp(Math.sign(event.deltaY) * Math.min(0.4, Math.abs(event.deltaY) / 300)), Math.max(from, Math.min(to, still)));
  },
  { passive: false },
);

/** @type {{ x: number, window: typeof state.window, moved: boolean } | undefined} */
let drag;
canvas.addEventListener('pointerdown', (event) => {
  drag = { x: event.offsetX, window: state.window, moved: false };
  canvas.setPointerCapture(event.pointerId);
});
canvas.addEventListener('pointermove', (event) => {
  if (drag !== undefined && (drag.moved || Math.abs(event.offsetX - drag.x) > 4)) {
    drag.moved = true;
    canvas.classList.add('dragging');
    const { from, to } = drag.window;
    const by = ((drag.x - event.offsetX) / state.layout.width) * (to - from);
    return look({ from: from + by, to: to + by });
  }
  const { sentence, row } = hit(state.layout, state.window, event.offsetX, event.offsetY);
  if (sentence >= 0 && sentence < state.count) point(sentence, row);
});
canvas.addEventListener('pointerup', (event) => {
  const clicked = drag !== undefined && !drag.moved;
  drag = undefined;
  canvas.classList.remove('dragging');
  const { sentence } = hit(state.layout, state.window, event.offsetX, event.offsetY);
  if (clicked && sentence >= 0 && sentence < state.count) host.postMessage({ type: 'reveal', sentence });
});
canvas.addEventListener('pointercancel', () => {
  drag = undefined;
  canvas.classList.remove('dragging');
});

element('in').addEventListener('click', () => zoomBy(0.6));
element('out').addEventListener('click', () => zoomBy(1 / 0.6));
element('whole').addEventListener('click', whole);
element('paragraph').addEventListener('click', paragraph);
element('cursor').addEventListener('click', toCursor);
element('svg').addEventListener('click', () => {
  const { name, features, rows, activations, headings, window: seen } = state;
  const colours = { foreground: theme('foreground', '#333333'), background: theme('editor-background', '#ffffff'), faint: theme('descriptionForeground', '#888888') };
  const image = svg({ title: `Spectrum of ${name}`, features, rows, activations, headings, window: seen, colour, theme: colours });
  host.postMessage({ type: 'export', format: 'svg', data: image });
});
element('png').addEventListener('click', () => {
  const copy = document.createElement('canvas');
  copy.width = canvas.width;
  copy.height = canvas.height;
  const paper = /** @type {CanvasRenderingContext2D} */ (copy.getContext('2d'));
  paper.fillStyle = theme('editor-background', '#ffffff');
  paper.fillRect(0, 0, copy.width, copy.height);
  draw();
  paper.drawImage(canvas, 0, 0);
  copy.toBlob(async (blob) => {
    if (blob) host.postMessage({ type: 'export', format: 'png', data: await blob.arrayBuffer() });
  }, 'image/png');
});

/** After anything that was told. */
function settle() {
  state.revision++;
  const reading = state.unread > 0 && state.count > 0 ? `Reading: ${Math.floor((100 * (state.count - state.unread)) / state.count)} %` : '';
  if (element('status').textContent !== reading) element('status').textContent = reading;
  element('empty').hidden = state.there;
  canvas.hidden = !state.there;
  canvas.dataset.sentences = String(state.count); // for tests
  canvas.dataset.unread = String(state.unread);
  if (state.at.sentence >= state.count) state.at = { sentence: -1, row: -1 };
  say();
  redraw();
}

/** @type {Record<string, (message: any) => void>} */
const told = {
  matrix({ name, features, headings, activations, count, unread, there }) {
    const same = name === state.name && count > 0 && state.count > 0;
    Object.assign(state, { name, features, headings, count, unread, there, activations: new Uint8Array(activations) });
    state.rows = sorted(features, place);
    state.fresh.clear();
    if (!same) state.texts.clear();
    state.window = same ? clamp(state.window.to - state.window.from > 1 ? state.window : { from: 0, to: count }, count) : { from: 0, to: Math.max(1, count) };
    settle();
  },
  patch({ start, deleteCount, rows, headings, count, unread }) {
    const width = state.features.length;
    const inserted = new Uint8Array(rows);
    const after = splice(state.activations, start * width, deleteCount * width, inserted);
    state.window = edited(state.window, { start, deleteCount, inserted: width > 0 ? inserted.length / width : 0 }, count);
    Object.assign(state, { headings, count, unread, activations: after });
    state.fresh.clear();
    settle();
  },
  cursor({ sentence, seen }) {
    const followed = state.cursor;
    Object.assign(state, { cursor: sentence, seen });
    if (sentence !== followed && sentence >= 0) state.window = reveal(state.window, sentence, state.count);
    redraw();
  },
  text({ sentence, text }) {
    state.fresh.add(sentence);
    if (text === state.texts.get(sentence)) return;
    state.texts.set(sentence, text);
    if (sentence === state.at.sentence) say();
  },
};

window.addEventListener('message', ({ data }) => told[data?.type]?.(data));
new ResizeObserver(redraw).observe(scroller);
const recolour = () => {
  state.revision++;
  redraw();
};
new MutationObserver(recolour).observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
host.postMessage({ type: 'ready' });
