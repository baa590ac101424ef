/** The line's sound: PCMU at 8 kHz, a browser's own rate turned into it and back, and the carrier's queue. */

export const lineRate = 8000;
/** Bytes of 20 ms. */
export const frameBytes = 160;

const bias = 0x84;
const loudest = 32635;

/** A sample from -1 to 1 as G.711's µ-law has it. */
export function encode(sample) {
  const whole = Math.round(sample * 32768);
  const size = Math.min(Math.abs(whole), loudest) + bias;
  const exponent = 24 - Math.clz32(size);
  const mantissa = (size >> (exponent + 3)) & 0x0f;
  return ~((whole < 0 ? 0x80 : 0) | (exponent << 4) | mantissa) & 0xff;
}

const decoded = Float32Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 0xff;
  const size = ((((bits & 0x0f) << 3) + bias) << ((bits & 0x70) >> 4)) - bias;
  return (bits & 0x80 ? -size : size) / 32768;
});

export const decode = (byte) => decoded[byte];

/** How full a meter is at a level, a root mean square: from silence, at −50 dB, to as loud as it gets. */
export const loudness = (level) =>
  level > 0 ? Math.min(1, Math.max(0, 1 + (20 * Math.log10(level)) / 50)) : 0;

const divisor = (a, b) => (b === 0 ? a : divisor(b, a % b));

/** Bessel's function I0, for Kaiser's window. */
function bessel(x) {
  let sum = 1;
  for (let term = 1, k = 1; term > sum * 1e-9; ++k) sum += term *= (x / (2 * k)) ** 2;
  return sum;
}

// Nothing above half of the lower rate is left, 80 dB down, 3 ms late.
const crossings = 24;
const steepness = 8;
const cutoff = 0.925;

/** The filter's weights for one of the places between two samples at which the other rate has its own. */
function weights(half, place, scale) {
  const out = Float32Array.from({ length: 2 * half }, (_, j) => {
    const at = (half - j - place) * scale;
    const edge = Math.abs(half - j - place) / half;
    const sinc = at === 0 ? 1 : Math.sin(Math.PI * at) / (Math.PI * at);
    return edge >= 1 ? 0 : sinc * bessel(steepness * Math.sqrt(1 - edge * edge));
  });
  const sum = out.reduce((a, b) => a + b);
  return out.map((weight) => weight / sum);
}

/** Turns samples of one rate, in whole Hz, into those of another, a few at a time. */
export class Resampler {
  #up;
  #down;
  #size;
  #phases;
  #ring;
  #newest = 0;
  #phase = 0;
  #due = 1;

  constructor(from, to) {
    const common = divisor(from, to);
    this.#up = to / common;
    this.#down = from / common;
    const low = Math.min(from, to);
    const half = Math.ceil((crossings * from) / low);
    this.#size = 2 * half;
    this.#ring = new Float32Array(2 * this.#size);
    const scale = (cutoff * low) / from;
    this.#phases = Array.from({ length: this.#up }, (_, phase) => weights(half, phase / this.#up, scale));
  }

  /** Takes one sample and gives those that are due to `use`. */
  push(sample, use) {
    this.#shift(sample);
    for (--this.#due; this.#due === 0;) use(this.#next());
  }

  /** The next sample; `take` gives what it is made of. */
  pull(take) {
    for (; this.#due > 0; --this.#due) this.#shift(take());
    return this.#next();
  }

  // Twice, so that the newest of them always lie in one row.
  #shift(sample) {
    this.#newest = (this.#newest + 1) % this.#size;
    this.#ring[this.#newest] = this.#ring[this.#newest + this.#size] = sample;
  }

  #next() {
    const row = this.#phases[this.#phase];
    const end = this.#newest + this.#size;
    let sum = 0;
    for (let j = 0; j < row.length; ++j) sum += row[j] * this.#ring[end - j];
    const ahead = this.#phase + this.#down;
    this.#due += Math.floor(ahead / this.#up);
    this.#phase = ahead % this.#up;
    return sum;
  }
}

/** What waits to be played, first in, first out, with marks between, as the carrier keeps it. */
export class Playout {
  #bytes;
  #put = 0;
  #played = 0;
  #marks = [];

  /** Beyond `bound` bytes, a minute, audio is refused. */
  constructor(bound = 60 * lineRate) {
    this.#bytes = new Uint8Array(bound);
  }

  get queued() {
    return this.#put - this.#played;
  }

  /** Queues audio; false when it does not fit, and nothing was taken. */
  audio(bytes) {
    if (this.queued + bytes.length > this.#bytes.length) return false;
    for (const byte of bytes) this.#bytes[this.#put++ % this.#bytes.length] = byte;
    return true;
  }

  /** Queues a mark; true when nothing is before it, so that it goes back at once. */
  mark(name) {
    if (this.queued === 0) return true;
    this.#marks.push({ name, at: this.#put });
    return false;
  }

  /** Forgets all audio; the marks that were queued go back. */
  clear() {
    this.#played = this.#put;
    return this.reached();
  }

  /** The next byte; nothing when none waits. */
  next() {
    return this.queued === 0 ? undefined : this.#bytes[this.#played++ % this.#bytes.length];
  }

  /** The marks that have been reached since they were last asked for. */
  reached() {
    const names = [];
    while (this.#marks.length !== 0 && this.#marks[0].at <= this.#played)
      names.push(this.#marks.shift().name);
    return names;
  }
}
