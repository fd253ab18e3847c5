'use strict';
// What the mixer's view shows, made from what the server said. Nothing here knows VS Code.

/** Groups of faders, with the families in them, in the order of the view. @type {[string, string[]][]} */
const GROUPS = [
  ['Tone', ['tone']],
  ['Topic', ['topic', 'words']],
  ['Feeling', ['feeling', 'stance']],
  ['Narration', ['narration']],
  ['Grammar', ['sentence', 'verb', 'logic']],
  ['Imagery and structure', ['imagery', 'structure', 'other']],
  ['This project’s own', ['project1', 'project2', 'project3', 'project4']],
];

/** The top of a fader. */
const MOST = 2;

/**
 * @typedef {import('./features').Feature & { on: string, off: string }} Feature
 * @typedef {{ text: string, levels: Record<string, number>, data: unknown }} Sentence
 * @typedef {import('./candidates').Rewritten} Rewritten
 */

/**
 * A fader.
 * @typedef {object} Fader
 * @property {string} id
 * @property {string} name
 * @property {string} description
 * @property {number} level what is there now, 0 to 2: the mean of the sentences
 * @property {number | null} wanted what the writer wants, if the fader was moved
 */

/**
 * A rewritten sentence in the view.
 * @typedef {object} Result
 * @property {string} text
 * @property {string} refused why there is no candidate, or why it could not be made; else empty
 * @property {[string, string][]} diff
 * @property {string} moved
 * @property {string} which “2 of 5”
 * @property {boolean} taken
 */

/**
 * The groups with their faders, in the pack's order.
 * @param {readonly Feature[]} features
 * @param {readonly Sentence[]} sentences
 * @param {ReadonlyMap<string, number>} wanted
 * @returns {{ name: string, faders: Fader[] }[]}
 */
function groups(features, sentences, wanted) {
  if (sentences.length === 0) return [];
  const steered = features.filter(({ id, on, off }) => (on || off) && id in sentences[0].levels);
  const faders = (/** @type {string[]} */ families) =>
    steered
      .filter(({ family }) => families.includes(family))
      .map(({ id, name, description }) => ({ id, name, description, level: mean(sentences, id), wanted: wanted.get(id) ?? null }));
  return GROUPS.map(([name, families]) => ({ name, faders: faders(families) })).filter(({ faders }) => faders.length > 0);
}

/**
 * @param {readonly Sentence[]} sentences
 * @param {string} id of a feature
 */
function mean(sentences, id) {
  const levels = sentences.map(({ levels }) => Math.min(MOST, levels[id] ?? 0));
  return Math.round((100 * levels.reduce((sum, level) => sum + level, 0)) / levels.length) / 100;
}

/**
 * The faders that were moved, as `prism/rewrite` takes them.
 * @param {ReadonlyMap<string, number>} wanted
 */
function moves(wanted) {
  return [...wanted].map(([feature, to]) => ({ feature, to }));
}

/**
 * @param {Rewritten} sentence
 * @param {number} shown which candidate
 * @param {boolean} taken
 * @param {(candidate: import('./candidates').Candidate) => string} figures
 * @returns {Result}
 */
function result({ text, candidates, refused }, shown, taken, figures) {
  const candidate = candidates[shown];
  if (candidate === undefined) {
    return { text, refused: refused ?? 'There is no rewrite.', diff: [[' ', text]], moved: '', which: '', taken: false };
  }
  const which = `${shown + 1} of ${candidates.length}`;
  return { text, refused: refused ?? '', diff: candidate.diff, moved: figures(candidate), which, taken };
}

/** @param {number} count */
function sentences(count) {
  return `${count} sentence${count === 1 ? '' : 's'}`;
}

module.exports = { GROUPS, groups, MOST, moves, result, sentences };
