'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
require('./vscode');
const { describe } = require('../src/status');

/** @typedef {import('../src/status').State} State */

for (const [engine, text, command] of /** @type {[State['engine'], string, unknown][]} */ ([
  ['starting', '$(loading~spin) Prism: starting', 'prism.pickFeature'],
  ['downloading', '$(cloud-download) Prism: fetching the model', 'prism.pickFeature'],
  ['reading', '$(loading~spin) Prism', 'prism.pickFeature'],
  ['ready', '$(symbol-color) Prism', 'prism.pickFeature'],
  ['failed', '$(error) Prism: failed', 'prism.showLog'],
  ['stopped', '$(debug-stop) Prism: stopped', 'prism.restart'],
])) {
  test(`the status bar says that Prism is ${engine}`, () => {
    const shown = describe({ engine, message: 'A message.', mode: 'prominent', focus: null });
    assert.equal(shown.text, text);
    assert.deepEqual(shown.command, command);
    if (engine !== 'ready') assert.match(shown.tooltip, /^A message\./);
  });
}

test('a server that is missing is looked for again by a click, which offers to install it', () => {
  const shown = describe({ engine: 'missing', message: 'Not found.' });
  assert.equal(shown.text, '$(warning) Prism: not found');
  assert.equal(shown.command, 'prism.restart');
  assert.equal(shown.tooltip, 'Not found. Click to install it or to name it.');
});

test('while the server is installed a click shows the log', () => {
  const shown = describe({ engine: 'installing', message: '' });
  assert.deepEqual([shown.text, shown.command], ['$(sync~spin) Prism: installing', 'prism.showLog']);
});

test('the focused feature is named', () => {
  assert.equal(describe({ engine: 'ready', message: '', mode: 'focus', focus: 'question' }).text, '$(symbol-color) Prism: question');
  assert.equal(describe({ engine: 'reading', message: '', mode: 'focus', focus: 'question' }).text, '$(loading~spin) Prism: question');
  assert.match(describe({ engine: 'ready', message: '', mode: 'focus', focus: 'question' }).tooltip, /Only “question” is shown/);
});
