'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
require('./vscode');
const { answer, base64 } = require('./made');
const { Spectra } = require('../src/spectra');

const URI = 'file:///book/sea.md';
const pause = () => new Promise((resolve) => setImmediate(resolve));

/** A server whose answers the test gives. */
function server() {
  /** @type {{ params: any, reply: (answer: any) => void, refuse: (error: Error) => void }[]} */
  const asked = [];
  const spectra = new Spectra((method, params) => {
    assert.equal(method, 'prism/spectrum');
    return new Promise((reply, refuse) => asked.push({ params, reply, refuse }));
  });
  /** @type {any[]} */
  const changes = [];
  spectra.onDidChange((change) => changes.push(change));
  return { asked, spectra, changes };
}

test('a document that is followed is asked about, then only for what has changed', async () => {
  const { asked, spectra, changes } = server();
  spectra.follow([URI]);
  assert.deepEqual(asked[0].params, { textDocument: { uri: URI }, since: undefined });
  asked[0].reply(answer());
  await pause();
  assert.equal(spectra.of(URI)?.count, 5);
  void spectra.ask(URI);
  assert.equal(asked[1].params.since, '1');
  asked[1].reply(answer({ resultId: '2', since: '1', start: 5, deleteCount: 0, prominent: [], activations: '' }));
  await pause();
  assert.deepEqual(changes.map(({ patch }) => patch.whole), [true, false]);
});

test('one request at a time, and another one after it if something happened meanwhile', async () => {
  const { asked, spectra } = server();
  spectra.follow([URI]);
  for (let count = 0; count < 3; count++) void spectra.ask(URI);
  assert.equal(asked.length, 1);
  asked[0].reply(answer());
  await pause();
  assert.equal(asked.length, 2);
});

test('what is told against an answer that is not there any more is asked for in full', async () => {
  const { asked, spectra } = server();
  spectra.follow([URI]);
  asked[0].reply(answer());
  await pause();
  void spectra.ask(URI);
  spectra.clear();
  asked[1].reply(answer({ since: '1', start: 0, deleteCount: 1, activations: base64([1, 1, 1]), prominent: [0, 1] }));
  await pause();
  assert.equal(asked[2].params.since, undefined);
});

test('edits ask once the writer pauses', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { asked, spectra } = server();
  spectra.follow([URI]);
  asked[0].reply(answer());
  await pause();
  for (let count = 0; count < 3; count++) spectra.edited(URI);
  spectra.edited('file:///other.md');
  assert.equal(asked.length, 1);
  t.mock.timers.tick(1000);
  assert.equal(asked.length, 2);
});

test('a document that is closed, unknown or followed no longer has no spectrum', async () => {
  const { asked, spectra, changes } = server();
  spectra.follow([URI]);
  asked[0].reply(answer());
  await pause();
  spectra.follow([]);
  assert.equal(spectra.of(URI), undefined);
  assert.equal(changes.at(-1).matrix, undefined);
  spectra.follow([URI]);
  asked[1].reply({ version: null });
  await pause();
  assert.equal(spectra.of(URI), undefined);
});

test('a server that refuses or is not there is no error; another server is asked anew', async () => {
  const { asked, spectra } = server();
  spectra.follow([URI]);
  asked[0].refuse(new Error('The server is ending.'));
  await pause();
  assert.equal(spectra.of(URI), undefined);
  void spectra.restart();
  assert.equal(asked.length, 2);
  const none = new Spectra(() => undefined);
  none.follow([URI]);
  await pause();
  assert.equal(none.of(URI), undefined);
});
