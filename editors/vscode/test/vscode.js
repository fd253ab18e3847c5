'use strict';
// As much of the module `vscode` as the extension touches, and a record of what was done with it. Of what is not named
// here, events fire only where a test says so, providers are taken and not used, and the rest is an empty class: enough for the real
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
  /** @type {Map<string, ((event: any) => any)[]>} who listens to what else */
  listeners: new Map(),
  /** @type {any[]} webview panels that were opened */
  panels: [],
  /** @type {any} the view in the side bar */
  tree: undefined,
  /** @type {any} what the writer answers in a save dialog */
  target: undefined,
  /** @type {[string, Uint8Array][]} files that were written */
  written: [],
  /**
   * Let an event of the editor happen.
   * @param {string} name
   * @param {any} [event]
   */
  fire: (name, event) => [...(editor.listeners.get(name) ?? [])].forEach((listener) => listener(event)),
};

function reset() {
  Object.assign(editor, { settings: {}, errors: [], button: undefined, list: undefined, choose: () => undefined, typed: undefined });
  Object.assign(editor, { executed: [], onConfiguration: [], onEditor: [], logShown: 0, log: [] });
  Object.assign(editor, { listeners: new Map(), panels: [], tree: undefined, target: undefined, written: [] });
  editor.commands.clear();
  Object.assign(vscode.window, { activeTextEditor: undefined, visibleTextEditors: [] });
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
  Uri: Object.assign(class Uri {}, {
    file: (/** @type {string} */ path) => ({ scheme: 'file', path, fsPath: path, toString: () => `file://${path}` }),
    parse: (/** @type {string} */ text) => ({ toString: () => text }),
    joinPath: (/** @type {any} */ base, /** @type {string[]} */ ...parts) => vscode.Uri.file([base.path, ...parts].join('/')),
  }),
  Position: class Position {
    /** @param {number} line @param {number} character */
    constructor(line, character) {
      Object.assign(this, { line, character });
    }
  },
  Range: class Range {
    /** @param {number[]} numbers */
    constructor(...numbers) {
      const [line, character, lastLine, lastCharacter] = numbers;
      this.start = new vscode.Position(line, character);
      this.end = new vscode.Position(lastLine, lastCharacter);
    }
  },
  Selection: class Selection {
    /** @param {any} anchor @param {any} active */
    constructor(anchor, active) {
      Object.assign(this, { anchor, active });
    }
  },
  TreeItem: class TreeItem {
    /** @param {string} label @param {number} collapsibleState */
    constructor(label, collapsibleState) {
      Object.assign(this, { label, collapsibleState });
    }
  },
  ThemeIcon: class ThemeIcon {
    /** @param {string} id @param {any} color */
    constructor(id, color) {
      Object.assign(this, { id, color });
    }
  },
  SemanticTokens: class SemanticTokens {
    /** @param {Uint32Array} data */
    constructor(data) {
      this.data = data;
    }
  },
  TreeItemCollapsibleState: { None: 0, Collapsed: 1, Expanded: 2 },
  OverviewRulerLane: { Left: 1, Center: 2, Right: 4, Full: 7 },
  DecorationRangeBehavior: { ClosedClosed: 1 },
  ConfigurationTarget: { Global: 1 },
  TextEditorRevealType: { InCenterIfOutsideViewport: 2 },
  ViewColumn: { Beside: -2, One: 1 },
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
  CodeActionKind: { Empty: kind(''), RefactorRewrite: kind('refactor.rewrite') },
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
    createTextEditorDecorationType: (/** @type {any} */ look) => ({ look, dispose() {} }),
    createTreeView: (/** @type {string} */ id, /** @type {any} */ how) => (editor.tree = { id, ...how, dispose() {} }),
    createWebviewPanel: (/** @type {string} */ type, /** @type {string} */ title, /** @type {any} */ where, /** @type {any} */ options) => {
      /** @type {any} */
      const panel = { type, title, where, options, told: [], revealed: 0, reveal: () => panel.revealed++ };
      panel.webview = {
        cspSource: 'https://source',
        html: '',
        asWebviewUri: (/** @type {any} */ uri) => ({ toString: () => `https://source${uri.path}` }),
        onDidReceiveMessage: (/** @type {any} */ listener) => (panel.say = listener),
        postMessage: async (/** @type {any} */ message) => panel.told.push(structuredClone(message)),
      };
      panel.onDidDispose = (/** @type {any} */ listener) => (panel.dispose = listener);
      editor.panels.push(panel);
      return panel;
    },
    showSaveDialog: async (/** @type {any} */ options) => {
      editor.executed.push(['save', options]);
      return editor.target;
    },
    showTextDocument: async (/** @type {any} */ document) =>
      vscode.window.visibleTextEditors.find((/** @type {any} */ each) => each.document === document),
    onDidChangeActiveTextEditor: (/** @type {() => any} */ listener) => {
      editor.onEditor.push(listener);
      editor.listeners.set('onDidChangeActiveTextEditor', editor.onEditor);
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
    fs: { writeFile: async (/** @type {any} */ uri, /** @type {Uint8Array} */ bytes) => void editor.written.push([uri.fsPath, bytes]) },
    textDocuments: [],
    notebookDocuments: [],
    getConfiguration: (/** @type {string} */ section) => ({
      get: (/** @type {string} */ name) => {
        const full = `${section}.${name}`;
        /** @type {Record<string, any>} */
        const declared = manifest.contributes.configuration.properties;
        return full in editor.settings ? editor.settings[full] : declared[full]?.default;
      },
      update: async (/** @type {string} */ name, /** @type {unknown} */ value) => {
        const full = `${section}.${name}`;
        editor.settings[full] = value;
        const affectsConfiguration = (/** @type {string} */ part) => full === part || full.startsWith(`${part}.`);
        await Promise.all(editor.onConfiguration.map((listener) => listener({ affectsConfiguration })));
      },
    }),
    onDidChangeConfiguration: (/** @type {(change: any) => any} */ listener) => {
      editor.onConfiguration.push(listener);
      return disposable();
    },
  },
};

for (const name of ['commands', 'languages', 'window', 'workspace']) {
  vscode[name] = new Proxy(vscode[name], {
    get: (target, /** @type {string} */ member) => {
      if (member in target || !/^(on|register|create)[A-Z]/.test(member)) return target[member];
      if (!member.startsWith('on')) return () => disposable();
      return (/** @type {any} */ listener) => {
        editor.listeners.set(member, [...(editor.listeners.get(member) ?? []), listener]);
        return disposable();
      };
    },
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
