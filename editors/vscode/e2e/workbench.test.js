'use strict';
// The extension as a writer has it: a real VS Code in a real browser, the real server, the real model, a chapter.
const assert = require('node:assert/strict');
const path = require('node:path');
const test = require('node:test');
const manifest = require('../package.json');
const processes = require('./processes');
const { LONG, Workbench, until } = require('./workbench');

const ROOT = path.join(__dirname, '../../..');
const CHAPTER = path.join(ROOT, 'tests/data/moby-dick-1.md');
const PICTURES = process.env.PRISM_PICTURES ?? path.join(__dirname, 'pictures');
const SERVER = process.env.PRISM_PROGRAM ?? '';

const STATEMENTS = [
  'There is magic in it.',
  'But here is an artist.',
  'There is nothing surprising in this.',
  'But even this wears off in time.',
];
/** Of some the model may say that it finds no good question, but not of all. */

/**
 * The colours of a family in the dark theme.
 * @param {string} type `prismSentence`, or the beginning of more of them
 */
function shades(type) {
  const rules = manifest.contributes.configurationDefaults['editor.semanticTokenColorCustomizations'];
  const [, dark] = Object.entries(rules).find(([key]) => key.includes('[*Dark*]')) ?? [];
  assert.ok(dark && 'rules' in dark);
  const all = /** @type {Record<string, { foreground: string }>} */ (dark.rules);
  return new Set(Object.entries(all).flatMap(([key, { foreground }]) => (key.startsWith(type) ? [foreground] : [])));
}

/** @param {Set<string>} found @param {Set<string>} wanted */
const within = (found, wanted) => found.size > 0 && found.isSubsetOf(wanted);

test('a writer’s hour in VS Code', { timeout: 40 * 60_000 }, async (t) => {
  const code = await Workbench.start({ document: CHAPTER, server: SERVER, pictures: PICTURES });
  let open = true;
  t.after(() => open && code.close());
  const { page } = code;
  assert.ok(page && code.process?.pid);
  const id = code.process.pid;

  /** @param {string} words */
  const asked = (words, limit = LONG) =>
    until(async () => within(await code.colours(words), shades('prismSentence')), { what: `“${words}” in colour`, limit });

  /** @param {string} name @param {() => Promise<void>} run */
  const step = (name, run) =>
    t.test(name, async () => {
      try {
        await run();
      } catch (error) {
        await code.picture(`failed-${name.replaceAll(/\W+/g, '-')}`);
        console.error(`status bar: ${await code.status()}\nmessages: ${await code.messages()}`);
        console.error(code.log.slice(-40).join('\n'));
        throw error;
      }
    });

  await step('what is typed while the model loads and reads is kept, and read', async () => {
    await code.go('Call me Ishmael.');
    await page.keyboard.type('Is anybody there? Nobody came. ', { delay: 40 });
    await asked('Is anybody there?');
    await until(async () => (await code.status()) === 'Prism', { what: 'the whole chapter', limit: LONG });
    assert.equal((await code.saved()).indexOf('Is anybody there? Nobody came. Call me Ishmael. Some years ago'), 312);
  });

  await step('sentences have the colours of their families, and markup has none', async () => {
    await code.go('What do you see?');
    await asked('What do you see?');
    await code.picture('prominent');
    const { text, colours } = await code.seen();
    const start = text.indexOf('What do you see?');
    assert.ok(!shades('prismSentence').has(colours[start - 1]), 'the sentence before ends before it');
    assert.ok(shades('prism').intersection(new Set(colours)).size >= 4, 'several shades');
    await code.go('title: "Moby-Dick');
    const front = await code.colours('title: "Moby-Dick; or, The Whale"');
    assert.equal(front.intersection(shades('prism')).size, 0);
  });

  await step('resting on a sentence tells its features', async () => {
    await code.go('Are the green fields gone?');
    await asked('Are the green fields gone?');
    const said = await code.hover('green fields gone?', /Question/);
    await code.picture('hover');
    assert.match(said, /\d/);
    await page.mouse.move(640, 780);
  });
});
