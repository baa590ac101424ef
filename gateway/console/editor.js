import { h, keep, mark, write } from './dom.js';

/** A text with its line numbers, and what is wrong with it beside its lines. */

/** As many faults as anybody reads. */
const mostShown = 50;

export class Editor {
  #lines = h('div', { class: 'lines', 'aria-hidden': 'true' });
  #marks = h('div', { class: 'marks', 'aria-hidden': 'true' });
  #list = h('ul', { class: 'faults', id: 'script-faults', 'aria-label': 'Faults' });
  #text = h('textarea', {
    'aria-label': 'Script',
    'aria-describedby': 'script-status',
    wrap: 'off',
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    onscroll: () => this.#follow(),
    oninput: () => this.#changed(),
  });
  #status = h('p', { class: 'status', id: 'script-status', role: 'status' });
  #count = 0;
  #faults = [];
  #tell;
  node;

  /** `changed()` is called with each change that somebody makes. */
  constructor(changed) {
    this.#tell = changed;
    this.node = [
      h('div', { class: 'editor' }, this.#lines, h('div', { class: 'page' }, this.#marks, this.#text)),
      this.#status,
      this.#list,
    ];
  }

  get value() {
    return this.#text.value;
  }

  set value(text) {
    if (this.#text.value === text) return;
    this.#text.value = text;
    this.#number();
  }

  /** Says how it stands: in words, and with `{line?, message}` for each fault. */
  show(status, faults = []) {
    write(this.#status, status);
    mark(this.#status, 'data-tone', faults.length ? 'bad' : null);
    mark(this.#text, 'aria-invalid', faults.length ? 'true' : null);
    this.#faults = faults.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
    keep(
      this.#list,
      this.#faults.slice(0, mostShown).map((fault, n) => ({ ...fault, n })),
      ({ n, line, message }) => `${n} ${line} ${message}`,
      ({ line, message }) =>
        h(
          'li',
          {},
          line
            ? h('button', { type: 'button', onclick: () => this.#goTo(line) }, `Line ${line}`)
            : h('span', {}, 'Whole text'),
          h('span', {}, message),
        ),
    );
    this.#list.hidden = faults.length === 0;
    this.#mark();
  }

  #changed() {
    this.#number();
    this.#tell();
  }

  #number() {
    const count = this.#text.value.split('\n').length;
    if (count === this.#count) return;
    this.#count = count;
    write(this.#lines, Array.from({ length: count }, (_, n) => n + 1).join('\n'));
    this.#follow();
  }

  /** Behind the text: a tint of each line, and its fault where the line ends. */
  #mark() {
    const texts = this.#text.value.split('\n');
    const byLine = new Map();
    for (const { line, message } of this.#faults) if (line && !byLine.has(line)) byLine.set(line, message);
    keep(
      this.#marks,
      [...byLine].map(([line, message]) => ({ line, message })),
      ({ line, message }) => `${line} ${message}`,
      ({ message }) => h('p', {}, h('span'), h('b', {}, message)),
      (node, { line }) => {
        node.style.top = `calc(${line - 1} * var(--line-height))`;
        write(node.firstChild, texts[line - 1] ?? '');
      },
    );
    this.#follow();
  }

  #follow() {
    const { scrollTop, scrollLeft } = this.#text;
    this.#lines.style.transform = `translateY(${-scrollTop}px)`;
    this.#marks.style.transform = `translate(${-scrollLeft}px, ${-scrollTop}px)`;
  }

  #goTo(line) {
    const texts = this.#text.value.split('\n');
    const from = texts.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    this.#text.focus();
    this.#text.setSelectionRange(from, from + (texts[line - 1] ?? '').length);
    const height = this.#text.scrollHeight / texts.length;
    this.#text.scrollTop = Math.max(0, height * (line - 1) - this.#text.clientHeight / 2);
    this.#text.scrollLeft = 0;
  }
}
