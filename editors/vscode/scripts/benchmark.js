'use strict';
// How long the spectrum panel's arithmetic takes at 20,000 sentences and as many features as there are: `npm run benchmark`.
const { aggregate } = require('../src/aggregate');
const { splice } = require('../src/bytes');

const SENTENCES = 20_000;
const FEATURES = 53;
const COLUMNS = 2400;
const ROUNDS = 60;

let seed = 7;
const random = () => (seed = (seed * 1664525 + 1013904223) % 2 ** 32) / 2 ** 32;
const bytes = Uint8Array.from({ length: SENTENCES * FEATURES }, () => (random() < 0.15 ? Math.floor(random() * 254) : 0));

/**
 * @param {string} what
 * @param {() => unknown} run
 */
function time(what, run) {
  const took = Array.from({ length: ROUNDS }, () => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start); // other programs' work does not count
    return (user + system) / 1000;
  }).sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => took[Math.floor(share * (ROUNDS - 1))].toFixed(2);
  console.log(`${what.padEnd(44)} median ${at(0.5)} ms, p95 ${at(0.95)} ms`);
}

console.log(`${SENTENCES} sentences, ${FEATURES} features, ${COLUMNS} columns of pixels; processor time; a frame at 60 Hz is 16.7 ms`);
for (const [what, share] of /** @type {[string, number][]} */ ([['whole document', 1], ['a tenth', 0.1], ['a paragraph', 6 / SENTENCES]])) {
  time(`aggregate, ${what}`, () => aggregate(bytes, FEATURES, { from: 0, to: SENTENCES * share }, COLUMNS));
}
time('take an edited sentence in', () => splice(bytes, 10_000 * FEATURES, FEATURES, bytes.subarray(0, FEATURES)));
