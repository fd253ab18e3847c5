'use strict';
// The mixer's page without a browser: as much of a document as it touches. How it looks is for the test in a real VS Code.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');
const vm = require('node:vm');

const SCRIPT = fs.readFileSync(path.join(__dirname, '..', 'webview', 'mixer.js'), 'utf8');

class Element {
  /** @param {string} tag */
  constructor(tag) {
    Object.assign(this, { tag, style: {}, hidden: false });
    /** @type {any[]} */
    this.children = [];
    /** @type {Record<string, string>} */
    this.attributes = {};
    const classes = new Set();
    this.classList = { toggle: (/** @type {string} */ name, /** @type {boolean} */ on) => void (on ? classes.add(name) : classes.delete(name)), contains: classes.has.bind(classes) };
  }
  append(/** @type {any[]} */ ...children) {
    this.children.push(...children);
  }
  replaceChildren(/** @type {any[]} */ ...children) {
    this.children = children;
  }
  setAttribute(/** @type {string} */ name, /** @type {string} */ value) {
    this.attributes[name] = value;
  }
  focus() {}
  /** @returns {any[]} */
  get all() {
    return [this, ...this.children.flatMap((child) => child.all ?? [])];
  }
}

const STATE = {
  scope: 'sentence',
  text: 'It was not so.',
  count: 1,
  groups: [{ name: 'Grammar', faders: [{ id: 'negation', name: 'Negation', description: 'Not so.', level: 1, wanted: null }] }],
  heard: 0,
  rows: [],
  busy: '',
  message: '',
};
const ROW = { text: 'It was not so.', refused: '', diff: [[' ', 'It was '], ['-', 'not '], [' ', 'so.']], moved: 'negation', which: '1 of 2', taken: true };

/** @param {object} state what the extension posts */
function draw(state) {
  const main = new Element('main');
  /** @type {any[]} */
  const posted = [];
  const find = (/** @type {string} */ id) => (id === 'mixer' ? main : (main.all.find((element) => element.id === id) ?? null));
  const document = { createElement: (/** @type {string} */ tag) => new Element(tag), getElementById: find, documentElement: { scrollTop: 300 }, activeElement: null };
  /** @type {any} */
  let listener;
  const window = { addEventListener: (/** @type {string} */ _name, /** @type {any} */ heard) => (listener = heard) };
  const acquireVsCodeApi = () => ({ postMessage: (/** @type {any} */ message) => posted.push({ ...message }) });
  vm.runInNewContext(SCRIPT, { acquireVsCodeApi, document, window });
  const tell = (/** @type {object} */ state) => listener({ data: structuredClone({ ...STATE, ...state }) });
  tell(state);
  return { main, posted, then: tell, scrolled: () => document.documentElement.scrollTop, find: (/** @type {string} */ id) => /** @type {any} */ (find(id)) };
}

test('the page says when it is ready', () => {
  assert.deepEqual(draw({}).posted, [{ type: 'ready' }]);
});

test('a fader has a label, and says what is there and what is wanted', () => {
  const { main, posted, find } = draw({});
  const fader = find('fader-negation');
  assert.ok(main.all.some(({ tag, attributes, textContent }) => tag === 'label' && attributes.for === fader.id && textContent === 'Negation'));
  assert.equal(fader.attributes['aria-valuetext'], 'now clear (1.00)');
  assert.equal(find('compile').disabled, true);
  fader.value = '0';
  fader.oninput();
  assert.equal(fader.attributes['aria-valuetext'], 'wanted absent (0.00), now clear (1.00)');
  assert.deepEqual(posted.at(-1), { type: 'want', feature: 'negation', level: 0 });
  assert.equal(find('compile').disabled, false);
  fader.onkeydown({ key: 'Enter' });
  assert.deepEqual(posted.at(-1), { type: 'compile' });
  fader.onkeydown({ key: 'Backspace' });
  assert.deepEqual(posted.at(-1), { type: 'want', feature: 'negation', level: null });
  assert.deepEqual([fader.value, find('compile').disabled], ['1', true]);
});

test('a fader that is moved while the view is told anew stays where it was put', () => {
  const { then, find } = draw({});
  const move = (/** @type {string} */ level) => {
    find('fader-negation').value = level;
    find('fader-negation').oninput();
  };
  move('0.5');
  move('0.2');
  then({ heard: 1, groups: [{ ...STATE.groups[0], faders: [{ ...STATE.groups[0].faders[0], wanted: 0.5 }] }] });
  assert.deepEqual([find('fader-negation').value, find('compile').disabled], ['0.2', false]);
  then({ heard: 2 });
  assert.deepEqual([find('fader-negation').value, find('compile').disabled], ['1', true], 'what was told of is the extension’s to say');
});

test('a rewrite shows what goes and what comes, and can be left out', () => {
  const { main, posted, find } = draw({ rows: [ROW] });
  assert.deepEqual(main.all.filter(({ tag }) => tag === 'del').map(({ textContent }) => textContent), ['not ']);
  assert.equal(find('apply').disabled, false);
  find('take-0').checked = false;
  find('take-0').onchange();
  assert.deepEqual(posted.at(-1), { type: 'take', row: 0, taken: false });
  find('another-0').onclick();
  assert.deepEqual(posted.at(-1), { type: 'another', row: 0 });
  assert.equal(draw({ rows: [{ ...ROW, taken: false }] }).find('apply').disabled, true);
});

test('a refusal is written out, and what is being done is told to a screen reader', () => {
  const row = { ...ROW, refused: 'The sentence has changed since; choose it again.', which: '', moved: '' };
  const { main, find } = draw({ rows: [row], busy: 'Rewriting 2 of 5 …', message: 'Nothing was rewritten.' });
  assert.ok(main.all.some(({ className, textContent }) => className === 'refused' && textContent === row.refused));
  assert.equal(main.all.find(({ id }) => id === 'another-0'), undefined);
  assert.deepEqual([find('busy').attributes.role, find('message').attributes.role], ['status', 'alert']);
  assert.equal(find('mixer').attributes['aria-busy'], 'true');
  assert.ok(find('cancel'));
});

test('the page stays where it was scrolled to, but shows what has been rewritten', () => {
  const { then, scrolled } = draw({});
  then({ busy: 'Rewriting …' });
  assert.equal(scrolled(), 300);
  then({ rows: [ROW] });
  assert.equal(scrolled(), 0);
});

test('nothing of a text is ever taken for markup', () => {
  assert.doesNotMatch(SCRIPT, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(/);
});
