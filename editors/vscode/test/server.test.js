'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { find } = require('../src/server');

/** @param {test.TestContext} t */
function folderWithServer(t) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'prism-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const program = path.join(folder, 'prism-lsp');
  fs.writeFileSync(program, '#!/bin/sh\n', { mode: 0o755 });
  return { folder, program };
}

/** @param {Partial<import('../src/server').Place>} place */
const place = (place) => ({ environment: {}, platform: /** @type {const} */ ('linux'), folder: undefined, ...place });

test('prism-lsp is found on the PATH', (t) => {
  const { folder, program } = folderWithServer(t);
  const found = find([], place({ environment: { PATH: `/nowhere:${folder}` } }));
  assert.deepEqual(found, { command: [program] });
});

test('the setting comes first, with its arguments', (t) => {
  const { folder, program } = folderWithServer(t);
  const setting = [program, 'serve', '--engine-command', 'x y'];
  assert.deepEqual(find(setting, place({ environment: { PATH: folder } })), { command: setting });
});

test('the private environment comes last, and not in place of what the writer named', (t) => {
  const { folder, program } = folderWithServer(t);
  const own = '/storage/environment/bin/prism-lsp';
  assert.deepEqual(find([], place({ environment: { PATH: folder }, own })), { command: [program] });
  assert.deepEqual(find([], place({ own })), { command: [own] });
  const named = find(['/no/such/prism'], place({ own }));
  assert.ok('missing' in named && named.chosen);
});

test('the workspace folder and a path relative to it are understood', (t) => {
  const { folder, program } = folderWithServer(t);
  assert.deepEqual(find(['${workspaceFolder}/prism-lsp'], place({ folder })), { command: [program] });
  assert.deepEqual(find(['./prism-lsp'], place({ folder })), { command: [program] });
});

test('the home folder is understood', () => {
  const found = find(['~/no/such/program'], place({}));
  assert.ok('missing' in found && found.missing.includes(path.join(os.homedir(), 'no/such/program')));
});

test('on Windows the endings of programs are tried', (t) => {
  const { folder } = folderWithServer(t);
  fs.writeFileSync(path.join(folder, 'python.EXE'), '');
  const environment = { Path: folder, PATHEXT: '.COM;.EXE' };
  const found = find(['python', '-m', 'prism_lsp'], place({ platform: 'win32', environment }));
  assert.deepEqual(found, { command: [path.join(folder, 'python.EXE'), '-m', 'prism_lsp'] });
});

test('without a server the writer is told what is missing and what to do', (t) => {
  const { folder } = folderWithServer(t);
  fs.chmodSync(path.join(folder, 'prism-lsp'), 0o644); // there, but not a program
  for (const [setting, names] of /** @type {[string[], string][]} */ ([
    [[], 'prism-lsp” was not found on the PATH'],
    [['/no/such/prism'], 'prism.server.command names “/no/such/prism”'],
  ])) {
    const found = find(setting, place({ environment: { PATH: folder } }));
    assert.ok('missing' in found && found.missing.includes(names));
    assert.match(found.missing, /Install Prism LSP .* or set prism\.server\.command/);
  }
});
