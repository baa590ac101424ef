#!/usr/bin/env node
// A voice backend of the shape that many have: one process, one emitter on which the events of all calls are
// told and to which every call listens, a timer for whatever has to wait, and no bound on anything. It echoes
// what callers say. tests/bench/compare measures it beside the engine.

import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

const load = createRequire(new URL('../../../build/bench-node/', import.meta.url));
const { WebSocket, WebSocketServer } = load('ws');

const bytesPerMs = 8;
const frameBytes = 20 * bytesPerMs;
const chunkMs = 100;
const chunkBytes = chunkMs * bytesPerMs;
/** The most that the carrier holds of a reply, so that an interruption loses little. */
const leadMs = 400;
const onsetMs = 60;
const interruptionMs = 200;
const endpointMs = 500;
const retryMs = 1000;
const silence = 0xff;
/** The mean square above which a frame is a voice. */
const gate = 500 * 500;

/** The square of the sample that a µ-law byte stands for. */
const squares = Float64Array.from({ length: 256 }, (_, byte) => {
  const bits = ~byte & 0xff;
  const sample = ((((bits & 0x0f) << 3) + 0x84) << ((bits & 0x70) >> 4)) - 0x84;
  return sample * sample;
});

const given = process.argv.slice(2);
const commitsItself = !given.includes('--commit=vad');
const [command, providers, ...rest] = given.filter((word) => word !== '--commit=vad');
if (command !== 'serve' || !providers?.match(/^wss?:/) || rest.length > 0) {
  console.error('usage: engine.mjs [--commit=vad] serve ws://HOST:PORT, where Scribe and the voice are');
  process.exit(2);
}

const bus = new EventEmitter();
bus.setMaxListeners(0);
const calls = new Map();

/** Hands on what comes as JSON; a message that makes no sense ends nothing but itself. */
const reading = (use) => (data) => {
  try {
    use(JSON.parse(data));
  } catch (error) {
    console.error(error.message);
  }
};

const send = (socket, message) => socket.send(JSON.stringify(message));

function dial(path, parameters, use) {
  const headers = { 'xi-api-key': process.env.ELEVENLABS_API_KEY ?? '' };
  const url = `${providers}${path}?${new URLSearchParams(parameters)}`;
  const socket = new WebSocket(url, { headers, perMessageDeflate: false });
  socket.on('message', reading(use));
  socket.on('error', (error) => console.error(`${path}: ${error.message}`));
  return socket;
}

class Call {
  over = false;
  listeners = [];
  turns = [];

  // On the way to Scribe.
  scribeReady = false;
  unsent = [];
  unsentBytes = 0;
  commitDue = false;

  // Whether the caller speaks.
  voice = false;
  voiceMs = 0;
  loudMs = 0;
  quietMs = 0;

  // What the caller is told, and when the carrier will have played what it was sent.
  context = 0;
  reply = null;
  playedAt = 0;

  constructor(id, line) {
    this.id = id;
    this.line = line;
    this.listen('audio', (audio) => this.hear(audio));
    this.listen('transcript', (text, isFinal) => this.understand(text, isFinal));
    this.listen('speech', (message) => this.take(message));
    this.listen('mark', (name) => this.note(name));
    this.listen('end', () => this.close());
    this.openScribe();
    this.openSpeech();
  }

  /** Hears of what happens to this call alone. */
  listen(name, use) {
    const listener = (id, ...what) => {
      if (id === this.id) use(...what);
    };
    this.listeners.push([name, listener]);
    bus.on(name, listener);
  }

  openScribe() {
    const parameters = { model_id: 'scribe_v2_realtime', audio_format: 'ulaw_8000' };
    parameters.commit_strategy = commitsItself ? 'manual' : 'vad';
    if (!commitsItself) parameters.vad_silence_threshold_secs = endpointMs / 1000;
    this.scribe = dial('/v1/speech-to-text/realtime', parameters, (message) => {
      if (message.error) return console.error(`call ${this.id}: Scribe: ${message.error}`);
      const { message_type: type, text } = message;
      if (type === 'partial_transcript') bus.emit('transcript', this.id, text, false);
      if (type === 'committed_transcript') bus.emit('transcript', this.id, text, true);
      if (type !== 'session_started') return;
      this.scribeReady = true;
      this.sendAudio();
    });
    this.scribe.on('close', () => {
      this.scribeReady = false;
      setTimeout(() => this.over || this.openScribe(), retryMs);
    });
  }

  openSpeech() {
    const parameters = { model_id: 'eleven_flash_v2_5', output_format: 'ulaw_8000', inactivity_timeout: 180 };
    Object.assign(parameters, { auto_mode: true, sync_alignment: true });
    const path = `/v1/text-to-speech/${process.env.ELEVENLABS_VOICE ?? 'bench'}/multi-stream-input`;
    this.speech = dial(path, parameters, (message) => {
      if (message.error) return console.error(`call ${this.id}: the voice: ${message.error}`);
      bus.emit('speech', this.id, message);
    });
    this.speech.on('open', () => this.ask());
    this.speech.on('close', () => {
      if (this.reply?.received > 0) this.finish(this.reply);
      setTimeout(() => this.over || this.openSpeech(), retryMs);
    });
  }

  hear(audio) {
    this.unsent.push(audio);
    this.unsentBytes += audio.length;
    this.watch(audio);
    if (this.unsentBytes >= chunkBytes) this.sendAudio();
  }

  /** Sends Scribe what has come since the last time. */
  sendAudio() {
    if (!this.scribeReady) return;
    send(this.scribe, {
      message_type: 'input_audio_chunk',
      audio_base_64: Buffer.concat(this.unsent).toString('base64'),
      commit: this.commitDue,
      sample_rate: 1000 * bytesPerMs,
    });
    this.unsent = [];
    this.unsentBytes = 0;
    this.commitDue = false;
  }

  /** Tells voice from silence by its energy. */
  watch(audio) {
    const ms = audio.length / bytesPerMs;
    let energy = 0;
    for (const byte of audio) energy += squares[byte];
    const isLoud = energy > gate * audio.length;
    this.loudMs = isLoud ? this.loudMs + ms : 0;
    this.quietMs = isLoud ? 0 : this.quietMs + ms;
    if (!this.voice) {
      this.voice = this.loudMs >= onsetMs;
      this.voiceMs = this.loudMs;
      return;
    }
    this.voiceMs += ms;
    if (isLoud && this.voiceMs >= interruptionMs) this.interrupt();
    if (this.quietMs < endpointMs) return;
    this.voice = false;
    this.commitDue = commitsItself;
    if (this.commitDue) this.sendAudio();
  }

  understand(text, isFinal) {
    if (!text) return;
    this.interrupt();
    if (!isFinal) return;
    this.turns.push({ caller: text });
    const context = String(++this.context);
    this.reply = { context, text, audio: Buffer.alloc(0), received: 0, sent: 0, ends: [] };
    Object.assign(this.reply, { marked: 0, heard: 0, complete: false });
    this.ask();
  }

  /** Has the reply spoken; a socket that is not open asks again once it is. */
  ask() {
    if (!this.reply || this.reply.received > 0 || this.speech.readyState !== WebSocket.OPEN) return;
    const { context, text } = this.reply;
    send(this.speech, { text: ' ', context_id: context });
    send(this.speech, { text: `${text} `, context_id: context, flush: true });
  }

  /** Takes what the voice says of a reply; what comes late of a former one is of no use any more. */
  take(message) {
    const reply = this.reply;
    if (!reply || (message.contextId ?? message.context_id) !== reply.context) return;
    if (message.audio) {
      // Closed before it speaks, a context may stay silent.
      if (reply.received === 0) this.closeContext(reply);
      if (message.alignment) this.takeWords(reply, message.alignment);
      const audio = Buffer.from(message.audio, 'base64');
      reply.audio = Buffer.concat([reply.audio, audio]);
      reply.received += audio.length;
    }
    if (message.isFinal ?? message.is_final) this.finish(reply);
    else this.play(reply);
  }

  closeContext(reply) {
    if (this.speech.readyState !== WebSocket.OPEN) return;
    send(this.speech, { context_id: reply.context, close_context: true });
  }

  /** Notes where the words of a message end in the reply's audio. */
  takeWords(reply, alignment) {
    const starts = alignment.charStartTimesMs ?? alignment.char_start_times_ms;
    const durations = alignment.charDurationsMs ?? alignment.char_durations_ms;
    alignment.chars.forEach((char, n) => {
      if (char === ' ') reply.ends.push(reply.received + (starts[n] + durations[n]) * bytesPerMs);
    });
  }

  /** Nothing more comes of a reply. */
  finish(reply) {
    reply.complete = true;
    this.play(reply);
  }

  /** Sends the carrier what is due of a reply, and looks again when more is. */
  play(reply) {
    clearTimeout(reply.timer);
    const now = performance.now();
    this.playedAt = Math.max(this.playedAt, now);
    while (reply.audio.length >= (reply.complete ? 1 : chunkBytes)) {
      const wait = this.playedAt + chunkMs - leadMs - now;
      if (wait > 0) {
        reply.timer = setTimeout(() => this.play(reply), Math.ceil(wait));
        return;
      }
      this.sendChunk(reply);
    }
    if (reply.complete) this.mark(`${reply.context}.end`);
  }

  sendChunk(reply) {
    let chunk = reply.audio.subarray(0, chunkBytes);
    reply.audio = reply.audio.subarray(chunk.length);
    reply.sent += chunk.length;
    // The carrier takes whole frames.
    const missing = (frameBytes - (chunk.length % frameBytes)) % frameBytes;
    if (missing > 0) chunk = Buffer.concat([chunk, Buffer.alloc(missing, silence)]);
    this.playedAt += chunk.length / bytesPerMs;
    send(this.line, { event: 'media', media: { payload: chunk.toString('base64') } });
    for (; reply.ends[0] <= reply.sent; reply.ends.shift()) this.mark(`${reply.context}.${++reply.marked}`);
  }

  mark(name) {
    send(this.line, { event: 'mark', mark: { name } });
  }

  /** The carrier has played what is before this mark. */
  note(name) {
    const [context, position] = name.split('.');
    if (context !== this.reply?.context) return;
    if (position === 'end') this.endReply({ agent: this.reply.text });
    else this.reply.heard = Number(position);
  }

  /** Cuts the reply short, if there is one. */
  interrupt() {
    const reply = this.reply;
    if (!reply) return;
    send(this.line, { event: 'clear' });
    this.playedAt = 0;
    // Otherwise the first audio closed it.
    if (reply.received === 0) this.closeContext(reply);
    this.endReply({ agent: reply.text.split(' ').slice(0, reply.heard).join(' '), interrupted: true });
  }

  endReply(turn) {
    clearTimeout(this.reply.timer);
    this.reply = null;
    this.turns.push(turn);
  }

  close() {
    this.over = true;
    calls.delete(this.id);
    for (const [name, listener] of this.listeners) bus.off(name, listener);
    clearTimeout(this.reply?.timer);
    for (const socket of [this.scribe, this.speech, this.line]) socket.close();
    console.log(`call ${this.id} ended after ${this.turns.length} turns`);
  }
}

const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });

server.on('connection', (line) => {
  let id;
  const obey = ({ event, start, media, mark }) => {
    if (event === 'start') {
      id = start.call_control_id;
      calls.set(id, new Call(id, line));
    } else if (event === 'media' && media.track !== 'outbound') {
      bus.emit('audio', id, Buffer.from(media.payload, 'base64'));
    } else if (event === 'mark') {
      bus.emit('mark', id, mark.name);
    } else if (event === 'stop') {
      bus.emit('end', id);
    }
  };
  line.on('message', reading(obey));
  line.on('error', (error) => console.error(`call ${id}: ${error.message}`));
  line.on('close', () => bus.emit('end', id));
});

server.on('listening', () => {
  console.log(`engine listening carrier=127.0.0.1:${server.address().port} admin=127.0.0.1:0`);
});

process.on('SIGTERM', () => {
  for (const call of calls.values()) call.close();
  process.exit();
});
