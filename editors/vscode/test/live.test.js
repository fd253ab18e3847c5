'use strict';
// The extension with the real language client and a real server. The server's command comes from PRISM_SERVER, a JSON
// list: ["python", "-m", "prism_lsp", "serve", "--engine-command", "python tests/fake_engine.py"].
const assert = require('node:assert/strict');
const test = require('node:test');
const { editor, reset, vscode } = require('./vscode');
const { textEditor } = require('./made');
const contract = require('./contract.json');
const clients = require('../src/client');
const { activate, deactivate } = require('../src/extension');
const world = require('./world');

const command = process.env.PRISM_SERVER;

/** @param {() => unknown} reached */
async function until(reached) {
  const end = Date.now() + 60_000;
  while (!reached()) {
    assert.ok(Date.now() < end, `waited in vain for ${reached}; the status bar says “${editor.statusBar.text}”`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

test('a server that ends at once is told once, and not tried again', async () => {
  reset();
  editor.settings = { 'prism.server.command': [process.execPath, '-e', 'console.error("broken"); process.exit(3)'] };
  await activate(/** @type {any} */ ({ subscriptions: [] }));
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.deepEqual(editor.errors.map(({ message }) => message), ['Prism’s server could not be started; the log says why.']);
  assert.equal(editor.log.filter((line) => line === 'broken').length, 1, editor.log.join('\n'));
  await deactivate();
});

test('a real server', { skip: command ? false : 'PRISM_SERVER is not set' }, async (t) => {
  reset();
  editor.settings = { 'prism.server.command': JSON.parse(command ?? '[]'), 'prism.hidden': ['informal'] };
  vscode.workspace.workspaceFolders = [{ uri: { fsPath: process.cwd() }, name: 'here', index: 0 }];
  /** @type {any} */
  let client;
  const create = clients.create;
  t.mock.method(clients, 'create', (/** @type {any} */ ...words) => (client = /** @type {any} */ (create)(...words)));
  t.after(() => (vscode.workspace.workspaceFolders = undefined));

  const page = textEditor('/book/sea.md');
  page.document.getText = () => 'Why not so?\n\nA dog.\n';
  vscode.workspace.textDocuments = [page.document];
  Object.assign(vscode.window, { visibleTextEditors: [page], activeTextEditor: page });
  t.after(() => (vscode.workspace.textDocuments = []));

  await activate(/** @type {any} */ ({ subscriptions: [] }));
  assert.equal(editor.errors.length, 0, editor.log.join('\n'));

  const { capabilities } = client.initializeResult;
  assert.deepEqual(capabilities.semanticTokensProvider.legend.tokenTypes, contract.tokenTypes);
  assert.deepEqual(capabilities.semanticTokensProvider.legend.tokenModifiers, contract.tokenModifiers);
  assert.deepEqual(capabilities.executeCommandProvider.commands.toSorted(), contract.commands.toSorted());
  for (const name of contract.commands) assert.ok(editor.commands.has(name), `${name} is there for hovers`);

  await until(() => editor.statusBar.text === '$(symbol-color) Prism');
  editor.choose = (items) => items.find(({ run }) => run?.[1] === 'question');
  await editor.commands.get('prism.pickFeature')?.();
  await until(() => editor.statusBar.text === '$(symbol-color) Prism: question');
  assert.equal(editor.list?.filter(({ run }) => run).length, 10);

  await until(() => editor.tree.treeDataProvider.matrix?.unread === 0);
  const seen = (/** @type {(look: any) => unknown} */ part) => page.seen(part).map(([look]) => look);
  assert.deepEqual(seen((look) => look.backgroundColor?.id), ['prism.heat.blue.6'], 'the question');
  assert.deepEqual(seen((look) => look.overviewRulerLane), [7]);

  await editor.commands.get('prism.focus')?.('no-such-feature');
  assert.match(editor.errors[0].message, /There is no feature “no-such-feature”/);
  await editor.commands.get('prism.clearFocus')?.();
  await until(() => editor.statusBar.text === '$(symbol-color) Prism');
  await editor.commands.get('prism.restart')?.();
  await until(() => editor.statusBar.text === '$(symbol-color) Prism');

  const { document } = world.open('It was not so.');
  const item = { uri: document.uri.toString(), languageId: 'markdown', version: 1, text: document.getText() };
  await client.sendNotification('textDocument/didOpen', { textDocument: item });
  editor.choose = (items) => items.find(({ label }) => label === 'Turn off: negation');
  const rewritten = editor.commands.get('prism.rewriteSentence')?.();
  await until(() => world.editor.picker?.items.length > 1);
  assert.equal(world.editor.picker.items[0].label, 'It was so.');
  world.editor.picker.selectedItems = [world.editor.picker.items[0]];
  world.editor.picker.on.accept();
  await rewritten;
  assert.deepEqual(world.editor.edits, [[{ uri: item.uri, range: world.stretch(7, 11), text: '' }]]);

  await deactivate();
  assert.equal(editor.errors.length, 1, 'it ends without a word');
});
