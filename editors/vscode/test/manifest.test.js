'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
require('./vscode');
const contract = require('./contract.json');
const manifest = require('../package.json');
const palette = require('../scripts/palette');
const { SHARED } = require('../src/settings');

/** @type {Record<string, any>} */
const properties = manifest.contributes.configuration.properties;
/** @type {any} */
const colours = manifest.contributes.configurationDefaults['editor.semanticTokenColorCustomizations'];
const ids = (/** @type {{ id: string }[]} */ list) => list.map(({ id }) => id);

test('the token types and modifiers are the legend of the server, in its order', () => {
  assert.deepEqual(ids(manifest.contributes.semanticTokenTypes), contract.tokenTypes);
  assert.deepEqual(ids(manifest.contributes.semanticTokenModifiers), contract.tokenModifiers);
  assert.deepEqual(Object.keys(manifest.contributes.semanticTokenScopes[0].scopes), contract.tokenTypes);
});

test('every setting of the server is declared with its default, sent to it, and described', () => {
  assert.deepEqual([...SHARED], Object.keys(contract.settings));
  for (const [name, value] of Object.entries(contract.settings)) {
    assert.deepEqual(properties[`prism.${name}`].default, value, name);
  }
  for (const [name, property] of Object.entries(properties)) {
    assert.ok((property.description ?? property.markdownDescription)?.length > 20, name);
  }
});

test('what a folder that is not trusted could misuse is kept from it', () => {
  const restricted = manifest.capabilities.untrustedWorkspaces.restrictedConfigurations;
  for (const name of restricted) assert.equal(properties[name].scope, 'machine-overridable');
  assert.ok(restricted.includes('prism.server.command'));
});

test('no command of the editor has the name of one of the server, which the client registers itself', () => {
  const own = manifest.contributes.commands.map(({ command }) => command);
  assert.deepEqual(own.filter((command) => contract.commands.includes(command)), []);
});

test('every language that is read starts the extension, and is coloured whatever the theme says', () => {
  /** @type {Record<string, any>} */
  const defaults = manifest.contributes.configurationDefaults;
  for (const language of manifest.contributes.configuration.properties['prism.languages'].default) {
    assert.ok(manifest.activationEvents.includes(`onLanguage:${language}`), language);
    assert.equal(defaults[`[${language}]`]['editor.semanticHighlighting.enabled'], true);
  }
});

test('the colours are those of scripts/palette.js (npm run palette)', () => {
  assert.deepEqual(manifest.contributes.configurationDefaults, palette.defaults());
});

for (const [name, rules, backgrounds, least] of /** @type {[string, any, string[], number][]} */ ([
  ['dark themes', colours[palette.DARK_THEMES].rules, ['#1f1f1f', '#282c34', '#002b36'], 4.5],
  ['light themes', colours[palette.LIGHT_THEMES].rules, ['#ffffff', '#fdf6e3'], 4.5],
  ['other themes', colours.rules, ['#ffffff', '#1f1f1f'], 4],
])) {
  test(`every family and intensity has a colour that can be read, in ${name}`, () => {
    for (const type of contract.tokenTypes) {
      for (const modifier of contract.tokenModifiers) {
        const { foreground } = rules[`${type}.${modifier}`];
        for (const background of backgrounds) {
          const found = palette.contrast(foreground, background);
          assert.ok(found >= least, `${type}.${modifier} ${foreground} on ${background}: ${found.toFixed(2)}`);
        }
      }
    }
  });

  test(`stronger differs from weaker, in ${name}`, () => {
    for (const type of contract.tokenTypes) {
      const steps = contract.tokenModifiers.map((modifier) => rules[`${type}.${modifier}`]);
      const looks = new Set(steps.map((step) => JSON.stringify(step)));
      // Grey has no saturation to lose, and in the middle there is no room for lightness: weight and slant are left.
      const grey = type === 'prismOther' ? 3 : type === 'prismWords' ? 2 : 4;
      assert.equal(looks.size, name === 'other themes' ? grey : 4);
      // A page of bold sentences shouts: weight is for where colours have no room.
      assert.deepEqual(steps.map((step) => step.bold), [undefined, undefined, undefined, name === 'other themes']);
      // Nor is what is weak to be noticed by its slant.
      const slanted = steps[3].italic;
      assert.deepEqual(steps.map((step) => step.italic), [undefined, undefined, slanted, slanted]);
    }
  });

  test(`families of one hue differ in style, in ${name}`, () => {
    const looks = contract.tokenTypes.map((type) => JSON.stringify(rules[`${type}.l4`]));
    assert.equal(new Set(looks).size, looks.length);
    const hues = new Set(contract.tokenTypes.map((type) => rules[`${type}.l4`].foreground));
    assert.equal(hues.size, 6, 'five hues and grey');
  });
}

test('the lock file names no registry', () => {
  const lock = fs.readFileSync(path.join(__dirname, '..', 'package-lock.json'), 'utf8');
  assert.doesNotMatch(lock, /"resolved"|registry\./);
});
