'use strict';
const vscode = require('vscode');
const { Matrix } = require('./matrix');

/** After an edit, how long the next one is waited for. */
const AFTER_EDIT_MS = 200;

/**
 * @typedef {object} Change
 * @property {string} uri
 * @property {Matrix | undefined} matrix gone, if the document is closed or the server has ended
 * @property {import('./matrix').Patch} [patch]
 */

/** The spectra of the documents that something is drawn of, kept as the server last told them. */
class Spectra {
  /** @param {(method: string, params: unknown) => Promise<any> | undefined} send a request; undefined while no server runs */
  constructor(send) {
    this.send = send;
    /** @type {Map<string, Matrix>} */
    this.known = new Map();
    /** @type {Set<string>} documents that are drawn */
    this.followed = new Set();
    /** @type {Map<string, boolean>} requests under way, and whether there is to be another one after it */
    this.asking = new Map();
    /** @type {Map<string, NodeJS.Timeout>} */
    this.timers = new Map();
    /** @type {vscode.EventEmitter<Change>} */
    this.emitter = new vscode.EventEmitter();
    this.onDidChange = this.emitter.event;
  }

  /**
   * @param {string} uri
   * @returns {Matrix | undefined}
   */
  of(uri) {
    return this.known.get(uri);
  }

  /**
   * From now on these documents are drawn and no others.
   * @param {Iterable<string>} uris
   */
  follow(uris) {
    const before = this.followed;
    this.followed = new Set(uris);
    for (const uri of before) if (!this.followed.has(uri)) this.forget(uri);
    // One that was not there yet when it was asked about is asked about again.
    for (const uri of this.followed) if (!before.has(uri) || !this.known.has(uri)) void this.ask(uri);
  }

  /** Everything anew: another server has started. */
  async restart() {
    this.clear();
    await Promise.all([...this.followed].map((uri) => this.ask(uri)));
  }

  /** The server has ended. */
  clear() {
    for (const uri of [...this.known.keys()]) this.forget(uri);
  }

  /** @param {string} uri */
  forget(uri) {
    clearTimeout(this.timers.get(uri));
    this.timers.delete(uri);
    if (this.known.delete(uri)) this.emitter.fire({ uri, matrix: undefined });
  }

  /**
   * The document was edited: ask again once the writer pauses for a moment.
   * @param {string} uri
   */
  edited(uri) {
    if (!this.followed.has(uri)) return;
    clearTimeout(this.timers.get(uri));
    this.timers.set(uri, setTimeout(() => void this.ask(uri), AFTER_EDIT_MS));
  }

  /**
   * Ask for what has changed; one request a document at a time. Never rejects: what the server cannot tell now, it says
   * later by `prism/spectrumChanged`.
   * @param {string} uri
   */
  async ask(uri) {
    if (!this.followed.has(uri)) return;
    if (this.asking.has(uri)) return void this.asking.set(uri, true);
    this.asking.set(uri, false);
    try {
      const before = this.known.get(uri);
      const answer = await this.send('prism/spectrum', { textDocument: { uri }, since: before?.resultId });
      if (answer !== undefined && this.followed.has(uri)) this.take(uri, answer);
    } catch {
      this.forget(uri); // a server that is ending, or one that knows no spectra
    } finally {
      const again = this.asking.get(uri);
      this.asking.delete(uri);
      if (again) void this.ask(uri);
    }
  }

  /**
   * @param {string} uri
   * @param {import('./matrix').Answer} answer
   */
  take(uri, answer) {
    if (answer.version === null) return this.forget(uri);
    const known = this.known.get(uri);
    if (answer.since !== undefined && answer.since !== known?.resultId) {
      this.forget(uri); // it is told against what is not there any more
      this.asking.set(uri, true);
      return;
    }
    const matrix = known ?? new Matrix();
    this.known.set(uri, matrix);
    const patch = matrix.take(answer);
    this.emitter.fire({ uri, matrix, patch });
  }

  dispose() {
    this.timers.forEach((timer) => clearTimeout(timer));
    this.emitter.dispose();
  }
}

module.exports = { Spectra };
