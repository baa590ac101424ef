import { get, part } from './api.js';
import { h, mark, meter, write } from './dom.js';
import { decode, loudness } from './talk_audio.js';

/** Listening in to a call that goes on: the caller left, the agent right. */

/** What is played waits so long, so that pieces that come unevenly still follow each other, in seconds. */
const lead = 0.15;
/** Of all calls that are not wideband. */
const usualRate = 8000;
/** Further behind the line nobody wants to be. */
const longestLag = 1;

/** Position and sides of one piece as the engine sends it, with the level of each. */
export function readPiece(message) {
  const view = new DataView(message);
  const position = view.getUint32(0) * 2 ** 32 + view.getUint32(4);
  const size = (message.byteLength - 8) >> 1;
  const sides = [0, 1].map((side) =>
    Float32Array.from({ length: size }, (_, i) => decode(view.getUint8(8 + 2 * i + side))),
  );
  const levels = sides.map((samples) =>
    Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / (size || 1)),
  );
  return { position, sides, levels };
}

/**
 * Hears one call. Tells, as events with `detail`: `begin`, `level` (of caller and agent), and `over`, once:
 * `reason` is the call's end, `fault` why it cannot be heard; neither when it was stopped here. A page without
 * TLS has no worklet, so pieces are put one behind the other.
 */
export class Listening extends EventTarget {
  #path;
  #context = null;
  #socket;
  #due = 0;
  #begun = false;
  #over = false;

  constructor(id) {
    super();
    this.#path = `/v1/calls/${part(id)}/listen`;
    // Now, while the press of the button counts: later the browser may not let it be heard.
    this.#sound(usualRate);
    const url = new URL(this.#path, location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.#socket = new WebSocket(url);
    this.#socket.binaryType = 'arraybuffer';
    this.#socket.onmessage = ({ data }) => {
      if (typeof data === 'string') this.#begin(JSON.parse(data));
      else this.#hear(readPiece(data));
    };
    this.#socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  stop() {
    this.#finish({});
  }

  /** At the line's rate nothing is to be made of a piece, and no seam is heard. */
  #sound(rate) {
    this.#context?.close();
    this.#context = new AudioContext({ sampleRate: rate, latencyHint: 'interactive' });
    this.#context.resume();
  }

  #begin({ rate }) {
    if (this.#over) return;
    if (rate !== this.#context.sampleRate) this.#sound(rate);
    this.#begun = true;
    this.#tell('begin');
  }

  #hear({ sides, levels }) {
    if (this.#over) return;
    this.#tell('level', levels);
    const now = this.#context.currentTime;
    if (this.#due < now) this.#due = now + lead;
    if (this.#due > now + longestLag || sides[0].length === 0) return;
    const buffer = this.#context.createBuffer(2, sides[0].length, this.#context.sampleRate);
    sides.forEach((samples, side) => buffer.copyToChannel(samples, side));
    const source = this.#context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.#context.destination);
    source.start(this.#due);
    this.#due += buffer.duration;
  }

  /** The browser keeps a refusal to itself, so the engine is asked for it. */
  async #closed(code, reason) {
    if (this.#over) return;
    if (code === 1000) return this.#finish({ reason });
    if (this.#begun) return this.#finish({ fault: 'The connection is lost.' });
    try {
      await get(this.#path);
    } catch (error) {
      return this.#finish({ fault: error.status === 426 ? 'The connection is lost.' : `${error.message}.` });
    }
  }

  #finish(how) {
    if (this.#over) return;
    this.#over = true;
    this.#socket.close(1000);
    // What has been heard is played to its end.
    const rest = how.reason === undefined ? 0 : Math.max(0, this.#due - this.#context.currentTime);
    setTimeout(() => this.#context.close(), 1000 * rest);
    this.#tell('over', how);
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }
}

/** The button, and what is to be seen while somebody listens. */
export class ListenView {
  #id;
  #line = null;
  #sides = ['Caller', 'Agent'].map((name) => ({ name, gauge: meter(`How loud: ${name}`, false), shown: 0 }));
  #meters = h(
    'div',
    { class: 'sides', hidden: true },
    this.#sides.map(({ name, gauge }) => h('div', {}, h('span', {}, name), gauge.node)),
  );
  #state = h('p', { role: 'status' });
  button = h('button', { type: 'button', 'aria-pressed': false, onclick: () => this.#toggle() }, 'Listen');
  panel = h('div', { class: 'listening' }, this.#state, this.#meters);

  #leave = () => this.stop();

  constructor(id) {
    this.#id = id;
    addEventListener('pagehide', this.#leave);
  }

  stop() {
    removeEventListener('pagehide', this.#leave);
    this.#line?.stop();
  }

  #toggle() {
    if (this.#line) return this.#line.stop();
    const line = new Listening(this.#id);
    this.#line = line;
    this.#show('Opening …');
    line.addEventListener('begin', () => {
      this.#meters.hidden = false;
      this.#show('You hear the call, the caller left, the agent right. Nobody hears you.');
    });
    line.addEventListener('level', ({ detail }) => this.#fill(detail));
    line.addEventListener('over', ({ detail: { reason, fault } }) => {
      this.#line = null;
      this.#meters.hidden = true;
      this.#fill([0, 0]);
      this.#show(fault ?? (reason === undefined ? '' : 'The call is over.'), Boolean(fault));
    });
  }

  #fill(levels) {
    this.#sides.forEach((side, i) => {
      // Falls slowly, so that it can be read.
      side.shown = Math.max(loudness(levels[i]), side.shown - 0.2);
      side.gauge.fill(Number(side.shown.toFixed(2)), 1, `${Math.round(side.shown * 100)} %`);
    });
  }

  #show(text, isBad = false) {
    write(this.#state, text);
    mark(this.#state, 'data-tone', isBad ? 'bad' : null);
    mark(this.button, 'aria-pressed', Boolean(this.#line));
    write(this.button, this.#line ? 'Stop listening' : 'Listen');
  }
}
