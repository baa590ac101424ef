import { Playout, Resampler, decode, encode, frameBytes, lineRate } from './talk_audio.js';

/**
 * Both ends of the line, by the clock of the sound card. Takes `{audio}`, `{mark}`, `{clear}` and, to be let
 * go, `{over}`; gives each 20 ms `{frame, said, heard}`, the levels being root mean squares, and `{marks}`
 * that were played or cleared.
 */
class LineProcessor extends AudioWorkletProcessor {
  #playout = new Playout();
  #toLine = new Resampler(sampleRate, lineRate);
  #fromLine = new Resampler(lineRate, sampleRate);
  #frame = new Uint8Array(frameBytes);
  #filled = 0;
  #said = 0;
  #heard = 0;
  #over = false;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => this.#obey(data);
  }

  process([microphone], [[speaker]]) {
    for (let i = 0; i < speaker.length; ++i) {
      // A microphone that is not there yet is silent: the line has its frames all the same.
      this.#toLine.push(microphone[0]?.[i] ?? 0, (sample) => this.#say(sample));
      speaker[i] = this.#fromLine.pull(() => this.#hear());
    }
    this.#give(this.#playout.reached());
    return !this.#over;
  }

  #obey({ audio, mark, clear, over }) {
    if (audio) this.#playout.audio(audio);
    if (mark !== undefined && this.#playout.mark(mark)) this.#give([mark]);
    if (clear) this.#give(this.#playout.clear());
    this.#over ||= Boolean(over);
  }

  #say(sample) {
    this.#frame[this.#filled++] = encode(sample);
    this.#said += sample * sample;
    if (this.#filled < frameBytes) return;
    this.port.postMessage({
      frame: this.#frame.slice(),
      said: Math.sqrt(this.#said / frameBytes),
      heard: Math.sqrt(this.#heard / frameBytes),
    });
    this.#filled = this.#said = this.#heard = 0;
  }

  #hear() {
    const byte = this.#playout.next();
    const sample = byte === undefined ? 0 : decode(byte);
    this.#heard += sample * sample;
    return sample;
  }

  #give(marks) {
    if (marks.length !== 0) this.port.postMessage({ marks });
  }
}

registerProcessor('tandem-line', LineProcessor);
