'use strict';
const vscode = require('vscode');
const candidates = require('./candidates');

/** Scheme of the right side of the comparison. */
const SCHEME = 'prism-preview';

/** More are not tried for one sentence. */
const MOST = 64;

/**
 * @typedef {import('./candidates').Server} Server
 * @typedef {import('./candidates').Candidate} Candidate
 * @typedef {{ title: string, moves: { feature: string, amount: number }[] }} Offer
 * @typedef {vscode.QuickPickItem & { candidate?: Candidate, another?: true }} Item
 */

/**
 * Let the writer choose what the sentence at the cursor is to become, and then one of several candidates.
 * @param {Server} server
 * @param {(document: vscode.TextDocument, changed: string) => Thenable<unknown>} compare both side by side
 */
async function rewrite(server, compare) {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || !server.reads(editor.document)) {
    throw new Error('Put the cursor into a sentence of a document that Prism reads.');
  }
  const { document, selection } = editor;
  const { line, character } = selection.active;
  const place = { textDocument: { uri: document.uri.toString() }, position: { line, character }, version: document.version };
  const [sentence] = (await server.request('prism/sentence', { ...place, offers: true })).sentences;
  if (sentence === undefined) throw new Error('There is no sentence at the cursor that Prism reads.');
  const offers = /** @type {Offer[]} */ (sentence.offers);
  const items = offers.map((offer) => ({ label: offer.title, offer }));
  const chosen = await vscode.window.showQuickPick(items, { title: 'Prism: Rewrite', placeHolder: sentence.text });
  if (chosen === undefined) return;
  const name = candidates.names(await server.ask('prism.features'));
  await new Preview(server, editor, sentence.data, chosen.offer, name, compare).run();
}

/** The list of candidates. The text shows what the one would change that is marked in the list. */
class Preview {
  /**
   * @param {Server} server
   * @param {vscode.TextEditor} editor
   * @param {unknown} sentence its handle
   * @param {Offer} offer
   * @param {(id: string) => string} name of a feature
   * @param {(document: vscode.TextDocument, changed: string) => Thenable<unknown>} compare
   */
  constructor(server, editor, sentence, offer, name, compare) {
    this.server = server;
    this.editor = editor;
    this.sentence = sentence;
    this.offer = offer;
    this.name = name;
    this.compare = compare;
    /** @type {import('./candidates').Rewritten | undefined} */
    this.answer = undefined;
    /** The version of the document that the candidates' edits are for. */
    this.version = -1;
    this.tried = vscode.workspace.getConfiguration('prism').get('candidates', 8);
    this.stop = new vscode.CancellationTokenSource();
    this.list = /** @type {vscode.QuickPick<Item>} */ (vscode.window.createQuickPick());
    this.gone = vscode.window.createTextEditorDecorationType({
      textDecoration: 'line-through',
      backgroundColor: new vscode.ThemeColor('diffEditor.removedTextBackground'),
      after: { backgroundColor: new vscode.ThemeColor('diffEditor.insertedTextBackground') },
    });
  }

  /** Resolves when the list is closed. */
  async run() {
    const { list } = this;
    list.title = this.offer.title;
    list.ignoreFocusOut = true; // one may look at the text, or at the comparison
    list.matchOnDetail = true;
    const closed = new Promise((resolve) => list.onDidHide(() => resolve(undefined)));
    const typing = vscode.workspace.onDidChangeTextDocument(({ document }) => {
      if (document === this.editor.document) this.mark(undefined);
    });
    list.onDidChangeActive(([item]) => this.mark(item?.candidate));
    list.onDidAccept(() => this.told(() => this.accept(list.selectedItems[0])));
    list.onDidTriggerItemButton(({ item }) => this.told(() => this.besides(item)));
    list.show();
    void this.told(() => this.fetch());
    await closed;
    this.stop.cancel();
    typing.dispose();
    this.gone.dispose();
    list.dispose();
    await closeComparison();
  }

  /**
   * Do this; what goes wrong is said to the writer, and ends the preview.
   * @param {() => Promise<unknown>} step
   */
  async told(step) {
    try {
      await step();
    } catch (error) {
      this.list.hide();
      if (this.stop.token.isCancellationRequested || error instanceof vscode.CancellationError) return;
      void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
    }
  }

  async fetch() {
    const { list } = this;
    list.busy = true;
    list.placeholder = 'Rewriting the sentence …';
    const known = this.answer?.candidates.length ?? 0;
    const params = {
      textDocument: { uri: this.editor.document.uri.toString() },
      sentences: [this.sentence],
      moves: this.offer.moves,
      candidates: this.tried,
    };
    const progress = (/** @type {string} */ message) => void (list.placeholder = message);
    const answer = await this.server.request('prism/rewrite', params, { token: this.stop.token, progress });
    const [sentence] = /** @type {import('./candidates').Rewritten[]} */ (answer.sentences);
    if (sentence.refused !== null) throw new Error(sentence.refused);
    this.answer = sentence;
    this.version = answer.version;
    const exhausted = sentence.candidates.length === known || this.tried >= MOST;
    list.items = this.items(sentence.candidates, exhausted);
    list.activeItems = [list.items[sentence.candidates.length === known ? 0 : known]];
    list.placeholder = exhausted ? 'There is no other variation that is good enough.' : 'The text shows what would change.';
    list.busy = false;
  }

  /**
   * @param {readonly Candidate[]} found
   * @param {boolean} exhausted
   * @returns {Item[]}
   */
  items(found, exhausted) {
    const buttons = [{ iconPath: new vscode.ThemeIcon('diff'), tooltip: 'Compare side by side' }];
    /** @type {Item[]} */
    const items = found.map((candidate) => ({
      label: candidate.text,
      detail: candidates.figures(candidate, this.name),
      alwaysShow: true,
      buttons,
      candidate,
    }));
    return exhausted ? items : [...items, { label: '$(refresh) Another variation', alwaysShow: true, another: true }];
  }

  /**
   * Show in the text what a candidate would change.
   * @param {Candidate | undefined} candidate
   */
  mark(candidate) {
    const current = candidate !== undefined && this.editor.document.version === this.version;
    const marks = (current ? candidate.edits : []).map(({ range, newText }) => ({
      range: candidates.range(range),
      renderOptions: { after: { contentText: newText } },
    }));
    this.editor.setDecorations(this.gone, marks);
  }

  /** @param {Item | undefined} item */
  async accept(item) {
    if (item?.another) {
      this.tried = Math.min(2 * this.tried, MOST);
      await this.fetch();
    } else if (item?.candidate !== undefined) {
      this.mark(undefined);
      const [refused] = await candidates.apply(this.server, this.editor.document, [item.candidate]);
      if (refused !== null) throw new Error(refused);
      this.list.hide();
    }
  }

  /** @param {Item} item */
  async besides({ candidate }) {
    if (candidate === undefined) return;
    const { document } = this.editor;
    const { edits, refused } = await candidates.edit(this.server, document, [candidate]);
    if (refused[0] !== null) throw new Error(refused[0]);
    await this.compare(document, changed(document, edits));
  }
}

/**
 * The text of a document after edits that are in order and disjoint.
 * @param {vscode.TextDocument} document
 * @param {Candidate['edits']} edits
 */
function changed(document, edits) {
  const text = document.getText();
  let [done, at] = ['', 0];
  for (const { range, newText } of edits) {
    const { start, end } = candidates.range(range);
    done += text.slice(at, document.offsetAt(start)) + newText;
    at = document.offsetAt(end);
  }
  return done + text.slice(at);
}

/** Documents that exist for a comparison only. */
class Comparison {
  constructor() {
    /** @type {vscode.EventEmitter<vscode.Uri>} */
    this.changes = new vscode.EventEmitter();
    this.onDidChange = this.changes.event;
    /** @type {Map<string, string>} */
    this.texts = new Map();
  }

  /** @param {vscode.Uri} uri */
  provideTextDocumentContent(uri) {
    return this.texts.get(uri.toString()) ?? '';
  }

  /**
   * @param {vscode.TextDocument} document
   * @param {string} text what it would become
   */
  show(document, text) {
    const uri = document.uri.with({ scheme: SCHEME, query: document.uri.scheme });
    this.texts.clear();
    this.texts.set(uri.toString(), text);
    this.changes.fire(uri);
    const name = document.uri.path.split('/').pop();
    const how = { preview: true, preserveFocus: true };
    return vscode.commands.executeCommand('vscode.diff', document.uri, uri, `${name}: rewritten`, how);
  }
}

/** Close the comparison; it shows what is past. */
async function closeComparison() {
  const tabs = vscode.window.tabGroups.all.flatMap((group) => group.tabs);
  const stale = tabs.filter(({ input }) => input instanceof vscode.TabInputTextDiff && input.modified.scheme === SCHEME);
  if (stale.length > 0) await vscode.window.tabGroups.close(stale);
}

/** The lightbulb's line that opens the preview. */
class Lightbulb {
  /** @param {(document: vscode.TextDocument) => boolean} reads */
  constructor(reads) {
    this.reads = reads;
  }

  /**
   * @param {vscode.TextDocument} document
   * @param {vscode.Range} _range
   * @param {vscode.CodeActionContext} context
   */
  provideCodeActions(document, _range, context) {
    if (context.triggerKind !== vscode.CodeActionTriggerKind.Invoke || !this.reads(document)) return [];
    const action = new vscode.CodeAction('Compare rewrites…', vscode.CodeActionKind.RefactorRewrite.append('prism'));
    action.command = { title: action.title, command: 'prism.rewriteSentence' };
    return [action];
  }
}

module.exports = { changed, Comparison, Lightbulb, rewrite, SCHEME };
