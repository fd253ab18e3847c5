'use strict';
const vscode = require('vscode');
const { randomUUID } = require('node:crypto');
const { ExecuteCommandRequest, State, WorkDoneProgress } = require('vscode-languageclient/node');
const client = require('./client');
const concepts = require('./concepts');
const environment = require('./environment');
const { install } = require('./install');
const { Mixer } = require('./mixer');
const { Comparison, Lightbulb, rewrite, SCHEME } = require('./rewrite');
const features = require('./features');
const { Seeing } = require('./seeing');
const server = require('./server');
const settings = require('./settings');
const { StatusBar } = require('./status');

/** Changed settings for which the server has to be started anew. The others it is told. */
const NEEDS_RESTART = ['prism.server.command', 'prism.languages', 'prism.disabled'];

/** The extension's state: one client at a time, and what the status bar shows. */
class Prism {
  /** @param {string | undefined} storage a folder of our own, where a private environment can be made */
  constructor(storage) {
    this.storage = storage;
    this.log = vscode.window.createOutputChannel('Prism', { log: true });
    this.status = new StatusBar();
    this.seeing = new Seeing({
      send: (method, params) => this.client?.sendRequest(method, params),
      ask: (command, ...words) => this.ask(command, ...words),
      view: () => ({ mode: this.focus === null ? 'prominent' : 'focus', focus: this.focus }),
      reads: (document) => this.reads(document),
      recolour: () => this.client && client.recolour(this.client),
    });
    /** @type {import('vscode-languageclient/node').LanguageClient | undefined} */
    this.client = undefined;
    /** Starts and stops, one after the other. */
    this.turn = Promise.resolve();
    /** Called when a server runs. */
    this.ready = () => {};
  }

  /** Start the server; one that runs is ended first. Never rejects. */
  start() {
    return this.next(async () => {
      await this.end();
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
      const own = environment.installed(this.storage, process.platform);
      const place = { environment: process.env, platform: process.platform, folder, own };
      const found = server.find(settings.command(), place);
      if ('missing' in found) {
        this.log.error(found.missing);
        this.status.show({ engine: 'missing', message: found.missing });
        const ways = { 'Open Settings': openSettings, 'Try Again': () => this.start() };
        const here = { 'Install…': () => this.install().catch(client.tell), ...ways };
        void this.offer(found.missing, found.chosen || this.storage === undefined ? ways : here);
        return;
      }
      this.log.info(`starting ${found.command.join(' ')}`);
      this.status.show({ engine: 'starting', message: '' });
      try {
        await this.run(found.command);
        this.ready();
      } catch (error) {
        this.log.error(error instanceof Error ? error : String(error));
        this.stopped('Prism’s server could not be started; the log says why.');
      }
    });
  }

  /** @param {string[]} command the server's program and arguments */
  async run(command) {
    const heated = () => this.seeing.heated;
    const started = (this.client = client.create(command, this.log, heated));
    started.onNotification('prism/state', (/** @type {import('./status').State} */ state) => {
      this.status.show(state);
      this.seeing.viewChanged();
    });
    started.onNotification('prism/spectrumChanged', (/** @type {any} */ { textDocument }) => this.seeing.read(textDocument.uri));
    await started.start();
    void this.seeing.started();
    started.onDidChangeState(({ newState }) => {
      const ended = newState === State.Stopped || newState === State.StartFailed;
      if (ended && this.client === started) this.stopped('Prism’s server has stopped.');
    });
  }

  /** Make a private environment with the server, and start it. Rejects with a sentence for the writer. */
  async install() {
    const { storage } = this;
    if (storage === undefined) throw new Error('VS Code gives Prism no folder to install into.');
    if (this.installing) throw new Error('Prism is being installed already.');
    this.installing = true;
    try {
      await this.stop(); // its files may be in use
      this.status.show({ engine: 'installing', message: 'Prism LSP is being installed into an environment of its own.' });
      await install(storage, this.log);
    } catch (error) {
      const message = `Prism LSP was not installed. ${error instanceof Error ? error.message : error}`;
      this.log.error(message);
      void this.offer(message, { 'Try Again': () => this.install().catch(client.tell), 'Show Log': () => this.log.show() });
      this.status.show({ engine: 'missing', message });
      return;
    } finally {
      this.installing = false;
    }
    await this.start();
  }

  /** End the server. Never rejects. */
  stop() {
    return this.next(() => this.end());
  }

  /** @param {() => Promise<void>} step */
  next(step) {
    this.turn = this.turn.then(step).catch((error) => this.log.error(error));
    return this.turn;
  }

  async end() {
    const old = this.client;
    this.client = undefined;
    this.seeing.stopped();
    if (old?.needsStop()) await old.stop();
    await old?.dispose().catch(() => undefined); // one that never ran has nothing to end
  }

  /** @param {string} message */
  stopped(message) {
    this.client = undefined;
    this.seeing.stopped();
    this.status.show({ engine: 'stopped', message });
    void this.offer(message, { Restart: () => this.start(), 'Show Log': () => this.log.show() });
  }

  /**
   * Show an error with buttons.
   * @param {string} message
   * @param {Record<string, () => unknown>} buttons
   */
  async offer(message, buttons) {
    const chosen = await vscode.window.showErrorMessage(message, ...Object.keys(buttons));
    if (chosen !== undefined) await buttons[chosen]();
  }

  /** The client of the server that runs. Throws a sentence for the writer if none does. */
  get running() {
    if (this.client === undefined) throw new Error('Prism is not running. “Prism: Restart Engine” starts it.');
    return this.client;
  }

  /**
   * Run a command of the server. Rejects with a sentence for the writer.
   * @param {string} command
   * @param {unknown[]} words
   * @returns {Promise<any>}
   */
  async ask(command, ...words) {
    return this.running.sendRequest(ExecuteCommandRequest.type, { command, arguments: words });
  }

  /**
   * Send a request of Prism's own. Rejects with a sentence for the writer.
   * @param {string} method
   * @param {object} params
   * @param {import('./candidates').How} [how]
   * @returns {Promise<any>}
   */
  async request(method, params, { token, progress } = {}) {
    const to = this.running;
    const workDoneToken = progress && randomUUID();
    const heard = (/** @type {{ message?: string }} */ { message }) => void (message && progress?.(message));
    const hearing = workDoneToken === undefined ? undefined : to.onProgress(WorkDoneProgress.type, workDoneToken, heard);
    const words = workDoneToken === undefined ? params : { ...params, workDoneToken };
    try {
      return await (token === undefined ? to.sendRequest(method, words) : to.sendRequest(method, words, token));
    } finally {
      hearing?.dispose();
    }
  }

  /**
   * Whether Prism reads a document.
   * @param {vscode.TextDocument} document
   */
  reads(document) {
    return vscode.languages.match(client.selector(settings.languages()), document) > 0;
  }

  /** The engine of a server that runs is started anew; else the server is started. */
  restart() {
    return this.client === undefined ? this.start() : this.ask('prism.restartEngine');
  }

  /** @returns {string | null} the id of the feature that is shown alone */
  get focus() {
    const { mode, focus } = this.status.state ?? {};
    return mode === 'focus' && focus ? focus : null;
  }

  /** @param {vscode.ConfigurationChangeEvent} change */
  async configured(change) {
    if (!change.affectsConfiguration('prism')) return;
    this.revealStatus();
    this.seeing.configured(change);
    if (NEEDS_RESTART.some((name) => change.affectsConfiguration(name))) await this.start();
    else if (settings.SHARED.some((name) => change.affectsConfiguration(`prism.${name}`))) {
      const changed = { settings: { prism: settings.shared() } };
      await this.client?.sendNotification('workspace/didChangeConfiguration', changed);
    }
  }

  revealStatus() {
    const document = vscode.window.activeTextEditor?.document;
    this.status.reveal(document !== undefined && this.reads(document));
  }

  dispose() {
    this.seeing.dispose();
    this.status.dispose();
    this.log.dispose();
  }
}

function openSettings() {
  return vscode.commands.executeCommand('workbench.action.openSettings', 'prism.server.command');
}

/** @type {Prism | undefined} */
let prism;

/**
 * VS Code calls this when the first document that Prism reads is opened, or on the first command.
 * @param {vscode.ExtensionContext} context
 */
async function activate(context) {
  const here = (prism = new Prism(context.globalStorageUri?.fsPath));
  const comparison = new Comparison();
  const mixer = new Mixer(here, context.extensionUri);
  here.ready = () => mixer.revived();
  const reads = (/** @type {vscode.TextDocument} */ document) => here.reads(document);
  /**
   * The editor's own commands. Their names differ from the server's, which the language client registers itself.
   * @type {Record<string, () => unknown>}
   */
  const commands = {
    'prism.pickFeature': () => features.pick((command, ...words) => here.ask(command, ...words), here.focus),
    'prism.clearFocus': () => here.ask('prism.unfocus'),
    'prism.makeConcept': () => concepts.make((command, ...words) => here.ask(command, ...words)),
    'prism.rewriteSentence': () => rewrite(here, (document, text) => comparison.show(document, text)),
    'prism.openMixer': () => vscode.commands.executeCommand('prism.mixer.focus'),
    'prism.install': () => here.install(),
    'prism.restart': () => here.restart(),
    'prism.showLog': () => here.log.show(),
    ...here.seeing.commands(context),
  };
  for (const [name, run] of Object.entries(commands)) {
    const told = () => Promise.resolve().then(run).catch(client.tell);
    context.subscriptions.push(vscode.commands.registerCommand(name, told));
  }
  context.subscriptions.push(
    here,
    mixer,
    vscode.window.registerWebviewViewProvider('prism.mixer', mixer),
    vscode.workspace.registerTextDocumentContentProvider(SCHEME, comparison),
    vscode.languages.registerCodeActionsProvider('*', new Lightbulb(reads), {
      providedCodeActionKinds: [vscode.CodeActionKind.RefactorRewrite.append('prism')],
    }),
    vscode.workspace.onDidChangeConfiguration((change) => here.configured(change).catch(client.tell)),
    vscode.window.onDidChangeActiveTextEditor(() => here.revealStatus()),
    ...here.seeing.listeners(),
  );
  here.revealStatus();
  await here.start();
}

/** VS Code calls this when it ends; it waits for the server to end. */
function deactivate() {
  return prism?.stop();
}

module.exports = { activate, deactivate };
