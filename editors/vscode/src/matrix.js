'use strict';
// A document's spectrum as the client keeps it, and what each sentence shows. `docs/protocol.md` of Prism LSP says what the
// server sends; nothing here looks at text.
const { ONE, PRESENT, UNREAD, splice } = require('./bytes');

/**
 * @typedef {{ id: string, name: string, family: string, density: number }} Feature
 * @typedef {{ mode: 'prominent' | 'focus', focus: string | null }} View
 */

/**
 * An answer to `prism/spectrum`.
 * @typedef {object} Answer
 * @property {number | null} version
 * @property {string} resultId
 * @property {number} count
 * @property {number} unread
 * @property {number[]} present
 * @property {number[]} order
 * @property {number[]} prominent
 * @property {string} activations
 * @property {Feature[]} [features]
 * @property {number[]} [ranges]
 * @property {number[]} [headings]
 * @property {string} [since]
 * @property {number} [start]
 * @property {number} [deleteCount]
 */

/**
 * Rows that took the place of others; all of them, if `start` is 0 and nothing is left of what was.
 * @typedef {{ whole: boolean, start: number, deleteCount: number, rows: Uint8Array }} Patch
 */

/** The focused feature is shown from an activation of 0.25 on, with a shade more at each of the others. */
const FOCUS_BYTES = [32, PRESENT, 95, ONE];
/** Strength of background of a prominent feature's four levels. */
const PROMINENT_STEPS = [1, 2, 3, 4];
const STEPS = 6;

class Matrix {
  constructor() {
    /** @type {number | null} of the document that it is about */
    this.version = null;
    /** @type {string | undefined} */
    this.resultId = undefined;
    /** @type {Feature[]} columns */
    this.features = [];
    /** @type {number[]} four numbers a sentence */
    this.ranges = [];
    /** @type {number[]} sentence and level */
    this.headings = [];
    /** @type {number[]} sentences that have each feature */
    this.present = [];
    /** @type {number[]} columns, what stands out most first */
    this.order = [];
    /** @type {number[]} column and level of each sentence */
    this.prominent = [];
    this.activations = new Uint8Array();
    this.count = 0;
    this.unread = 0;
  }

  /**
   * Take an answer in.
   * @param {Answer} answer
   * @returns {Patch}
   */
  take(answer) {
    const rows = new Uint8Array(Buffer.from(answer.activations, 'base64'));
    const whole = answer.since === undefined;
    if (whole) {
      this.features = answer.features ?? [];
      this.prominent = [];
      this.activations = new Uint8Array();
    }
    const { start, deleteCount } = whole ? { start: 0, deleteCount: this.count } : { start: answer.start ?? 0, deleteCount: answer.deleteCount ?? 0 };
    const width = this.features.length;
    this.prominent = [...this.prominent.slice(0, 2 * start), ...answer.prominent, ...this.prominent.slice(2 * (start + deleteCount))];
    this.activations = splice(this.activations, start * width, (whole ? 0 : deleteCount) * width, rows);
    this.version = answer.version;
    this.resultId = answer.resultId;
    this.count = answer.count;
    this.unread = answer.unread;
    this.present = answer.present;
    this.order = answer.order;
    this.ranges = answer.ranges ?? this.ranges;
    this.headings = answer.headings ?? this.headings;
    return { whole, start, deleteCount, rows };
  }

  /**
   * @param {string | null} id
   * @returns {number} -1 if there is none
   */
  column(id) {
    return this.features.findIndex((feature) => feature.id === id);
  }

  /**
   * The byte of a feature in a sentence.
   * @param {number} sentence
   * @param {number} column
   */
  byte(sentence, column) {
    return this.activations[sentence * this.features.length + column];
  }

  /** How many sentences have been read. */
  get read() {
    return this.count - this.unread;
  }

  /**
   * The sentence at a place; the nearest before it, if it is between two; -1 in an empty document.
   * @param {number} line
   * @param {number} character
   */
  at(line, character) {
    let found = this.count > 0 ? 0 : -1;
    for (let i = 0; i < this.count; i++) {
      const starts = this.ranges[4 * i];
      if (starts < line || (starts === line && this.ranges[4 * i + 1] <= character)) found = i;
    }
    return found;
  }

  /**
   * The sentences that touch some lines.
   * @param {number} first
   * @param {number} last
   */
  *within(first, last) {
    for (let i = 0; i < this.count; i++) {
      if (this.ranges[4 * i] <= last && this.ranges[4 * i + 2] >= first) yield i;
    }
  }
}

/**
 * What a sentence shows: the column, its level from 1 to 4, and the strength of its background from 1 to 6.
 * @param {Matrix} matrix
 * @param {number} sentence
 * @param {View} view
 * @param {number} [focus] the focused feature's column
 * @returns {{ column: number, level: number, step: number } | undefined}
 */
function shown(matrix, sentence, view, focus = matrix.column(view.focus)) {
  if (view.mode !== 'focus') {
    const column = matrix.prominent[2 * sentence];
    const level = matrix.prominent[2 * sentence + 1];
    return column >= 0 ? { column, level, step: PROMINENT_STEPS[level - 1] } : undefined;
  }
  if (focus < 0) return undefined;
  const byte = matrix.byte(sentence, focus);
  if (byte === UNREAD || byte < FOCUS_BYTES[0]) return undefined;
  const level = FOCUS_BYTES.filter((least) => byte >= least).length;
  return { column: focus, level, step: strength(byte, STEPS) };
}

/**
 * An activation from 0.25 to 1 and more in steps from 1 on.
 * @param {number} byte
 * @param {number} steps
 */
function strength(byte, steps) {
  const share = (byte - FOCUS_BYTES[0]) / (ONE - FOCUS_BYTES[0]);
  return Math.min(steps, 1 + Math.max(0, Math.floor(share * (steps - 1))));
}

module.exports = { Matrix, shown, strength };
