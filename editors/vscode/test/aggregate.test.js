'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
const { aggregate, clamp, edited, opacity, reveal, rows, zoom } = require('../src/aggregate');
const { UNREAD } = require('../src/bytes');
const { place } = require('../src/families');

/** Two features, eight sentences. */
const BYTES = Uint8Array.from([1, 80, 9, 0, 3, 0, 200, 5, 255, 255, 255, 255, 7, 7, 0, 90]);

test('zoomed out, a column of pixels has the largest activation of each feature in it', () => {
  assert.deepEqual([...aggregate(BYTES, 2, { from: 0, to: 8 }, 2)], [200, 80, 7, 90]);
});

test('nothing falls between two columns', () => {
  for (let columns = 1; columns <= 8; columns++) {
    const found = aggregate(BYTES, 2, { from: 0, to: 8 }, columns);
    const most = [0, 1].map((feature) => Math.max(...[...found].filter((byte, at) => at % 2 === feature && byte !== UNREAD)));
    assert.deepEqual(most, [200, 90], `${columns} columns`);
  }
});

test('what has not been read is told apart from what is absent, and does not hide what has', () => {
  assert.deepEqual([...aggregate(BYTES, 2, { from: 4, to: 6 }, 1)], [UNREAD, UNREAD]);
  assert.deepEqual([...aggregate(BYTES, 2, { from: 4, to: 8 }, 1)], [7, 90]);
});

test('zoomed in, a sentence fills several columns', () => {
  assert.deepEqual([...aggregate(BYTES, 2, { from: 2, to: 4 }, 4)], [3, 0, 3, 0, 200, 5, 200, 5]);
});

test('beyond the document there is nothing', () => {
  assert.deepEqual([...aggregate(BYTES, 2, { from: 7, to: 9 }, 2)], [0, 90, UNREAD, UNREAD]);
  assert.deepEqual([...aggregate(new Uint8Array(), 0, { from: 0, to: 1 }, 3)], []);
});

test('zooming keeps a sentence in its place, and ends at a paragraph and at the whole', () => {
  const near = zoom({ from: 0, to: 100 }, 0.5, 20, 100);
  assert.deepEqual(near, { from: 10, to: 60 });
  const { from, to } = zoom({ from: 10, to: 20 }, 0.001, 12, 100);
  assert.equal(Math.round(to - from), 6);
  assert.deepEqual(zoom({ from: 10, to: 60 }, 100, 20, 100), { from: 0, to: 100 });
  assert.deepEqual(clamp({ from: -5, to: 15 }, 100), { from: 0, to: 20 });
  assert.deepEqual(clamp({ from: 0, to: 50 }, 3), { from: 0, to: 3 });
  assert.deepEqual(clamp({ from: 3, to: 9 }, 0), { from: 0, to: 1 });
});

test('a sentence is brought into sight without moving further than needed', () => {
  const seen = { from: 10, to: 20 };
  assert.deepEqual(reveal(seen, 12, 100), seen);
  assert.deepEqual(reveal(seen, 5, 100), { from: 5, to: 15 });
  assert.deepEqual(reveal(seen, 20, 100), { from: 11, to: 21 });
});

test('an edit above leaves the same sentences in sight; all of a document stays all of it', () => {
  assert.deepEqual(edited({ from: 10, to: 20 }, { start: 2, deleteCount: 1, inserted: 3 }, 102), { from: 12, to: 22 });
  assert.deepEqual(edited({ from: 10, to: 20 }, { start: 30, deleteCount: 1, inserted: 3 }, 102), { from: 10, to: 20 });
  assert.deepEqual(edited({ from: 0, to: 100 }, { start: 2, deleteCount: 1, inserted: 3 }, 102), { from: 0, to: 102 });
});

test('rows stand by family in the order of the legend, with a gap before each family', () => {
  const families = ['topic', 'sentence', 'topic', 'verb', 'unheard-of'];
  const found = rows(families.map((family) => ({ family })), place);
  assert.deepEqual(found.map(({ column }) => column), [1, 3, 0, 2, 4]);
  assert.deepEqual(found.map(({ gap }) => gap), [true, true, true, false, true]);
});

test('stronger is never painted fainter, and what has not been read is not painted as present', () => {
  const painted = Array.from({ length: 255 }, (_, byte) => opacity(byte));
  assert.deepEqual(painted, painted.toSorted((a, b) => a - b));
  assert.deepEqual([opacity(0), opacity(127), opacity(UNREAD)], [0, 1, 0]);
});
