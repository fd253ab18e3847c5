'use strict';
const vscode = require('vscode');

/**
 * A place in the protocol's form.
 * @typedef {{ line: number, character: number }} Point
 * @typedef {{ start: Point, end: Point }} Stretch
 */

/**
 * A candidate as `prism/rewrite` answers it.
 * @typedef {object} Candidate
 * @property {string} text
 * @property {[' ' | '-' | '+', string][]} diff
 * @property {{ feature: string, before: number, after: number }[]} moved
 * @property {number} similarity
 * @property {number} fluency
 * @property {{ range: Stretch, newText: string }[]} edits
 * @property {unknown} data
 */

/**
 * A sentence as `prism/rewrite` answers it.
 * @typedef {object} Rewritten
 * @property {Stretch | null} range
 * @property {string} text
 * @property {Candidate[]} candidates
 * @property {string | null} refused
 */

/**
 * What the views need of the extension: requests, rejected with a sentence for the writer.
 * @typedef {object} Server
 * @property {(method: string, params: object, how?: How) => Promise<any>} request
 * @property {(command: string, ...words: unknown[]) => Promise<any>} ask
 * @property {(document: vscode.TextDocument) => boolean} reads
 */

/**
 * @typedef {object} How
 * @property {vscode.CancellationToken} [token]
 * @property {(message: string) => void} [progress]
 */

/**
 * What a candidate did, in a line. What it did beside comes last: a list cuts off what it has no room for.
 * @param {Candidate} candidate
 * @param {(id: string) => string} name of a feature
 */
function figures({ moved, similarity, fluency }, name) {
  const [asked, ...others] = moved.map(({ feature, before, after }) => `${name(feature)} ${score(before)} → ${score(after)}`);
  return [asked, percent('meaning', similarity), percent('fluency', fluency), ...others].join(' · ');
}

/** Below 0: absent, and how clearly. @param {number} of a feature */
const score = (of) => of.toFixed(2).replace('-', '−');

/**
 * With blanks at which no line breaks.
 * @param {string} what
 * @param {number} share
 */
function percent(what, share) {
  return `${what} ${Math.round(100 * share)} %`.replaceAll(' ', '\u00a0');
}

/** @param {Stretch} stretch */
function range({ start, end }) {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}

/**
 * The edit of chosen candidates, one for each sentence, in the version that the document has now.
 * @param {Server} server
 * @param {vscode.TextDocument} document
 * @param {readonly Candidate[]} candidates
 * @returns {Promise<{ edits: Candidate['edits'], refused: (string | null)[] }>} `refused`: why one cannot be made
 */
async function edit(server, document, candidates) {
  const params = { textDocument: { uri: document.uri.toString() }, candidates: candidates.map(({ data }) => data) };
  for (let tries = 0; tries < 5; tries++) {
    const answer = await server.request('prism/edit', params);
    if (answer.version === document.version) return answer;
  }
  throw new Error('The text is changing all the time; try again when it rests.');
}

/**
 * Make that edit, in one step.
 * @param {Server} server
 * @param {vscode.TextDocument} document
 * @param {readonly Candidate[]} candidates
 * @returns {Promise<(string | null)[]>} for each candidate why it was not made, or null
 */
async function apply(server, document, candidates) {
  const { edits, refused } = await edit(server, document, candidates);
  if (edits.length > 0) {
    const made = new vscode.WorkspaceEdit();
    for (const { range: stretch, newText } of edits) made.replace(document.uri, range(stretch), newText);
    if (!(await vscode.workspace.applyEdit(made))) throw new Error('VS Code did not take the edit; is the file read-only?');
  }
  return refused;
}

/**
 * The names of the features by their ids, as they stand within a line.
 * @param {readonly import('./features').Feature[]} features
 */
function names(features) {
  const known = new Map(features.map(({ id, name }) => [id, name]));
  return (/** @type {string} */ id) => (known.get(id) ?? id).toLowerCase();
}

module.exports = { apply, edit, figures, names, range };
