'use strict';
const assert = require('node:assert/strict');
const test = require('node:test');
require('./vscode');
const { matrix } = require('./made');
const { FeaturesTree, bar } = require('../src/tree');

/** @type {import('../src/matrix').View} */
let view = { mode: 'prominent', focus: null };
const described = async () => [{ id: 'joy', description: 'Somebody is glad.' }];
const tree = () => new FeaturesTree(() => view, () => [], described);

/**
 * Families with the items of their features.
 * @param {FeaturesTree} made
 * @returns {[any, any[]][]}
 */
const items = (made) =>
  made.getChildren().map((family) => [
    made.getTreeItem(family).label,
    made.getChildren(family).map((feature) => /** @type {any} */ (made.getTreeItem(feature))),
  ]);

test('families and features stand in the order of what stands out in the document', () => {
  const made = tree();
  made.show(matrix({ order: [2, 1], present: [0, 1, 3] }));
  assert.deepEqual(items(made).map(([family, features]) => [family, features.map((each) => each.label)]), [
    ['Feeling', ['Joy']],
    ['Logic', ['Negation']],
    ['Sentence', ['Question']],
  ]);
});

test('a feature has a bar for the share of sentences that have it, and says so in words', () => {
  const made = tree();
  made.show(matrix({ present: [4, 1, 0], order: [0, 1] }));
  const [question, negation, joy] = items(made).map(([, features]) => features[0]);
  assert.equal(question.description, '100\u00a0% ████████ · left');
  assert.equal(negation.description, '25\u00a0% ██ · center');
  assert.equal(joy.description, '0\u00a0%');
  assert.equal(negation.tooltip, 'Negation: in 1 of 4 sentences; ordinary prose: 9\u00a0%; center lane of the scroll bar');
  assert.match(negation.accessibilityInformation.label, /^Negation: in 1 of 4 sentences/);
  assert.deepEqual([negation.iconPath.id, negation.iconPath.color.id], ['circle-filled', 'prism.amber']);
  assert.deepEqual([bar(0.5), bar(0.03), bar(0)], ['████', '▎', '']);
});

test('a family that the document does not have is closed, and opens once it has been read there', () => {
  const made = tree();
  const feeling = () => {
    const node = made.getChildren().find((each) => each.kind === 'family' && each.family === 'feeling');
    const { id, collapsibleState } = made.getTreeItem(/** @type {any} */ (node));
    return { id, collapsibleState };
  };
  made.show(matrix({ present: [1, 1, 0], order: [0, 1] }));
  const before = feeling();
  made.show(matrix());
  assert.deepEqual([before.collapsibleState, feeling().collapsibleState], [1, 2]);
  assert.notEqual(before.id, feeling().id, 'VS Code would keep it closed');
});

test('a click shows a feature alone, and a second one ends that', () => {
  const made = tree();
  made.show(matrix());
  assert.deepEqual(items(made)[0][1][0].command, { command: 'prism.focus', title: 'Show this feature alone', arguments: ['joy'] });
  view = { mode: 'focus', focus: 'joy' };
  const joy = items(made)[0][1][0];
  view = { mode: 'prominent', focus: null };
  assert.equal(joy.command.command, 'prism.clearFocus');
  assert.match(joy.description, /shown alone$/);
});

test('the tooltip has the feature’s description once it is asked for', async () => {
  const made = tree();
  made.show(matrix());
  const [node] = made.getChildren(made.getChildren()[0]);
  const item = await made.resolveTreeItem(made.getTreeItem(node), node);
  assert.match(String(item.tooltip), /^Somebody is glad\.\n\nJoy: in 1 of 4/);
});

test('an empty view says why', () => {
  const made = tree();
  assert.deepEqual(made.getChildren(), []);
  assert.match(made.message ?? '', /^Open a document/);
  made.show(matrix({ features: [], activations: '', order: [], present: [] }));
  assert.match(made.message ?? '', /being loaded/);
  made.show(matrix());
  assert.equal(made.message, 'Reading: 80\u00a0%');
});
