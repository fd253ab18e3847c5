'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
require('./vscode');
const manifest = require('../package.json');
const palette = require('../scripts/palette');
const { FAMILIES, HUES, STEPS, glyph, mark } = require('../src/families');

/** @type {Record<string, any>} */
const rules = manifest.contributes.configurationDefaults['editor.semanticTokenColorCustomizations'];
const FIVE = /** @type {const} */ (['blue', 'green', 'amber', 'violet', 'rose']);

/** What eyes without one kind of cones make of linear sRGB (Machado, Oliveira and Fernandes 2009, severity 1). */
const EYES = {
  'all cones': [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  'no red cones': [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  'no green cones': [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  'no blue cones': [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

/** @param {string} colour */
function linear(colour) {
  return [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
}

/** OKLab (Ottosson 2020). @param {number[]} rgb linear */
function oklab([r, g, b]) {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

/**
 * How far the nearest two of some colours are apart, to certain eyes.
 * @param {string[]} colours
 * @param {number[][]} eyes
 */
function nearest(colours, eyes) {
  const seen = colours.map((colour) => {
    const rgb = linear(colour);
    return oklab(eyes.map((row) => Math.max(0, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2])));
  });
  return Math.min(...seen.flatMap((one, at) => seen.slice(at + 1).map((other) => Math.hypot(...one.map((part, n) => part - other[n])))));
}

/** A colour of so much transparency on a background. @param {string} colour @param {string} background */
function over(colour, background) {
  const alpha = colour.length > 7 ? parseInt(colour.slice(7), 16) / 255 : 1;
  const part = (/** @type {string} */ from, /** @type {number} */ at) => parseInt(from.slice(at, at + 2), 16);
  const mixed = [1, 3, 5].map((at) => Math.round(alpha * part(colour, at) + (1 - alpha) * part(background, at)));
  return `#${mixed.map((each) => each.toString(16).padStart(2, '0')).join('')}`;
}

/** @param {string} id @param {string} theme */
const colour = (id, theme) => /** @type {any} */ (manifest.contributes.colors.find((each) => each.id === id)).defaults[theme];

/** Background, text and least contrast of VS Code's own themes. @type {[string, string, string, string, number, string][]} */
const THEMES = [
  ['dark', 'dark', '#1f1f1f', '#cccccc', 4.5, palette.DARK_THEMES],
  ['light', 'light', '#ffffff', '#3b3b3b', 4.5, palette.LIGHT_THEMES],
  ['high contrast', 'highContrast', '#000000', '#ffffff', 7, palette.HIGH_CONTRAST_THEMES],
  ['light high contrast', 'highContrastLight', '#ffffff', '#292929', 7, palette.HIGH_CONTRAST_LIGHT_THEMES],
];

test('the colours are those of scripts/palette.js (npm run palette)', () => {
  assert.deepEqual(manifest.contributes.colors, palette.colours());
  assert.deepEqual(require('../src/colours.json'), palette.images());
});

for (const [name, theme, background, text, least, scope] of THEMES) {
  test(`coloured text can be read: ${name}`, () => {
    for (const [token, { foreground }] of /** @type {[string, any][]} */ (Object.entries(rules[scope].rules))) {
      const found = palette.contrast(foreground, background);
      assert.ok(found >= least, `${token} ${foreground}: ${found.toFixed(2)}`);
    }
  });

  test(`text can be read on every background: ${name}`, () => {
    for (const hue of HUES) {
      for (let step = 1; step <= STEPS; step++) {
        const found = palette.contrast(over(colour(`prism.heat.${hue}.${step}`, theme), background), text);
        assert.ok(found >= least, `${hue} ${step}: ${found.toFixed(2)}`);
      }
    }
  });

  test(`backgrounds let the page through, and stronger is less transparent: ${name}`, () => {
    for (const hue of HUES) {
      const alphas = Array.from({ length: STEPS }, (_, step) => parseInt(colour(`prism.heat.${hue}.${step + 1}`, theme).slice(7), 16));
      assert.deepEqual(alphas, alphas.toSorted((a, b) => a - b));
      assert.equal(new Set(alphas).size, STEPS);
      assert.ok(alphas[STEPS - 1] < 128);
    }
  });

  test(`marks on the page are clear of it: ${name}`, () => {
    for (const hue of HUES) assert.ok(palette.contrast(colour(`prism.${hue}`, theme), background) >= 3, hue);
  });

  for (const [eyes, matrix] of Object.entries(EYES)) {
    test(`the five hues are told apart with ${eyes}: ${name}`, () => {
      const least = theme.startsWith('highContrast') ? 0.05 : 0.09;
      const found = nearest(FIVE.map((hue) => colour(`prism.${hue}`, theme)), matrix);
      assert.ok(found >= least, found.toFixed(3));
    });
  }
}

test('no two families look alike where there is no colour: shape and fill differ', () => {
  const looks = FAMILIES.filter(([name]) => !name.startsWith('project4')).map(([name]) => mark(name, '#000000', 8));
  assert.equal(new Set(looks).size, looks.length);
  const glyphs = FAMILIES.map(([name]) => glyph(name));
  assert.equal(new Set(glyphs).size, glyphs.length);
});

test('no more than five hues and grey', () => {
  assert.deepEqual([...new Set(FAMILIES.map(([, hue]) => hue))].toSorted(), [...HUES].toSorted());
  assert.deepEqual(HUES.filter((hue) => hue !== 'grey'), [...FIVE]);
});
