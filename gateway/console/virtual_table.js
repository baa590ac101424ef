import { h, mark, perFrame } from './dom.js';

/** A table of any length, of which only the rows in sight are in the page. */

/** Rows beyond either edge, so that scrolling shows none that is still empty. */
const margin = 8;

export class VirtualTable {
  #scroller;
  #body;
  #table;
  #rows = new Map();
  #spare = [];
  #items = [];
  #above = h('tr', { class: 'spacer', 'aria-hidden': 'true' }, h('td'));
  #below = h('tr', { class: 'spacer', 'aria-hidden': 'true' }, h('td'));
  /** The row that Tab leads to: the first in sight, until somebody chose one. */
  #active = null;
  #isChosen = false;
  #anchor = null;
  #options;
  #size = new ResizeObserver(() => this.draw());
  draw = perFrame(() => this.#paint());

  /**
   * In `scroller`, rows for `table`. Options: `make()` gives an empty row with a link in it, `fill(row, item)`
   * writes an item into it, `keyOf(item)` names it, `onEdge()` hears that the end is near.
   */
  constructor(scroller, table, options) {
    this.#scroller = scroller;
    this.#table = table;
    this.#body = table.tBodies[0];
    this.#options = options;
    this.#body.append(this.#above, this.#below);
    scroller.addEventListener('scroll', () => this.draw(), { passive: true });
    scroller.addEventListener('keydown', (event) => this.#onKey(event));
    this.#body.addEventListener('focusin', ({ target }) => {
      this.#active = target.closest('tr').dataset.key;
      this.#isChosen = true;
      this.draw();
    });
    this.#size.observe(scroller);
  }

  show(items) {
    this.#items = items;
    this.draw();
  }

  stop() {
    this.draw.stop();
    this.#size.disconnect();
  }

  #rowHeight() {
    return parseFloat(getComputedStyle(this.#table).getPropertyValue('--row')) || 44;
  }

  /** What is read stays where it is when rows come in above it. */
  #holdPlace(height) {
    if (!this.#anchor || this.#scroller.scrollTop < height) return;
    const { keyOf } = this.#options;
    const at = this.#items.findIndex((item) => keyOf(item) === this.#anchor.key);
    if (at >= 0 && at !== this.#anchor.at) this.#scroller.scrollTop += (at - this.#anchor.at) * height;
  }

  #paint() {
    const { keyOf, fill, onEdge } = this.#options;
    const height = this.#rowHeight();
    this.#holdPlace(height);
    const { scrollTop, clientHeight } = this.#scroller;
    const first = Math.max(0, Math.floor(scrollTop / height) - margin);
    const last = Math.min(this.#items.length, Math.ceil((scrollTop + clientHeight) / height) + margin);
    const seen = Math.min(this.#items.length - 1, Math.floor(scrollTop / height));
    this.#anchor = seen >= 0 ? { key: keyOf(this.#items[seen]), at: seen } : null;
    const shown = this.#items.slice(first, last);
    const keys = new Set(shown.map(keyOf));
    const stays = this.#holdsFocus() || (this.#isChosen && keys.has(this.#active));
    if (!stays) this.#active = this.#anchor?.key ?? null;
    this.#release(keys);
    let after = this.#above;
    shown.forEach((item, index) => {
      const row = this.#rowOf(keyOf(item));
      if (after.nextSibling !== row) after.after(row);
      after = row;
      mark(row, 'aria-rowindex', first + index + 2);
      mark(row.querySelector('a'), 'tabindex', row.dataset.key === this.#active ? 0 : -1);
      fill(row, item);
    });
    this.#above.firstChild.style.height = `${first * height}px`;
    this.#below.firstChild.style.height = `${(this.#items.length - last) * height}px`;
    mark(this.#table, 'aria-rowcount', this.#items.length + 1);
    if (last > this.#items.length - margin) onEdge();
  }

  #holdsFocus() {
    return this.#scroller.contains(document.activeElement);
  }

  #rowOf(key) {
    let row = this.#rows.get(key);
    if (!row) {
      row = this.#spare.pop() ?? this.#options.make();
      row.dataset.key = key;
      this.#rows.set(key, row);
    }
    return row;
  }

  #release(keys) {
    // Whoever goes on with the arrow keys comes back to it. Before any row goes, since this lays the page out,
    // and a list that lacks rows does not reach as far down as it is scrolled.
    const focused = document.activeElement?.closest('tr')?.dataset.key;
    if (this.#rows.has(focused) && !keys.has(focused)) this.#scroller.focus({ preventScroll: true });
    for (const [key, row] of this.#rows) {
      if (keys.has(key)) continue;
      row.remove();
      this.#rows.delete(key);
      this.#spare.push(row);
    }
  }

  #onKey(event) {
    const page = Math.max(1, Math.floor(this.#scroller.clientHeight / this.#rowHeight()) - 1);
    const steps = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -Infinity,
      End: Infinity,
    };
    const step = steps[event.key];
    if (step === undefined || event.altKey || event.ctrlKey || event.metaKey || this.#items.length === 0)
      return;
    event.preventDefault();
    const { keyOf } = this.#options;
    const at = this.#items.findIndex((item) => keyOf(item) === this.#active);
    const next = Math.min(this.#items.length - 1, Math.max(0, at + step));
    this.#active = keyOf(this.#items[next]);
    this.#scrollTo(next);
    this.#anchor = null;
    this.draw.stop();
    this.#paint();
    this.#rows.get(this.#active)?.querySelector('a').focus({ preventScroll: true });
  }

  #scrollTo(index) {
    const height = this.#rowHeight();
    const head = this.#table.tHead.offsetHeight;
    const top = index * height;
    const bottom = top + height + head;
    const { scrollTop, clientHeight } = this.#scroller;
    if (top < scrollTop) this.#scroller.scrollTop = top;
    else if (bottom > scrollTop + clientHeight) this.#scroller.scrollTop = bottom - clientHeight;
  }
}
