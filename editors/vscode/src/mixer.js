'use strict';
const { randomBytes } = require('node:crypto');
const vscode = require('vscode');
const candidates = require('./candidates');
const mix = require('./mix');

/** Milliseconds for which the cursor rests before the faders follow it. */
const REST = 250;
/** Milliseconds after which the view says that sentences are being read. */
const SLOW = 500;

/**
 * @typedef {import('./candidates').Server} Server
 * @typedef {import('./candidates').Rewritten} Rewritten
 * @typedef {{ sentence: Rewritten, shown: number, taken: boolean }} Row
 */

/**
 * A view with faders for the sentence or paragraph at the cursor. It follows the cursor until a fader is moved; then it holds
 * on to its sentences, wherever they go in the text, until they are rewritten or the writer resets it.
 */
class Mixer {
  /**
   * @param {Server} server
   * @param {vscode.Uri} extension its folder
   */
  constructor(server, extension) {
    this.server = server;
    this.extension = extension;
    /** @type {vscode.WebviewView | undefined} */
    this.view = undefined;
    /** @type {'sentence' | 'paragraph'} */
    this.scope = 'sentence';
    /** @type {vscode.TextDocument | undefined} */
    this.document = undefined;
    /** @type {mix.Sentence[]} */
    this.sentences = [];
    /** @type {mix.Feature[]} */
    this.features = [];
    /** @type {Map<string, number>} levels that are wanted, by the feature's id */
    this.wanted = new Map();
    /** How often the page has told of a fader; it may have done so again while a message to it was under way. */
    this.heard = 0;
    /** @type {Row[]} */
    this.rows = [];
    this.busy = '';
    this.message = '';
    /** The message is an error, which goes when something succeeds. */
    this.failed = false;
    /** @type {vscode.CancellationTokenSource | undefined} */
    this.work = undefined;
    /** @type {NodeJS.Timeout | undefined} */
    this.timer = undefined;
    this.events = [
      vscode.window.onDidChangeTextEditorSelection(() => this.follow()),
      vscode.window.onDidChangeActiveTextEditor(() => this.follow()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => document === this.document && this.follow()),
    ];
  }

  /** @param {vscode.WebviewView} view */
  resolveWebviewView(view) {
    this.view = view;
    const folders = ['dist', 'media'].map((folder) => vscode.Uri.joinPath(this.extension, folder));
    view.webview.options = { enableScripts: true, localResourceRoots: folders };
    view.webview.html = page(view.webview, this.extension);
    view.webview.onDidReceiveMessage((message) => this.received(message));
    view.onDidChangeVisibility(() => this.follow());
    view.onDidDispose(() => (this.view = undefined));
  }

  /** Whether what the view shows is the writer's work and must not go away by itself. */
  get held() {
    return this.wanted.size > 0 || this.rows.length > 0;
  }

  /** The cursor is elsewhere, or the text has changed: show what is there, once it rests. */
  follow() {
    if (this.held || this.busy === 'Rewriting' || !this.view?.visible) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.look(), REST);
  }

  /** A server runs, perhaps again: what could not be shown can be now. */
  revived() {
    if (this.failed || this.sentences.length === 0) this.follow();
  }

  /** Show the sentences at the cursor. Never rejects. */
  async look() {
    const editor = vscode.window.activeTextEditor;
    if (editor === undefined) return; // the view itself has the focus
    if (!this.server.reads(editor.document)) {
      this.document = undefined;
      this.sentences = [];
      this.rows = [];
      this.post();
      return;
    }
    await this.doing('Reading', async (token) => {
      const { document, selection } = editor;
      const point = (/** @type {vscode.Position} */ { line, character }) => ({ line, character });
      const place = selection.isEmpty
        ? { position: point(selection.active) }
        : { range: { start: point(selection.start), end: point(selection.end) } };
      const params = { textDocument: { uri: document.uri.toString() }, ...place, paragraph: this.scope === 'paragraph' };
      const answer = await this.server.request('prism/sentence', params, { token });
      const features = await this.server.ask('prism.features');
      if (token.isCancellationRequested || this.held) return;
      this.features = features;
      this.document = document;
      this.sentences = answer.sentences;
      this.rows = [];
    });
  }

  /** Rewrite what the view holds, as the faders ask. Never rejects. */
  async compile() {
    const { document } = this;
    if (document === undefined || this.wanted.size === 0) return;
    await this.doing('Rewriting', async (token) => {
      const params = {
        textDocument: { uri: document.uri.toString() },
        sentences: this.sentences.map(({ data }) => data),
        moves: mix.moves(this.wanted),
      };
      const progress = (/** @type {string} */ message) => this.post(message);
      const answer = await this.server.request('prism/rewrite', params, { token, progress });
      const found = /** @type {Rewritten[]} */ (answer.sentences);
      this.rows = found.map((sentence) => ({ sentence, shown: 0, taken: sentence.candidates.length > 0 }));
      const count = this.rows.filter(({ taken }) => taken).length;
      this.message = count > 0 ? '' : 'Nothing was rewritten; the reasons stand below.';
    });
  }

  /** Make the edit of what is taken, in one step. What cannot be made stays in the view, with the reason. Never rejects. */
  async apply() {
    const { document } = this;
    const taken = this.rows.filter((row) => row.taken);
    if (document === undefined || taken.length === 0) return;
    await this.doing('Applying', async () => {
      const chosen = taken.map(({ sentence, shown }) => sentence.candidates[shown]);
      const refused = await candidates.apply(this.server, document, chosen);
      const left = taken.flatMap((row, number) => (refused[number] === null ? [] : [{ row, reason: refused[number] }]));
      const done = taken.length - left.length;
      const told = done > 0 ? [`${mix.sentences(done)} rewritten; Undo takes it back in one step.`] : [];
      if (left.length === 0) {
        this.letGo();
        this.follow();
      } else {
        this.sentences = left.map(({ row }) => this.sentences[this.rows.indexOf(row)]);
        this.rows = left.map(({ row, reason }) => ({ ...row, taken: false, sentence: { ...row.sentence, refused: reason } }));
      }
      this.message = [...told, ...new Set(left.map(({ reason }) => reason))].join(' ');
    });
  }

  /** Forget faders and rewrites. */
  letGo() {
    this.wanted.clear();
    this.rows = [];
    this.message = '';
  }

  /** Show what is at the cursor again. Never rejects. */
  async reset() {
    this.work?.cancel();
    this.letGo();
    this.post();
    await this.look();
  }

  /**
   * One piece of work at a time; a new one ends the old one. Errors are shown in the view.
   * @param {string} what
   * @param {(token: vscode.CancellationToken) => Promise<void>} step
   */
  async doing(what, step) {
    this.work?.cancel();
    const work = (this.work = new vscode.CancellationTokenSource());
    this.busy = what;
    const before = this.message;
    // A sentence is read in no time as a rule, and the view is not to twitch at every move of the cursor.
    const soon = what === 'Reading' ? setTimeout(() => this.post(), SLOW) : undefined;
    if (soon === undefined) this.post();
    try {
      await step(work.token);
      if (this.failed && this.message === before) this.message = '';
      this.failed = false;
    } catch (error) {
      const cancelled = work.token.isCancellationRequested || error instanceof vscode.CancellationError;
      if (!cancelled) [this.message, this.failed] = [error instanceof Error ? error.message : String(error), true];
    }
    clearTimeout(soon);
    if (this.work !== work) return;
    this.work = undefined;
    this.busy = '';
    this.post();
  }

  /** @param {any} message of the view */
  async received(message) {
    const row = this.rows[message.row];
    switch (message.type) {
      case 'ready':
        this.heard = 0;
        this.post();
        return this.held ? undefined : this.look();
      case 'want':
        this.heard += 1;
        if (message.level === null) this.wanted.delete(message.feature);
        else this.wanted.set(message.feature, message.level);
        this.message = '';
        return undefined;
      case 'scope':
        this.scope = message.scope;
        return this.reset();
      case 'take':
        row.taken = message.taken;
        return this.post();
      case 'another':
        row.shown = (row.shown + 1) % row.sentence.candidates.length;
        return this.post();
      case 'compile':
        return this.compile();
      case 'apply':
        return this.apply();
      case 'reset':
        return this.reset();
      case 'cancel':
        return this.work?.cancel();
      default:
        throw new Error(`the mixer does not know “${message.type}”`);
    }
  }

  /**
   * Tell the view what to show.
   * @param {string} [progress]
   */
  post(progress) {
    const name = candidates.names(this.features);
    const figures = (/** @type {candidates.Candidate} */ each) => candidates.figures(each, name);
    const rows = this.rows.map(({ sentence, shown, taken }) => mix.result(sentence, shown, taken, figures));
    void this.view?.webview.postMessage({
      scope: this.scope,
      text: this.sentences.map(({ text }) => text).join(' '),
      count: this.sentences.length,
      groups: mix.groups(this.features, this.sentences, this.wanted),
      heard: this.heard,
      rows,
      busy: this.busy === '' ? '' : `${this.busy}${progress === undefined ? '' : ` ${progress}`} …`,
      message: this.message,
    });
  }

  dispose() {
    clearTimeout(this.timer);
    this.work?.cancel();
    for (const event of this.events) event.dispose();
  }
}

/**
 * The view's page. Nothing is loaded from anywhere but the extension's folder, and no script runs but its own.
 * @param {vscode.Webview} webview
 * @param {vscode.Uri} extension its folder
 */
function page(webview, extension) {
  const nonce = randomBytes(16).toString('base64');
  const at = (/** @type {string} */ name) => webview.asWebviewUri(vscode.Uri.joinPath(extension, name)).toString();
  const policy = `default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${at('media/mixer.css')}">
<title>Prism: Mixer</title>
</head>
<body>
<main id="mixer" aria-label="Mixer"></main>
<script nonce="${nonce}" src="${at('dist/mixer.js')}"></script>
</body>
</html>`;
}

module.exports = { Mixer, page };
