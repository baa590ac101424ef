/** The caller's line from a browser: microphone, loudspeaker, and the carrier's protocol to the engine. */

/** Why there is no line; `code` is a word for it. */
export class LineFault extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** Whether the browser lets this page have a microphone at all. */
export const canTalk = () =>
  isSecureContext && Boolean(navigator.mediaDevices?.getUserMedia) && 'AudioWorkletNode' in window;

// Half of it is the line's own rate; a browser that cannot have it has its own.
const wantedRate = 16000;
/** Characters of frames that may wait to be sent: two seconds. */
const mostWaiting = 32 * 1024;

const microphoneFaults = {
  NotAllowedError: 'denied',
  NotFoundError: 'no_microphone',
  OverconstrainedError: 'no_microphone',
  NotReadableError: 'microphone_busy',
};

async function takeMicrophone() {
  try {
    return await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
  } catch (error) {
    throw new LineFault(microphoneFaults[error.name] ?? 'no_microphone');
  }
}

/** Why the engine did not open the line: the browser keeps its answer to itself, so it is asked. */
async function refusal() {
  try {
    const ready = await fetch('/readyz', { cache: 'no-store' });
    if (!ready.ok) return (await ready.json()).error.code;
    const door = await fetch('/v1/softphone', { cache: 'no-store' });
    return door.status === 401 ? 'unauthorised' : 'refused';
  } catch {
    return 'unreachable';
  }
}

const toText = (bytes) => btoa(String.fromCharCode(...bytes));
const toBytes = (text) => Uint8Array.from(atob(text), (char) => char.charCodeAt(0));

/**
 * One call. Tells, as events with `detail`: `microphone` (it is there), `call` (the call's id), `level`
 * (`said` and `heard`), and `over`, once, with why as far as this end knows: '' = the engine closed the line.
 */
export class Line extends EventTarget {
  #context;
  #microphone;
  #node;
  #socket;
  #begun = false;
  #over = false;
  #sequence = 0;
  #chunk = 0;
  #streamId = `softphone-${Math.random().toString(36).slice(2)}`;
  #callId = '';

  /** Opens the line, by a press of a button; throws a `LineFault`. */
  async open() {
    try {
      // Now, while the press counts: later the browser may not let it be heard.
      this.#context = new AudioContext({ sampleRate: wantedRate, latencyHint: 'interactive' });
      this.#microphone = await takeMicrophone();
      this.#still();
      this.#tell('microphone');
      await this.#wire();
      await this.#connect();
    } catch (fault) {
      this.#end();
      throw fault instanceof LineFault ? fault : new LineFault('no_sound');
    }
  }

  /** From here on the agent hears and is heard. */
  begin() {
    if (this.#begun || this.#over) return;
    this.#begun = true;
    this.#send({ event: 'connected', version: '1.0.0' });
    this.#say('start', {
      start: {
        call_control_id: this.#callId,
        call_session_id: this.#callId,
        from: 'softphone',
        to: '',
        media_format: { encoding: 'PCMU', sample_rate: 8000, channels: 1 },
      },
    });
  }

  hangUp(why = 'hung_up') {
    if (this.#over) return;
    if (this.#begun) this.#say('stop', { stop: { call_control_id: this.#callId } });
    this.#finish(why);
  }

  set muted(muted) {
    for (const track of this.#microphone.getTracks()) track.enabled = !muted;
  }

  async #wire() {
    const module = new URL('./talk_worklet.js', import.meta.url);
    let source;
    try {
      source = this.#context.createMediaStreamSource(this.#microphone);
    } catch {
      this.#context.close();
      this.#context = new AudioContext({ latencyHint: 'interactive' });
      source = this.#context.createMediaStreamSource(this.#microphone);
    }
    await this.#context.audioWorklet.addModule(module);
    await this.#context.resume();
    this.#still();
    this.#node = new AudioWorkletNode(this.#context, 'tandem-line', { outputChannelCount: [1] });
    this.#node.port.onmessage = ({ data }) => this.#fromSound(data);
    source.connect(this.#node).connect(this.#context.destination);
    for (const track of this.#microphone.getTracks()) track.onended = () => this.hangUp('microphone_lost');
  }

  #connect() {
    const url = new URL('/v1/softphone', location.href);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.onmessage = ({ data }) => {
        if (this.#obey(JSON.parse(data))) resolve();
      };
      socket.onclose = async ({ code }) => {
        const isOrderly = code === 1000 || code === 1005;
        if (this.#callId === '') reject(new LineFault(this.#over ? 'hung_up' : await refusal()));
        else if (!this.#over) this.#finish(isOrderly ? '' : 'connection_lost');
      };
    });
  }

  /** Does what the engine says; whether that was which call this is. */
  #obey({ event, call, media, mark }) {
    if (event === 'call') {
      this.#callId = call.id;
      this.#tell('call', call.id);
      return true;
    }
    if (event === 'media') this.#node?.port.postMessage({ audio: toBytes(media.payload) });
    if (event === 'mark') this.#node?.port.postMessage({ mark: mark.name });
    if (event === 'clear') this.#node?.port.postMessage({ clear: true });
    return false;
  }

  #fromSound({ frame, said, heard, marks = [] }) {
    if (this.#over) return;
    for (const name of marks) this.#say('mark', { mark: { name } });
    if (!frame) return;
    this.#tell('level', { said, heard });
    if (!this.#begun) return;
    const chunk = ++this.#chunk;
    // What a slow network keeps for so long is of no use any more; the engine sees that a frame is missing.
    if (this.#socket.bufferedAmount > mostWaiting) return;
    this.#say('media', {
      media: {
        track: 'inbound',
        chunk: String(chunk),
        timestamp: String((chunk - 1) * frame.length),
        payload: toText(frame),
      },
    });
  }

  #say(event, body) {
    this.#send({ event, sequence_number: String(++this.#sequence), stream_id: this.#streamId, ...body });
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #tell(name, detail) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  // Whoever has hung up meanwhile wants none of what is still to be done.
  #still() {
    if (this.#over) throw new LineFault('hung_up');
  }

  #finish(why) {
    this.#end();
    this.#tell('over', why);
  }

  #end() {
    this.#over = true;
    for (const track of this.#microphone?.getTracks() ?? []) track.stop();
    this.#node?.port.postMessage({ over: true });
    this.#node?.disconnect();
    this.#context?.close().catch(() => {});
    this.#socket?.close(1000);
  }
}
