import { h, mark, perFrame, svg, write } from './dom.js';

/** `<trend-chart>`: lines over the last minutes, with a reading below the pointer. */

const width = 600;
const height = 120;

/** A round number that is no smaller. */
export function roundUp(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value * 0.999);
}

/** The path through points, broken where nothing is known. */
export function pathOf(points, x, y) {
  let path = '';
  let draws = false;
  for (const { at, value } of points) {
    const known = Number.isFinite(value);
    if (known) path += `${draws ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    draws = known;
  }
  return path;
}

class TrendChart extends HTMLElement {
  #lines = [];
  #format = String;
  #span = 600;
  #least = 1;
  #whole = false;
  #now = 0;
  #parts = null;
  #draw = perFrame(() => this.#paint());

  /** What stays as it is: a label, how values are written, seconds across, the least height of the scale. */
  set look({ label, format, span, least, whole = false }) {
    this.label = label;
    this.#format = format;
    this.#span = span;
    this.#least = least;
    this.#whole = whole;
  }

  /** Lines `{label, points}`; the first one is filled. */
  show(lines, now) {
    this.#lines = lines;
    this.#now = now;
    this.#draw();
  }

  connectedCallback() {
    if (this.#parts) return;
    const grid = [0.5, 1].map((share) =>
      svg('line', { class: 'grid', x1: 0, x2: width, y1: height * (1 - share), y2: height * (1 - share) }),
    );
    const area = svg('path', { class: 'area' });
    const lines = [0, 1].map((index) => svg('path', { class: `line line-${index}` }));
    const pointer = svg('line', { class: 'pointer', y1: 0, y2: height, visibility: 'hidden' });
    const drawing = svg(
      'svg',
      { viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', role: 'img' },
      ...grid,
      area,
      ...lines,
      pointer,
    );
    const top = h('span', { class: 'top' });
    const reading = h('span', { class: 'reading' });
    const from = h('span', { class: 'from' }, `${Math.round(this.#span / 60)} min ago`);
    this.append(drawing, top, from, h('span', { class: 'until' }, 'now'), reading);
    this.#parts = { drawing, area, lines, pointer, top, reading };
    this.addEventListener('pointermove', (event) => this.#read(event.clientX));
    this.addEventListener('pointerleave', () => this.#read(null));
    this.#draw();
  }

  #paint() {
    if (!this.#parts || this.#lines.length === 0) return;
    const { drawing, area, lines, top } = this.#parts;
    const values = this.#lines
      .flatMap(({ points }) => points.map(({ value }) => value))
      .filter(Number.isFinite);
    let most = roundUp(Math.max(this.#least, ...values));
    if (this.#whole && most % 2 === 1) most += 1;
    const x = (at) => width * (1 - (this.#now - at) / this.#span);
    const y = (value) => height - (height - 2) * (value / most);
    this.#lines.forEach(({ points }, index) => mark(lines[index], 'd', pathOf(points, x, y)));
    const { points } = this.#lines[0];
    const known = points.filter(({ value }) => Number.isFinite(value));
    const line = pathOf(known, x, y);
    const ends =
      known.length > 1
        ? `L${x(known.at(-1).at).toFixed(1)} ${height}L${x(known[0].at).toFixed(1)} ${height}Z`
        : '';
    mark(area, 'd', ends && known.length === points.length ? line + ends : '');
    write(top, this.#format(most));
    const newest = this.#lines.map(({ label, points }) => `${label} ${this.#written(points.at(-1)?.value)}`);
    mark(
      drawing,
      'aria-label',
      `${this.label}, last ${Math.round(this.#span / 60)} minutes: ${newest.join(', ')} now`,
    );
  }

  #written(value) {
    return Number.isFinite(value) ? this.#format(value) : 'nothing';
  }

  #read(clientX) {
    if (this.#lines.length === 0) return;
    const { drawing, pointer, reading } = this.#parts;
    const box = drawing.getBoundingClientRect();
    const share = clientX === null ? -1 : (clientX - box.left) / box.width;
    const at = this.#now - this.#span * (1 - share);
    const near = this.#lines.map(({ points }) =>
      points.reduce(
        (best, each) => (Math.abs(each.at - at) < Math.abs((best?.at ?? -1e9) - at) ? each : best),
        null,
      ),
    );
    const hides = share < 0 || share > 1 || !near[0] || Math.abs(near[0].at - at) > 10;
    mark(pointer, 'visibility', hides ? 'hidden' : null);
    mark(this, 'data-reads', !hides);
    if (hides) return;
    const place = width * (1 - (this.#now - near[0].at) / this.#span);
    mark(pointer, 'x1', place);
    mark(pointer, 'x2', place);
    const time = new Date(near[0].at * 1000).toLocaleTimeString('en-GB');
    write(reading, `${time}  ${near.map((each) => this.#written(each?.value)).join(' · ')}`);
  }
}

customElements.define('trend-chart', TrendChart);
