'use strict';
// Where things are in the picture of a spectrum, and the picture as SVG. No DOM, no vscode.
const { aggregate, opacity } = require('./aggregate');

const LABELS = 148;
const TOP = 22;
const GAP = 7;
const LEAST_ROW = 9;
const MOST_ROW = 18;

/**
 * @typedef {{ column: number, family: string, gap: boolean }} Row
 * @typedef {object} Layout
 * @property {number} left where the sentences begin
 * @property {number} width of all sentences
 * @property {number} row height
 * @property {number[]} tops of the rows
 * @property {number} height of everything
 */

/**
 * @param {readonly Row[]} rows
 * @param {number} width
 * @param {number} height that there is; more is taken where the rows need it
 * @returns {Layout}
 */
function layout(rows, width, height) {
  const gaps = rows.filter(({ gap }) => gap).length * GAP;
  const row = Math.max(LEAST_ROW, Math.min(MOST_ROW, Math.floor((height - TOP - gaps) / Math.max(1, rows.length))));
  let y = TOP;
  const tops = rows.map(({ gap }) => {
    y += gap ? GAP : 0;
    const top = y;
    y += row;
    return top;
  });
  return { left: LABELS, width: Math.max(1, width - LABELS - 8), row, tops, height: y + 6 };
}

/**
 * The sentence and the row at a place.
 * @param {Layout} layout
 * @param {import('./aggregate').Window} window
 * @param {number} x
 * @param {number} y
 * @returns {{ sentence: number, row: number }} -1 where there is none
 */
function hit({ left, width, row, tops }, { from, to }, x, y) {
  const inside = x >= left && x < left + width;
  const sentence = inside ? Math.floor(from + ((x - left) / width) * (to - from)) : -1;
  return { sentence, row: tops.findIndex((top) => y >= top && y < top + row) };
}

/**
 * @typedef {object} Scene what is drawn
 * @property {string} title
 * @property {readonly { name: string, family: string }[]} features
 * @property {readonly Row[]} rows
 * @property {Uint8Array} activations
 * @property {number[]} headings sentence and level
 * @property {import('./aggregate').Window} window
 * @property {(family: string) => string} colour
 * @property {{ foreground: string, background: string, faint: string }} theme
 */

const escape = (/** @type {string} */ text) =>
  text.replace(/[&<>"]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[sign] ?? sign);

/**
 * What is seen, as an SVG image that stands alone.
 * @param {Scene} scene
 * @param {number} [width]
 */
function svg({ title, features, rows, activations, headings, window, colour, theme }, width = 1200) {
  const place = layout(rows, width, 0);
  const columns = Math.min(800, Math.ceil((window.to - window.from) * 8));
  const bytes = aggregate(activations, features.length, window, columns);
  const each = place.width / columns;
  const parts = rows.map(({ column, family }, at) => {
    const name = `<text x="${place.left - 8}" y="${place.tops[at] + place.row - 2}" text-anchor="end">${escape(features[column].name)}</text>`;
    const cells = runs(bytes, features.length, column, columns).map(
      ({ first, last, byte }) =>
        `<rect x="${(place.left + first * each).toFixed(1)}" y="${place.tops[at]}" width="${((last - first) * each).toFixed(1)}" ` +
        `height="${place.row - 1}" fill-opacity="${opacity(byte).toFixed(2)}"/>`,
    );
    return `${name}<g fill="${escape(colour(family))}">${cells.join('')}</g>`;
  });
  const lines = headings.flatMap((sentence, at) => {
    if (at % 2 === 1 || sentence < window.from || sentence > window.to) return [];
    const x = (place.left + ((sentence - window.from) / (window.to - window.from)) * place.width).toFixed(1);
    return `<path d="M${x} ${TOP - 6}V${place.height - 6}"/>`;
  });
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${place.height}" viewBox="0 0 ${width} ${place.height}" ` +
    `font-family="system-ui, sans-serif" font-size="${Math.min(11, place.row)}" fill="${escape(theme.foreground)}" role="img">` +
    `<title>${escape(title)}</title><rect width="100%" height="100%" fill="${escape(theme.background)}"/>` +
    `<g stroke="${escape(theme.faint)}" stroke-width="1" fill="none">${lines.join('')}</g>${parts.join('')}</svg>\n`
  );
}

/**
 * Neighbouring columns of one strength, as far as they are seen.
 * @param {Uint8Array} bytes
 * @param {number} features
 * @param {number} feature
 * @param {number} columns
 */
function runs(bytes, features, feature, columns) {
  /** @type {{ first: number, last: number, byte: number }[]} */
  const found = [];
  for (let column = 0; column < columns; column++) {
    const byte = bytes[column * features + feature];
    if (opacity(byte) === 0) continue;
    const before = found.at(-1);
    if (before?.last === column && before.byte === byte) before.last++;
    else found.push({ first: column, last: column + 1, byte });
  }
  return found;
}

module.exports = { TOP, hit, layout, svg };
