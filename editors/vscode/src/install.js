'use strict';
const vscode = require('vscode');
const environment = require('./environment');

const NOT_YET =
  'Prism LSP is not on PyPI yet, so it is installed from your copy of its repository: choose the folder with pyproject.toml. ' +
  'About 1 GB is fetched and kept in VS Code’s storage; nothing else on this machine is changed.';

/**
 * What pip is to install: the setting, else a folder that the writer chooses, which becomes the setting.
 * @returns {Promise<string | undefined>}
 */
async function source() {
  const settings = vscode.workspace.getConfiguration('prism');
  const named = settings.get('install.source', '').trim();
  if (named !== '') return named;
  const button = 'Choose Folder…';
  if ((await vscode.window.showInformationMessage(NOT_YET, { modal: true }, button)) !== button) return undefined;
  const how = { canSelectFolders: true, canSelectFiles: false, canSelectMany: false, openLabel: 'Install from Here' };
  const [chosen] = (await vscode.window.showOpenDialog(how)) ?? [];
  if (chosen === undefined) return undefined;
  if (!environment.isCopy(chosen.fsPath)) {
    throw new Error(`${chosen.fsPath} is no copy of Prism LSP: it has no pyproject.toml that names prism-lsp.`);
  }
  await settings.update('install.source', chosen.fsPath, vscode.ConfigurationTarget.Global);
  return chosen.fsPath;
}

/**
 * Make the private environment, with progress that can be cancelled.
 * @param {string} storage a folder of our own
 * @param {vscode.LogOutputChannel} log
 * @returns {Promise<boolean>} whether the server is there now; rejects with a sentence for the writer
 */
async function install(storage, log) {
  const from = await source();
  if (from === undefined) return false;
  const python = vscode.workspace.getConfiguration('prism').get('install.python', '').trim();
  const abort = new AbortController();
  const how = { location: vscode.ProgressLocation.Notification, title: 'Prism', cancellable: true };
  try {
    await vscode.window.withProgress(how, async (progress, token) => {
      token.onCancellationRequested(() => abort.abort());
      await environment.create({
        storage,
        platform: process.platform,
        python,
        source: from,
        run: environment.runner(abort.signal, (line) => log.info(line)),
        report: (message) => progress.report({ message }),
      });
    });
  } catch (error) {
    if (abort.signal.aborted) return false;
    throw error;
  }
  return true;
}

module.exports = { install };
