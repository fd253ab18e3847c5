'use strict';
const vscode = require('vscode');

/** Settings that the server knows. Others (`server.command`, `trace.server`) are the editor's own. */
const SHARED = /** @type {const} */ ([
  'model',
  'pack',
  'threads',
  'mode',
  'focus',
  'hidden',
  'languages',
  'maxFileSize',
  'cacheSize',
  'candidates',
  'inlayHints',
  'disabled',
]);

/**
 * The settings as the server takes them.
 * @returns {Record<string, unknown>}
 */
function shared() {
  const settings = vscode.workspace.getConfiguration('prism');
  return Object.fromEntries(SHARED.map((name) => [name, settings.get(name) ?? null]));
}

/**
 * Language ids of the documents that are read.
 * @returns {string[]}
 */
function languages() {
  return vscode.workspace.getConfiguration('prism').get('languages') ?? ['markdown', 'plaintext', 'latex', 'tex', 'restructuredtext', 'asciidoc', 'org', 'quarto', 'rmd'];
}

/**
 * The server's program and arguments; empty when `prism-lsp` is to be looked for on the PATH.
 * @returns {string[]}
 */
function command() {
  return vscode.workspace.getConfiguration('prism').get('server.command') ?? [];
}

/**
 * Whether text is coloured.
 * @returns {boolean}
 */
function text() {
  return vscode.workspace.getConfiguration('prism').get('show.text') ?? true;
}

module.exports = { SHARED, shared, languages, command, text };
