// The mixer's page: draws what the extension posts, and posts what the writer does. Text is only ever set as text.
'use strict';

(() => {
  /** @type {{ postMessage(message: object): void }} */
  // @ts-ignore: VS Code has it in every webview
  const host = acquireVsCodeApi();
  const main = /** @type {HTMLElement} */ (document.getElementById('mixer'));
  /** Faders that the writer has moved. @type {Set<string>} */
  const moved = new Set();
  /** What was told of faders and is not yet in what the extension posts. @type {{ feature: string, level: number | null }[]} */
  const unheard = [];
  let heard = 0;
  /** Groups that the writer has opened or closed. @type {Map<string, boolean>} */
  const opened = new Map();
  /** @type {any} */
  let shown;

  /**
   * @param {string} tag
   * @param {Record<string, any>} [properties] of the element; `on…` are listeners, those with a dash attributes
   * @param {(Node | string)[]} [children]
   */
  function make(tag, properties = {}, children = []) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.includes('-') || name === 'role' || name === 'for') element.setAttribute(name, value);
      else Object.assign(element, { [name]: value });
    }
    element.append(...children);
    return element;
  }

  /**
   * @param {string} id
   * @param {string} label
   * @param {boolean} disabled
   * @param {string} [type] of the message
   */
  function button(id, label, disabled, type = id) {
    return make('button', { id, type: 'button', textContent: label, disabled, onclick: () => host.postMessage({ type }) });
  }

  /** @param {string} feature @param {number | null} level null: as it is */
  function want(feature, level) {
    unheard.push({ feature, level });
    host.postMessage({ type: 'want', feature, level });
  }

  /** Put the writer's last moves into what was posted before the extension heard of them. @param {any} data */
  function remember(data) {
    unheard.splice(0, data.heard - heard);
    heard = data.heard;
    for (const { feature, level } of unheard) {
      for (const group of data.groups) for (const fader of group.faders) if (fader.id === feature) fader.wanted = level;
    }
  }

  /** @param {number} level */
  function said(level) {
    const word = level < 0.25 ? 'absent' : level < 0.5 ? 'faint' : level < 0.9 ? 'present' : level < 1.4 ? 'clear' : 'strong';
    return `${word} (${level.toFixed(2)})`;
  }

  /** @param {any} fader */
  function drawFader(fader) {
    const id = `fader-${fader.id}`;
    const now = make('span', { className: 'now', 'aria-hidden': 'true' });
    now.style.left = `calc(var(--thumb) / 2 + (100% - var(--thumb)) * ${fader.level / 2})`;
    const figure = make('output', { className: 'figure', for: id });
    const back = make('button', { type: 'button', className: 'back', textContent: '↺', title: `As it is: ${fader.name}`, 'aria-label': `Leave ${fader.name} as it is` });
    const input = /** @type {HTMLInputElement} */ (
      make('input', { id, type: 'range', min: '0', max: '2', step: '0.05', title: fader.description, 'data-feature': fader.id })
    );
    const line = make('div', { className: 'fader' }, [
      make('label', { for: id, textContent: fader.name, title: fader.description }),
      make('div', { className: 'track' }, [now, input]),
      figure,
      back,
    ]);
    const show = () => {
      const wanted = moved.has(fader.id);
      line.classList.toggle('moved', wanted);
      back.hidden = !wanted;
      const level = Number(input.value);
      figure.textContent = level.toFixed(1);
      input.setAttribute('aria-valuetext', wanted ? `wanted ${said(level)}, now ${said(fader.level)}` : `now ${said(fader.level)}`);
      drawButtons();
    };
    const leave = () => {
      moved.delete(fader.id);
      input.value = String(fader.level);
      want(fader.id, null);
      show();
    };
    input.value = String(fader.wanted ?? fader.level);
    if (fader.wanted !== null) moved.add(fader.id);
    input.oninput = () => {
      moved.add(fader.id);
      want(fader.id, Number(input.value));
      show();
    };
    input.onkeydown = (event) => {
      if (event.key === 'Backspace' || event.key === 'Delete') leave();
      else if (event.key === 'Enter' && moved.size > 0) host.postMessage({ type: 'compile' });
    };
    input.ondblclick = leave;
    back.onclick = () => {
      leave();
      input.focus();
    };
    return { line, show };
  }

  /** @param {any} group */
  function drawGroup(group) {
    const faders = group.faders.map(drawFader);
    const there = group.faders.some((/** @type {any} */ fader) => fader.level >= 0.5 || fader.wanted !== null);
    const details = /** @type {HTMLDetailsElement} */ (
      make('details', { open: opened.get(group.name) ?? (there || group.name === 'Tone') }, [
        make('summary', { textContent: group.name }),
        make('div', { role: 'group', 'aria-label': group.name }, faders.map((/** @type {any} */ { line }) => line)),
      ])
    );
    details.ontoggle = () => opened.set(group.name, details.open);
    return { details, faders };
  }

  /**
   * @param {any} row
   * @param {number} number
   */
  function drawRow(row, number) {
    /** @type {Record<string, string>} */
    const tags = { ' ': 'span', '-': 'del', '+': 'ins' };
    const diff = /** @type {[string, string][]} */ (row.diff);
    const words = diff.map(([sign, text]) => make(tags[sign], { textContent: text }));
    const parts = [make('p', { className: 'words' }, words)];
    if (row.moved) parts.push(make('p', { className: 'figures', textContent: row.moved }));
    if (row.refused) parts.push(make('p', { className: 'refused', textContent: row.refused }));
    if (row.which) {
      const take = /** @type {HTMLInputElement} */ (make('input', { type: 'checkbox', checked: row.taken, id: `take-${number}` }));
      take.onchange = () => host.postMessage({ type: 'take', row: number, taken: take.checked });
      const another = make('button', { type: 'button', id: `another-${number}`, className: 'another', textContent: `Another (${row.which})`, title: 'Another variation of this sentence', disabled: row.which.endsWith(' of 1') });
      another.onclick = () => host.postMessage({ type: 'another', row: number });
      parts.push(make('div', { className: 'choice' }, [take, make('label', { for: `take-${number}`, textContent: 'Take it' }), another]));
    }
    return make('li', { className: row.refused ? 'none' : '' }, parts);
  }

  function drawButtons() {
    const busy = shown.busy !== '';
    const set = (/** @type {string} */ id, /** @type {boolean} */ disabled) => {
      const found = /** @type {HTMLButtonElement | null} */ (document.getElementById(id));
      if (found !== null) found.disabled = disabled;
    };
    set('compile', busy || moved.size === 0 || shown.count === 0);
    set('apply', busy || !shown.rows.some((/** @type {any} */ row) => row.taken));
    set('reset', moved.size === 0 && shown.rows.length === 0);
  }

  /**
   * Draw everything anew; what has the focus keeps it.
   * @param {boolean} rewritten there is something new to see, at the top
   */
  function draw(rewritten) {
    const focused = document.activeElement?.id;
    const scroll = document.documentElement.scrollTop;
    moved.clear();
    const scopes = ['sentence', 'paragraph'].map((scope) => {
      const input = /** @type {HTMLInputElement} */ (
        make('input', { type: 'radio', name: 'scope', id: `scope-${scope}`, checked: shown.scope === scope })
      );
      input.onchange = () => host.postMessage({ type: 'scope', scope });
      return make('span', {}, [input, make('label', { for: `scope-${scope}`, textContent: scope === 'sentence' ? 'Sentence' : 'Paragraph' })]);
    });
    const groups = shown.groups.map(drawGroup);
    const empty = shown.count === 0 && shown.busy === '';
    main.replaceChildren(
      make('div', { className: 'scope', role: 'radiogroup', 'aria-label': 'What is rewritten' }, scopes),
      make('blockquote', { className: empty ? 'empty' : '', textContent: empty ? 'Put the cursor into a sentence of a document that Prism reads.' : shown.text }),
      make('div', { className: 'buttons' }, [
        button('compile', 'Compile', true),
        button('apply', 'Apply', true),
        button('reset', 'Reset', true),
        ...(shown.busy.startsWith('Rewriting') ? [button('cancel', 'Cancel', false)] : []),
      ]),
      make('p', { id: 'busy', role: 'status', textContent: shown.busy }),
      make('p', { id: 'message', role: 'alert', textContent: shown.message }),
      make('ol', { id: 'rows', 'aria-label': 'Before and after' }, shown.rows.map(drawRow)),
      ...groups.map((/** @type {any} */ { details }) => details),
    );
    main.setAttribute('aria-busy', String(shown.busy !== ''));
    for (const { faders } of groups) for (const { show } of faders) show();
    drawButtons();
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    document.documentElement.scrollTop = rewritten ? 0 : scroll;
  }

  window.addEventListener('message', ({ data }) => {
    const rewritten = shown?.busy.startsWith('Rewriting') && data.busy === '';
    remember(data);
    shown = data;
    draw(rewritten);
  });
  host.postMessage({ type: 'ready' });
})();
