'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
require('./vscode');
const { answer, base64, matrix } = require('./made');
const { shown, strength } = require('../src/matrix');

const PROMINENT = /** @type {const} */ ({ mode: 'prominent', focus: null });
const focus = (/** @type {string} */ id) => /** @type {const} */ ({ mode: 'focus', focus: id });

test('a part of an answer takes the place of the rows that it names, and the rest stays', () => {
  const made = matrix();
  const part = answer({ resultId: '2', since: '1', start: 1, deleteCount: 2, count: 4, version: 2, unread: 1, prominent: [2, 2], activations: base64([1, 2, 3]) });
  const patch = made.take({ ...part, features: undefined, ranges: undefined, headings: undefined });
  assert.deepEqual([...made.activations], [100, 0, 0, 1, 2, 3, 0, 0, 0, 255, 255, 255]);
  assert.deepEqual(made.prominent, [0, 3, 2, 2, -1, 0, -1, 0]);
  assert.deepEqual([made.version, made.resultId, made.count, made.features.length], [2, '2', 4, 3]);
  assert.deepEqual({ ...patch, rows: [...patch.rows] }, { whole: false, start: 1, deleteCount: 2, rows: [1, 2, 3] });
});

test('a whole answer leaves nothing of what was', () => {
  const made = matrix();
  assert.equal(made.take(answer({ count: 1, ranges: [0, 0, 0, 1], prominent: [-1, 0], activations: base64([0, 0, 0]) })).whole, true);
  assert.deepEqual([made.activations.length, made.prominent.length, made.ranges.length], [3, 2, 4]);
});

test('a sentence shows its most prominent feature, and nothing where there is none or it has not been read', () => {
  const made = matrix();
  assert.deepEqual([0, 1, 2, 3, 4].map((i) => shown(made, i, PROMINENT)?.column), [0, 1, 2, undefined, undefined]);
  assert.deepEqual([0, 1, 2].map((i) => shown(made, i, PROMINENT)?.level), [3, 1, 4]);
});

test('in focus a sentence shows that feature from 0.25 on', () => {
  const made = matrix({ activations: base64([31, 0, 0, 32, 0, 0, 64, 0, 0, 127, 0, 0, 255, 255, 255]) });
  assert.deepEqual([0, 1, 2, 3, 4].map((i) => shown(made, i, focus('question'))?.level), [undefined, 1, 2, 4, undefined]);
  assert.equal(shown(made, 0, focus('hidden-one')), undefined);
});

test('strength rises with the activation and ends at the last step', () => {
  const steps = [32, 60, 90, 126, 127, 254].map((byte) => strength(byte, 6));
  assert.deepEqual(steps, steps.toSorted((a, b) => a - b));
  assert.deepEqual([steps[0], steps.at(-1)], [1, 6]);
});

test('a place belongs to the sentence around it, or the one before', () => {
  const made = matrix();
  assert.deepEqual([[0, 3], [0, 8], [0, 9], [2, 5], [9, 0]].map(([line, character]) => made.at(line, character)), [0, 0, 1, 2, 4]);
  assert.equal(matrix({ count: 0, ranges: [] }).at(0, 0), -1);
  assert.deepEqual([...made.within(2, 2)], [2, 3]);
});
