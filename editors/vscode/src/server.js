'use strict';
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

/**
 * Where the server's program is looked for.
 * @typedef {object} Place
 * @property {Record<string, string | undefined>} environment for `PATH`
 * @property {NodeJS.Platform} platform
 * @property {string | undefined} folder the workspace's first folder
 * @property {string} [own] the server of the private environment, if there is one
 */

/**
 * Find the server: the setting's command, else `prism-lsp` on the PATH, else that of the private environment.
 * @param {readonly string[]} setting program and arguments, or empty
 * @param {Place} place
 * @returns {{ command: string[] } | { missing: string, chosen: boolean }} `missing`: what the writer should know and do;
 *   `chosen`: it is the setting's command that is missing
 */
function find(setting, place) {
  const chosen = setting.length > 0 && setting[0].trim() !== '';
  const [name, ...words] = (chosen ? setting : ['prism-lsp']).map((word) => expand(word, place.folder));
  const program = locate(name, place);
  if (program !== undefined) return { command: [program, ...words] };
  if (!chosen && place.own !== undefined) return { command: [place.own] };
  const how = 'Install Prism LSP with Python 3.11, or set prism.server.command to where its program is.';
  if (!chosen) return { missing: `Prism’s program “prism-lsp” was not found on the PATH. ${how}`, chosen };
  return { missing: `The setting prism.server.command names “${name}”, but there is no such program. ${how}`, chosen };
}

/**
 * @param {string} word
 * @param {string | undefined} folder
 */
function expand(word, folder) {
  const home = word === '~' || /^~[/\\]/.test(word) ? os.homedir() + word.slice(1) : word;
  return folder === undefined ? home : home.replaceAll('${workspaceFolder}', folder);
}

/**
 * @param {string} program a name or a path
 * @param {Place} place
 * @returns {string | undefined}
 */
function locate(program, { environment, platform, folder }) {
  const windows = platform === 'win32';
  const endings = windows ? ['', ...(environment.PATHEXT ?? '.EXE').split(';')] : [''];
  const isPath = windows ? /[/\\]/.test(program) : program.includes('/');
  const folders = isPath
    ? [folder ?? '.']
    : (environment.PATH ?? environment.Path ?? '').split(windows ? ';' : ':').filter((entry) => entry !== '');
  for (const entry of folders) {
    for (const ending of endings) {
      const file = path.resolve(entry, program + ending);
      if (runs(file, windows)) return file;
    }
  }
  return undefined;
}

/**
 * @param {string} file
 * @param {boolean} windows
 */
function runs(file, windows) {
  try {
    fs.accessSync(file, windows ? fs.constants.F_OK : fs.constants.X_OK);
    return fs.statSync(file).isFile();
  } catch {
    return false;
  }
}

module.exports = { find };
