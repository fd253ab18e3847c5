'use strict';
const { spawn } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');

/** The Python that Prism LSP runs on. */
const PYTHON = '3.11';

/** Lines of a program's output that are kept to say why it failed. */
const KEPT = 30;

/**
 * Runs a program to its end. Rejects if it cannot be started, is stopped, or fails (then with its last words).
 * @typedef {(command: string, words: readonly string[], line: (line: string) => void) => Promise<string>} Run
 */

/**
 * @typedef {object} Wish
 * @property {string} storage a folder of our own
 * @property {NodeJS.Platform} platform
 * @property {string} python the program that the writer names, or empty
 * @property {string} source what pip is to install
 * @property {Run} run
 * @property {(message: string) => void} report what is being done now
 */

/**
 * @param {string} storage
 * @param {NodeJS.Platform} platform
 */
function places(storage, platform) {
  const folder = path.join(storage, 'environment');
  const [bin, ending] = platform === 'win32' ? ['Scripts', '.exe'] : ['bin', ''];
  const program = (/** @type {string} */ name) => path.join(folder, bin, name + ending);
  return { folder, python: program('python'), server: program('prism-lsp'), complete: path.join(folder, 'complete') };
}

/**
 * The server of the private environment, if it was made to its end.
 * @param {string | undefined} storage
 * @param {NodeJS.Platform} platform
 * @returns {string | undefined}
 */
function installed(storage, platform) {
  if (storage === undefined) return undefined;
  const { server, complete } = places(storage, platform);
  return fs.existsSync(complete) && fs.existsSync(server) ? server : undefined;
}

/**
 * Make the private environment anew and install the server into it. What is half made is taken away again.
 * @param {Wish} wish
 * @returns {Promise<string>} the server's program
 */
async function create({ storage, platform, python, source, run, report }) {
  const { folder, python: own, server, complete } = places(storage, platform);
  report(`Looking for Python ${PYTHON}`);
  const [program, ...words] = await findPython(python, platform, run);
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(storage, { recursive: true });
  try {
    report('Making the environment');
    await run(program, [...words, '-m', 'venv', folder], () => {}).catch((error) => {
      throw /ensurepip|venv/.test(error.message) ? advised(error, `On Debian and Ubuntu, install python${PYTHON}-venv.`) : error;
    });
    report('Installing Prism LSP');
    const install = ['-m', 'pip', 'install', '--disable-pip-version-check', '--no-input', '--progress-bar', 'off', source];
    await run(own, install, (line) => {
      const step = /^\s*(Collecting|Downloading|Building|Installing) .*/.exec(line);
      if (step !== null) report(step[0].trim().slice(0, 80));
    });
    report('Trying it');
    await run(server, ['--version'], () => {});
    fs.writeFileSync(complete, source);
  } catch (error) {
    fs.rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return server;
}

/**
 * @param {Error} error
 * @param {string} advice
 */
function advised(error, advice) {
  return new Error(`${error.message} ${advice}`);
}

/**
 * @param {string} named the program that the writer names, or empty
 * @param {NodeJS.Platform} platform
 * @param {Run} run
 * @returns {Promise<string[]>} program and arguments
 */
async function findPython(named, platform, run) {
  const usual = platform === 'win32' ? ['py -3.11', 'python'] : ['python3.11', 'python3', 'python'];
  const tried = named === '' ? usual.map((command) => command.split(' ')) : [[named]];
  for (const [program, ...words] of tried) {
    const version = [...words, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])'];
    const found = await run(program, version, () => {}).catch((error) => {
      if (error.name === 'AbortError') throw error;
      return '';
    });
    if (found.trim() === PYTHON) return [program, ...words];
  }
  const names = tried.map((command) => command.join(' ')).join(', ');
  throw new Error(
    `Prism LSP runs on Python ${PYTHON}, which was not found (tried: ${names}). Install it, or set prism.install.python to its program.`,
  );
}

/**
 * Whether a folder is a copy of Prism LSP.
 * @param {string} folder
 */
function isCopy(folder) {
  try {
    return /^name = "prism-lsp"$/m.test(fs.readFileSync(path.join(folder, 'pyproject.toml'), 'utf8'));
  } catch {
    return false;
  }
}

/**
 * Programs that end, with all that they have started, when the signal says so.
 * @param {AbortSignal} signal
 * @param {(line: string) => void} log
 * @param {NodeJS.Platform} platform
 * @returns {Run}
 */
function runner(signal, log, platform = process.platform) {
  return (command, words, line) =>
    new Promise((resolve, reject) => {
      const aborted = () => Object.assign(new Error('It was cancelled.'), { name: 'AbortError' });
      if (signal.aborted) {
        reject(aborted());
        return;
      }
      log(`> ${[command, ...words].join(' ')}`);
      const child = spawn(command, words, { stdio: ['ignore', 'pipe', 'pipe'], detached: platform !== 'win32', windowsHide: true });
      /** @type {string[]} */
      const last = [];
      let output = '';
      for (const stream of [child.stdout, child.stderr]) {
        let rest = '';
        stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
          if (stream === child.stdout) output += text;
          const lines = (rest + text).split(/\r?\n/);
          rest = lines.pop() ?? '';
          for (const each of lines) {
            log(each);
            line(each);
            last.push(each);
            if (last.length > KEPT) last.shift();
          }
        });
      }
      const stop = () => {
        if (child.pid === undefined) return;
        if (platform === 'win32') spawn('taskkill', ['/pid', String(child.pid), '/T', '/F'], { stdio: 'ignore' });
        else process.kill(-child.pid, 'SIGTERM');
      };
      signal.addEventListener('abort', stop, { once: true });
      child.on('error', (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
      child.on('close', (code) => {
        signal.removeEventListener('abort', stop);
        if (signal.aborted) reject(aborted());
        else if (code === 0) resolve(output);
        else reject(new Error(`${path.basename(command)} failed: ${reason(last)}`));
      });
    });
}

/**
 * The line that says most: pip's and Python's errors come last, before hints.
 * @param {readonly string[]} lines
 */
function reason(lines) {
  const said = lines.filter((line) => line.trim() !== '');
  return said.findLast((line) => /error/i.test(line))?.trim() ?? said.at(-1)?.trim() ?? 'it said nothing.';
}

module.exports = { create, installed, isCopy, places, PYTHON, runner };
