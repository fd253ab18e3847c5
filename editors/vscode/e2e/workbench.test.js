'use strict';
// The extension as a writer has it: a real VS Code in a real browser, the real server, the real model, a chapter.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const manifest = require('../package.json');
const processes = require('./processes');
const { LONG, Workbench, until } = require('./workbench');

const CHAPTER = path.join(__dirname, '../../../tests/data/moby-dick-1.md');
/** Where the pictures go. */
const PICTURES = process.env.PRISM_PICTURES ?? path.join(__dirname, 'pictures');
/** Prism's program. */
const PROGRAM = process.env.PRISM_PROGRAM ?? '';

/** Of some the model may say that it finds no good question, but not of all. */
const STATEMENTS = [
  'There is magic in it.',
  'But here is an artist.',
  'There is nothing surprising in this.',
  'But even this wears off in time.',
];
/** Which steps are taken. */
const STEPS = new RegExp(process.env.PRISM_STEPS ?? '');
const READY = 'symbol-color Prism';

/**
 * The colours of a family in a theme.
 * @param {string} type `prismSentence`, or the beginning of more of them
 * @param {string} [theme] a part of its name
 */
function shades(type, theme = 'Dark') {
  const rules = manifest.contributes.configurationDefaults['editor.semanticTokenColorCustomizations'];
  const [, found] = Object.entries(rules).find(([names]) => names.includes(`[*${theme}*]`)) ?? [];
  assert.ok(found && 'rules' in found);
  const all = /** @type {Record<string, { foreground: string }>} */ (found.rules);
  return new Set(Object.entries(all).flatMap(([key, { foreground }]) => (key.startsWith(type) ? [foreground] : [])));
}

/**
 * The colour of a hue behind text, without its transparency.
 * @param {string} hue
 */
function heat(hue) {
  const { defaults } = manifest.contributes.colors.find(({ id }) => id === `prism.heat.${hue}.6`) ?? assert.fail(hue);
  return defaults.dark.slice(0, 7);
}

/** @param {Set<string>} found @param {Set<string>} wanted */
const within = (found, wanted) => found.size > 0 && found.isSubsetOf(wanted);

/** @param {Set<string>} found @param {Set<string>} wanted */
const outside = (found, wanted) => found.size > 0 && found.isDisjointFrom(wanted);

test('an hour of a writer with VS Code', { timeout: 45 * 60_000 }, async (t) => {
  const code = await Workbench.start({ document: CHAPTER, program: PROGRAM, pictures: PICTURES });
  t.after(() => code.close());
  const { page } = code;

  /**
   * @param {string} name
   * @param {() => Promise<unknown>} run
   */
  const step = (name, run) =>
    t.test(name, { skip: !STEPS.test(name) && 'not asked for' }, async () => {
      try {
        await run();
      } catch (error) {
        await code.picture(`failed: ${name}`);
        console.error(`${await code.status()}\n${await code.messages()}\n${code.lastWords}`);
        await page.keyboard.press('Escape'); // what is open may be in the way of the next step
        throw error;
      }
    });

  /** What Prism says; an error if it has failed, since then nothing more will come. */
  async function working() {
    const status = await code.status();
    assert.doesNotMatch(status, /^(error|warning|debug-stop) /);
    return status;
  }

  /** @param {string} words */
  const isAQuestion = (words, theme = 'Dark') =>
    until(async () => (await working()) && within(await code.colours(words), shades('prismSentence', theme)), {
      what: `“${words}” in the colour of a question`,
      limit: LONG,
    });
  const read = () => until(async () => (await working()) === READY, { what: 'the end of reading', limit: LONG });

  /**
   * Make one of some statements a question by the lightbulb.
   * @param {string[]} statements
   * @param {{ picture?: string, meanwhile?: () => Promise<void> }} [options] `meanwhile`: what the writer does while it is written
   * @returns {Promise<string>} the statement that is no more
   */
  async function ask(statements, { picture, meanwhile } = {}) {
    await read(); // VS Code asks for actions when the cursor moves, and an unread sentence has none
    for (const statement of statements) {
      await code.lightbulb(statement, 'Make this a question', picture);
      await meanwhile?.();
      const said = () => code.messages();
      const gone = async () => !(await code.saved()).includes(statement); // it may be out of sight
      await until(async () => (await gone()) || (await said()).length > 0, { what: `a question, or why not`, limit: LONG });
      if (await gone()) return statement;
      t.diagnostic(`“${statement}”: ${(await said()).join(' ')}`);
      await code.dismiss();
    }
    return assert.fail('no statement could be made a question');
  }

  await step('what is typed while the model loads and reads is kept, and read', async () => {
    await code.go('Call me Ishmael.');
    await page.keyboard.type('Is anybody there? Nobody came. ', { delay: 40 });
    await isAQuestion('Is anybody there?');
    const before = fs.readFileSync(CHAPTER, 'utf8');
    assert.equal(await code.saved(), before.replace('Call me', 'Is anybody there? Nobody came. Call me'));
  });

  await step('sentences have the colours of their families, and markup has none', async () => {
    await read();
    await code.go('What do you see?');
    await isAQuestion('What do you see?');
    await code.picture('prominent');
    const { text, colours } = await code.seen();
    const start = text.indexOf('What do you see?');
    assert.ok(!shades('prismSentence').has(colours[start + 'What do you see?'.length]), 'the next sentence is no question');
    assert.ok(shades('prism').intersection(new Set(colours)).size >= 4, 'several shades');
    await code.go('title: "Moby-Dick');
    assert.ok(outside(await code.colours('title: "Moby-Dick; or, The Whale"'), shades('prism')));
  });

  await step('a sentence under the mouse tells its features, and which words carry them', async () => {
    await code.go('Are the green fields gone?');
    const said = await code.hover('green fields gone?', /Question/);
    await code.picture('hover');
    assert.match(said, /Question.*“Are”/s);
    await page.mouse.move(600, 20);
  });

  await step('one feature alone', async () => {
    await code.go('What do you see?');
    await code.command('Prism: Focus on a Feature…');
    await code.choose('Question');
    await until(async () => (await code.status()) === `${READY}: question`, { what: 'the feature in the status bar' });
    const statement = 'nailed to benches, clinched to desks.';
    const hot = async (/** @type {string} */ words) => (await code.backgrounds(words)).has(heat('blue'));
    await until(() => hot('What do you see?'), { what: 'a background for a question' });
    assert.ok(await hot('How then is this?'));
    assert.ok(!(await hot(statement)), 'and none for a statement');
    await until(async () => outside(await code.colours(statement), shades('prism')), { what: 'text without colour' });
    await code.picture('focus');
    await code.command('Prism: Unfocus');
    await read();
    await until(async () => within(await code.colours(statement), shades('prism')), { what: 'all colours again' });
  });

  await step('a light theme', async () => {
    await code.go('What do you see?');
    await code.command('Preferences: Color Theme');
    await code.choose('Light Modern');
    await isAQuestion('What do you see?', 'Light');
    await code.picture('light');
    await code.command('Preferences: Color Theme');
    await code.choose('Dark Modern');
    await isAQuestion('What do you see?');
  });

  await step('the lightbulb makes a statement a question, while the writer goes on elsewhere', async () => {
    let typed = '';
    const meanwhile = async () => {
      await page.keyboard.press('Control+Home');
      await page.keyboard.press('Control+g');
      await page.locator('.quick-input-widget input').fill(':8:1');
      await page.keyboard.press('Enter');
      await page.keyboard.type('More. ', { delay: 40 });
      typed += 'More. ';
    };
    const before = await code.saved();
    const statement = await ask(STATEMENTS, { picture: 'lightbulb', meanwhile });
    const after = await code.saved();
    await code.picture('rewritten');
    const [head, tail] = before.split(statement);
    const expected = head.replace('# Loomings\n', `# Loomings\n${typed}`);
    assert.ok(after.startsWith(expected) && after.endsWith(tail), 'everything else is as it was');
    const question = after.slice(expected.length, after.length - tail.length);
    t.diagnostic(`“${statement}” is now “${question}”`);
    assert.match(question, /^[A-Z].*\?$/s);
  });

  await step('one undo takes a rewrite back', async () => {
    const before = await code.saved();
    const statement = await ask(STATEMENTS.filter((words) => before.includes(words)));
    assert.notEqual(await code.saved(), before);
    await page.keyboard.press('Control+z');
    await until(async () => (await code.seen()).text.includes(statement), { what: 'the statement again' });
    assert.equal(await code.saved(), before);
  });

  await step('a rewrite is seen in the text before it is taken, and not taken with Escape', async () => {
    const before = await code.saved();
    for (const statement of STATEMENTS.filter((words) => before.includes(words))) {
      await code.go(statement);
      await code.command('Prism: Rewrite…');
      await code.choose('Make this a question');
      const list = page.locator('.quick-input-list .monaco-list-row');
      const candidates = list.filter({ hasText: 'fluency' });
      await until(async () => (await candidates.count()) > 0 || (await code.messages()).length > 0, { what: 'candidates', limit: LONG });
      if ((await candidates.count()) > 0) {
        await until(async () => (await code.struck()).length > 0, { what: 'what goes, struck through' });
        await page.mouse.move(180, 600); // from the text, where a hover would come up
        await code.picture('candidates');
        await page.keyboard.press('Escape');
        await until(async () => (await code.struck()).length === 0, { what: 'the text as it was' });
        assert.equal(await code.saved(), before);
        return;
      }
      t.diagnostic(`“${statement}”: ${(await code.messages()).join(' ')}`);
      await code.dismiss();
    }
    assert.fail('no statement had candidates');
  });

  await step('the spectrum shows the chapter, follows it, and leads to its sentences', async () => {
    await code.go('Call me Ishmael.');
    await code.command('Prism: Open Spectrum');
    const panel = await code.webview('canvas');
    const canvas = panel.locator('canvas');
    const drawn = () => canvas.evaluate((/** @type {any} */ one) => one.toDataURL());
    const shadesOf = () =>
      canvas.evaluate((/** @type {any} */ one) => {
        const { data } = one.getContext('2d').getImageData(0, 0, one.width, one.height);
        return new Set(new Uint32Array(data.buffer)).size;
      });
    await until(async () => (await shadesOf()) > 50, { what: 'a spectrum with shades' });
    await code.picture('spectrum');
    const place = async () => /Ln (\d+)/.exec((await page.locator('#status\\.editor\\.selection').textContent()) ?? '')?.[1];
    const before = await place();
    const box = await canvas.boundingBox();
    assert.ok(box);
    await canvas.click({ position: { x: box.width * 0.8, y: box.height * 0.5 } });
    await until(async () => ![undefined, before].includes(await place()), { what: 'the cursor in the sentence clicked on' });
    const sentences = () => canvas.getAttribute('data-sentences');
    const [old, count] = [await drawn(), Number(await sentences())];
    await code.go('Call me Ishmael.');
    await page.keyboard.type('Why is that so? ', { delay: 40 });
    await until(async () => Number(await sentences()) === count + 1, { what: 'the new sentence in the spectrum' });
    assert.notEqual(await drawn(), old);
    await code.saved();
    await code.command('View: Close Editors in Other Groups');
  });

  await step('the mixer rewrites a sentence as its faders are set, and one undo takes it back', async () => {
    const before = await code.saved();
    await code.command('Focus on Mixer View');
    const mixer = await code.webview('#mixer');
    for (const statement of STATEMENTS.filter((words) => before.includes(words))) {
      await code.go(statement);
      await mixer.locator('blockquote', { hasText: statement }).waitFor();
      const fader = mixer.getByRole('slider', { name: 'Question', exact: true });
      await fader.focus();
      for (let times = 0; times < 5; times++) await page.keyboard.press('PageUp');
      const rewritten = mixer.getByRole('button', { name: 'Apply' }).and(mixer.locator(':enabled'));
      await mixer.getByRole('button', { name: 'Compile' }).click();
      const refused = mixer.locator('.refused');
      await rewritten.or(refused).first().waitFor({ timeout: LONG });
      if ((await refused.count()) > 0) {
        t.diagnostic(`“${statement}”: ${await refused.first().textContent()}`);
        await mixer.getByRole('button', { name: 'Reset' }).click();
        continue;
      }
      await code.picture('mixer');
      await rewritten.click();
      await until(async () => !(await code.seen()).text.includes(statement), { what: 'the rewritten sentence' });
      await page.locator('.editor-instance .view-lines').click();
      assert.notEqual(await code.saved(), before);
      await page.keyboard.press('Control+z');
      assert.equal(await code.saved(), before);
      return;
    }
    assert.fail('the mixer could not rewrite any statement');
  });

  await step('the view Features tells how much the chapter has of each', async () => {
    await page.getByRole('treeitem', { name: /^Question: in \d+ of \d+ sentences; ordinary prose/ }).waitFor();
  });

  await step('when the engine is killed, what is typed meanwhile is kept, and read by the next one', async () => {
    const before = await code.saved();
    const killed = processes.prism(code.id);
    assert.ok(killed, 'the server and its engine run');
    await code.go('Call me Ishmael.');
    process.kill(killed.engine.id, 'SIGKILL');
    await page.keyboard.type('Where has the whale gone? ', { delay: 40 });
    await isAQuestion('Where has the whale gone?');
    await read();
    assert.equal(await code.saved(), before.replace('Call me', 'Where has the whale gone? Call me'));
    const now = processes.prism(code.id);
    assert.equal(now?.server.id, killed.server.id, 'the server was not killed');
    assert.notEqual(now?.engine.id, killed.engine.id);
    assert.deepEqual(await code.messages(), [], 'no alarm');
  });

  await step('when the window is closed, nothing goes on running', async () => {
    assert.deepEqual(await code.close(), []);
  });
});
