'use strict';
const vscode = require('vscode');
const { Layers, heated, toggle, toggleHeatMap } = require('./layers');
const { SpectrumPanel } = require('./panel');
const { Spectra } = require('./spectra');
const { FeaturesTree } = require('./tree');

/** After scrolling, before the window is drawn again. */
const SCROLL_MS = 30;

/**
 * What seeing needs of the rest.
 * @typedef {object} Server
 * @property {(method: string, params: unknown) => Promise<any> | undefined} send
 * @property {(command: string, ...words: unknown[]) => Promise<any>} ask
 * @property {() => import('./matrix').View} view
 * @property {(document: vscode.TextDocument) => boolean} reads
 * @property {() => unknown} recolour
 */

/** Everything that is drawn of documents' spectra: layers in editors, the view *Features*, the spectrum panel. */
class Seeing {
  /** @param {Server} server */
  constructor(server) {
    this.server = server;
    this.spectra = new Spectra(server.send);
    this.layers = new Layers(this.spectra, server.view);
    const chosen = () => vscode.workspace.getConfiguration('prism').get('scrollBar.features') ?? [];
    this.tree = new FeaturesTree(server.view, /** @type {() => string[]} */ (chosen), () => server.ask('prism.features'));
    this.view = vscode.window.createTreeView('prism.features', { treeDataProvider: this.tree, showCollapseAll: true });
    /** @type {SpectrumPanel | undefined} */
    this.panel = undefined;
    /** @type {vscode.TextDocument | undefined} the document that was last in front */
    this.front = undefined;
    this.heatedBefore = this.heated;
    /** @type {Map<vscode.TextEditor, NodeJS.Timeout>} */
    this.scrolling = new Map();
    this.spectra.onDidChange((change) => {
      this.layers.draw(change.uri);
      this.panel?.changed(change);
      if (change.uri === this.front?.uri.toString()) this.drawTree();
    });
  }

  /** Whether backgrounds have the colours now. */
  get heated() {
    return heated(this.server.view(), vscode.workspace.getConfiguration('prism').get('show.heatMap'));
  }

  /**
   * @param {vscode.ExtensionContext} context
   * @returns {Record<string, () => unknown>}
   */
  commands(context) {
    return {
      'prism.openSpectrum': () => this.openPanel(context),
      'prism.toggleText': () => toggle('text'),
      'prism.toggleHeatMap': () => toggleHeatMap(this.server.view()),
      'prism.toggleScrollBar': () => toggle('scrollBar'),
      'prism.toggleGutter': () => toggle('gutter'),
      'prism.toggleBadges': () => toggle('badges'),
    };
  }

  /** What the editor tells. */
  listeners() {
    return [
      vscode.window.onDidChangeVisibleTextEditors(() => this.look()),
      vscode.window.onDidChangeActiveTextEditor(() => this.look()),
      vscode.window.onDidChangeTextEditorVisibleRanges(({ textEditor }) => this.scrolled(textEditor)),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => {
        this.layers.moved(textEditor);
        if (textEditor.document === this.panel?.document) this.panel.moved();
      }),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.spectra.edited(document.uri.toString());
      }),
      vscode.workspace.onDidOpenTextDocument(() => this.look()),
      vscode.workspace.onDidCloseTextDocument((document) => {
        if (document === this.front) this.front = undefined;
        this.look();
      }),
    ];
  }

  /** Another server runs. */
  async started() {
    this.look();
    await this.spectra.restart();
  }

  /** No server runs. */
  stopped() {
    this.spectra.clear();
    this.drawTree();
  }

  /** @param {string} uri of a document of which more has been read */
  read(uri) {
    void this.spectra.ask(uri);
  }

  /** Mode or focus may have changed. */
  viewChanged() {
    const { focus } = this.server.view();
    // One that the writer has hidden is told of only while it is in focus.
    for (const [uri, matrix] of this.spectra.known) if (focus !== null && matrix.column(focus) < 0) void this.spectra.ask(uri);
    this.layers.draw();
    this.drawTree();
    if (this.heated === this.heatedBefore) return;
    this.heatedBefore = this.heated;
    this.server.recolour();
  }

  /** @param {vscode.ConfigurationChangeEvent} change */
  configured(change) {
    if (change.affectsConfiguration('prism.languages')) this.look();
    if (change.affectsConfiguration('prism.show') || change.affectsConfiguration('prism.scrollBar')) {
      this.viewChanged();
      if (change.affectsConfiguration('prism.show.text')) this.server.recolour();
    }
  }

  /** Follow the documents that are seen. */
  look() {
    const { reads } = this.server;
    const seen = vscode.window.visibleTextEditors.map(({ document }) => document).filter(reads);
    const active = vscode.window.activeTextEditor?.document;
    // A webview or an output channel in front has no document of its own: then the last one stays.
    if (active !== undefined && reads(active)) this.front = active;
    else if (this.front === undefined) this.front = seen[0];
    if (this.front !== undefined) this.panel?.show(this.front);
    const drawn = [...seen, this.front, this.panel?.document].filter((document) => document !== undefined);
    this.spectra.follow(drawn.map(({ uri }) => uri.toString()));
    this.layers.draw();
    this.drawTree();
  }

  drawTree() {
    this.tree.show(this.front && this.spectra.of(this.front.uri.toString()));
    this.view.message = this.tree.message;
  }

  /** @param {vscode.TextEditor} editor */
  scrolled(editor) {
    if (editor.document === this.panel?.document) this.panel.moved();
    clearTimeout(this.scrolling.get(editor));
    const draw = () => {
      this.scrolling.delete(editor);
      this.layers.drawEditor(editor, true);
    };
    this.scrolling.set(editor, setTimeout(draw, SCROLL_MS));
  }

  /** @param {vscode.ExtensionContext} context */
  openPanel(context) {
    if (this.panel !== undefined) return this.panel.front();
    this.panel = new SpectrumPanel(context.extensionUri, this.spectra, () => {
      this.panel = undefined;
      this.look();
    });
    this.look();
  }

  dispose() {
    this.scrolling.forEach((timer) => clearTimeout(timer));
    this.panel?.dispose();
    for (const part of [this.layers, this.view, this.tree, this.spectra]) part.dispose();
  }
}

module.exports = { Seeing };
