'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');
const { log, vscode } = require('./vscode');
const { editor, reset } = require('./world');
const environment = require('../src/environment');
const { install } = require('../src/install');

/** @param {test.TestContext} t */
function folder(t) {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'prism-'));
  t.after(() => fs.rmSync(made, { recursive: true, force: true }));
  return made;
}

/**
 * Makes an environment with programs that only pretend.
 * @param {string} storage
 * @param {{ versions?: Record<string, string>, fail?: RegExp, python?: string }} [how]
 */
function pretend(storage, { versions = { 'python3.11': '3.11' }, fail, python = '' } = {}) {
  /** @type {string[]} */
  const commands = [];
  /** @type {string[]} */
  const reports = [];
  const { server } = environment.places(storage, 'linux');
  const run = async (/** @type {string} */ program, /** @type {readonly string[]} */ words, /** @type {(line: string) => void} */ line) => {
    const command = [program, ...words].join(' ');
    if (words.at(-2) === '-c') {
      if (program in versions) return `${versions[program]}\n`;
      throw new Error('it is not there');
    }
    commands.push(command.replaceAll(storage, '~'));
    if (fail?.test(command)) throw new Error('pip failed: ERROR: No matching distribution found for torch==2.13.0');
    if (words.includes('venv')) {
      fs.mkdirSync(path.dirname(server), { recursive: true });
      fs.writeFileSync(server, '');
    }
    line('Collecting torch==2.13.0 (from prism-lsp)');
    return '';
  };
  const wish = { storage, platform: /** @type {const} */ ('linux'), python, source: '/copy', run, report: (/** @type {string} */ step) => void reports.push(step) };
  return { made: environment.create(wish), commands, reports, server };
}

test('an environment is made, the server installed into it and tried', async (t) => {
  const storage = folder(t);
  const { made, commands, reports, server } = pretend(storage);
  assert.equal(environment.installed(storage, 'linux'), undefined);
  assert.equal(await made, server);
  assert.deepEqual(commands, [
    'python3.11 -m venv ~/environment',
    '~/environment/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off /copy',
    '~/environment/bin/prism-lsp --version',
  ]);
  assert.ok(reports.includes('Collecting torch==2.13.0 (from prism-lsp)'));
  assert.equal(environment.installed(storage, 'linux'), server);
});

test('what failed is taken away, with the reason, so that it is not taken for a server', async (t) => {
  const storage = folder(t);
  const { made } = pretend(storage, { fail: /pip install/ });
  await assert.rejects(made, /No matching distribution found for torch/);
  assert.deepEqual(fs.readdirSync(storage), []);
  assert.equal(environment.installed(storage, 'linux'), undefined);
});

test('Python 3.11 is looked for under its usual names', async (t) => {
  const { made, commands } = pretend(folder(t), { versions: { python3: '3.13', python: '3.11' } });
  await made;
  assert.equal(commands[0], 'python -m venv ~/environment');
});

test('without Python 3.11 the writer is told what was tried and what to do', async (t) => {
  await assert.rejects(pretend(folder(t), { versions: { python3: '3.13' } }).made, /runs on Python 3\.11.*tried: python3\.11, python3, python.*prism\.install\.python/);
  await assert.rejects(pretend(folder(t), { versions: {}, python: '/opt/python' }).made, /tried: \/opt\/python\)/);
});

test('a program’s lines are logged, and its last error is the reason of its failure', async () => {
  /** @type {string[]} */
  const lines = [];
  const run = environment.runner(new AbortController().signal, (line) => void lines.push(line));
  assert.equal(await run(process.execPath, ['-p', '1 + 1'], () => {}), '2\n');
  const script = 'console.error("ERROR: no disk space"); console.error("hint: buy one"); process.exit(1)';
  await assert.rejects(run(process.execPath, ['-e', script], () => {}), /failed: ERROR: no disk space$/);
  assert.ok(lines.includes('hint: buy one'));
  await assert.rejects(run('/no/such/program', [], () => {}), /could not be started/);
});

test('cancelling ends a program with what it has started', { skip: process.platform === 'win32' }, async () => {
  const abort = new AbortController();
  const child = 'setInterval(() => {}, 1000)';
  const parent = `const { pid } = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(child)}]); console.log(pid); ${child}`;
  let pid = 0;
  const running = environment.runner(abort.signal, () => {})(process.execPath, ['-e', parent], (line) => {
    pid = Number(line);
    abort.abort();
  });
  await assert.rejects(running, { name: 'AbortError' });
  const gone = () => {
    try {
      return fs.readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
    } catch {
      return true;
    }
  };
  for (let tries = 0; tries < 500 && !gone(); tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(pid > 0 && gone());
});

test('the writer is told that Prism LSP is not on PyPI, and chooses a copy of it', async (t) => {
  reset();
  const copy = folder(t);
  editor.button = 'Choose Folder…';
  editor.opened = [vscode.Uri.file(copy)];
  await assert.rejects(install(folder(t), /** @type {any} */ (log())), /is no copy of Prism LSP/);
  assert.match(editor.told[0], /not on PyPI yet/);
  fs.writeFileSync(path.join(copy, 'pyproject.toml'), '[project]\nname = "prism-lsp"\n');
  const create = t.mock.method(environment, 'create', async () => 'server');
  assert.equal(await install(folder(t), /** @type {any} */ (log())), true);
  assert.equal(/** @type {any} */ (create.mock.calls[0].arguments)[0].source, copy);
  assert.equal(editor.settings['prism.install.source'], copy, 'the next time it is known');
});

test('nothing is installed if no folder is chosen', async (t) => {
  reset();
  const create = t.mock.method(environment, 'create', async () => 'server');
  assert.equal(await install(folder(t), /** @type {any} */ (log())), false);
  assert.equal(create.mock.callCount(), 0);
});
