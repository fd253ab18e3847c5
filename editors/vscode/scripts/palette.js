'use strict';
// The default colours, worked out once and written into package.json: `npm run palette`.
//
// Five hues for sixteen families: kin share a hue, the second of them in italics, a project's own underlined.
// Intensity is lightness and saturation, and weight for the strongest. VS Code gives an extension no way to know
// whether an unnamed theme is light or dark, so there are three sets: one for themes whose name says dark, one for
// light, and one in the middle that can be read on both.
const fs = require('node:fs');
const path = require('node:path');

/** Degrees in OKLCH. */
const HUES = { blue: 250, green: 160, amber: 75, violet: 305, rose: 10 };

/** @type {[string, keyof typeof HUES | 'grey', object?][]} */
const FAMILIES = [
  ['Sentence', 'blue'],
  ['Verb', 'green'],
  ['Logic', 'amber'],
  ['Narration', 'violet'],
  ['Tone', 'rose'],
  ['Feeling', 'rose', { italic: true }],
  ['Stance', 'amber', { italic: true }],
  ['Imagery', 'green', { italic: true }],
  ['Structure', 'blue', { italic: true }],
  ['Topic', 'violet', { italic: true }],
  ['Words', 'grey'],
  ['Other', 'grey', { italic: true }],
  ['Project1', 'blue', { underline: true }],
  ['Project2', 'green', { underline: true }],
  ['Project3', 'amber', { underline: true }],
  ['Project4', 'rose', { underline: true }],
];

/** Lightness and chroma of l1 to l4. */
const DARK = [[0.74, 0.05], [0.77, 0.08], [0.8, 0.11], [0.84, 0.13]];
const LIGHT = [[0.52, 0.06], [0.5, 0.1], [0.48, 0.13], [0.44, 0.16]];
/** Chroma only: the lightness is the one that can be read on white and on dark grey alike. */
const MIDDLE = [0.035, 0.07, 0.105, 0.14];
/** Relative luminance with the same contrast, 4.1 : 1, to white and to #1f1f1f. */
const MIDDLE_LUMINANCE = 0.2087;

const DARK_THEMES =
  '[*Dark*][*Night*][*High Contrast*][*Monokai*][*Dracula*][*Mocha*][*Macchiato*][*Nord*][*Moon*][Abyss][Red]';
const LIGHT_THEMES = '[*Light*][*Latte*][*Dawn*][*White*]';

/**
 * Linear sRGB of an OKLCH colour (Ottosson 2020).
 * @param {number} lightness 0 to 1
 * @param {number} chroma
 * @param {number} hue degrees
 */
function linear(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

/**
 * `#rrggbb`, with as much of the chroma as a screen can show.
 * @param {number} lightness
 * @param {number} chroma
 * @param {number} hue
 */
function hex(lightness, chroma, hue) {
  let rgb = linear(lightness, chroma, hue);
  for (let c = chroma; c > 0 && rgb.some((part) => part < 0 || part > 1); c -= 0.002) rgb = linear(lightness, c, hue);
  const parts = rgb.map((part) => {
    const clipped = Math.min(1, Math.max(0, part));
    return Math.round(255 * (clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055));
  });
  return `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * Relative luminance (WCAG 2).
 * @param {string} colour `#rrggbb`
 */
function luminance(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * The colour of a hue and chroma that has the middle luminance.
 * @param {number} chroma
 * @param {number} hue
 */
function middle(chroma, hue) {
  let [low, high] = [0, 1];
  for (let step = 0; step < 30; step++) {
    const lightness = (low + high) / 2;
    if (luminance(hex(lightness, chroma, hue)) < MIDDLE_LUMINANCE) low = lightness;
    else high = lightness;
  }
  return hex(high, chroma, hue);
}

/**
 * Rules for every family and intensity.
 * @param {(level: number, hue: number, grey: boolean) => string} colour
 */
function rules(colour) {
  /** @type {Record<string, { foreground: string, bold?: true, italic?: true, underline?: true }>} */
  const all = {};
  for (const [family, hue, style] of FAMILIES) {
    for (let level = 0; level < 4; level++) {
      const foreground = hue === 'grey' ? colour(level, 0, true) : colour(level, HUES[hue], false);
      all[`prism${family}.l${level + 1}`] = { foreground, ...style, ...(level === 3 ? { bold: true } : {}) };
    }
  }
  return all;
}

/** The languages that are read unless the writer says otherwise. @type {string[]} */
const LANGUAGES = require('../package.json').contributes.configuration.properties['prism.languages'].default;

/** The value of `contributes.configurationDefaults`. */
function defaults() {
  return {
    ...Object.fromEntries(LANGUAGES.map((id) => [`[${id}]`, { 'editor.semanticHighlighting.enabled': true }])),
    'editor.semanticTokenColorCustomizations': {
      rules: rules((level, hue, grey) => middle(grey ? 0 : MIDDLE[level], hue)),
      [DARK_THEMES]: { rules: rules((level, hue, grey) => hex(DARK[level][0], grey ? 0 : DARK[level][1], hue)) },
      [LIGHT_THEMES]: { rules: rules((level, hue, grey) => hex(LIGHT[level][0], grey ? 0 : LIGHT[level][1], hue)) },
    },
  };
}

/**
 * JSON with what is short on one line.
 * @param {unknown} value
 */
function pretty(value) {
  const text = JSON.stringify(value, null, 2);
  return text.replace(/^( *)(.*)([{[])\n([^{}[\]]*)\n *([}\]],?)$/gm, (whole, indent, key, open, inner, close) => {
    const blank = open === '{' ? ' ' : '';
    const line = indent + key + open + blank + inner.trim().replace(/\n\s*/g, ' ') + blank + close;
    return line.length <= 120 ? line : whole;
  });
}

if (require.main === module) {
  const file = path.join(__dirname, '..', 'package.json');
  const text = fs.readFileSync(file, 'utf8');
  const manifest = JSON.parse(text);
  manifest.contributes.configurationDefaults = defaults();
  fs.writeFileSync(file, `${pretty(manifest)}\n`);
}

module.exports = { defaults, luminance, DARK_THEMES, LIGHT_THEMES };
