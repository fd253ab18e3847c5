'use strict';
// The arithmetic of the spectrum panel: which sentences are seen, what a column of pixels holds. No DOM, no vscode.
const { FAINT, ONE, UNREAD } = require('./bytes');

/** The fewest sentences that fill the panel: about a paragraph. */
const FEWEST = 6;

/**
 * The part of a document that is seen: sentence numbers, fractions included.
 * @typedef {{ from: number, to: number }} Window
 */

/**
 * For each column of pixels and each feature the largest activation of the sentences in it, a column's features one after
 * the other. A column narrower than a sentence holds the sentence in its middle; one without a sentence that was read
 * is `UNREAD`.
 * @param {Uint8Array} activations the features of the first sentence first
 * @param {number} features
 * @param {Window} window
 * @param {number} columns
 * @returns {Uint8Array} `columns * features` bytes
 */
function aggregate(activations, features, { from, to }, columns) {
  const result = new Uint8Array(columns * features).fill(UNREAD);
  const count = features > 0 ? activations.length / features : 0;
  const each = (to - from) / columns;
  for (let column = 0; column < columns; column++) {
    const narrow = each <= 1;
    const first = Math.floor(from + (narrow ? (column + 0.5) * each : column * each));
    const last = narrow ? first + 1 : Math.max(first + 1, Math.floor(from + (column + 1) * each));
    const at = column * features;
    for (let sentence = Math.max(0, first); sentence < Math.min(count, last); sentence++) {
      const row = sentence * features;
      for (let feature = 0; feature < features; feature++) {
        const byte = activations[row + feature];
        if (byte !== UNREAD && (result[at + feature] === UNREAD || byte > result[at + feature])) result[at + feature] = byte;
      }
    }
  }
  return result;
}

/**
 * A window that lies in the document and is neither too narrow nor too wide.
 * @param {Window} window
 * @param {number} count sentences
 * @returns {Window}
 */
function clamp({ from, to }, count) {
  const most = Math.max(1, count);
  const width = Math.min(most, Math.max(Math.min(FEWEST, most), to - from));
  const begin = Math.min(most - width, Math.max(0, from));
  return { from: begin, to: begin + width };
}

/**
 * Nearer or further, with one place standing still.
 * @param {Window} window
 * @param {number} factor below 1: nearer
 * @param {number} still sentence number that keeps its place
 * @param {number} count sentences
 */
function zoom({ from, to }, factor, still, count) {
  return clamp({ from: still - (still - from) * factor, to: still + (to - still) * factor }, count);
}

/**
 * Moved so that a sentence is inside, and no further than needed.
 * @param {Window} window
 * @param {number} sentence
 * @param {number} count sentences
 */
function reveal({ from, to }, sentence, count) {
  const width = to - from;
  if (sentence < from) return clamp({ from: sentence, to: sentence + width }, count);
  if (sentence + 1 > to) return clamp({ from: sentence + 1 - width, to: sentence + 1 }, count);
  return { from, to };
}

/**
 * After an edit above or inside it: the same sentences, as far as they are still there.
 * @param {Window} window
 * @param {{ start: number, deleteCount: number, inserted: number }} edit
 * @param {number} count sentences after it
 */
function edited({ from, to }, { start, deleteCount, inserted }, count) {
  const before = count - inserted + deleteCount;
  if (from <= 0 && to >= before) return { from: 0, to: count }; // all of it
  const by = start + deleteCount <= from ? inserted - deleteCount : 0;
  return clamp({ from: from + by, to: to + by }, count);
}

/**
 * Rows of the picture: features by family in the legend's order, a gap between families.
 * @param {readonly { family: string }[]} features
 * @param {(family: string) => number} place of a family in the legend
 * @returns {{ column: number, family: string, gap: boolean }[]} top to bottom; `gap`: the first of its family
 */
function rows(features, place) {
  const order = features.map((feature, column) => ({ column, family: feature.family }));
  order.sort((one, other) => place(one.family) - place(other.family) || one.column - other.column);
  return order.map((row, at) => ({ ...row, gap: at === 0 || order[at - 1].family !== row.family }));
}

/**
 * How strongly a byte is painted, 0 to 1: nothing of what is fainter than faint, all from an activation of 1 on.
 * @param {number} byte
 */
const opacity = (byte) => (byte === UNREAD || byte < FAINT ? 0 : Math.min(1, (byte / ONE) ** 1.3));

module.exports = { FEWEST, aggregate, clamp, edited, opacity, reveal, rows, zoom };
