'use strict';
const crypto = require('node:crypto');
const path = require('node:path');
const vscode = require('vscode');
const { range } = require('./decorations');

/** Before the cursor's new place is told, so that a held key does not flood the panel. */
const CURSOR_MS = 40;

/**
 * The spectrum panel: a page beside the editor that draws the spectrum of the document in front. It is told of changes only,
 * and has no text but the sentence under the pointer.
 */
class SpectrumPanel {
  /**
   * @param {vscode.Uri} home the extension's folder
   * @param {import('./spectra').Spectra} spectra
   * @param {() => void} closed
   */
  constructor(home, spectra, closed) {
    this.home = home;
    this.spectra = spectra;
    /** @type {vscode.TextDocument | undefined} */
    this.document = undefined;
    /** The page has all of this document, and can be told of changes. */
    this.told = false;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
    const where = { viewColumn: vscode.ViewColumn.Beside, preserveFocus: true };
    const scripts = vscode.Uri.joinPath(home, 'dist');
    const options = { enableScripts: true, localResourceRoots: [scripts], retainContextWhenHidden: true };
    this.panel = vscode.window.createWebviewPanel('prism.spectrum', 'Spectrum', where, options);
    const { webview } = this.panel;
    webview.onDidReceiveMessage((message) => this.hear(message));
    this.panel.onDidDispose(() => {
      clearTimeout(this.timer);
      closed();
    });
    webview.html = page(webview.cspSource, webview.asWebviewUri(vscode.Uri.joinPath(scripts, 'spectrum.js')).toString());
  }

  /** @param {vscode.TextDocument} document */
  show(document) {
    if (document === this.document) return;
    this.document = document;
    this.panel.title = `Spectrum: ${path.posix.basename(document.uri.path)}`;
    this.all();
  }

  get matrix() {
    return this.document && this.spectra.of(this.document.uri.toString());
  }

  /** Tell the page everything. */
  all() {
    const { matrix, document } = this;
    this.told = matrix !== undefined;
    const name = document ? path.posix.basename(document.uri.path) : '';
    const { features, headings, activations, count, unread } = matrix ?? { features: [], headings: [], activations: new Uint8Array(), count: 0, unread: 0 };
    this.post({ type: 'matrix', name, features, headings, activations, count, unread, there: matrix !== undefined });
    this.tellCursor();
  }

  /** @param {import('./spectra').Change} change */
  changed({ uri, matrix, patch }) {
    if (uri !== this.document?.uri.toString()) return;
    if (!this.told || matrix === undefined || patch === undefined || patch.whole) return this.all();
    const { start, deleteCount, rows } = patch;
    const { headings, count, unread } = matrix;
    this.post({ type: 'patch', start, deleteCount, rows, headings, count, unread });
    this.tellCursor();
  }

  /** The cursor has moved. */
  moved() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.tellCursor();
    }, CURSOR_MS);
  }

  tellCursor() {
    const editor = this.editor;
    const { matrix } = this;
    if (editor === undefined || matrix === undefined) return;
    const { line, character } = editor.selection.active;
    const lines = editor.visibleRanges.flatMap(({ start, end }) => [start.line, end.line]);
    const seen = [matrix.at(Math.min(...lines), Infinity), matrix.at(Math.max(...lines), Infinity)];
    this.post({ type: 'cursor', sentence: matrix.at(line, character), seen });
  }

  /** The document's editor, if it is seen. */
  get editor() {
    return vscode.window.visibleTextEditors.find(({ document }) => document === this.document);
  }

  /** @param {{ type: string, sentence?: number, format?: string, data?: any }} message of the page */
  async hear({ type, sentence = -1, format, data }) {
    if (type === 'ready') this.all();
    else if (type === 'text') this.post({ type: 'text', sentence, text: this.text(sentence) });
    else if (type === 'reveal') await this.reveal(sentence);
    else if (type === 'export' && (format === 'svg' || format === 'png')) await this.save(format, data);
  }

  /** @param {number} sentence */
  place(sentence) {
    const { matrix } = this;
    return matrix !== undefined && sentence >= 0 && sentence < matrix.count ? range(matrix, sentence) : undefined;
  }

  /** @param {number} sentence */
  text(sentence) {
    const place = this.place(sentence);
    return place && this.document && this.matrix?.version === this.document.version ? this.document.getText(place) : '';
  }

  /** @param {number} sentence */
  async reveal(sentence) {
    const place = this.place(sentence);
    if (place === undefined || this.document === undefined) return;
    const viewColumn = this.editor?.viewColumn ?? vscode.ViewColumn.One;
    const editor = await vscode.window.showTextDocument(this.document, { viewColumn });
    editor.selection = new vscode.Selection(place.start, place.start);
    editor.revealRange(place, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
  }

  /**
   * @param {'svg' | 'png'} format
   * @param {string | ArrayBuffer | Uint8Array} data
   */
  async save(format, data) {
    const beside = this.document?.uri.scheme === 'file' ? this.document.uri.fsPath.replace(/\.[^./\\]*$/, '') : 'spectrum';
    const target = await vscode.window.showSaveDialog({
      defaultUri: vscode.Uri.file(`${beside}-spectrum.${format}`),
      filters: format === 'svg' ? { 'SVG image': ['svg'] } : { 'PNG image': ['png'] },
      saveLabel: 'Export',
    });
    if (target === undefined) return;
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : new Uint8Array(data);
    try {
      await vscode.workspace.fs.writeFile(target, bytes);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      void vscode.window.showErrorMessage(`The spectrum could not be written to ${target.fsPath}. ${why}`);
    }
  }

  /** @param {unknown} message */
  post(message) {
    void this.panel.webview.postMessage(message);
  }

  front() {
    this.panel.reveal(undefined, true);
  }

  dispose() {
    this.panel.dispose();
  }
}

/**
 * The page: nothing but this script may run in it, and nothing can be fetched.
 * @param {string} source what VS Code serves the extension's files from
 * @param {string} script
 */
function page(source, script) {
  const nonce = crypto.randomBytes(18).toString('base64');
  const policy = `default-src 'none'; img-src ${source} data:; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<title>Spectrum</title>
<style nonce="${nonce}">
  html, body { height: 100%; margin: 0; padding: 0; }
  body { display: flex; flex-direction: column; color: var(--vscode-foreground); font-family: var(--vscode-font-family); font-size: var(--vscode-font-size); }
  [role="toolbar"] { display: flex; gap: 4px; align-items: center; padding: 6px 8px; }
  [role="toolbar"] .space { flex: 1; }
  button { color: inherit; background: transparent; border: 1px solid transparent; border-radius: 4px; padding: 2px 8px; font: inherit; cursor: pointer; }
  button:hover { background: var(--vscode-toolbar-hoverBackground); }
  .vscode-high-contrast button { border-color: var(--vscode-contrastBorder); }
  button:focus-visible, #plot:focus-visible { outline: 1px solid var(--vscode-focusBorder); outline-offset: -1px; }
  #scroller { flex: 1; overflow-x: hidden; overflow-y: auto; position: relative; min-height: 0; }
  #plot { display: block; cursor: crosshair; touch-action: none; }
  #plot.dragging { cursor: grabbing; }
  #tip { min-height: 3.6em; max-height: 6.2em; overflow-y: auto; padding: 6px 12px; border-top: 1px solid var(--vscode-panel-border, transparent); line-height: 1.45; }
  #tip .what { color: var(--vscode-descriptionForeground); }
  #status { color: var(--vscode-descriptionForeground); }
  #empty { padding: 24px; color: var(--vscode-descriptionForeground); }
  [hidden] { display: none !important; }
</style>
</head>
<body>
  <div role="toolbar" aria-label="Spectrum">
    <button id="in" title="Nearer (+)" aria-label="Zoom in">+</button>
    <button id="out" title="Further (−)" aria-label="Zoom out">−</button>
    <button id="whole" title="The whole document (0)">Whole</button>
    <button id="paragraph" title="The sentences around the cursor (P)">Paragraph</button>
    <button id="cursor" title="To the cursor’s sentence (C)">Cursor</button>
    <span class="space"></span>
    <span id="status" role="status"></span>
    <button id="svg" title="What is seen, as an SVG image" aria-label="Export as SVG">SVG…</button>
    <button id="png" title="What is seen, as a PNG image" aria-label="Export as PNG">PNG…</button>
  </div>
  <div id="scroller"><canvas id="plot" tabindex="0" role="application" aria-roledescription="spectrogram"
    aria-label="Spectrum. Arrow keys move from sentence to sentence and from feature to feature, plus and minus zoom, Enter goes to the sentence."></canvas>
    <div id="empty" hidden>Open a document that Prism reads to see its spectrum.</div></div>
  <div id="tip" aria-live="polite"></div>
  <script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}

module.exports = { SpectrumPanel, page };
