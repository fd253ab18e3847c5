'use strict';
const vscode = require('vscode');

/**
 * What the server tells in `prism/state`, and four states that only the editor knows.
 * @typedef {object} State
 * @property {'starting' | 'downloading' | 'reading' | 'ready' | 'failed' | 'missing' | 'installing' | 'stopped'} engine
 * @property {string} message
 * @property {string} [mode]
 * @property {string | null} [focus] the focused feature's id
 */

/**
 * @typedef {object} Shown
 * @property {string} text
 * @property {string} tooltip
 * @property {string | vscode.Command} command what a click does
 * @property {'statusBarItem.errorBackground' | 'statusBarItem.warningBackground'} [background]
 */

/**
 * A state as the status bar shows it.
 * @param {State} state
 * @returns {Shown}
 */
function describe({ engine, message, mode, focus }) {
  const feature = mode === 'focus' && focus ? focus : undefined;
  const named = feature === undefined ? 'Prism' : `Prism: ${feature}`;
  const seen = feature === undefined ? 'Each sentence is coloured by its strongest feature.' : `Only “${feature}” is shown.`;
  const pick = 'prism.pickFeature';
  switch (engine) {
    case 'starting':
      return { text: '$(loading~spin) Prism: starting', tooltip: message || 'The model is being loaded.', command: pick };
    case 'downloading':
      return { text: '$(cloud-download) Prism: fetching the model', tooltip: message, command: pick };
    case 'reading':
      return { text: `$(loading~spin) ${named}`, tooltip: message || `Prism is reading. ${seen}`, command: pick };
    case 'ready':
      return { text: `$(symbol-color) ${named}`, tooltip: `${seen} Click to choose a feature.`, command: pick };
    case 'failed':
      return {
        text: '$(error) Prism: failed',
        tooltip: `${message} Click to see the log.`.trim(),
        command: 'prism.showLog',
        background: 'statusBarItem.errorBackground',
      };
    case 'installing':
      return { text: '$(sync~spin) Prism: installing', tooltip: `${message} Click to see the log.`.trim(), command: 'prism.showLog' };
    case 'missing':
      return {
        text: '$(warning) Prism: not found',
        tooltip: `${message} Click to install it or to name it.`,
        command: 'prism.restart',
        background: 'statusBarItem.warningBackground',
      };
    case 'stopped':
      return {
        text: '$(debug-stop) Prism: stopped',
        tooltip: `${message} Click to start Prism again.`.trim(),
        command: 'prism.restart',
        background: 'statusBarItem.warningBackground',
      };
  }
}

/** The item in the status bar; shown beside documents that Prism reads. */
class StatusBar {
  constructor() {
    this.item = vscode.window.createStatusBarItem('prism', vscode.StatusBarAlignment.Right, 90);
    this.item.name = 'Prism';
    this.show({ engine: 'starting', message: '' });
  }

  /** @param {State} state */
  show(state) {
    this.state = state;
    const shown = describe(state);
    this.item.text = shown.text;
    this.item.tooltip = shown.tooltip;
    this.item.command = shown.command;
    this.item.backgroundColor = shown.background && new vscode.ThemeColor(shown.background);
  }

  /** @param {boolean} visible */
  reveal(visible) {
    if (visible) this.item.show();
    else this.item.hide();
  }

  dispose() {
    this.item.dispose();
  }
}

module.exports = { describe, StatusBar };
