'use strict';
const vscode = require('vscode');

/**
 * Decorations of one layer: made when first needed, set only where something changes from nothing or to nothing.
 */
class Decorations {
  /** @param {(kind: string) => vscode.DecorationRenderOptions} look */
  constructor(look) {
    this.look = look;
    /** @type {Map<string, vscode.TextEditorDecorationType>} */
    this.types = new Map();
    /** @type {WeakMap<vscode.TextEditor, Set<string>>} kinds that are there, by editor */
    this.there = new WeakMap();
  }

  /**
   * Show these in an editor, and nothing else of this layer.
   * @param {vscode.TextEditor} editor
   * @param {Map<string, vscode.DecorationOptions[]>} wanted by kind
   */
  set(editor, wanted) {
    for (const kind of this.there.get(editor) ?? []) if (!wanted.has(kind)) editor.setDecorations(this.type(kind), []);
    for (const [kind, options] of wanted) editor.setDecorations(this.type(kind), options);
    this.there.set(editor, new Set(wanted.keys()));
  }

  /** @param {string} kind */
  type(kind) {
    const type = this.types.get(kind) ?? vscode.window.createTextEditorDecorationType(this.look(kind));
    this.types.set(kind, type);
    return type;
  }

  dispose() {
    this.types.forEach((type) => type.dispose());
    this.types.clear();
  }
}

/**
 * Add to the list of a kind.
 * @param {Map<string, vscode.DecorationOptions[]>} wanted
 * @param {string} kind
 * @param {vscode.DecorationOptions} options
 */
function add(wanted, kind, options) {
  const list = wanted.get(kind);
  if (list === undefined) wanted.set(kind, [options]);
  else list.push(options);
}

/**
 * A sentence's place in its document.
 * @param {import('./matrix').Matrix} matrix
 * @param {number} sentence
 */
function range(matrix, sentence) {
  const [line, character, lastLine, lastCharacter] = matrix.ranges.slice(4 * sentence, 4 * sentence + 4);
  return new vscode.Range(line, character, lastLine, lastCharacter);
}

/** Lines above and below the window that are drawn too, so that scrolling does not run ahead of them. */
const MARGIN = 60;

/**
 * The numbers of the sentences in an editor's window.
 * @param {vscode.TextEditor} editor
 * @param {import('./matrix').Matrix} matrix
 */
function visible(editor, matrix) {
  const lines = editor.visibleRanges.flatMap(({ start, end }) => [start.line, end.line]);
  return matrix.within(Math.min(...lines) - MARGIN, Math.max(...lines) + MARGIN);
}

module.exports = { Decorations, add, range, visible };
