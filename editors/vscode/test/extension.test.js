'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { editor, reset, vscode } = require('./vscode');
require('./world');
const { ResponseError, State } = require('vscode-languageclient/node');
const { answer, textEditor } = require('./made');
const manifest = require('../package.json');
const clients = require('../src/client');
const environment = require('../src/environment');
const { activate, deactivate } = require('../src/extension');

const FEATURES = [
  { id: 'question', name: 'Question', family: 'sentence', description: 'Asks something.' },
  { id: 'exclamation', name: 'Exclamation', family: 'sentence', description: '' },
  { id: 'negation', name: 'Negation', family: 'logic', description: 'Says that something is not so.' },
];

/** Stands where the language client does, and writes down what it is asked. */
class FakeClient {
  /** @param {string[]} command */
  constructor(command) {
    this.command = command;
    this.running = false;
    /** @type {any[]} */
    this.asked = [];
    /** @type {any[]} */
    this.told = [];
    /** @type {Error | undefined} */
    this.refusal = undefined;
    /** @type {any} */
    this.spectrum = answer();
    this.recoloured = 0;
  }

  onNotification(/** @type {string} */ name, /** @type {(state: any) => void} */ listener) {
    if (name === 'prism/state') this.state = listener;
    else if (name === 'prism/spectrumChanged') this.spectrumChanged = listener;
    else assert.fail(name);
  }

  getFeature() {
    return { getProvider: () => ({ onDidChangeSemanticTokensEmitter: { fire: () => this.recoloured++ } }) };
  }

  onDidChangeState(/** @type {(change: any) => void} */ listener) {
    this.changed = listener;
  }

  async start() {
    if (this.refusal) throw this.refusal;
    this.running = true;
  }

  needsStop() {
    return this.running;
  }

  async stop() {
    this.running = false;
    this.changed?.({ oldState: State.Running, newState: State.Stopped });
  }

  async dispose() {}

  async sendRequest(/** @type {any} */ type, /** @type {any} */ { command, arguments: words }) {
    if (type === 'prism/spectrum') return this.spectrum;
    assert.equal(type.method, 'workspace/executeCommand');
    this.asked.push([command, ...words]);
    if (this.refusal) throw this.refusal;
    return command === 'prism.features' ? FEATURES : null;
  }

  async sendNotification(/** @type {any[]} */ ...words) {
    this.told.push(words);
  }
}

/**
 * The extension, active in a new editor with a fake client.
 * @param {test.TestContext} t
 * @param {{ settings?: Record<string, unknown>, refusal?: Error, storage?: string, button?: string }} [how]
 */
async function start(t, { settings, refusal, storage, button } = {}) {
  reset();
  editor.button = button;
  editor.settings = { 'prism.server.command': [process.execPath, 'serve'], ...settings };
  /** @type {FakeClient[]} */
  const made = [];
  t.mock.method(clients, 'create', (/** @type {string[]} */ command) => {
    const client = new FakeClient(command);
    client.refusal = made.length === 0 ? refusal : undefined;
    made.push(client);
    return client;
  });
  /** @type {{ dispose(): unknown }[]} */
  const subscriptions = [];
  const context = { subscriptions, extensionUri: vscode.Uri.file('/extension'), globalStorageUri: storage && vscode.Uri.file(storage) };
  await activate(/** @type {any} */ (context));
  t.after(() => deactivate());
  return { made, subscriptions };
}

const run = (/** @type {string} */ name) => editor.commands.get(name)?.();
const configure = async (/** @type {string} */ name, /** @type {unknown} */ value) => {
  editor.settings[name] = value;
  const affectsConfiguration = (/** @type {string} */ section) => name === section || name.startsWith(`${section}.`);
  await Promise.all(editor.onConfiguration.map((listener) => listener({ affectsConfiguration })));
};
const pause = () => new Promise((resolve) => setImmediate(resolve));

test('activation registers the commands of the manifest and starts the server', async (t) => {
  const { made } = await start(t);
  assert.deepEqual([...editor.commands.keys()].sort(), manifest.contributes.commands.map(({ command }) => command).sort());
  assert.deepEqual(made.map(({ command, running }) => [command, running]), [[[process.execPath, 'serve'], true]]);
  assert.deepEqual(editor.errors, []);
});

test('deactivation ends the server without a word', async (t) => {
  const { made } = await start(t);
  await deactivate();
  assert.equal(made[0].running, false);
  assert.deepEqual(editor.errors, []);
});

test('the status bar follows prism/state', async (t) => {
  const { made } = await start(t);
  assert.equal(editor.statusBar.text, '$(loading~spin) Prism: starting');
  made[0].state?.({ engine: 'ready', message: '', mode: 'focus', focus: 'negation' });
  assert.equal(editor.statusBar.text, '$(symbol-color) Prism: negation');
  made[0].state?.({ engine: 'failed', message: 'The model could not be fetched.', mode: 'prominent', focus: null });
  assert.match(editor.statusBar.tooltip, /The model could not be fetched/);
  assert.equal(editor.statusBar.backgroundColor.id, 'statusBarItem.errorBackground');
});

test('the status bar is shown beside documents that are read, untitled ones too', async (t) => {
  await start(t);
  for (const [languageId, scheme, visible] of /** @type {[string, string, boolean][]} */ ([
    ['markdown', 'file', true],
    ['python', 'file', false],
    ['plaintext', 'untitled', true],
    ['markdown', 'git', false],
  ])) {
    vscode.window.activeTextEditor = { document: { languageId, uri: { scheme } } };
    editor.onEditor.forEach((listener) => listener());
    assert.equal(editor.statusBar.visible, visible, `${languageId}, ${scheme}`);
  }
});

test('a feature is chosen from the server’s list, under its family', async (t) => {
  const { made } = await start(t);
  editor.choose = (items) => items.find(({ label }) => label === 'Negation');
  await run('prism.pickFeature');
  assert.deepEqual(editor.list?.map(({ label }) => label), ['sentence', 'Question', 'Exclamation', 'logic', 'Negation']);
  assert.deepEqual(made[0].asked, [['prism.features'], ['prism.focus', 'negation']]);
});

test('a list that is left asks nothing', async (t) => {
  const { made } = await start(t);
  await run('prism.pickFeature');
  assert.deepEqual(made[0].asked, [['prism.features']]);
});

test('the list offers to end the focus, and marks the feature that is shown', async (t) => {
  const { made } = await start(t);
  made[0].state?.({ engine: 'ready', message: '', mode: 'focus', focus: 'question' });
  editor.choose = (items) => items[0];
  await run('prism.pickFeature');
  assert.equal(editor.list?.find(({ label }) => label === 'Question').description, 'question (shown now)');
  await run('prism.clearFocus');
  assert.deepEqual(made[0].asked.slice(1), [['prism.unfocus'], ['prism.unfocus']]);
});

test('a concept is made of the selected sentences, under the name that the writer types', async (t) => {
  const { made } = await start(t);
  const place = (/** @type {number} */ line) => ({ line, character: 0 });
  const uri = { scheme: 'file', toString: () => 'file:///book/1.md' };
  const [chosen, cursor] = [[1, 4], [6, 6]].map(([first, last]) => ({ start: place(first), end: place(last), isEmpty: first === last }));
  vscode.window.activeTextEditor = { document: { languageId: 'markdown', uri }, selections: [chosen, cursor] };
  await run('prism.makeConcept');
  assert.deepEqual(made[0].asked, [], 'a box that is left asks nothing');
  editor.typed = 'Stage direction';
  await run('prism.makeConcept');
  const argument = { uri: 'file:///book/1.md', with: [{ start: place(1), end: place(4) }], name: 'Stage direction' };
  assert.deepEqual(made[0].asked, [['prism.newConcept', argument]]);
});

test('without a selection the writer is told to make one', async (t) => {
  await start(t);
  await run('prism.makeConcept');
  assert.match(editor.errors[0].message, /^Select three sentences/);
});

test('the server’s refusal is shown to the writer, a cancelled request is not', async (t) => {
  const { made } = await start(t);
  made[0].refusal = new ResponseError(-32803, 'The model could not be fetched.');
  await run('prism.pickFeature');
  assert.deepEqual(editor.errors.map(({ message }) => message), ['The model could not be fetched.']);
  made[0].refusal = new vscode.CancellationError();
  await run('prism.clearFocus');
  assert.equal(editor.errors.length, 1);
});

test('a missing server is told with a way out, and tried again', async (t) => {
  const { made } = await start(t, { settings: { 'prism.server.command': ['/no/such/prism'] } });
  assert.equal(made.length, 0);
  assert.match(editor.errors[0].message, /names “\/no\/such\/prism”, but there is no such program.*Install/);
  assert.deepEqual(editor.errors[0].buttons, ['Open Settings', 'Try Again']);
  assert.equal(editor.statusBar.text, '$(warning) Prism: not found');
  await run('prism.clearFocus');
  assert.match(editor.errors[1].message, /Prism is not running/);
  editor.settings['prism.server.command'] = [process.execPath];
  await run('prism.restart');
  assert.equal(made.length, 1);
});

/**
 * An editor that finds no server, and offers to install one; the writer presses that button.
 * @param {test.TestContext} t
 * @param {(places: ReturnType<typeof environment.places>) => Promise<string>} create
 */
async function installing(t, create) {
  const storage = fs.mkdtempSync(path.join(os.tmpdir(), 'prism-'));
  const { PATH } = process.env;
  process.env.PATH = storage;
  t.after(() => {
    process.env.PATH = PATH;
    fs.rmSync(storage, { recursive: true });
  });
  t.mock.method(environment, 'create', () => create(environment.places(storage, process.platform)));
  const settings = { 'prism.server.command': [], 'prism.install.source': '/copy' };
  const { made } = await start(t, { settings, storage, button: 'Install…' });
  return made;
}

test('without a server one is installed into an environment of its own, if the writer likes, and started', async (t) => {
  let program = '';
  const made = await installing(t, async ({ folder, server, complete }) => {
    assert.equal(editor.statusBar.text, '$(sync~spin) Prism: installing');
    fs.mkdirSync(path.dirname(server), { recursive: true });
    for (const file of [server, complete]) fs.writeFileSync(file, folder);
    return (program = server);
  });
  while (made.length === 0) await pause();
  assert.deepEqual(editor.errors.map(({ buttons }) => buttons), [['Install…', 'Open Settings', 'Try Again']]);
  assert.deepEqual(made.map(({ command }) => command), [[program]]);
});

test('an installation that fails is told with its reason, and can be tried again', async (t) => {
  const made = await installing(t, () => Promise.reject(new Error('pip failed: ERROR: no disk space')));
  while (editor.errors.length < 2) await pause();
  assert.deepEqual(editor.errors[1], { message: 'Prism LSP was not installed. pip failed: ERROR: no disk space', buttons: ['Try Again', 'Show Log'] });
  await pause();
  assert.equal(editor.statusBar.text, '$(warning) Prism: not found');
  assert.equal(made.length, 0);
});

test('a button of that message opens the setting', async (t) => {
  reset();
  editor.button = 'Open Settings';
  t.mock.method(vscode.workspace, 'getConfiguration', () => ({ get: () => ['/no/such/prism'] }));
  await activate(/** @type {any} */ ({ subscriptions: [] }));
  await pause();
  assert.deepEqual(editor.executed, [['workbench.action.openSettings', 'prism.server.command']]);
});

test('a server that cannot be started is told once', async (t) => {
  const { made } = await start(t, { refusal: new Error('spawn failed') });
  assert.deepEqual(editor.errors, [
    { message: 'Prism’s server could not be started; the log says why.', buttons: ['Restart', 'Show Log'] },
  ]);
  await run('prism.restart');
  assert.equal(made[1].running, true);
});

test('a server that has stopped for good is told, and restarted', async (t) => {
  const { made } = await start(t);
  made[0].running = false;
  editor.button = 'Restart';
  made[0].changed?.({ oldState: State.Running, newState: State.Stopped });
  assert.equal(editor.statusBar.text, '$(debug-stop) Prism: stopped');
  await pause();
  assert.equal(made.length, 2);
  assert.equal(editor.statusBar.text, '$(loading~spin) Prism: starting');
});

test('restarting the engine leaves the server alone', async (t) => {
  const { made } = await start(t);
  await run('prism.restart');
  assert.deepEqual([made.length, made[0].asked], [1, [['prism.restartEngine']]]);
});

test('the log is shown', async (t) => {
  await start(t);
  await run('prism.showLog');
  assert.equal(editor.logShown, 1);
});

test('a changed setting is told to the server, and only settings that it knows', async (t) => {
  const { made } = await start(t);
  await configure('prism.hidden', ['negation']);
  const [[method, { settings }]] = made[0].told;
  assert.equal(method, 'workspace/didChangeConfiguration');
  assert.deepEqual(settings.prism.hidden, ['negation']);
  assert.ok(!('server' in settings.prism) && !('trace' in settings.prism));
  await configure('prism.trace.server', 'verbose');
  await configure('editor.fontSize', 14);
  assert.equal(made[0].told.length, 1);
});

test('another command or other languages start the server anew', async (t) => {
  const { made } = await start(t);
  await configure('prism.server.command', [process.execPath, '--other']);
  await configure('prism.languages', ['latex']);
  assert.deepEqual(made.map(({ running }) => running), [false, false, true]);
  assert.deepEqual(made[1].command.slice(1), ['--other']);
  assert.deepEqual(editor.errors, []);
});

/** The extension with a document in front, whose spectrum has come. @param {test.TestContext} t @param {Record<string, unknown>} [settings] */
async function seeing(t, settings) {
  const { made, subscriptions } = await start(t, { settings });
  const here = textEditor();
  vscode.window.visibleTextEditors = [here];
  vscode.window.activeTextEditor = here;
  vscode.workspace.textDocuments = [here.document];
  t.after(() => (vscode.workspace.textDocuments = []));
  editor.fire('onDidChangeVisibleTextEditors');
  await pause();
  const backgrounds = () => here.seen((look) => look.backgroundColor?.id).map(([id]) => id);
  return { here, backgrounds, client: made[0], made, subscriptions };
}

const labels = () => editor.tree.treeDataProvider.getChildren().map((/** @type {any} */ node) => node.family);

test('a focus gives sentences a background and takes the colour from the text, and its end undoes both', async (t) => {
  const { backgrounds, client } = await seeing(t);
  client.state?.({ engine: 'ready', message: '', mode: 'focus', focus: 'joy' });
  assert.deepEqual(backgrounds(), ['prism.heat.rose.6']);
  assert.equal(client.recoloured, 1);
  client.state?.({ engine: 'ready', message: '', mode: 'prominent', focus: null });
  assert.deepEqual([backgrounds(), client.recoloured], [[], 2]);
});

test('a hidden feature that is focused is asked for, and drawn', async (t) => {
  const { backgrounds, client } = await seeing(t);
  const features = [{ id: 'faith', name: 'Faith', family: 'topic', density: 0.1 }];
  client.spectrum = answer({ resultId: '2', features, activations: Buffer.from([127, 0, 0, 0, 255]).toString('base64') });
  client.state?.({ engine: 'ready', message: '', mode: 'focus', focus: 'faith' });
  await pause();
  assert.deepEqual(backgrounds(), ['prism.heat.violet.6']);
});

test('what has been read meanwhile is drawn', async (t) => {
  const { here, client } = await seeing(t, { 'prism.show.badges': true });
  const badges = () => here.seen((look) => look.after).length;
  assert.equal(badges(), 3);
  client.spectrum = answer({ resultId: '2', prominent: [0, 3, 1, 1, 2, 4, 0, 1, 0, 1] });
  client.spectrumChanged?.({ textDocument: { uri: here.document.uri.toString() } });
  await pause();
  assert.equal(badges(), 5);
});

test('the Features view shows the document in front, and stays while a panel is in front', async (t) => {
  await seeing(t);
  assert.deepEqual(labels(), ['feeling', 'sentence', 'logic']);
  vscode.window.activeTextEditor = undefined;
  editor.fire('onDidChangeActiveTextEditor');
  assert.deepEqual(labels(), ['feeling', 'sentence', 'logic']);
});

test('the layers are turned on and off by commands', async (t) => {
  const { here, client } = await seeing(t);
  const drawn = () => [
    here.seen((look) => look.backgroundColor).length,
    here.seen((look) => look.overviewRulerColor).length,
    here.seen((look) => look.dark).length,
    here.seen((look) => look.after).length,
  ];
  assert.deepEqual(drawn(), [0, 3, 1, 0]);
  for (const layer of ['HeatMap', 'ScrollBar', 'Gutter', 'Badges']) await run(`prism.toggle${layer}`);
  assert.deepEqual(drawn(), [3, 0, 0, 3]);
  const before = client.recoloured;
  await run('prism.toggleText');
  assert.ok(client.recoloured > before);
});

test('the spectrum panel opens once, and follows the document in front', async (t) => {
  await seeing(t);
  await run('prism.openSpectrum');
  await run('prism.openSpectrum');
  assert.deepEqual(editor.panels.map(({ title, revealed }) => [title, revealed]), [['Spectrum: sea.md', 1]]);
  const other = textEditor('/book/land.md');
  vscode.window.visibleTextEditors.push(other);
  vscode.window.activeTextEditor = other;
  editor.fire('onDidChangeActiveTextEditor');
  assert.equal(editor.panels[0].title, 'Spectrum: land.md');
});

test('a server that stops leaves nothing drawn', async (t) => {
  const { here, client } = await seeing(t);
  client.running = false;
  client.changed?.({ oldState: State.Running, newState: State.Stopped });
  assert.equal(here.seen((look) => look.overviewRulerColor).length, 0);
  assert.deepEqual(labels(), []);
});
