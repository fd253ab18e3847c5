'use strict';
// A made-up document with its spectrum, for the tests of what is drawn.
const { vscode } = require('./vscode');
const { Matrix } = require('../src/matrix');

const FEATURES = [
  { id: 'question', name: 'Question', family: 'sentence', density: 0.04 },
  { id: 'negation', name: 'Negation', family: 'logic', density: 0.09 },
  { id: 'joy', name: 'Joy', family: 'feeling', density: 0.1 },
];

const base64 = (/** @type {number[]} */ bytes) => Buffer.from(bytes).toString('base64');

/**
 * An answer about five sentences in four lines: a strong question; a faint negation; joy, very strong; one that shows
 * nothing; one that has not been read.
 * @param {Partial<import('../src/matrix').Answer>} [other]
 * @returns {import('../src/matrix').Answer}
 */
const answer = (other) => ({
  version: 1,
  resultId: '1',
  count: 5,
  unread: 1,
  features: FEATURES,
  ranges: [0, 0, 0, 8, 0, 9, 0, 20, 1, 0, 2, 5, 2, 6, 2, 9, 3, 0, 3, 4],
  headings: [0, 1],
  present: [1, 1, 1],
  order: [2, 0, 1],
  prominent: [0, 3, 1, 1, 2, 4, -1, 0, -1, 0],
  activations: base64([100, 0, 0, 0, 64, 0, 30, 0, 254, 0, 0, 0, 255, 255, 255]),
  ...other,
});

/** @param {Partial<import('../src/matrix').Answer>} [other] */
function matrix(other) {
  const made = new Matrix();
  made.take(answer(other));
  return made;
}

/**
 * An editor that keeps what decorates it.
 * @param {string} [path]
 */
function textEditor(path = '/book/sea.md') {
  /** @type {Map<any, any[]>} */
  const there = new Map();
  const uri = vscode.Uri.file(path);
  const document = { uri, version: 1, languageId: 'markdown', getText: (/** @type {any} */ range) => `${range.start.line}:${range.start.character}` };
  /** What is seen of a kind of decoration: its look, and where. @param {(look: any) => unknown} part */
  const seen = (part) =>
    [...there].flatMap(([type, options]) => options.map((each) => [part(type.look), each])).filter(([look]) => look !== undefined);
  return {
    document,
    seen,
    visibleRanges: [new vscode.Range(0, 0, 3, 4)],
    selection: new vscode.Selection(new vscode.Position(2, 7), new vscode.Position(2, 7)),
    setDecorations: (/** @type {any} */ type, /** @type {any[]} */ options) => void there.set(type, options),
    revealRange: () => {},
  };
}

/** @param {any} range */
const place = ({ start, end }) => [start.line, start.character, end.line, end.character];

module.exports = { FEATURES, answer, base64, matrix, place, textEditor };
