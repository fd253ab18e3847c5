'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
const { vscode } = require('./vscode');
const { editor, open, reset, Server, settle, STALE } = require('./world');
const { Mixer, page } = require('../src/mixer');
const mix = require('../src/mix');

/** The mixer in a view that can be seen, beside a document. */
async function mixer(server = new Server()) {
  reset();
  const { document } = open('It was not so. A dog.');
  const here = new Mixer(/** @type {any} */ (server), vscode.Uri.file('/extension'));
  /** @type {any} */
  let send;
  /** @type {any[]} */
  const posts = [];
  const webview = {
    cspSource: 'https://webview',
    asWebviewUri: (/** @type {any} */ uri) => uri,
    onDidReceiveMessage: (/** @type {any} */ listener) => void (send = listener),
    postMessage: async (/** @type {any} */ state) => posts.push(JSON.parse(JSON.stringify(state))),
    options: {},
    html: '',
  };
  const view = { webview, visible: true, onDidChangeVisibility() {}, onDidDispose() {} };
  here.resolveWebviewView(/** @type {any} */ (view));
  const tell = async (/** @type {any} */ message) => {
    await send(message);
    await settle();
    return posts.at(-1);
  };
  const shown = await tell({ type: 'ready' });
  return { here, server, document, shown, tell, posts, state: () => posts.at(-1) };
}

test('the faders of the sentence at the cursor, in groups; what cannot be steered or is hidden has none', async () => {
  const { shown } = await mixer();
  assert.deepEqual([shown.text, shown.count, shown.scope, shown.busy, shown.message], ['It was not so.', 1, 'sentence', '', '']);
  assert.deepEqual(shown.groups, [
    { name: 'Tone', faders: [{ id: 'formal', name: 'Formal', description: 'Formal.', level: 0.25, wanted: null }] },
    { name: 'Grammar', faders: [{ id: 'negation', name: 'Negation', description: 'Says that it is not so.', level: 1, wanted: null }] },
  ]);
});

test('every family of the legend has a group', () => {
  const { tokenTypes } = require('./contract.json');
  const families = tokenTypes.map((type) => type.replace('prism', '').toLowerCase());
  assert.deepEqual(mix.GROUPS.flatMap(([, members]) => members).sort(), families.sort());
});

test('a paragraph has the mean of its sentences', async () => {
  const { tell, server } = await mixer();
  const shown = await tell({ type: 'scope', scope: 'paragraph' });
  assert.equal(server.asked.at(-1)?.[1].paragraph, true);
  assert.deepEqual([shown.count, shown.text], [2, 'It was not so. A dog.']);
  assert.deepEqual(shown.groups.map((/** @type {any} */ { faders }) => faders[0].level), [0.5, 0.5]);
});

test('compiling asks for the levels of the faders that were moved, and shows before and after', async () => {
  const { tell, server } = await mixer();
  await tell({ type: 'scope', scope: 'paragraph' });
  await tell({ type: 'want', feature: 'negation', level: 0 });
  await tell({ type: 'want', feature: 'formal', level: 2 });
  await tell({ type: 'want', feature: 'formal', level: null });
  const shown = await tell({ type: 'compile' });
  const [method, params] = server.asked.at(-1) ?? [];
  assert.equal(method, 'prism/rewrite');
  assert.equal(shown.heard, 3, 'so that the page knows whether its last move is in it');
  assert.deepEqual([params.moves, params.sentences], [[{ feature: 'negation', to: 0 }], ['sentence 1', 'sentence 2']]);
  assert.deepEqual(shown.rows, [
    {
      text: 'It was not so.',
      refused: '',
      diff: [[' ', 'It was '], ['-', 'not '], [' ', 'so.']],
      moved: 'negation 1.00 → 0.00 · meaning\u00a093\u00a0% · fluency\u00a097\u00a0%',
      which: '1 of 2',
      taken: true,
    },
    { text: 'A dog.', refused: 'The sentence is like this already.', diff: [[' ', 'A dog.']], moved: '', which: '', taken: false },
  ]);
  assert.deepEqual(editor.edits, [], 'nothing is changed yet');
});

test('applying is one edit of the candidates that are shown and taken', async () => {
  const { tell, server } = await mixer();
  await tell({ type: 'want', feature: 'negation', level: 0 });
  await tell({ type: 'compile' });
  assert.equal((await tell({ type: 'another', row: 0 })).rows[0].which, '2 of 2');
  const shown = await tell({ type: 'apply' });
  assert.deepEqual(server.asked.at(-1)?.[1].candidates, ['b']);
  assert.equal(editor.edits.length, 1);
  assert.deepEqual([shown.message, shown.rows], ['1 sentence rewritten; Undo takes it back in one step.', []]);
  assert.equal(shown.groups[1].faders[0].wanted, null);
});

test('what is not taken is not applied', async () => {
  const { tell } = await mixer();
  await tell({ type: 'want', feature: 'negation', level: 0 });
  await tell({ type: 'compile' });
  await tell({ type: 'take', row: 0, taken: false });
  await tell({ type: 'apply' });
  assert.deepEqual(editor.edits, []);
});

test('a sentence that has changed meanwhile stays in the mixer, with its rewrite and the reason', async () => {
  const { tell, server } = await mixer();
  await tell({ type: 'want', feature: 'negation', level: 0 });
  await tell({ type: 'compile' });
  server.answers['prism/edit'] = () => ({ version: 1, edits: [], refused: [STALE] });
  const shown = await tell({ type: 'apply' });
  assert.deepEqual(editor.edits, []);
  assert.equal(shown.message, STALE);
  assert.deepEqual([shown.rows[0].refused, shown.rows[0].taken, shown.rows[0].moved], [STALE, false, 'negation 1.00 → 0.00 · meaning\u00a093\u00a0% · fluency\u00a097\u00a0%']);
});

test('the view follows the cursor, but holds on while a fader is moved, until it is reset', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { tell, server } = await mixer();
  const move = async () => {
    const before = server.asked.length;
    editor.fire('onDidChangeTextEditorSelection');
    t.mock.timers.tick(1000);
    await settle();
    return server.asked.length - before;
  };
  assert.equal(await move(), 1);
  await tell({ type: 'want', feature: 'negation', level: 0 });
  assert.equal(await move(), 0);
  const shown = await tell({ type: 'reset' });
  assert.equal(shown.groups[1].faders[0].wanted, null);
  assert.equal(await move(), 1);
});

test('what could not be read is read when the engine is there again', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { here, tell, server, state } = await mixer();
  const answer = server.answers['prism/sentence'];
  server.answers['prism/sentence'] = () => Promise.reject(new Error('The model is not running.'));
  await tell({ type: 'reset' });
  server.answers['prism/sentence'] = answer;
  here.revived();
  t.mock.timers.tick(1000);
  await settle();
  assert.deepEqual([state().message, state().text], ['', 'It was not so.']);
});

test('that nothing was rewritten is said after an error too', async () => {
  const { tell, server } = await mixer();
  server.answers['prism/rewrite'] = () => Promise.reject(new Error('The engine has stopped.'));
  await tell({ type: 'want', feature: 'negation', level: 0 });
  assert.equal((await tell({ type: 'compile' })).message, 'The engine has stopped.');
  server.answers['prism/rewrite'] = () => ({ version: 1, sentences: [{ text: 'It was not so.', refused: 'No.', candidates: [] }] });
  assert.match((await tell({ type: 'compile' })).message, /^Nothing was rewritten/);
});

test('an error is shown in the view, and goes when something succeeds', async () => {
  const { tell, server } = await mixer();
  const answer = server.answers['prism/sentence'];
  server.answers['prism/sentence'] = () => Promise.reject(new Error('The model could not be fetched.'));
  assert.equal((await tell({ type: 'reset' })).message, 'The model could not be fetched.');
  server.answers['prism/sentence'] = answer;
  assert.equal((await tell({ type: 'reset' })).message, '');
});

test('rewriting shows how far it is, and can be cancelled with the faders as they are', async () => {
  const { tell, server, posts } = await mixer();
  await tell({ type: 'want', feature: 'negation', level: 0 });
  server.answers['prism/rewrite'] = (_params, { token, progress }) =>
    new Promise((_resolve, reject) => {
      progress('2 of 5');
      token.onCancellationRequested(() => reject(new Error('The request was cancelled.')));
    });
  const done = tell({ type: 'compile' });
  await settle();
  assert.equal(posts.at(-1).busy, 'Rewriting 2 of 5 …');
  await tell({ type: 'cancel' });
  const shown = await done;
  assert.deepEqual([shown.busy, shown.message, shown.groups[1].faders[0].wanted], ['', '', 0]);
});

test('beside a document that is not read there are no faders', async () => {
  const server = new Server();
  server.readable = false;
  const { shown } = await mixer(server);
  assert.deepEqual([shown.count, shown.groups], [0, []]);
});

test('the page runs its own script only, and loads nothing from the network', () => {
  const webview = { cspSource: 'https://webview', asWebviewUri: (/** @type {any} */ uri) => uri };
  const html = page(/** @type {any} */ (webview), vscode.Uri.file('/extension'));
  const [, nonce] = /script-src 'nonce-([^']+)'/.exec(html) ?? [];
  assert.match(html, /content="default-src 'none'; style-src https:\/\/webview; script-src 'nonce-/);
  assert.equal(html.split('<script').length, 2);
  assert.ok(html.includes(`<script nonce="${nonce}" src="file:///extension/dist/mixer.js">`));
  assert.notEqual(page(/** @type {any} */ (webview), vscode.Uri.file('/extension')), html, 'the nonce is new each time');
});
