'use strict';
const vscode = require('vscode');
const { Decorations, add, visible } = require('./decorations');
const { hue, mark } = require('./families');
const { shown } = require('./matrix');

/** @type {Record<string, { dark: string, light: string }>} */
const COLOURS = require('./colours.json');

/** Level from which a sentence has a mark: where each shows its strongest, nearly all would have one. */
const LEAST = { prominent: 4, focus: 2 };

/**
 * The mark of each line that has one: that of the strongest sentence which begins there.
 * @param {import('./matrix').Matrix} matrix
 * @param {Iterable<number>} sentences
 * @param {import('./matrix').View} view
 * @returns {Map<number, { family: string, level: number }>}
 */
function marks(matrix, sentences, view) {
  /** @type {Map<number, { family: string, level: number }>} */
  const found = new Map();
  const focus = matrix.column(view.focus);
  for (const sentence of sentences) {
    const what = shown(matrix, sentence, view, focus);
    const line = matrix.ranges[4 * sentence];
    if (what && what.level >= LEAST[view.mode] && what.level > (found.get(line)?.level ?? 0)) {
      found.set(line, { family: matrix.features[what.column].family, level: what.level });
    }
  }
  return found;
}

/**
 * Marks beside the text: a shape for each family, larger where it is stronger. The cursor's line has none, since VS Code
 * would put the lightbulb onto the text there.
 */
class Gutter {
  constructor() {
    this.decorations = new Decorations((kind) => {
      const [family, level] = kind.split('.');
      const icon = (/** @type {'dark' | 'light'} */ theme) => ({
        gutterIconPath: image(mark(family, COLOURS[hue(family)][theme], 3 + 1.5 * Number(level))),
      });
      return { gutterIconSize: 'contain', dark: icon('dark'), light: icon('light') };
    });
    /** @type {WeakMap<vscode.TextEditor, number>} the line without a mark, by editor */
    this.free = new WeakMap();
  }

  /**
   * @param {vscode.TextEditor} editor
   * @param {import('./matrix').Matrix | undefined} matrix nothing is shown without
   * @param {import('./matrix').View} view
   */
  draw(editor, matrix, view) {
    /** @type {Map<string, vscode.DecorationOptions[]>} */
    const wanted = new Map();
    const free = cursor(editor);
    this.free.set(editor, free);
    for (const [line, { family, level }] of matrix ? marks(matrix, visible(editor, matrix), view) : []) {
      if (line !== free) add(wanted, `${family}.${level}`, { range: new vscode.Range(line, 0, line, 0) });
    }
    this.decorations.set(editor, wanted);
  }

  /** Whether the cursor has left the line that it was in. @param {vscode.TextEditor} editor */
  stale(editor) {
    return this.free.get(editor) !== cursor(editor);
  }

  dispose() {
    this.decorations.dispose();
  }
}

/** @param {vscode.TextEditor} editor */
const cursor = ({ selection }) => selection.active.line;

/** @param {string} svg */
const image = (svg) => vscode.Uri.parse(`data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`);

module.exports = { Gutter, marks };
