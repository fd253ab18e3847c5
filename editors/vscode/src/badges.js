'use strict';
const vscode = require('vscode');
const { Decorations, add, range, visible } = require('./decorations');
const { glyph, hue } = require('./families');
const { shown } = require('./matrix');

const LEVELS = ['▂', '▄', '▆', '█'];

/**
 * What stands at the end of a sentence: `● question ▆`.
 * @param {import('./matrix').Feature} feature
 * @param {number} level
 */
const text = (feature, level) => `${glyph(feature.family)} ${feature.name.toLowerCase()} ${LEVELS[level - 1]}`;

/** What each sentence shows, in words at its end. */
class Badges {
  constructor() {
    this.decorations = new Decorations((kind) => ({
      rangeBehavior: vscode.DecorationRangeBehavior.ClosedClosed,
      after: {
        color: new vscode.ThemeColor(`prism.${kind}`),
        margin: '0 0.6em 0 0.4em',
        fontStyle: 'normal',
        textDecoration: 'none; font-size: 0.8em; opacity: 0.9',
      },
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
      if (!what) continue;
      const feature = matrix.features[what.column];
      const renderOptions = { after: { contentText: text(feature, what.level) } };
      add(wanted, hue(feature.family), { range: range(matrix, sentence), renderOptions });
    }
    this.decorations.set(editor, wanted);
  }

  dispose() {
    this.decorations.dispose();
  }
}

module.exports = { Badges, text };
