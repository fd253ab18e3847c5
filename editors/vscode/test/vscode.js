'use strict';
// As much of the module `vscode` as the extension touches, and a record of what was done with it. Of what is not named
// here, events never fire, providers are taken and not used, and the rest is an empty class: enough for the real
// vscode-languageclient to load, start a server and talk to it.
const Module = require('node:module');
const manifest = require('../package.json');

/** What happened, and what the writer is to answer; `reset` makes it new. */
const editor = {
  /** @type {Map<string, (...words: any[]) => any>} */
  commands: new Map(),
  /** @type {Record<string, unknown>} settings that differ from the manifest's defaults, by full name */
  settings: {},
  /** @type {{ message: string, buttons: string[] }[]} */
  errors: [],
  /** @type {string | undefined} the button that the writer presses */
  button: undefined,
  /** @type {any[] | undefined} the last list shown */
  list: undefined,
  /** @type {(items: any[]) => any} what the writer chooses from a list */
  choose: () => undefined,
  /** @type {string | undefined} what the writer types into an input box */
  typed: undefined,
  /** @type {any[]} */
  executed: [],
  /** @type {any} */
  statusBar: undefined,
  /** @type {((change: any) => any)[]} */
  onConfiguration: [],
  /** @type {(() => any)[]} */
  onEditor: [],
  logShown: 0,
  /** @type {string[]} */
  log: [],
  /** @type {any} the last list of its own kind */
  picker: undefined,
  /** @type {any[][]} the changes of every edit that was made */
  edits: [],
  /** @type {string[]} messages that are no errors, and steps of progress */
  told: [],
  /** @type {any[] | undefined} what the writer chooses in the dialog for files */
  opened: undefined,
  /** @type {(() => any)[]} */
  onSelection: [],
  /** @type {((change: any) => any)[]} */
  onText: [],
};

function reset() {
  Object.assign(editor, { settings: {}, errors: [], button: undefined, list: undefined, choose: () => undefined, typed: undefined });
  Object.assign(editor, { executed: [], onConfiguration: [], onEditor: [], logShown: 0, log: [] });
  Object.assign(editor, { picker: undefined, edits: [], told: [], opened: undefined, onSelection: [], onText: [] });
  editor.commands.clear();
  vscode.window.activeTextEditor = undefined;
}

/** @param {() => void} dispose */
const disposable = (dispose = () => {}) => ({ dispose });

/** A log that keeps its lines in `editor.log`. */
function log() {
  const line = (/** @type {any[]} */ ...words) => void editor.log.push(words.join(' '));
  const silent = { append: line, appendLine: line, dispose() {}, show: () => void editor.logShown++, logLevel: 3 };
  return { ...silent, trace: line, debug: line, info: line, warn: line, error: line, onDidChangeLogLevel: () => disposable() };
}

/**
 * @param {string} value
 * @returns {any}
 */
const kind = (value) => ({ value, append: (/** @type {string} */ part) => kind(value ? `${value}.${part}` : part) });

/** @type {Record<string, any>} */
const vscode = {
  version: '1.91.0',
  env: { appName: 'a made-up editor', language: 'en' },
  Uri: { file: (/** @type {string} */ path) => ({ scheme: 'file', fsPath: path, toString: () => `file://${path}` }) },
  CancellationError: class CancellationError extends Error {},
  Disposable: class Disposable {
    constructor(/** @type {() => void} */ dispose = () => {}) {
      this.dispose = dispose;
    }
    static from(/** @type {{ dispose(): void }[]} */ ...all) {
      return new this(() => all.forEach((one) => one.dispose()));
    }
  },
  EventEmitter: class EventEmitter {
    constructor() {
      /** @type {((event: any) => any)[]} */
      this.listeners = [];
      this.event = (/** @type {(event: any) => any} */ listener) => {
        this.listeners.push(listener);
        return disposable(() => (this.listeners = this.listeners.filter((other) => other !== listener)));
      };
    }
    fire(/** @type {any} */ event) {
      this.listeners.forEach((listener) => listener(event));
    }
    dispose() {}
  },
  ThemeColor: class ThemeColor {
    /** @param {string} id */
    constructor(id) {
      this.id = id;
    }
  },
  CodeActionKind: { Empty: kind('') },
  QuickPickItemKind: { Separator: -1, Default: 0 },
  StatusBarAlignment: { Left: 1, Right: 2 },
  commands: {
    registerCommand: (/** @type {string} */ name, /** @type {() => any} */ run) => {
      if (editor.commands.has(name)) throw new Error(`command '${name}' already exists`);
      editor.commands.set(name, run);
      return disposable(() => editor.commands.delete(name));
    },
    executeCommand: async (/** @type {any[]} */ ...words) => void editor.executed.push(words),
  },
  languages: {
    match: (/** @type {any[]} */ selector, /** @type {any} */ { languageId, uri }) =>
      selector.some(({ language, scheme }) => language === languageId && scheme === uri.scheme) ? 10 : 0,
  },
  window: {
    activeTextEditor: undefined,
    visibleTextEditors: [],
    tabGroups: { all: [], onDidChangeTabs: () => disposable() },
    createOutputChannel: () => log(),
    createStatusBarItem: () => (editor.statusBar = {
      visible: false,
      show() {
        this.visible = true;
      },
      hide() {
        this.visible = false;
      },
      dispose() {},
    }),
    onDidChangeActiveTextEditor: (/** @type {() => any} */ listener) => {
      editor.onEditor.push(listener);
      return disposable();
    },
    showErrorMessage: async (/** @type {string} */ message, /** @type {string[]} */ ...buttons) => {
      editor.errors.push({ message, buttons });
      const pressed = buttons.find((button) => button === editor.button);
      editor.button = undefined;
      return pressed;
    },
    showInputBox: async () => editor.typed,
    showQuickPick: async (/** @type {any} */ items) => {
      editor.list = await items;
      return editor.choose(/** @type {any[]} */ (editor.list));
    },
  },
  workspace: {
    workspaceFolders: undefined,
    textDocuments: [],
    notebookDocuments: [],
    getConfiguration: (/** @type {string} */ section) => ({
      update: async (/** @type {string} */ name, /** @type {unknown} */ value) => void (editor.settings[`${section}.${name}`] = value),
      get: (/** @type {string} */ name) => {
        const full = `${section}.${name}`;
        /** @type {Record<string, any>} */
        const declared = manifest.contributes.configuration.properties;
        return full in editor.settings ? editor.settings[full] : declared[full]?.default;
      },
    }),
    onDidChangeConfiguration: (/** @type {(change: any) => any} */ listener) => {
      editor.onConfiguration.push(listener);
      return disposable();
    },
  },
};

// What rewriting and the mixer touch.
class Place {
  /**
   * @param {number} line
   * @param {number} character
   */
  constructor(line, character) {
    Object.assign(this, { line, character });
  }
}
class Stretch {
  /** @param {[number, number, number, number]} numbers */
  constructor(...[line, character, endLine, endCharacter]) {
    Object.assign(this, { start: new Place(line, character), end: new Place(endLine, endCharacter) });
  }
}
const joined = (/** @type {any} */ base, /** @type {string[]} */ ...parts) => vscode.Uri.file([base.fsPath, ...parts].join('/'));
Object.assign(vscode.Uri, { joinPath: joined });
Object.assign(vscode, {
  Position: Place,
  Range: Stretch,
  CancellationTokenSource: class CancellationTokenSource {
    constructor() {
      /** @type {(() => void)[]} */
      this.listeners = [];
      const onCancellationRequested = (/** @type {() => void} */ listener) => {
        this.listeners.push(listener);
        return disposable();
      };
      this.token = { isCancellationRequested: false, onCancellationRequested };
    }
    cancel() {
      this.token.isCancellationRequested = true;
      this.listeners.forEach((listener) => listener());
    }
    dispose() {}
  },
  CodeActionTriggerKind: { Invoke: 1, Automatic: 2 },
  ConfigurationTarget: { Global: 1 },
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
vscode.CodeActionKind.RefactorRewrite = kind('refactor.rewrite');
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
  createTextEditorDecorationType: (/** @type {any} */ looks) => ({ looks, dispose() {} }),
  onDidChangeTextEditorSelection: (/** @type {() => any} */ listener) => {
    editor.onSelection.push(listener);
    return disposable();
  },
  showInformationMessage: async (/** @type {string} */ message, /** @type {any} */ _how, /** @type {string[]} */ ...buttons) => {
    editor.told.push(message);
    return buttons.find((button) => button === editor.button);
  },
  showOpenDialog: async () => editor.opened,
  withProgress: async (/** @type {any} */ _how, /** @type {any} */ work) =>
    work({ report: (/** @type {any} */ { message }) => void editor.told.push(message) }, { onCancellationRequested() {} }),
});
Object.assign(vscode.workspace, {
  applyEdit: async (/** @type {any} */ edit) => {
    editor.edits.push(edit.changes);
    return true;
  },
  onDidChangeTextDocument: (/** @type {(change: any) => any} */ listener) => {
    editor.onText.push(listener);
    return disposable();
  },
});

for (const name of ['commands', 'languages', 'window', 'workspace']) {
  vscode[name] = new Proxy(vscode[name], {
    get: (target, /** @type {string} */ member) =>
      member in target || !/^(on|register|create)[A-Z]/.test(member) ? target[member] : () => disposable(),
  });
}

const module_ = new Proxy(vscode, {
  get: (target, /** @type {string} */ name) => (target[name] ??= class {}),
});

/** @type {any} */
const loader = Module;
const load = loader._load;
loader._load = (/** @type {string} */ name, /** @type {unknown[]} */ ...rest) =>
  name === 'vscode' ? module_ : load(name, ...rest);

module.exports = { editor, log, reset, vscode };
