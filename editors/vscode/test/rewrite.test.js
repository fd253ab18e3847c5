'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
const { vscode } = require('./vscode');
const { editor, open, reset, Server, settle, STALE, stretch } = require('./world');
const { Comparison, Lightbulb, rewrite } = require('../src/rewrite');

/** The preview, open, with what was compared. */
async function preview(server = new Server()) {
  reset();
  const page = open('It was not so.');
  editor.choose = (items) => items[0];
  /** @type {string[]} */
  const compared = [];
  const done = rewrite(/** @type {any} */ (server), async (_document, text) => compared.push(text));
  await settle();
  return { ...page, server, compared, done, list: editor.picker };
}

const labels = () => editor.picker.items.map((/** @type {any} */ { label }) => label);

test('what the sentence can become is chosen first', async () => {
  const { server, list, done } = await preview();
  assert.deepEqual(editor.list?.map(({ label }) => label), ['Turn off: negation']);
  const [method, params] = server.asked[0];
  assert.equal(method, 'prism/sentence');
  assert.deepEqual(params, { textDocument: { uri: 'file:///book/1.md' }, position: { line: 0, character: 3 }, version: 1, offers: true });
  assert.deepEqual(server.asked[1][1].moves, [{ feature: 'negation', amount: -1 }]);
  assert.deepEqual(server.asked[1][1].sentences, ['sentence 1']);
  list.hide();
  await done;
});

test('each candidate shows its words and its figures', async () => {
  const { list, done } = await preview();
  assert.deepEqual(labels(), ['It was so.', 'So it was.', '$(refresh) Another variation']);
  assert.equal(list.items[0].detail, 'negation 1.00 → 0.00 · meaning\u00a093\u00a0% · fluency\u00a097\u00a0%');
  list.hide();
  await done;
});

test('the text shows what the marked candidate would change, until it is typed in', async () => {
  const { document, decorations, list, done } = await preview();
  list.on.active([list.items[0]]);
  assert.deepEqual(JSON.parse(JSON.stringify(decorations.at(-1))), [
    { range: stretch(7, 11), renderOptions: { after: { contentText: '' } } },
  ]);
  document.version = 2;
  editor.fire('onDidChangeTextDocument', { document });
  assert.deepEqual(decorations.at(-1), []);
  list.on.active([list.items[1]]);
  assert.deepEqual(decorations.at(-1), [], 'the edits are for another version');
  list.hide();
  await done;
});

test('accepting replaces the sentence in one edit', async () => {
  const { server, list, done } = await preview();
  list.selectedItems = [list.items[1]];
  list.on.accept();
  await done;
  assert.deepEqual(server.asked.at(-1), ['prism/edit', { textDocument: { uri: 'file:///book/1.md' }, candidates: ['b'] }]);
  assert.deepEqual(editor.edits, [[{ uri: 'file:///book/1.md', range: stretch(7, 11), text: '' }]]);
  assert.deepEqual(editor.errors, []);
});

test('an edit for a version that is past is not made, but asked for again', async () => {
  const { server, document, list, done } = await preview();
  let version = 1;
  document.version = 3;
  server.answers['prism/edit'] = () => ({ version: (version += 1), edits: [{ range: stretch(0, version), newText: '' }], refused: [null] });
  list.selectedItems = [list.items[0]];
  list.on.accept();
  await done;
  assert.deepEqual(editor.edits.map(([change]) => change.range), [stretch(0, 3)]);
});

test('a sentence that has changed is told, and nothing is edited', async () => {
  const { server, list, done } = await preview();
  server.answers['prism/edit'] = () => ({ version: 1, edits: [], refused: [STALE] });
  list.selectedItems = [list.items[0]];
  list.on.accept();
  await done;
  assert.deepEqual(editor.errors.map(({ message }) => message), [STALE]);
  assert.deepEqual(editor.edits, []);
});

test('another variation tries twice as many, and marks the first new one', async () => {
  const { server, list, done } = await preview();
  list.selectedItems = [list.items[2]];
  list.on.accept();
  await settle();
  assert.equal(server.asked.at(-1)?.[1].candidates, 16);
  assert.deepEqual(labels(), ['It was so.', 'So it was.', 'Well.', '$(refresh) Another variation']);
  assert.equal(list.activeItems[0].label, 'Well.');
  list.selectedItems = [list.items[3]];
  list.on.accept();
  await settle();
  assert.deepEqual(labels(), ['It was so.', 'So it was.', 'Well.']);
  assert.match(list.placeholder, /no other variation/);
  list.hide();
  await done;
});

test('a refusal is told with its reason', async () => {
  const server = new Server();
  server.answers['prism/rewrite'] = () => ({ version: 1, sentences: [{ candidates: [], refused: 'Every rewrite changed too much.' }] });
  await (await preview(server)).done;
  assert.deepEqual(editor.errors.map(({ message }) => message), ['Every rewrite changed too much.']);
});

test('leaving the list cancels the rewriting without a word', async () => {
  const server = new Server();
  /** @type {any} */
  let token;
  server.answers['prism/rewrite'] = (_params, how) =>
    new Promise((_resolve, reject) => {
      token = how.token;
      token.onCancellationRequested(() => reject(new Error('The request was cancelled.')));
    });
  const { list, done } = await preview(server);
  list.hide();
  await done;
  await settle();
  assert.equal(token.isCancellationRequested, true);
  assert.deepEqual(editor.errors, []);
});

test('a comparison shows the whole text with the change', async () => {
  const { list, compared, done } = await preview();
  list.on.button({ item: list.items[0] });
  await settle();
  assert.deepEqual(compared, ['It was so.']);
  list.hide();
  await done;
  const { document } = open('It was not so.');
  const comparison = new Comparison();
  await comparison.show(/** @type {any} */ (document), 'It was so.');
  const [[command, left, right, title]] = editor.executed.slice(-1);
  assert.deepEqual([command, left, title], ['vscode.diff', document.uri, '1.md: rewritten']);
  assert.equal(comparison.provideTextDocumentContent(right), 'It was so.');
});

test('without a sentence the writer is told where one is needed', async () => {
  reset();
  const server = new Server();
  const ask = () => rewrite(/** @type {any} */ (server), async () => {});
  await assert.rejects(ask, /Put the cursor into a sentence/);
  open('');
  server.answers['prism/sentence'] = () => ({ version: 1, sentences: [] });
  await assert.rejects(ask, /no sentence at the cursor/);
  server.readable = false;
  await assert.rejects(ask, /a document that Prism reads/);
});

test('the lightbulb offers the preview when it is asked, not by itself', () => {
  const bulb = new Lightbulb(() => true);
  const offered = (/** @type {number} */ triggerKind) => bulb.provideCodeActions(/** @type {any} */ ({}), /** @type {any} */ ({}), /** @type {any} */ ({ triggerKind }));
  assert.deepEqual(offered(vscode.CodeActionTriggerKind.Automatic), []);
  assert.equal(offered(vscode.CodeActionTriggerKind.Invoke)[0].command?.command, 'prism.rewriteSentence');
});

