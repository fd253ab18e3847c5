'use strict';
const vscode = require('vscode');
const { Badges } = require('./badges');
const { Gutter } = require('./gutter');
const { HeatMap } = require('./heat');
const { ScrollBar } = require('./scrollbar');

/** @typedef {'off' | 'focus' | 'always'} When */

const settings = () => vscode.workspace.getConfiguration('prism');

/** What is drawn onto documents beside the colours of their text, each as the settings say. */
class Layers {
  /**
   * @param {import('./spectra').Spectra} spectra
   * @param {() => import('./matrix').View} view
   */
  constructor(spectra, view) {
    this.spectra = spectra;
    this.view = view;
    this.heat = new HeatMap();
    this.scrollBar = new ScrollBar();
    this.gutter = new Gutter();
    this.badges = new Badges();
  }

  /**
   * Draw every editor that shows a document, or all.
   * @param {string} [uri]
   */
  draw(uri) {
    for (const editor of vscode.window.visibleTextEditors) {
      if (uri === undefined || editor.document.uri.toString() === uri) this.drawEditor(editor);
    }
  }

  /**
   * @param {vscode.TextEditor} editor
   * @param {boolean} [scrolled] only the window has moved
   */
  drawEditor(editor, scrolled = false) {
    const { document } = editor;
    const matrix = this.spectra.of(document.uri.toString());
    // Another version's places would be wrong; VS Code moves what is there with the text until the answer comes.
    if (matrix !== undefined && matrix.version !== document.version) return;
    const view = this.view();
    const show = settings();
    this.heat.draw(editor, heated(view, show.get('show.heatMap')) ? matrix : undefined, view);
    this.drawGutter(editor, matrix);
    this.badges.draw(editor, show.get('show.badges') ? matrix : undefined, view);
    if (scrolled) return;
    this.scrollBar.draw(editor, show.get('show.scrollBar') ? matrix : undefined, view, show.get('scrollBar.features') ?? []);
  }

  /**
   * @param {vscode.TextEditor} editor
   * @param {import('./matrix').Matrix | undefined} matrix
   */
  drawGutter(editor, matrix) {
    this.gutter.draw(editor, settings().get('show.gutter') ? matrix : undefined, this.view());
  }

  /** The cursor has moved. @param {vscode.TextEditor} editor */
  moved(editor) {
    const { document } = editor;
    const matrix = this.spectra.of(document.uri.toString());
    if (matrix?.version === document.version && this.gutter.stale(editor)) this.drawGutter(editor, matrix);
  }

  dispose() {
    for (const layer of [this.heat, this.scrollBar, this.gutter, this.badges]) layer.dispose();
  }
}

/**
 * Whether backgrounds are shown now.
 * @param {import('./matrix').View} view
 * @param {When | undefined} when
 */
const heated = (view, when) => when === 'always' || (when === 'focus' && view.mode === 'focus');

/**
 * Turn a layer on or off, for all documents.
 * @param {'text' | 'scrollBar' | 'gutter' | 'badges'} layer
 */
function toggle(layer) {
  const show = settings();
  return show.update(`show.${layer}`, !show.get(`show.${layer}`), vscode.ConfigurationTarget.Global);
}

/**
 * Turn the heat map off where it is seen, else on. Without a focus, off leaves it to the next focus.
 * @param {import('./matrix').View} view
 */
function toggleHeatMap(view) {
  const show = settings();
  const seen = heated(view, show.get('show.heatMap'));
  /** @type {When} */
  const next = view.mode === 'focus' ? (seen ? 'off' : 'focus') : seen ? 'focus' : 'always';
  return show.update('show.heatMap', next, vscode.ConfigurationTarget.Global);
}

module.exports = { Layers, heated, toggle, toggleHeatMap };
