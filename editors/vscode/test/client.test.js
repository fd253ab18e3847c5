'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
const { editor, log: newLog, reset, vscode } = require('./vscode');
const contract = require('./contract.json');
const { CloseAction, LanguageClient, RevealOutputChannelOn } = require('vscode-languageclient/node');
const { create, options, persistent } = require('../src/client');

const log = /** @type {any} */ (newLog());
const token = /** @type {any} */ ({ isCancellationRequested: false });

test.beforeEach(reset);

test('the client speaks on stdin and stdout with the command it is given', () => {
  const client = create(['/bin/prism-lsp', 'serve'], log);
  assert.ok(client instanceof LanguageClient);
  const { name, _serverOptions } = /** @type {any} */ (client);
  assert.equal(name, 'Prism');
  assert.deepEqual(_serverOptions, { command: '/bin/prism-lsp', args: ['serve'] });
});

test('documents on disk and untitled ones of the chosen languages are read, and the rule file', () => {
  editor.settings['prism.languages'] = ['markdown', 'latex'];
  assert.deepEqual(options(log).documentSelector, [
    { scheme: 'file', language: 'markdown' },
    { scheme: 'untitled', language: 'markdown' },
    { scheme: 'file', language: 'latex' },
    { scheme: 'untitled', language: 'latex' },
    { scheme: 'file', pattern: '**/prism.toml' },
    { scheme: 'file', pattern: '**/.prism/concepts/*.toml' },
  ]);
});

test('the server gets the settings of the moment it starts, and is asked for prism/state', () => {
  const { initializationOptions } = options(log);
  assert.deepEqual(initializationOptions(), { prism: { ...contract.settings, notifications: true, commandLinks: true } });
  editor.settings['prism.mode'] = 'focus';
  editor.settings['prism.focus'] = 'question';
  editor.settings['prism.server.command'] = ['x'];
  assert.deepEqual(initializationOptions(), {
    prism: { ...contract.settings, mode: 'focus', focus: 'question', notifications: true, commandLinks: true },
  });
});

test('hovers may run the commands of Prism and no others', () => {
  const trusted = /** @type {any} */ (options(log).markdown?.isTrusted);
  assert.ok(trusted.enabledCommands.length > 0);
  for (const command of trusted.enabledCommands) assert.ok(contract.commands.includes(command));
});

test('a rewrite that is refused shows the server’s sentence, and changes nothing', async () => {
  const action = /** @type {any} */ ({ title: 'Make this a question' });
  const stale = 'The sentence has changed since; open the menu again.';
  const resolve = options(log).middleware?.resolveCodeAction;
  const refuse = () => Promise.reject(new Error(stale));
  assert.equal(await resolve?.call(/** @type {any} */ ({}), action, token, refuse), action);
  assert.deepEqual(editor.errors, [{ message: stale, buttons: [] }]);
  const cancel = () => Promise.reject(new vscode.CancellationError());
  assert.equal(await resolve?.call(/** @type {any} */ ({}), action, token, cancel), action);
  assert.equal(editor.errors.length, 1);
});

test('a link of a hover that fails shows the server’s sentence', async () => {
  const execute = options(log).middleware?.executeCommand;
  const refuse = () => Promise.reject(new Error('There is no feature “x”.'));
  await execute?.call(/** @type {any} */ ({}), 'prism.focus', ['x'], refuse);
  assert.deepEqual(editor.errors.map(({ message }) => message), ['There is no feature “x”.']);
});

test('the outline of Markdown is left to VS Code, that of other documents is Prism’s', async () => {
  const outline = options(log).middleware?.provideDocumentSymbols;
  const symbols = /** @type {any} */ (['Chapter 1']);
  const of = (/** @type {string} */ languageId) =>
    outline?.call(/** @type {any} */ ({}), /** @type {any} */ ({ languageId }), token, () => symbols);
  assert.deepEqual(await of('markdown'), []);
  assert.equal(await of('plaintext'), symbols);
});

test('text is coloured, but not where the background is, nor where the writer does not want it', async () => {
  /** @param {boolean} heated */
  const colours = async (heated) => {
    const { middleware } = options(log, () => heated);
    const document = /** @type {any} */ ({});
    const here = /** @type {any} */ ({});
    const of = /** @type {any} */ (['colours']);
    return Promise.all([
      middleware?.provideDocumentSemanticTokens?.call(here, document, token, () => of),
      middleware?.provideDocumentSemanticTokensEdits?.call(here, document, '1', token, () => of),
      middleware?.provideDocumentRangeSemanticTokens?.call(here, document, /** @type {any} */ ({}), token, () => of),
    ]);
  };
  assert.deepEqual(await colours(false), [['colours'], ['colours'], ['colours']]);
  for (const each of await colours(true)) assert.equal(/** @type {any} */ (each).data.length, 0);
  editor.settings['prism.show.text'] = false;
  for (const each of await colours(false)) assert.equal(/** @type {any} */ (each).data.length, 0);
});

test('the library pops nothing up by itself', () => {
  assert.equal(options(log).revealOutputChannelOn, RevealOutputChannelOn.Never);
});

test('a server that ends is started again four times in three minutes', async () => {
  let now = 0;
  const handler = persistent(() => now, () => true);
  const end = async () => (await handler.closed()).action;
  for (let count = 0; count < 4; count++) assert.equal(await end(), CloseAction.Restart);
  assert.equal(await end(), CloseAction.DoNotRestart);
  now += 3 * 60 * 1000;
  assert.equal(await end(), CloseAction.Restart);
});

test('a server that never ran is not started again', async () => {
  assert.equal((await persistent(Date.now, () => false).closed()).action, CloseAction.DoNotRestart);
});
