import { open } from './api.js';
import { h, mark, svg, write } from './dom.js';
import { bytes, duration } from './format.js';

/** A call's recording: heard as the line had it, and drawn, the caller above and the agent below. */

const columns = 600;
const half = 40;
/** Larger ones are drawn when somebody wants it. */
const drawnAtOnce = 30e6;
const speeds = [1, 1.25, 1.5, 2];

const headBytes = 4096;

/** Where the samples of a WAV file in 16-bit stereo are; nothing when it is another. */
export function layoutOf(head) {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const name = (at) => String.fromCharCode(...head.subarray(at, at + 4));
  if (head.byteLength < 44 || name(0) !== 'RIFF' || name(8) !== 'WAVE') return null;
  let rate = 0;
  for (let at = 12; at + 8 <= head.byteLength;) {
    const size = view.getUint32(at + 4, true);
    if (name(at) === 'fmt ') {
      if (view.getUint16(at + 10, true) !== 2 || view.getUint16(at + 22, true) !== 16) return null;
      rate = view.getUint32(at + 12, true);
    }
    if (name(at) === 'data') return rate > 0 ? { begin: at + 8, rate } : null;
    at += 8 + size + (size % 2);
  }
  return null;
}

/** The loudest sample of each channel in each of `columns` pieces; takes the bytes in any pieces. */
export class Peaks {
  left = new Float32Array(columns);
  right = new Float32Array(columns);
  #frames;
  #frame = 0;
  #rest = new Uint8Array(0);

  constructor(size) {
    this.#frames = Math.max(1, Math.floor(size / 4));
  }

  take(piece) {
    let all = piece;
    if (this.#rest.length > 0) {
      all = new Uint8Array(this.#rest.length + piece.length);
      all.set(this.#rest);
      all.set(piece, this.#rest.length);
    }
    const whole = all.length - (all.length % 4);
    const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
    for (let at = 0; at < whole; at += 4, ++this.#frame) {
      const column = Math.min(columns - 1, Math.floor((this.#frame * columns) / this.#frames));
      const left = Math.abs(view.getInt16(at, true)) / 32768;
      const right = Math.abs(view.getInt16(at + 2, true)) / 32768;
      if (left > this.left[column]) this.left[column] = left;
      if (right > this.right[column]) this.right[column] = right;
    }
    this.#rest = all.slice(whole);
  }
}

/** A path around a middle line, louder parts larger. */
function outline(peaks, middle) {
  const size = (peak) => Math.max(0.6, Math.sqrt(peak) * (half - 3));
  let path = `M0 ${middle}`;
  for (let i = 0; i < columns; ++i) path += `L${i} ${(middle - size(peaks[i])).toFixed(1)}`;
  for (let i = columns - 1; i >= 0; --i) path += `L${i} ${(middle + size(peaks[i])).toFixed(1)}`;
  return `${path}Z`;
}

export class RecordingView {
  node = h('section', { class: 'recording card', 'aria-label': 'Recording', hidden: true });
  #path;
  #audio;
  #play = h('button', { type: 'button', class: 'play', 'aria-label': 'Play', onclick: () => this.#toggle() });
  #place = h('input', {
    type: 'range',
    min: 0,
    max: 1,
    step: 'any',
    value: 0,
    'aria-label': 'Position',
    oninput: () => this.#onSlide(),
  });
  #time = h('span', { class: 'clock' });
  #draws = new AbortController();
  #waves = [0, 1].map((index) => svg('path', { class: `wave wave-${index}` }));
  #head = svg('line', { class: 'head', y1: 0, y2: 4 * half, x1: 0, x2: 0 });
  #note = h('p', { class: 'note' });

  constructor(id) {
    this.#path = `/v1/calls/${encodeURIComponent(id)}/recording`;
  }

  /** Looks whether there is one; true when there is. */
  async load() {
    const head = await open(this.#path, {
      headers: { Range: `bytes=0-${headBytes - 1}` },
      signal: this.#draws.signal,
    });
    const size = Number(/\/(\d+)$/.exec(head.headers.get('Content-Range') ?? '')?.[1] ?? 0);
    const layout = layoutOf(new Uint8Array(await head.arrayBuffer()));
    this.#build();
    if (!layout || size <= layout.begin) return true;
    const draw = () => this.#drawAll(layout, size - layout.begin);
    if (size <= drawnAtOnce) draw();
    else this.#offer(draw, size);
    return true;
  }

  seek(seconds) {
    this.#audio.currentTime = Math.max(0, seconds);
    this.#audio.play();
  }

  stop() {
    this.#draws.abort();
    this.#audio?.pause();
    this.#audio?.removeAttribute('src');
  }

  #build() {
    this.#audio = h('audio', { src: this.#path, preload: 'metadata' });
    for (const event of ['timeupdate', 'durationchange', 'play', 'pause', 'ended'])
      this.#audio.addEventListener(event, () => this.#show());
    const speed = h(
      'select',
      { 'aria-label': 'Speed', onchange: ({ target }) => (this.#audio.playbackRate = Number(target.value)) },
      speeds.map((value) => h('option', { value }, `${value}×`)),
    );
    const picture = svg(
      'svg',
      { viewBox: `0 0 ${columns} ${4 * half}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      ...this.#waves,
      this.#head,
    );
    this.node.replaceChildren(
      h('h2', {}, 'Recording'),
      h(
        'div',
        { class: 'waves' },
        h('span', { class: 'channel' }, 'Caller'),
        h('span', { class: 'channel' }, 'Agent'),
        picture,
        this.#place,
      ),
      h(
        'div',
        { class: 'controls' },
        this.#play,
        this.#time,
        speed,
        h('a', { class: 'quiet', href: this.#path, download: '' }, 'Download'),
      ),
      this.#note,
    );
    this.node.hidden = false;
    this.#show();
  }

  #offer(draw, size) {
    const button = h('button', { type: 'button', class: 'quiet' }, `Draw it (${bytes(size)})`);
    button.addEventListener('click', () => {
      button.remove();
      draw();
    });
    this.#note.append(button);
  }

  async #drawAll({ begin }, size) {
    const peaks = new Peaks(size);
    try {
      const answer = await open(this.#path, {
        headers: { Range: `bytes=${begin}-` },
        signal: this.#draws.signal,
      });
      for (const body = answer.body.getReader(); ;) {
        const { done, value } = await body.read();
        if (done) break;
        peaks.take(value);
      }
    } catch (error) {
      if (error.name !== 'AbortError') write(this.#note, 'The recording cannot be drawn now.');
      return;
    }
    mark(this.#waves[0], 'd', outline(peaks.left, half));
    mark(this.#waves[1], 'd', outline(peaks.right, 3 * half));
  }

  #toggle() {
    if (this.#audio.paused) this.#audio.play();
    else this.#audio.pause();
  }

  #onSlide() {
    if (Number.isFinite(this.#audio.duration))
      this.#audio.currentTime = Number(this.#place.value) * this.#audio.duration;
  }

  #show() {
    const { currentTime, paused } = this.#audio;
    const whole = Number.isFinite(this.#audio.duration) ? this.#audio.duration : 0;
    const share = whole > 0 ? currentTime / whole : 0;
    mark(this.#play, 'aria-label', paused ? 'Play' : 'Pause');
    mark(this.#play, 'data-plays', !paused);
    this.#place.value = share;
    mark(this.#place, 'aria-valuetext', `${duration(currentTime)} of ${duration(whole)}`);
    write(this.#time, `${duration(currentTime)} / ${duration(whole)}`);
    mark(this.#head, 'x1', share * columns);
    mark(this.#head, 'x2', share * columns);
  }
}
