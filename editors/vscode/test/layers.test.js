'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
const { editor, reset, vscode } = require('./vscode');
const { matrix, place, textEditor } = require('./made');
const { text } = require('../src/badges');
const { Layers, toggle, toggleHeatMap } = require('../src/layers');
const { lanes } = require('../src/scrollbar');

/** @typedef {import('../src/matrix').View} View */
/** @type {View} */
const PROMINENT = { mode: 'prominent', focus: null };
/** @type {View} */
const FOCUS = { mode: 'focus', focus: 'joy' };

test.beforeEach(reset);

/** @param {View} view @param {Record<string, unknown>} [settings] */
function drawn(view, settings = {}) {
  editor.settings = settings;
  const made = matrix();
  const here = textEditor();
  vscode.window.visibleTextEditors = [here];
  const layers = new Layers(/** @type {any} */ ({ of: () => made }), () => view);
  layers.draw();
  return { here, layers, made };
}

/** @param {ReturnType<typeof textEditor>} here */
const backgrounds = (here) => here.seen((look) => look.backgroundColor?.id).map(([id, { range }]) => [id, ...place(range)]);

test('in focus a sentence has a background, stronger where the feature is', () => {
  assert.deepEqual(backgrounds(drawn(FOCUS).here), [['prism.heat.rose.6', 1, 0, 2, 5]]);
});

test('in prominent mode backgrounds are those of the tokens, if the writer wants them', () => {
  assert.deepEqual(backgrounds(drawn(PROMINENT).here), []);
  const kinds = backgrounds(drawn(PROMINENT, { 'prism.show.heatMap': 'always' }).here).map(([id]) => id);
  assert.deepEqual(kinds, ['prism.heat.blue.3', 'prism.heat.amber.1', 'prism.heat.rose.4']);
});

test('what was drawn goes when it is turned off', async () => {
  const { here, layers } = drawn(FOCUS);
  await toggleHeatMap(FOCUS);
  layers.draw();
  assert.deepEqual(backgrounds(here), []);
  await toggleHeatMap(FOCUS);
  layers.draw();
  assert.equal(backgrounds(here).length, 1);
});

test('without a focus the heat map is turned on and off, and a focus has it all the same', async () => {
  await toggleHeatMap(PROMINENT);
  assert.equal(editor.settings['prism.show.heatMap'], 'always');
  await toggleHeatMap(PROMINENT);
  assert.equal(editor.settings['prism.show.heatMap'], 'focus');
});

test('the places of another version are not drawn', () => {
  const { here, layers, made } = drawn(FOCUS);
  here.document.version = 2;
  made.ranges = made.ranges.map((number) => number + 1);
  layers.draw();
  assert.deepEqual(backgrounds(here), [['prism.heat.rose.6', 1, 0, 2, 5]], 'VS Code moves them with the text');
});

test('only what is near the window is drawn', () => {
  const { here, layers } = drawn({ mode: 'focus', focus: 'question' });
  assert.equal(backgrounds(here).length, 1);
  here.visibleRanges = [new vscode.Range(500, 0, 540, 0)];
  layers.draw();
  assert.equal(backgrounds(here).length, 0);
});

test('the scroll bar has the three strongest features side by side, each in lines where it is present', () => {
  const { here } = drawn(PROMINENT);
  const lanes = here.seen((look) => look.overviewRulerColor && [look.overviewRulerLane, look.overviewRulerColor.id].join(' '));
  assert.deepEqual(lanes.map(([look, { range }]) => [look, range.start.line, range.end.line]), [
    ['1 prism.lane.rose.3', 1, 2],
    ['2 prism.lane.blue.2', 0, 0],
    ['4 prism.lane.amber.1', 0, 0],
  ]);
});

test('the scroll bar shows chosen features instead, and the focused one across it', () => {
  const made = matrix();
  assert.deepEqual(lanes(made, PROMINENT, ['negation', 'no-such', 'joy']), [{ lane: 'left', column: 1 }, { lane: 'center', column: 2 }]);
  assert.deepEqual(lanes(made, FOCUS, ['negation']), [{ lane: 'full', column: 2 }]);
});

test('the gutter marks what is very strong, with a shape for each family', () => {
  const icons = (/** @type {View} */ view) =>
    drawn(view).here.seen((look) => look.dark?.gutterIconPath && String(look.dark.gutterIconPath)).map(([icon, { range }]) => [Buffer.from(icon.split(',')[1], 'base64').toString(), range.start.line]);
  const [[icon, line], ...more] = icons(PROMINENT);
  assert.deepEqual([line, more.length], [1, 0]);
  assert.match(icon, /fill="none" stroke="#[0-9a-f]{6}"/, 'feeling is the hollow one of its hue');
  const question = icons({ mode: 'focus', focus: 'question' });
  assert.match(question[0][0], /<circle/);
  assert.notEqual(question[0][0].match(/<(circle|path)[^>]*>/)?.[0], icon.match(/<(circle|path)[^>]*>/)?.[0]);
});

test('the line of the cursor is left to the lightbulb', () => {
  const { here, layers } = drawn(PROMINENT);
  const lines = () => here.seen((look) => look.dark?.gutterIconPath).map(([, { range }]) => range.start.line);
  const moved = (/** @type {number} */ line) => {
    here.selection = new vscode.Selection(new vscode.Position(line, 0), new vscode.Position(line, 0));
    layers.moved(/** @type {any} */ (here));
    return lines();
  };
  assert.deepEqual([lines(), moved(1), moved(0)], [[1], [], [1]]);
});

test('badges are off, and say in words what a sentence shows', () => {
  const badges = (/** @type {Record<string, unknown>} */ settings) =>
    drawn(PROMINENT, settings).here.seen((look) => look.after?.color.id).map(([, each]) => each.renderOptions.after.contentText);
  assert.deepEqual(badges({}), []);
  assert.deepEqual(badges({ 'prism.show.badges': true }), ['● question ▆', '◆ negation ▂', '▽ joy █']);
  assert.equal(text({ id: 'x', name: 'Law', family: 'unheard-of', density: 0 }, 1), '▭ law ▂');
});

test('a layer is turned off and on', async () => {
  await toggle('gutter');
  assert.equal(editor.settings['prism.show.gutter'], false);
  await toggle('gutter');
  assert.equal(editor.settings['prism.show.gutter'], true);
});
