'use strict';
const vscode = require('vscode');
const { PRESENT, UNREAD } = require('./bytes');
const { Decorations, add } = require('./decorations');
const { LANE_STEPS, hue } = require('./families');
const { strength } = require('./matrix');

/** Left to right, as far as they are there. */
const LANES = ['left', 'center', 'right'];

/**
 * The features on the scroll bar, left to right: the focused one alone, else those that the writer has chosen, else the
 * three that stand out most in the document.
 * @param {import('./matrix').Matrix} matrix
 * @param {import('./matrix').View} view
 * @param {readonly string[]} chosen ids
 * @returns {{ lane: string, column: number }[]}
 */
function lanes(matrix, view, chosen) {
  if (view.mode === 'focus') {
    const column = matrix.column(view.focus);
    return column < 0 ? [] : [{ lane: 'full', column }];
  }
  const columns = chosen.map((id) => matrix.column(id)).filter((column) => column >= 0);
  const strongest = chosen.length > 0 ? columns : matrix.order;
  return strongest.slice(0, LANES.length).map((column, at) => ({ lane: LANES[at], column }));
}

/**
 * The lines in which a feature is present, each with the strength of its strongest sentence, from 1 to 3.
 * @param {import('./matrix').Matrix} matrix
 * @param {number} column
 * @returns {Map<number, number>}
 */
function lines(matrix, column) {
  /** @type {Map<number, number>} */
  const found = new Map();
  for (let sentence = 0; sentence < matrix.count; sentence++) {
    const byte = matrix.byte(sentence, column);
    if (byte < PRESENT || byte === UNREAD) continue;
    const step = strength(byte, LANE_STEPS);
    for (let line = matrix.ranges[4 * sentence]; line <= matrix.ranges[4 * sentence + 2]; line++) {
      if (step > (found.get(line) ?? 0)) found.set(line, step);
    }
  }
  return found;
}

/** A document as a spectrogram on its scroll bar. */
class ScrollBar {
  constructor() {
    this.decorations = new Decorations((kind) => {
      const [lane, name, step] = kind.split('.');
      const { Left, Center, Right, Full } = vscode.OverviewRulerLane;
      return {
        overviewRulerLane: { left: Left, center: Center, right: Right, full: Full }[lane],
        overviewRulerColor: new vscode.ThemeColor(`prism.lane.${name}.${step}`),
      };
    });
  }

  /**
   * @param {vscode.TextEditor} editor
   * @param {import('./matrix').Matrix | undefined} matrix nothing is shown without
   * @param {import('./matrix').View} view
   * @param {readonly string[]} chosen ids
   */
  draw(editor, matrix, view, chosen) {
    /** @type {Map<string, vscode.DecorationOptions[]>} */
    const wanted = new Map();
    for (const { lane, column } of matrix ? lanes(matrix, view, chosen) : []) {
      if (!matrix) break;
      const name = hue(matrix.features[column].family);
      for (const { first, last, step } of runs(lines(matrix, column))) {
        add(wanted, `${lane}.${name}.${step}`, { range: new vscode.Range(first, 0, last, 0) });
      }
    }
    this.decorations.set(editor, wanted);
  }

  dispose() {
    this.decorations.dispose();
  }
}

/**
 * Neighbouring lines of the same strength as one.
 * @param {Map<number, number>} found
 */
function runs(found) {
  /** @type {{ first: number, last: number, step: number }[]} */
  const together = [];
  for (const [line, step] of [...found].sort(([one], [other]) => one - other)) {
    const before = together.at(-1);
    if (before?.step === step && before.last === line - 1) before.last = line;
    else together.push({ first: line, last: line, step });
  }
  return together;
}

module.exports = { LANES, ScrollBar, lanes, lines };
