'use strict';
const vscode = require('vscode');

/**
 * A feature as the command `prism.features` answers it.
 * @typedef {object} Feature
 * @property {string} id
 * @property {string} name
 * @property {string} family
 * @property {string} description
 */

/**
 * A line of the list, and the server command that it stands for.
 * @typedef {vscode.QuickPickItem & { run?: [string, ...unknown[]] }} Item
 */

/**
 * The list: what ends the focus, then the features under their families, in the server's order.
 * @param {readonly Feature[]} features
 * @param {string | null} focus the id of the feature that is shown now
 * @returns {Item[]}
 */
function items(features, focus) {
  /** @type {Map<string, Item[]>} */
  const families = new Map();
  for (const feature of features) {
    const family = families.get(feature.family) ?? [];
    families.set(feature.family, family);
    family.push({
      label: feature.name,
      description: feature.id === focus ? `${feature.id} (shown now)` : feature.id,
      detail: feature.description,
      run: ['prism.focus', feature.id],
    });
  }
  /** @type {Item[]} */
  const unfocus = focus === null ? [] : [{ label: 'Each sentence’s strongest feature', run: ['prism.unfocus'] }];
  const separator = vscode.QuickPickItemKind.Separator;
  return [
    ...unfocus,
    ...[...families].flatMap(([family, members]) => [{ label: family, kind: separator }, ...members]),
  ];
}

/**
 * Let the writer choose the feature to look at.
 * @param {(command: string, ...words: unknown[]) => Promise<any>} ask the server
 * @param {string | null} focus the id of the feature that is shown now
 */
async function pick(ask, focus) {
  /** @type {Promise<Item[]>} */
  const list = ask('prism.features').then((features) => items(features, focus));
  const chosen = await vscode.window.showQuickPick(list, {
    placeHolder: 'A feature to look at',
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (chosen?.run) await ask(...chosen.run);
}

module.exports = { items, pick };
