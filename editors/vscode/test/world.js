'use strict';
// A document in an editor and a server that answers about it, for tests of rewriting and of the mixer.
const made = require('./vscode');
const { vscode } = made;

/** What happened, and what the writer is to answer. */
const editor = Object.assign(made.editor, {
  /** @type {any} the last list of its own kind */
  picker: undefined,
  /** @type {any[][]} the changes of every edit that was made */
  edits: [],
  /** @type {string[]} messages that are no errors, and steps of progress */
  told: [],
  /** @type {any[] | undefined} what the writer chooses in the dialog for files */
  opened: undefined,
});

function reset() {
  made.reset();
  Object.assign(editor, { picker: undefined, edits: [], told: [], opened: undefined });
}

Object.assign(vscode, {
  CancellationTokenSource: class CancellationTokenSource {
    constructor() {
      /** @type {(() => void)[]} */
      this.listeners = [];
      const onCancellationRequested = (/** @type {() => void} */ listener) => this.listeners.push(listener);
      this.token = { isCancellationRequested: false, onCancellationRequested };
    }
    cancel() {
      this.token.isCancellationRequested = true;
      this.listeners.forEach((listener) => listener());
    }
    dispose() {}
  },
  CodeActionTriggerKind: { Invoke: 1, Automatic: 2 },
  ProgressLocation: { Notification: 15 },
  WorkspaceEdit: class WorkspaceEdit {
    constructor() {
      /** @type {any[]} */
      this.changes = [];
    }
    replace(/** @type {any} */ uri, /** @type {any} */ range, /** @type {string} */ text) {
      this.changes.push({ uri: uri.toString(), range: JSON.parse(JSON.stringify(range)), text });
    }
  },
});
vscode.window.tabGroups.close = async () => true;
Object.assign(vscode.window, {
  createQuickPick: () => {
    /** @type {Record<string, (words: any) => any>} */
    const on = {};
    const listen = (/** @type {string} */ name) => (/** @type {(words: any) => any} */ listener) => void (on[name] = listener);
    return (editor.picker = {
      items: [],
      selectedItems: [],
      on,
      onDidHide: listen('hide'),
      onDidAccept: listen('accept'),
      onDidChangeActive: listen('active'),
      onDidTriggerItemButton: listen('button'),
      show() {},
      hide: () => on.hide(undefined),
      dispose() {},
    });
  },
  showInformationMessage: async (/** @type {string} */ message, /** @type {any} */ _how, /** @type {string[]} */ ...buttons) => {
    editor.told.push(message);
    return buttons.find((button) => button === editor.button);
  },
  showOpenDialog: async () => editor.opened,
  withProgress: async (/** @type {any} */ _how, /** @type {any} */ work) =>
    work({ report: (/** @type {any} */ { message }) => void editor.told.push(message) }, { onCancellationRequested() {} }),
});
vscode.workspace.applyEdit = async (/** @type {any} */ edit) => {
  editor.edits.push(edit.changes);
  return true;
};

const FEATURES = [
  { id: 'negation', name: 'Negation', family: 'logic', description: 'Says that it is not so.', on: 'Negate this', off: 'Turn off: negation' },
  { id: 'formal', name: 'Formal', family: 'tone', description: 'Formal.', on: 'More formal', off: 'Less formal' },
  { id: 'length', name: 'Length', family: 'tone', description: 'Can be read only.', on: '', off: '' },
  { id: 'informal', name: 'Informal', family: 'tone', description: 'Hidden by the writer.', on: 'More informal', off: 'Less informal' },
];
const STALE = 'The sentence has changed since; choose it again.';

/** @param {string} text of one line */
function open(text) {
  const uri = { scheme: 'file', path: '/book/1.md', toString: () => 'file:///book/1.md', with: (/** @type {any} */ change) => ({ ...uri, ...change, toString: () => `${change.scheme}:/book/1.md` }) };
  const document = {
    uri,
    languageId: 'markdown',
    version: 1,
    getText: () => text,
    offsetAt: (/** @type {{ character: number }} */ { character }) => character,
  };
  const cursor = { line: 0, character: 3 };
  /** @type {any[]} */
  const decorations = [];
  const selection = { active: cursor, start: cursor, end: cursor, isEmpty: true };
  vscode.window.activeTextEditor = { document, selection, setDecorations: (/** @type {any} */ _type, /** @type {any} */ marks) => decorations.push(marks) };
  return { document, decorations };
}

/**
 * @param {number} start
 * @param {number} end
 */
const stretch = (start, end) => ({ start: { line: 0, character: start }, end: { line: 0, character: end } });

/**
 * @param {string} text
 * @param {string} data
 */
const candidate = (text, data) => ({
  text,
  diff: [[' ', 'It was '], ['-', 'not '], [' ', 'so.']],
  moved: [{ feature: 'negation', before: 1, after: 0 }],
  similarity: 0.934,
  fluency: 0.97,
  edits: [{ range: stretch(7, 11), newText: '' }],
  data,
});

/** A server that knows “It was not so.”, and writes down what it is asked. */
class Server {
  constructor() {
    /** @type {[string, any][]} */
    this.asked = [];
    /** @type {Record<string, (params: any, how: any) => any>} answers by method, each may be replaced */
    this.answers = {
      'prism/sentence': ({ paragraph }) => {
        const levels = { negation: 1, formal: 0.25, length: 1 };
        const offers = [{ title: 'Turn off: negation', moves: [{ feature: 'negation', amount: -1 }] }];
        const first = { text: 'It was not so.', levels, offers, data: 'sentence 1' };
        const second = { text: 'A dog.', levels: { negation: 0, formal: 0.75, length: 0 }, offers: [], data: 'sentence 2' };
        return { version: 1, sentences: paragraph ? [first, second] : [first] };
      },
      'prism/rewrite': ({ sentences, candidates = 8 }) => ({
        version: 1,
        sentences: sentences.map((/** @type {string} */ data) =>
          data === 'sentence 1'
            ? { text: 'It was not so.', refused: null, candidates: [candidate('It was so.', 'a'), candidate('So it was.', 'b'), ...(candidates > 8 ? [candidate('Well.', 'c')] : [])] }
            : { text: 'A dog.', refused: 'The sentence is like this already.', candidates: [] },
        ),
      }),
      'prism/edit': ({ candidates }) => ({
        version: vscode.window.activeTextEditor.document.version,
        edits: [{ range: stretch(7, 11), newText: '' }],
        refused: candidates.map(() => null),
      }),
    };
    this.readable = true;
  }

  reads() {
    return this.readable;
  }

  async ask() {
    return FEATURES;
  }

  async request(/** @type {string} */ method, /** @type {any} */ params, /** @type {any} */ how) {
    this.asked.push([method, params]);
    return this.answers[method](params, how);
  }
}

/** Let everything happen that can happen at once. */
const settle = async () => {
  for (let step = 0; step < 20; step++) await new Promise((resolve) => setImmediate(resolve));
};

module.exports = { editor, open, reset, Server, settle, STALE, stretch };
