'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
const { rows } = require('../src/aggregate');
const { place } = require('../src/families');
const { hit, layout, svg } = require('../src/picture');

const features = [{ name: 'A & <b>', family: 'sentence' }, { name: 'Sea', family: 'topic' }];
const sorted = rows(features, place);

test('a place in the picture is a sentence and a feature', () => {
  const at = layout(sorted, 1000, 400);
  const seen = { from: 100, to: 200 };
  assert.deepEqual(hit(at, seen, at.left, at.tops[1] + 1), { sentence: 100, row: 1 });
  assert.deepEqual(hit(at, seen, at.left + at.width / 2, at.tops[0]), { sentence: 150, row: 0 });
  assert.deepEqual(hit(at, seen, 3, 0), { sentence: -1, row: -1 });
});

test('rows keep a height that can be read, however many there are', () => {
  const many = Array.from({ length: 200 }, (_, column) => ({ column, family: 'tone', gap: column === 0 }));
  const { row, height, tops } = layout(many, 800, 300);
  assert.ok(row >= 9 && height > 200 * row && tops.every((top, n) => n === 0 || top - tops[n - 1] === row));
});

test('the image has every feature’s name, what is present and nothing else', () => {
  const image = svg({
    title: 'Spectrum of “sea.md”',
    features,
    rows: sorted,
    activations: Uint8Array.from([127, 0, 127, 0, 0, 64, 255, 255]),
    headings: [2, 1],
    window: { from: 0, to: 4 },
    colour: (family) => (family === 'topic' ? '#112233' : '#445566'),
    theme: { foreground: '#000', background: '#fff', faint: '#888' },
  });
  assert.match(image, /^<svg xmlns=/);
  assert.match(image, />A &amp; &lt;b&gt;<.*>Sea</);
  assert.equal(image.match(/<rect x=/g)?.length, 2, 'neighbours of one strength are one');
  assert.match(image, /<g fill="#445566"><rect [^>]*fill-opacity="1.00"/);
  assert.match(image, /<g fill="#112233"><rect [^>]*fill-opacity="0.41"/);
  assert.equal(image.match(/<path/g)?.length, 1, 'the heading');
  assert.doesNotMatch(image, /<script|href|url\(/);
});
