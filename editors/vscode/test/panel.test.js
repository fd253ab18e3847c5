'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
const { editor, reset, vscode } = require('./vscode');
const { answer, base64, textEditor } = require('./made');
const { SpectrumPanel, page } = require('../src/panel');
const { Spectra } = require('../src/spectra');

const pause = () => new Promise((resolve) => setImmediate(resolve));

test.beforeEach(reset);

/** A panel that shows a document with a spectrum. */
async function opened() {
  const here = textEditor();
  vscode.window.visibleTextEditors = [here];
  const spectra = new Spectra(async () => answer());
  let closed = 0;
  const panel = new SpectrumPanel(vscode.Uri.file('/extension'), spectra, () => closed++);
  spectra.onDidChange((change) => panel.changed(change));
  panel.show(/** @type {any} */ (here.document));
  spectra.follow([here.document.uri.toString()]);
  await pause();
  const [shown] = editor.panels;
  return { here, spectra, panel, shown, closed: () => closed, last: (/** @type {string} */ type) => shown.told.findLast((/** @type {any} */ each) => each.type === type) };
}

test('nothing runs in the page but its own script, and nothing is fetched', () => {
  const html = page('https://source', 'https://source/dist/spectrum.js');
  const policy = html.match(/Content-Security-Policy" content="([^"]*)"/)?.[1] ?? '';
  const nonce = html.match(/<script nonce="([^"]+)" src=/)?.[1];
  assert.equal(policy, `default-src 'none'; img-src https://source data:; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`);
  assert.equal(html.match(/<script/g)?.length, 1);
  assert.doesNotMatch(html, / style=| on[a-z]+=|http:/);
  assert.notEqual(page('', '').match(/nonce="([^"]+)"/)?.[1], nonce);
});

test('everything in the page can be reached by the keys and is named', () => {
  const html = page('', '');
  assert.match(html, /<canvas [^>]*tabindex="0"[^>]*aria-label="Spectrum\. Arrow keys/s);
  for (const button of html.match(/<button[^>]*>/g) ?? []) assert.match(button, /title="/);
  assert.match(html, /aria-live="polite"/);
});

test('the page may load the extension’s script only', async () => {
  const { shown } = await opened();
  assert.deepEqual(shown.options.localResourceRoots.map(String), ['file:///extension/dist']);
  assert.equal(shown.title, 'Spectrum: sea.md');
});

test('the page is told the whole spectrum, then only what has changed, and never the text', async () => {
  const { spectra, here, shown, last } = await opened();
  assert.deepEqual([last('matrix').count, last('matrix').unread, [...last('matrix').activations].length], [5, 1, 15]);
  const uri = here.document.uri.toString();
  spectra.take(uri, { ...answer(), resultId: '2', since: '1', start: 4, deleteCount: 1, unread: 0, activations: base64([9, 9, 9]), prominent: [-1, 0] });
  const { rows, ...patch } = last('patch');
  assert.deepEqual([[...rows], patch.start, patch.deleteCount, patch.unread], [[9, 9, 9], 4, 1, 0]);
  assert.ok(shown.told.every((/** @type {any} */ each) => !('text' in each) && !('ranges' in each)));
});

test('the cursor’s sentence and the window are marked', async () => {
  const { last, panel, here } = await opened();
  assert.deepEqual([last('cursor').sentence, last('cursor').seen], [3, [1, 4]]);
  here.selection.active = new vscode.Position(0, 10);
  panel.moved();
  await new Promise((resolve) => setTimeout(resolve, 60));
  assert.equal(last('cursor').sentence, 1);
});

test('a sentence under the pointer is told when the page asks', async () => {
  const { last, panel, here } = await opened();
  await panel.hear({ type: 'text', sentence: 2 });
  assert.deepEqual(last('text'), { type: 'text', sentence: 2, text: '1:0' });
  here.document.version = 2; // its places would be those of another text
  await panel.hear({ type: 'text', sentence: 2 });
  assert.equal(last('text').text, '');
});

test('a click goes to the sentence', async () => {
  const { panel, here } = await opened();
  await panel.hear({ type: 'reveal', sentence: 1 });
  assert.deepEqual(here.selection.active, new vscode.Position(0, 9));
  await panel.hear({ type: 'reveal', sentence: 99 });
  assert.deepEqual(here.selection.active, new vscode.Position(0, 9));
});

test('an image is written where the writer says, beside the document at first', async () => {
  const { panel } = await opened();
  await panel.hear({ type: 'export', format: 'svg', data: '<svg/>' });
  assert.equal(editor.written.length, 0, 'a dialog that is left writes nothing');
  assert.equal(editor.executed[0][1].defaultUri.fsPath, '/book/sea-spectrum.svg');
  editor.target = vscode.Uri.file('/tmp/x.png');
  await panel.hear({ type: 'export', format: 'png', data: Uint8Array.from([1, 2]).buffer });
  assert.deepEqual(editor.written.map(([path, bytes]) => [path, ...bytes]), [['/tmp/x.png', 1, 2]]);
});

test('an image that cannot be written says why', async (t) => {
  const { panel } = await opened();
  editor.target = vscode.Uri.file('/no/x.svg');
  t.mock.method(vscode.workspace.fs, 'writeFile', async () => {
    throw new Error('No space is left.');
  });
  await panel.hear({ type: 'export', format: 'svg', data: '' });
  assert.match(editor.errors[0].message, /could not be written to \/no\/x\.svg\. No space is left\./);
});

test('a document that is gone leaves an empty page, a closed panel is told', async () => {
  const { spectra, last, shown, closed } = await opened();
  spectra.clear();
  assert.deepEqual([last('matrix').there, last('matrix').count], [false, 0]);
  shown.dispose();
  assert.equal(closed(), 1);
});
