'use strict';
const vscode = require('vscode');

/**
 * Make a concept of the project's own from the selected sentences; asks for its name.
 * @param {(command: string, ...words: unknown[]) => Promise<any>} ask the server
 */
async function make(ask) {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined || editor.selections.every(({ isEmpty }) => isEmpty)) {
    throw new Error('Select three sentences at least that have what you mean; better eight.');
  }
  const uri = editor.document.uri.toString();
  const chosen = editor.selections.filter(({ isEmpty }) => !isEmpty);
  const name = await vscode.window.showInputBox({ prompt: 'What do these sentences have?', placeHolder: 'Stage direction' });
  if (!name) return;
  await ask('prism.newConcept', { uri, with: chosen.map(({ start, end }) => ({ start, end })), name });
}

module.exports = { make };
