'use strict';
// VS Code for tests: its own server (from npm's code-server), the extension installed from its .vsix, and Chromium.
const assert = require('node:assert/strict');
const { execFileSync, spawn } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { chromium } = require('playwright-core');
const processes = require('./processes');

/** Milliseconds. Much: the machine may have other work. */
const PATIENCE = Number(process.env.PRISM_PATIENCE ?? 180) * 1000;
/** Milliseconds for the weights to be fetched, the model to be loaded and a chapter to be read. */
const LONG = 10 * 60_000;

const EXTENSION = path.join(__dirname, '..');
const VSCODE = path.join(__dirname, 'node_modules', 'code-server', 'lib', 'vscode');
/** Libraries of VS Code that would have to be compiled, or are big, and that Prism does not use: logging to files, search. */
const LEFT_OUT = /@vscode\/(spdlog|ripgrep-universal|native-watchdog|fs-copyfile)|CFo \(/;
const SETTINGS = {
  'chat.disableAIFeatures': true,
  'editor.wordWrap': 'on',
  'files.autoSave': 'off',
  'telemetry.telemetryLevel': 'off',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

/**
 * Wait until something is so, and answer it.
 * @template T
 * @param {() => T | Promise<T>} condition
 * @param {{ what: string, limit?: number }} options
 * @returns {Promise<Exclude<T, undefined | null | false | '' | 0>>}
 */
async function until(condition, { what, limit = PATIENCE }) {
  const end = Date.now() + limit;
  for (;;) {
    const found = await condition();
    if (found) return /** @type {any} */ (found);
    assert.ok(Date.now() < end, `waited in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * `#rrggbb` of what a browser tells of a colour, which may have a transparency.
 * @param {string} colour `rgb(…)` or `rgba(…)`
 */
function hex(colour) {
  const parts = colour.match(/[\d.]+/g)?.slice(0, 3) ?? [];
  return `#${parts.map((part) => Math.round(Number(part)).toString(16).padStart(2, '0')).join('')}`;
}

// so that what was started is ended when the tests are broken off: see `serve`
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** A VS Code with a window, and a writer's eyes and fingers. */
class Workbench {
  /**
   * Start it, with the extension, on a folder with one document. Whoever starts it must call `close`.
   * @param {{ document: string, program: string, pictures: string }} options
   *   `document`: a file of which a copy is opened; `program`: Prism's; `pictures`: a folder
   */
  static async start({ document, program, pictures }) {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), 'prism-vscode-'));
    const folder = path.join(home, 'book');
    const here = new Workbench(home, path.join(folder, path.basename(document)), pictures);
    for (const name of [folder, pictures, path.join(home, 'data/User'), path.join(home, 'data/Machine')]) {
      fs.mkdirSync(name, { recursive: true });
    }
    fs.copyFileSync(document, here.file);
    fs.writeFileSync(path.join(home, 'data/User/settings.json'), JSON.stringify(SETTINGS));
    const machine = { 'prism.server.command': [program], 'prism.threads': 1 };
    fs.writeFileSync(path.join(home, 'data/Machine/settings.json'), JSON.stringify(machine));
    try {
      await here.serve(folder);
    } catch (error) {
      await here.picture('failed start').catch(() => undefined);
      console.error(here.lastWords);
      await here.close().catch(() => undefined);
      throw error;
    }
    return here;
  }

  /**
   * @param {string} home
   * @param {string} file
   * @param {string} pictures
   */
  constructor(home, file, pictures) {
    this.home = home;
    this.file = file;
    this.pictures = pictures;
    /** What the browser's console and VS Code's server said. */
    this.log = /** @type {string[]} */ ([]);
  }

  /** The end of the log, without what is said of libraries of VS Code that are left out on purpose. */
  get lastWords() {
    return this.log.filter((words) => !LEFT_OUT.test(words)).slice(-30).join('\n');
  }

  /** The window. */
  get page() {
    return this.window ?? assert.fail('no window is open');
  }

  /** The process of VS Code's server. */
  get id() {
    return this.server?.pid ?? assert.fail('VS Code’s server does not run');
  }

  /** @param {string} folder */
  async serve(folder) {
    // VS Code looks for its libraries beside itself; they are beside code-server, under one lock file
    const libraries = path.join(VSCODE, 'node_modules');
    if (!fs.existsSync(libraries)) fs.symlinkSync('../../..', libraries);
    const data = path.join(this.home, 'data');
    const main = [path.join(VSCODE, 'out/server-main.js'), '--accept-server-license-terms'];
    main.push('--user-data-dir', data, '--server-data-dir', data, '--extensions-dir', path.join(this.home, 'extensions'));
    const vsix = path.join(EXTENSION, 'prism-lsp.vsix');
    const said = execFileSync(process.execPath, [...main, '--install-extension', vsix], { encoding: 'utf8', stdio: 'pipe' });
    assert.match(said, /successfully installed/);

    const listening = ['--host', '127.0.0.1', '--port', '0', '--without-connection-token', '--disable-workspace-trust'];
    const environment = { ...process.env, XDG_CACHE_HOME: path.join(this.home, 'cache'), EXTENSIONS_GALLERY: '{}' };
    // a group of its own, so that whatever is left of it can be ended
    const spawned = spawn(process.execPath, [...main, ...listening], { detached: true, env: environment });
    this.server = spawned;
    process.once('exit', (this.kill = () => process.kill(-Number(spawned.pid), 'SIGKILL'))); // when the tests are broken off
    let output = '';
    for (const stream of [spawned.stdout, spawned.stderr]) {
      stream.on('data', (words) => {
        output += words;
        this.log.push(String(words));
      });
    }
    const port = await until(() => /agent listening on (\d+)/.exec(output)?.[1], { what: `VS Code’s server` });

    this.browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu'], // a test machine has no GPU; imitating one takes a whole core
      timeout: PATIENCE,
    });
    this.window = await this.browser.newPage({ viewport: { width: 1440, height: 900 }, deviceScaleFactor: 1.5 });
    this.page.setDefaultTimeout(PATIENCE);
    this.page.on('console', (message) => this.log.push(message.text()));
    this.page.on('requestfailed', (request) => this.log.push(`failed: ${request.url()}`));
    await this.page.goto(`http://127.0.0.1:${port}/?folder=${folder}`);
    await this.page.getByRole('treeitem', { name: path.basename(this.file) }).dblclick();
    await this.page.locator('.monaco-editor .view-line').first().waitFor();
  }

  /**
   * Close the window and end VS Code. Everything that it started must end by itself.
   * @returns {Promise<string[]>} the command lines of what did not, and was killed
   */
  async close() {
    const id = this.server?.pid;
    this.server = undefined;
    const started = id === undefined ? [] : [{ id, words: 'VS Code’s server' }, ...processes.below(id)];
    const left = () => {
      const running = new Set(processes.all().map((one) => one.id));
      return started.filter((one) => running.has(one.id));
    };
    await this.browser?.close();
    if (id !== undefined) process.kill(id, 'SIGTERM');
    await until(() => left().length === 0, { what: 'the end' }).catch(() => undefined);
    const stayed = left();
    for (const one of stayed) process.kill(one.id, 'SIGKILL');
    if (this.kill) process.removeListener('exit', this.kill);
    fs.rmSync(this.home, { recursive: true, force: true });
    return stayed.map(({ words }) => words);
  }

  // Eyes

  /** @param {string} name */
  async picture(name) {
    await this.page.screenshot({ path: path.join(this.pictures, `${name.replaceAll(/[^a-z]+/gi, '-')}.png`) });
  }

  /** What Prism says in the status bar, after the name of its icon: `symbol-color Prism` when all has been read. */
  async status() {
    return this.page.evaluate(() => {
      const item = document.getElementById('prism-lsp.prism-lsp.prism');
      const icon = item?.querySelector('.codicon')?.className.match(/codicon-([a-z-]+)/)?.[1];
      return `${icon ?? ''} ${item?.textContent?.trim() ?? ''}`.trim();
    });
  }

  /**
   * Each character that can be seen, with its colour.
   * @returns {Promise<{ text: string, colours: string[] }>} text, lines joined by one blank; `#rrggbb` of each of its characters
   */
  async seen() {
    const { text, colours } = await this.page.evaluate(() => {
      const lines = [...document.querySelectorAll('.editor-instance .view-lines > .view-line')];
      const top = (/** @type {any} */ line) => parseFloat(line.style.top);
      let text = '';
      const colours = [];
      for (const line of lines.sort((a, b) => top(a) - top(b))) {
        for (const span of line.querySelectorAll('span > span')) {
          const words = (span.textContent ?? '').replaceAll('\u00a0', ' ').replaceAll('\u200c', '');
          text += words;
          colours.push(...Array(words.length).fill(getComputedStyle(span).color));
        }
        if (!text.endsWith(' ')) {
          text += ' ';
          colours.push('');
        }
      }
      return { text, colours };
    });
    return { text, colours: colours.map((colour) => colour && hex(colour)) };
  }

  /** The text as it is on disk after it was saved. */
  async saved() {
    await this.page.keyboard.press('Control+s');
    await this.page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
    return fs.readFileSync(this.file, 'utf8');
  }

  /**
   * The colours of some words; empty while they cannot be seen.
   * @param {string} words
   */
  async colours(words) {
    const { text, colours } = await this.seen();
    const start = text.indexOf(words);
    if (start < 0) return new Set();
    return new Set(colours.slice(start, start + words.length).filter((colour) => colour !== ''));
  }

  /**
   * The colours behind some words, without their transparency: decorations of extensions.
   * @param {string} words within one drawn line
   */
  async backgrounds(words) {
    const { x, y } = await this.place(words);
    const found = await this.page.evaluate(
      ([left, top]) => {
        const inside = (/** @type {any} */ { left: from, right, top: above, bottom }) => left >= from && left <= right && top >= above && top <= bottom;
        return [...document.querySelectorAll('.editor-instance .view-overlays .cdr[class*="ced-"]')]
          .filter((one) => inside(one.getBoundingClientRect()))
          .map((one) => getComputedStyle(one).backgroundColor);
      },
      [x, y],
    );
    return new Set(found.filter((colour) => !/, 0\)$/.test(colour)).map(hex));
  }

  /** The parts of the text that are struck through. */
  async struck() {
    return this.page.evaluate(() =>
      [...document.querySelectorAll('.editor-instance .view-lines span > span')]
        .filter((span) => getComputedStyle(span).textDecorationLine.includes('line-through'))
        .map((span) => span.textContent ?? ''),
    );
  }

  // Fingers

  /** @param {string} title of a command, as the palette shows it */
  async command(title) {
    await this.page.keyboard.press('F1');
    await this.page.locator('.quick-input-widget input').fill(`>${title}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().click();
  }

  /**
   * Put the cursor before these words, and show them in the middle.
   * @param {string} words within one line of the file as it was saved last
   */
  async go(words) {
    const lines = fs.readFileSync(this.file, 'utf8').split('\n');
    const row = lines.findIndex((line) => line.includes(words));
    assert.ok(row >= 0, `“${words}” is not in the document`);
    await this.page.keyboard.press('Control+g');
    await this.page.locator('.quick-input-widget input').fill(`:${row + 1}:${lines[row].indexOf(words) + 1}`);
    await this.page.keyboard.press('Enter');
    await until(async () => (await this.seen()).text.includes(words), { what: `“${words}” on the screen` });
  }

  /**
   * Where some words are drawn.
   * @param {string} words within one drawn line
   * @returns {Promise<{ x: number, y: number }>} their middle
   */
  async place(words) {
    const found = await this.page.evaluate((wanted) => {
      for (const line of document.querySelectorAll('.editor-instance .view-lines > .view-line')) {
        const start = (line.textContent ?? '').replaceAll('\u00a0', ' ').indexOf(wanted);
        if (start < 0) continue;
        const middle = start + Math.floor(wanted.length / 2);
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        let before = 0;
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const length = node.textContent?.length ?? 0;
          if (middle < before + length) {
            const range = document.createRange();
            range.setStart(node, middle - before);
            range.setEnd(node, middle - before + 1);
            const box = range.getBoundingClientRect();
            return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
          }
          before += length;
        }
      }
      return null;
    }, words);
    assert.ok(found, `“${words}” is not on the screen`);
    return found;
  }

  /**
   * Rest the mouse on some words.
   * @param {string} words within one drawn line
   * @param {RegExp} expected what the hover must hold
   * @returns {Promise<string>} the hover's text
   */
  async hover(words, expected) {
    const hover = this.page.locator('.monaco-hover:not(.hidden) .hover-contents');
    const text = await until(
      async () => {
        const { x, y } = await this.place(words);
        await this.page.mouse.move(x + 40, y + 60);
        await this.page.mouse.move(x, y, { steps: 3 });
        await hover.first().waitFor({ timeout: 5000 }).catch(() => undefined);
        const said = (await hover.allTextContents()).join('\n');
        return expected.test(said) && said;
      },
      { what: `a hover with ${expected} on “${words}”` },
    );
    return text;
  }

  /**
   * Choose from the lightbulb's menu.
   * @param {string} words where the cursor is put
   * @param {string} title
   * @param {string} [picture] of the menu
   */
  async lightbulb(words, title, picture) {
    await this.go(words);
    await this.page.locator('[class*="codicon-gutter-lightbulb"], .lightBulbWidget').filter({ visible: true }).first().click();
    const menu = this.page.locator('.action-widget');
    const entry = menu.locator('.monaco-list-row', { hasText: title });
    await menu.locator('.monaco-list-row').first().waitFor();
    if (picture) await this.picture(picture);
    // a long menu has only the rows that are seen
    await menu.locator('.monaco-list').hover();
    const scrolled = async () => (await entry.count()) > 0 || (await this.page.mouse.wheel(0, 100), false);
    await until(scrolled, { what: `“${title}” in the lightbulb’s menu` });
    await entry.click();
  }

  /**
   * The document of a webview that is shown.
   * @param {string} selector of something in it
   */
  async webview(selector) {
    return until(
      async () => {
        for (const frame of this.page.frames()) {
          if (frame === this.page.mainFrame()) continue;
          const count = await frame.locator(selector).count().catch(() => 0);
          if (count > 0) return frame;
        }
        return undefined;
      },
      { what: `a webview with ${selector}` },
    );
  }

  /**
   * Choose from a list that VS Code shows at the top.
   * @param {string} label
   */
  async choose(label) {
    await this.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await this.page.locator('.quick-input-widget input').fill(label);
    const exact = new RegExp(`^${label}$`);
    await this.page.locator('.quick-input-list .monaco-list-row', { has: this.page.getByText(exact) }).first().click();
  }

  /** What VS Code tells in the corner of the window. */
  async messages() {
    return this.page.locator('.notification-toast .notification-list-item-message').allTextContents();
  }

  /** Put them away. */
  async dismiss() {
    await this.command('Notifications: Clear All Notifications');
    await until(async () => (await this.messages()).length === 0, { what: 'an empty corner' });
  }
}

module.exports = { LONG, PATIENCE, Workbench, until };
