'use strict';
// What the families of features look like: five hues and grey. Kin share a hue and differ in style.

/**
 * @typedef {'blue' | 'green' | 'amber' | 'violet' | 'rose' | 'grey'} Hue
 * @typedef {'plain' | 'italic' | 'underline'} Style italics and underlines in text, hollow and dotted marks elsewhere
 */

/**
 * In the order of the server's legend.
 * @type {readonly [name: string, hue: Hue, style: Style][]}
 */
const FAMILIES = [
  ['sentence', 'blue', 'plain'],
  ['verb', 'green', 'plain'],
  ['logic', 'amber', 'plain'],
  ['narration', 'violet', 'plain'],
  ['tone', 'rose', 'plain'],
  ['feeling', 'rose', 'italic'],
  ['stance', 'amber', 'italic'],
  ['imagery', 'green', 'italic'],
  ['structure', 'blue', 'italic'],
  ['topic', 'violet', 'italic'],
  ['words', 'grey', 'plain'],
  ['other', 'grey', 'italic'],
  ['project1', 'blue', 'underline'],
  ['project2', 'green', 'underline'],
  ['project3', 'amber', 'underline'],
  ['project4', 'rose', 'underline'],
];

/** @type {readonly Hue[]} */
const HUES = ['blue', 'green', 'amber', 'violet', 'rose', 'grey'];

/** How many strengths of background there are. */
const STEPS = 6;

/** How many strengths there are on the scroll bar. */
const LANE_STEPS = 3;

const OTHER = FAMILIES.findIndex(([name]) => name === 'other');

/**
 * A family's place in the legend; that of `other` for one that is not known.
 * @param {string} family
 */
function place(family) {
  const at = FAMILIES.findIndex(([name]) => name === family);
  return at < 0 ? OTHER : at;
}

/** @param {string} family */
const hue = (family) => FAMILIES[place(family)][1];

/** @param {string} family */
const style = (family) => FAMILIES[place(family)][2];

/**
 * A family's name for the writer: `Sentence`, `Project 1`.
 * @param {string} family
 */
const title = (family) => (family.charAt(0).toUpperCase() + family.slice(1)).replace(/(\d)$/, ' $1');

/** Shapes, so that hue never stands alone. They fill a square of 8. @type {Record<Hue, string>} */
const SHAPES = {
  blue: '<circle cx="4" cy="4" r="3.2"/>',
  green: '<path d="M4 .6 7.6 7.2H.4Z"/>',
  amber: '<path d="M4 .3 7.7 4 4 7.7.3 4Z"/>',
  violet: '<path d="M.9.9h6.2v6.2H.9Z"/>',
  rose: '<path d="M4 7.4.4.8h7.2Z"/>',
  grey: '<path d="M.6 3h6.8v2H.6Z"/>',
};

/** The same as characters: plain, italic, underline. @type {Record<Hue, [string, string, string]>} */
const GLYPHS = {
  blue: ['●', '○', '◉'],
  green: ['▲', '△', '◬'],
  amber: ['◆', '◇', '◈'],
  violet: ['■', '□', '▣'],
  rose: ['▼', '▽', '⧨'],
  grey: ['▬', '▭', '▭'],
};

/**
 * The character that stands for a family.
 * @param {string} family
 */
const glyph = (family) => GLYPHS[hue(family)][['plain', 'italic', 'underline'].indexOf(style(family))];

/**
 * A family's mark as an SVG image.
 * @param {string} family
 * @param {string} colour
 * @param {number} size of a square of 16, up to 16
 */
function mark(family, colour, size) {
  const filled = style(family) === 'plain';
  const dot = style(family) === 'underline' ? `<circle cx="4" cy="4" r="1.1" fill="${colour}" stroke="none"/>` : '';
  const paint = filled ? `fill="${colour}"` : `fill="none" stroke="${colour}" stroke-width="1.3"`;
  const at = (16 - size) / 2;
  return (
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" height="16" viewBox="0 0 16 16">' +
    `<g transform="translate(${at} ${at}) scale(${size / 8})" ${paint}>${SHAPES[hue(family)]}${dot}</g></svg>`
  );
}

module.exports = { FAMILIES, HUES, LANE_STEPS, STEPS, glyph, hue, mark, place, style, title };
