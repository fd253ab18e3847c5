'use strict';
const vscode = require('vscode');
const { Decorations, add, range, visible } = require('./decorations');
const { hue } = require('./families');
const { shown } = require('./matrix');

/** Backgrounds: the stronger what a sentence shows, the less transparent. */
class HeatMap {
  constructor() {
    this.decorations = new Decorations((kind) => ({
      backgroundColor: new vscode.ThemeColor(`prism.heat.${kind}`),
      borderRadius: '2px',
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
    }));
  }

  /**
   * @param {vscode.TextEditor} editor
   * @param {import('./matrix').Matrix | undefined} matrix nothing is shown without
   * @param {import('./matrix').View} view
   */
  draw(editor, matrix, view) {
    /** @type {Map<string, vscode.DecorationOptions[]>} */
    const wanted = new Map();
    const focus = matrix?.column(view.focus);
    for (const sentence of matrix ? visible(editor, matrix) : []) {
      const what = matrix && shown(matrix, sentence, view, focus);
      if (what) add(wanted, `${hue(matrix.features[what.column].family)}.${what.step}`, { range: range(matrix, sentence) });
    }
    this.decorations.set(editor, wanted);
  }

  dispose() {
    this.decorations.dispose();
  }
}

module.exports = { HeatMap };
