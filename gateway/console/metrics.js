/** Prometheus' text, as far as the engine writes it, and what it was over the last quarter of an hour. */

const line = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const label = /([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g;

const unescape = (text) => text.replace(/\\(.)/g, (_, what) => (what === 'n' ? '\n' : what));

/** The labels of a series: `peer="scribe",reason="tls"`. */
export function labelsOf(text) {
  const labels = {};
  for (const [, name, value] of (text ?? '').matchAll(label)) labels[name] = unescape(value);
  return labels;
}

const fits = (labels, wanted) =>
  Object.entries(wanted).every(([name, value]) =>
    Array.isArray(value) ? value.includes(labels[name]) : labels[name] === value,
  );

/** Samples of all series, the newest last; none is older than `span` seconds but one. */
export class History {
  #columns = new Map();
  #families = new Map();
  #samples = [];
  #span;

  constructor(span = 900) {
    this.#span = span;
  }

  /** Adds what /metrics said at a time, in seconds. */
  add(text, at) {
    const values = new Float64Array(this.#columns.size + 64).fill(NaN);
    let all = values;
    for (const each of text.split('\n')) {
      if (each === '' || each.startsWith('#')) continue;
      const space = each.lastIndexOf(' ');
      const column = this.#columnOf(each.slice(0, space));
      if (column === undefined) continue;
      if (column >= all.length) {
        const more = new Float64Array(2 * column + 1).fill(NaN);
        more.set(all);
        all = more;
      }
      all[column] = Number(each.slice(space + 1));
    }
    this.#samples.push({ at, values: all });
    while (this.#samples.length > 2 && this.#samples[1].at <= at - this.#span) this.#samples.shift();
  }

  /** How many seconds the samples span. */
  get watched() {
    return this.#samples.length < 2 ? 0 : this.#samples.at(-1).at - this.#samples[0].at;
  }

  /** The labels that the family's series have, each once. */
  series(family, wanted = {}) {
    return this.#chosen(family, wanted).map(({ labels }) => labels);
  }

  /** The newest values of all series that fit, added up; NaN when there is none. */
  now(family, wanted = {}) {
    const values = this.#samples.at(-1)?.values;
    const chosen = values ? this.#chosen(family, wanted).filter(({ column }) => column < values.length) : [];
    return chosen.length === 0 ? NaN : chosen.reduce((sum, { column }) => sum + values[column], 0);
  }

  /** How much counters grew in so many seconds, or since the first sample. */
  increase(family, wanted, seconds) {
    return this.#chosen(family, wanted).reduce((sum, { column }) => sum + this.#grown(column, seconds), 0);
  }

  /** The same a second. */
  rate(family, wanted, seconds) {
    const span = Math.min(seconds, this.watched);
    return span > 0 ? this.increase(family, wanted, seconds) / span : 0;
  }

  /** The value below which a share of what histograms counted in so many seconds is; NaN when they did not. */
  quantile(family, wanted, share, seconds) {
    const buckets = new Map();
    for (const { labels, column } of this.#chosen(`${family}_bucket`, wanted)) {
      const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
      buckets.set(bound, (buckets.get(bound) ?? 0) + this.#grown(column, seconds));
    }
    const bounds = [...buckets.keys()].sort((a, b) => a - b);
    const total = buckets.get(Infinity) ?? 0;
    if (total === 0) return NaN;
    const place = share * total;
    let below = 0;
    let from = 0;
    for (const bound of bounds) {
      const upTo = buckets.get(bound);
      if (upTo >= place) {
        if (bound === Infinity) return from;
        return upTo === below ? bound : from + ((bound - from) * (place - below)) / (upTo - below);
      }
      below = upTo;
      from = bound;
    }
    return from;
  }

  /** How much a counter grew; one that is smaller than before began anew. */
  #grown(column, seconds) {
    const newest = this.#samples.at(-1);
    if (!newest) return 0;
    const first = this.#samples.find(({ at }) => at >= newest.at - seconds) ?? newest;
    const before = first.values[column] ?? NaN;
    const after = newest.values[column] ?? NaN;
    if (Number.isNaN(after)) return 0;
    // A series that was not there yet began at nothing.
    if (Number.isNaN(before)) return first === newest ? 0 : after;
    return after >= before ? after - before : after;
  }

  #columnOf(series) {
    const known = this.#columns.get(series);
    if (known !== undefined) return known;
    const [, family, labels] = line.exec(`${series} 0`) ?? [];
    if (!family) return undefined;
    const column = this.#columns.size;
    this.#columns.set(series, column);
    if (!this.#families.has(family)) this.#families.set(family, []);
    this.#families.get(family).push({ labels: labelsOf(labels), column });
    return column;
  }

  #chosen(family, wanted) {
    return (this.#families.get(family) ?? []).filter(({ labels }) => fits(labels, wanted));
  }
}
