import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';

import { Inbox, Lab, load } from './lab.mjs';

const { AudioFormat, CommitStrategy, ElevenLabsClient, RealtimeEvents } = load('@elevenlabs/elevenlabs-js');
const schemas = load('@elevenlabs/elevenlabs-js/serialization');
const WebSocket = load('ws');

const limits = { timeout: 60_000 };
const lines = ['Hello, can you hear me?', 'Thank you, goodbye.'];

/** A vowel that swells and fades ten times a second, as no tone does. */
const vowel = (time) => {
  const wave = (hertz) => Math.sin(2 * Math.PI * hertz * time);
  return 6000 * (1 + 0.3 * wave(10)) * wave(140) * (1 + 0.4 * wave(700));
};

/** A tenth of a second of a sound, and of silence. */
const sounds = {
  [AudioFormat.ULAW_8000]: {
    tone: Buffer.from(Array.from({ length: 800 }, (_, at) => (at % 16 < 8 ? 0x20 : 0xa0))),
    silence: Buffer.alloc(800, 0xff),
  },
  [AudioFormat.PCM_16000]: {
    tone: Buffer.from(Int16Array.from({ length: 1600 }, (_, at) => vowel(at / 16000)).buffer),
    silence: Buffer.alloc(3200),
  },
};

/** What the package's own schema makes of a message; members that it does not know are left out. */
const read = (schema, message) => schemas[schema].parseOrThrow(message, { unrecognizedObjectKeys: 'strip' });

const startSpeech = (test, ...flags) =>
  Lab.start(test, 'speech', '--synthetic', '--api-key', 'key', '--first-partial-ms', '500', ...flags);

/** A session of the official client. */
async function connect(test, lab, options, apiKey = 'key') {
  const client = new ElevenLabsClient({ apiKey, baseUrl: `http://${lab.address}` });
  const connection = await client.speechToText.realtime.connect({ modelId: 'scribe_v2_realtime', ...options });
  test.after(() => connection.close());
  const told = new Inbox();
  for (const event of Object.values(RealtimeEvents)) connection.on(event, (data) => told.put({ event, data }));
  return {
    connection,
    say(sound, milliseconds) {
      const audioBase64 = sounds[options.audioFormat][sound].toString('base64');
      for (let sent = 0; sent < milliseconds; sent += 100) connection.send({ audioBase64 });
    },
    /** What the next event of this name that fits came with. */
    async next(event, fits = () => true) {
      return (await told.take(event, (one) => one.event === event && fits(one.data))).data;
    },
    errors: () => told.left.filter((one) => one.event === RealtimeEvents.ERROR),
  };
}

const ulaw = { audioFormat: AudioFormat.ULAW_8000, sampleRate: 8000 };

test('the official client completes a realtime session', limits, async (t) => {
  const lab = await startSpeech(t);
  const options = { ...ulaw, commitStrategy: CommitStrategy.MANUAL, languageCode: 'en', includeTimestamps: true };
  const { connection, say, next, errors } = await connect(t, lab, options);
  const started = read('SessionStartedPayload', await next(RealtimeEvents.SESSION_STARTED));
  assert.equal(started.config.sampleRate, 8000);
  assert.equal(started.config.audioFormat, 'ulaw_8000');
  assert.equal(started.config.modelId, 'scribe_v2_realtime');
  assert.equal(started.config.languageCode, 'en');

  for (const line of lines) {
    say('tone', 2000);
    const begins = ({ text }) => text !== '' && line.startsWith(text);
    read('PartialTranscriptPayload', await next(RealtimeEvents.PARTIAL_TRANSCRIPT, begins));
    connection.commit();
    const committed = read('CommittedTranscriptPayload', await next(RealtimeEvents.COMMITTED_TRANSCRIPT));
    assert.equal(committed.text, line);
    const stamped = read(
      'CommittedTranscriptWithTimestampsPayload',
      await next(RealtimeEvents.COMMITTED_TRANSCRIPT_WITH_TIMESTAMPS),
    );
    assert.equal(stamped.text, line);
    assert.equal(stamped.words.map((word) => word.text).join(''), line);
    assert.ok(stamped.words.every((word) => word.start <= word.end));
  }

  connection.close();
  await next(RealtimeEvents.CLOSE);
  assert.deepEqual(errors(), []);
  assert.equal(await lab.stop(), 0);
});

test('what the documentation says of a session is all that the official client is told of it', limits, async (t) => {
  const lab = await startSpeech(t, '--snake-case');
  const { next } = await connect(t, lab, { ...ulaw, keyterms: ['Tandem'], vadThreshold: 0.5 });
  const { config } = schemas.SessionStartedPayload.parseOrThrow(await next(RealtimeEvents.SESSION_STARTED));
  assert.equal(config.commitStrategy, 'manual');
  assert.equal(config.vadThreshold, 0.5);
  assert.deepEqual(config.keyterms, ['Tandem']);
});

test('the official client is told of what was said before a pause', limits, async (t) => {
  const lab = await startSpeech(t);
  const { say, next } = await connect(t, lab, {
    audioFormat: AudioFormat.PCM_16000,
    sampleRate: 16000,
    commitStrategy: CommitStrategy.VAD,
    vadSilenceThresholdSecs: 0.5,
  });
  await next(RealtimeEvents.SESSION_STARTED);
  say('silence', 500);
  say('tone', 1000);
  say('silence', 1500);
  assert.equal((await next(RealtimeEvents.COMMITTED_TRANSCRIPT)).text, lines[0]);
});

test('the official client knows the errors, and the end that follows', limits, async (t) => {
  const lab = await startSpeech(t);
  const stranger = await connect(t, lab, ulaw, 'another');
  read('ScribeAuthErrorPayload', await stranger.next(RealtimeEvents.AUTH_ERROR));
  await stranger.next(RealtimeEvents.CLOSE);

  const wordy = await connect(t, lab, { ...ulaw, keyterms: ['x'.repeat(21)] });
  read('ScribeInvalidRequestError', await wordy.next(RealtimeEvents.INVALID_REQUEST));
  await wordy.next(RealtimeEvents.CLOSE);

  const hasty = await connect(t, lab, ulaw);
  await hasty.next(RealtimeEvents.SESSION_STARTED);
  hasty.connection.commit();
  read('ScribeThrottledErrorPayload', await hasty.next(RealtimeEvents.COMMIT_THROTTLED));
  await hasty.next(RealtimeEvents.CLOSE);

  const wrong = await connect(t, lab, ulaw);
  await wrong.next(RealtimeEvents.SESSION_STARTED);
  wrong.connection.send({ audioBase64: 'no base64' });
  read('ScribeInputErrorPayload', await wrong.next(RealtimeEvents.INPUT_ERROR));
  await wrong.next(RealtimeEvents.CLOSE);
});

// The client opens no such socket itself, but has the schemas of its messages.
test('speech is ordered and told in the messages of the official schemas', limits, async (t) => {
  const lab = await startSpeech(t);
  const query = 'model_id=eleven_flash_v2_5&output_format=ulaw_8000&sync_alignment=true';
  const url = `ws://${lab.address}/v1/text-to-speech/voice/multi-stream-input?${query}`;
  const socket = new WebSocket(url, { headers: { 'xi-api-key': 'key' } });
  t.after(() => socket.terminate());
  const told = new Inbox();
  socket.on('message', (text) => told.put(JSON.parse(text)));
  const closed = new Inbox();
  socket.on('close', (code) => closed.put(code));
  await once(socket, 'open', { signal: AbortSignal.timeout(10_000) });
  const say = (schema, message) => socket.send(JSON.stringify(schemas[schema].jsonOrThrow(message)));

  const contextId = 'turn-1';
  const text = 'Good morning, how can I help you? ';
  say('InitialiseContext', { text: ' ', contextId, voiceSettings: { stability: 0.5, similarityBoost: 0.75 } });
  say('KeepContextAlive', { text: '', contextId });
  say('SendTextMulti', { text, contextId, flush: true });
  say('CloseContext', { contextId, closeContext: true });
  let bytes = 0;
  let spoken = '';
  for (;;) {
    const message = await told.take('speech');
    // Live servers send it, and no schema has it.
    if (message.type === 'flush_done') continue;
    assert.equal(message.contextId, contextId);
    if (message.isFinal) {
      read('FinalOutputMulti', message);
      break;
    }
    const { audio, alignment } = read('AudioOutputMulti', message);
    bytes += Buffer.from(audio, 'base64').length;
    spoken += alignment?.chars.join('') ?? '';
  }
  assert.ok(bytes > 8000, `${bytes} bytes`);
  assert.equal(spoken, text);
  say('CloseSocket', { closeSocket: true });
  assert.equal(await closed.take('close'), 1000);
  assert.deepEqual(told.left, []);
  assert.equal(await lab.stop(), 0);
});
