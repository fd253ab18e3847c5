'use strict';
// The default colours, worked out once and written into package.json and src/colours.json: `npm run palette`.
//
// Five hues for sixteen families: kin share a hue, the second of them in italics where it is strong, a project's own underlined.
// Intensity is saturation: what is weak looks nearly like plain text. The hues differ in lightness too: angles and lightnesses were
// searched for, so that the nearest two are as far apart as can be for eyes without red, green or blue cones as well
// (test/palette.test.js measures it). VS Code gives an extension no way to know whether an unnamed theme is light or
// dark where the colours of text are concerned, so there is a set for themes whose name says dark, one for light, one
// for each high contrast, and one in the middle that can be read on both. Backgrounds know it.
const fs = require('node:fs');
const path = require('node:path');
const { FAMILIES, HUES, LANE_STEPS, STEPS } = require('../src/families');

/** Degrees in OKLCH, and lightness on dark and on light. */
const LOOKS = {
  blue: { hue: 268, dark: 0.7, light: 0.515 },
  green: { hue: 174, dark: 0.879, light: 0.384 },
  amber: { hue: 87, dark: 0.88, light: 0.499 },
  violet: { hue: 300, dark: 0.826, light: 0.36 },
  rose: { hue: 354, dark: 0.701, light: 0.56 },
  grey: { hue: 0, dark: 0.76, light: 0.48 },
};

/** Chroma of l1 to l4, and contrast (WCAG 2) that is reached at least, with these backgrounds. */
const SETS = {
  dark: { chroma: [0.02, 0.05, 0.085, 0.115], lightness: 'dark', least: 4.6, backgrounds: ['#1f1f1f', '#282c34', '#002b36'] },
  light: { chroma: [0.025, 0.06, 0.105, 0.15], lightness: 'light', least: 4.6, backgrounds: ['#ffffff', '#fdf6e3'] },
  highContrast: { chroma: [0.05, 0.08, 0.11, 0.13], lightness: 'dark', least: 7.1, backgrounds: ['#000000'] },
  highContrastLight: { chroma: [0.05, 0.08, 0.11, 0.14], lightness: 'light', least: 7.1, backgrounds: ['#ffffff'] },
};

/** Lightness of plain text, and how far a level is drawn to it: what is weak should hardly stand out. */
const PLAIN = { dark: 0.84, light: 0.36 };
const TO_PLAIN = [0.7, 0.4, 0.15, 0];

/** From l3 on; what is weaker stays upright. */
const ITALIC_FROM = 2;

/** Chroma only: the lightness is the one that can be read on white and on dark grey alike. */
const MIDDLE = [0.035, 0.07, 0.105, 0.14];
/** Relative luminance with the same contrast, 4.1 : 1, to white and to #1f1f1f. */
const MIDDLE_LUMINANCE = 0.2087;

/** How much of a background's colour there is, from weak to very strong. */
const ALPHA = {
  dark: [0.07, 0.11, 0.15, 0.19, 0.24, 0.29],
  light: [0.07, 0.11, 0.15, 0.2, 0.25, 0.3],
  highContrast: [0.12, 0.18, 0.24, 0.29, 0.34, 0.39],
  highContrastLight: [0.1, 0.15, 0.2, 0.25, 0.3, 0.35],
};
/** The same on the scroll bar. */
const LANE_ALPHA = [0.35, 0.55, 0.8];

const DARK_THEMES = '[*Dark*][*Night*][*Monokai*][*Dracula*][*Mocha*][*Macchiato*][*Nord*][*Moon*][Abyss][Red]';
const LIGHT_THEMES = '[*Light*][*Latte*][*Dawn*][*White*]';
// Of several that fit, VS Code takes the last.
const HIGH_CONTRAST_THEMES = '[*High Contrast*]';
const HIGH_CONTRAST_LIGHT_THEMES = '[*High Contrast Light*][*Light High Contrast*]';

/** @typedef {keyof typeof SETS} Theme */
/** @type {Theme[]} */
const THEMES = ['dark', 'light', 'highContrast', 'highContrastLight'];

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
 * Contrast (WCAG 2), 1 to 21.
 * @param {string} a
 * @param {string} b
 */
function contrast(a, b) {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * A hue's colour in a theme: its own lightness, or the nearest that can be read.
 * @param {Theme} theme
 * @param {import('../src/families').Hue} hue
 * @param {number} level 0 to 3
 */
function colour(theme, hue, level) {
  const { chroma, lightness, least, backgrounds } = SETS[theme];
  const on = /** @type {'dark' | 'light'} */ (lightness);
  let at = LOOKS[hue][on] + TO_PLAIN[level] * (PLAIN[on] - LOOKS[hue][on]);
  const made = () => hex(at, hue === 'grey' ? 0 : chroma[level], LOOKS[hue].hue);
  while (backgrounds.some((background) => contrast(made(), background) < least)) at += on === 'dark' ? 0.005 : -0.005;
  return made();
}

/**
 * Rules for every family and intensity.
 * @param {boolean} bold whether weight tells the strongest, for want of room in the colours; VS Code adds a theme's own
 *   rules to those for all themes, so that it has to be told where it does not
 * @param {(level: number, hue: import('../src/families').Hue) => string} colour
 */
function rules(bold, colour) {
  /** @type {Record<string, { foreground: string, bold?: boolean, italic?: true, underline?: true }>} */
  const all = {};
  for (const [family, hue, style] of FAMILIES) {
    const type = `prism${family.charAt(0).toUpperCase()}${family.slice(1)}`;
    for (let level = 0; level < 4; level++) {
      const upright = style === 'plain' || (style === 'italic' && level < ITALIC_FROM); // a page of weak ones would be a page of italics
      const look = upright ? {} : { [style]: true };
      all[`${type}.l${level + 1}`] = { foreground: colour(level, hue), ...look, ...(level === 3 ? { bold } : {}) };
    }
  }
  return all;
}

/** @param {number} alpha 0 to 1 */
const transparency = (alpha) => (alpha === 1 ? '' : Math.round(255 * alpha).toString(16).padStart(2, '0'));

/**
 * A colour that themes and writers can change, in the four kinds of theme.
 * @param {string} id
 * @param {string} description
 * @param {import('../src/families').Hue} hue
 * @param {(theme: Theme) => number} alpha
 */
function themed(id, description, hue, alpha) {
  const defaults = Object.fromEntries(THEMES.map((theme) => [theme, colour(theme, hue, 3) + transparency(alpha(theme))]));
  return { id, description, defaults };
}

/** The value of `contributes.colors`: what is not text. */
function colours() {
  return HUES.flatMap((hue) => [
    themed(`prism.${hue}`, `Prism: ${hue}, in badges, the Features view and the spectrum.`, hue, () => 1),
    ...Array.from({ length: STEPS }, (_, step) =>
      themed(`prism.heat.${hue}.${step + 1}`, `Prism: ${hue} behind sentences, strength ${step + 1} of ${STEPS}.`, hue, (theme) => ALPHA[theme][step]),
    ),
    ...Array.from({ length: LANE_STEPS }, (_, step) =>
      themed(`prism.lane.${hue}.${step + 1}`, `Prism: ${hue} on the scroll bar, strength ${step + 1} of ${LANE_STEPS}.`, hue, () => LANE_ALPHA[step]),
    ),
  ]);
}

/** The content of src/colours.json: for images, which cannot name a theme's colour. */
function images() {
  return Object.fromEntries(HUES.map((hue) => [hue, { dark: colour('dark', hue, 3), light: colour('light', hue, 3) }]));
}

/** The languages that are read unless the writer says otherwise. @type {string[]} */
const LANGUAGES = require('../package.json').contributes.configuration.properties['prism.languages'].default;

/** The value of `contributes.configurationDefaults`. */
function defaults() {
  return {
    ...Object.fromEntries(LANGUAGES.map((id) => [`[${id}]`, { 'editor.semanticHighlighting.enabled': true }])),
    'editor.semanticTokenColorCustomizations': {
      rules: rules(true, (level, hue) => middle(hue === 'grey' ? 0 : MIDDLE[level], LOOKS[hue].hue)),
      [DARK_THEMES]: { rules: rules(false, (level, hue) => colour('dark', hue, level)) },
      [LIGHT_THEMES]: { rules: rules(false, (level, hue) => colour('light', hue, level)) },
      [HIGH_CONTRAST_THEMES]: { rules: rules(false, (level, hue) => colour('highContrast', hue, level)) },
      [HIGH_CONTRAST_LIGHT_THEMES]: { rules: rules(false, (level, hue) => colour('highContrastLight', hue, level)) },
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
  manifest.contributes.colors = colours();
  manifest.contributes.configurationDefaults = defaults();
  fs.writeFileSync(file, `${pretty(manifest)}\n`);
  fs.writeFileSync(path.join(__dirname, '..', 'src', 'colours.json'), `${pretty(images())}\n`);
}

module.exports = {
  DARK_THEMES,
  HIGH_CONTRAST_LIGHT_THEMES,
  HIGH_CONTRAST_THEMES,
  LIGHT_THEMES,
  colours,
  contrast,
  defaults,
  images,
};
