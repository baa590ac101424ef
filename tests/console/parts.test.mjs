import assert from 'node:assert/strict';
import { test } from 'node:test';

import { openPage, startEngine } from './console_lab.mjs';

/** The console's modules as browsers load them, each asked alone. */
test('the parts of the console', { timeout: 120_000 }, async (t) => {
  const engine = await startEngine(t, { transcripts: ['one'] });
  const page = await openPage(t, engine.url);

  await t.test('counters, labels and quantiles are read from the text of metrics', async () => {
    const found = await page.evaluate(async () => {
      const { History, labelsOf } = await import('/console/metrics.js');
      const of = new History(100);
      const text = (calls, low, high) =>
        `# HELP x y\nlive 3\ncalls{why="a\\"b,c"} ${calls}\ncalls{why="z"} 1\nlag_bucket{le="1"} ${low}\n` +
        `lag_bucket{le="2"} ${low + high}\nlag_bucket{le="+Inf"} ${low + high}\n`;
      of.add(text(5, 0, 0), 0);
      of.add(text(9, 90, 10), 50);
      const first = [of.increase('calls', {}, 60), of.increase('calls', { why: 'a"b,c' }, 10)];
      of.add(text(2, 90, 10), 60);
      return {
        labels: labelsOf('a="x\\\\y",b="1"'),
        live: of.now('live'),
        unknown: of.now('nothing'),
        first,
        // It began anew: what it has counted since is all that is known.
        restarted: of.increase('calls', {}, 10),
        middle: of.quantile('lag', {}, 0.5, 60),
        slow: of.quantile('lag', {}, 0.95, 60),
        still: of.quantile('lag', {}, 0.5, 5),
      };
    });
    assert.deepEqual(found.labels, { a: 'x\\y', b: '1' });
    assert.equal(found.live, 3);
    assert.ok(Number.isNaN(found.unknown));
    assert.deepEqual(found.first, [4, 0]);
    assert.equal(found.restarted, 2);
    assert.ok(found.middle > 0.5 && found.middle < 0.6);
    assert.equal(found.slow, 1.5);
    assert.ok(Number.isNaN(found.still));
  });

  await t.test('an alert fires when it has held for its time, and not before', async () => {
    const found = await page.evaluate(async () => {
      const [{ History }, { Alerts }] = await Promise.all([
        import('/console/metrics.js'),
        import('/console/alerts.js'),
      ]);
      const of = new History();
      const alerts = new Alerts();
      const look = (calls, at, isGone) => {
        of.add(`tandem_calls_active ${calls}\ntandem_calls_limit 10\n`, at);
        return alerts.look(of, at, isGone).map(({ name, fires, in: left }) => [name, fires, left]);
      };
      return [
        look(8, 0),
        look(9, 10),
        look(9, 129),
        look(9, 130),
        look(1, 140),
        look(9, 150),
        look(9, 160, true),
      ];
    });
    const near = 'TandemCallsNearLimit';
    assert.deepEqual(found.slice(0, 6), [
      [],
      [[near, false, 120]],
      [[near, false, 1]],
      [[near, true, 0]],
      [],
      [[near, false, 120]],
    ]);
    assert.deepEqual(found[6], [['TandemGone', false, 60]]);
  });

  await t.test('events are whole wherever their stream is cut', async () => {
    const all = await page.evaluate(async () => {
      const { EventReader } = await import('/console/stream.js');
      const text =
        ':\n\nid: 1-2\nevent: call.started\ndata: {"text":"ä: b"}\n\n:\r\n\r\nevent: dtmf\r\ndata: {}\r\n\r\nid: 9\n';
      const seen = new Set();
      for (let at = 0; at <= text.length; ++at) {
        const told = [];
        const reader = new EventReader((name, data, id) => told.push([name, data, id ?? null]));
        reader.take(text.slice(0, at));
        reader.take(text.slice(at));
        seen.add(JSON.stringify([told, reader.last]));
      }
      return [...seen];
    });
    assert.deepEqual(all.map(JSON.parse), [
      [
        [
          ['call.started', { text: 'ä: b' }, '1-2'],
          ['dtmf', {}, null],
        ],
        '1-2',
      ],
    ]);
  });

  await t.test('a piece of a call is read as its position and both sides', async () => {
    const found = await page.evaluate(async () => {
      const { readPiece } = await import('/console/listen.js');
      const bytes = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 2, 0x80, 0xff, 0x00, 0xff);
      const { position, sides, levels } = readPiece(bytes.buffer);
      return { position, sides: sides.map((side) => [...side].map((each) => each * 32768)), levels };
    });
    assert.equal(found.position, 2 ** 32 + 2);
    assert.deepEqual(found.sides, [
      [32124, -32124],
      [0, 0],
    ]);
    assert.ok(Math.abs(found.levels[0] - 32124 / 32768) < 1e-6);
    assert.equal(found.levels[1], 0);
  });

  await t.test('a reply is told apart in what was heard and what was cut', async () => {
    const found = await page.evaluate(async () => {
      const { heardAndCut } = await import('/console/transcript.js');
      return [
        heardAndCut('One two three.', 'One two'),
        heardAndCut('One.', ''),
        heardAndCut('One.', 'One.'),
        heardAndCut('One', 'One more'),
      ];
    });
    assert.deepEqual(found, [
      ['One two ', 'three.'],
      ['', 'One.'],
      ['One.', ''],
      ['One', ''],
    ]);
  });

  await t.test('words that events told stand there until the turns have them, once', async () => {
    const found = await page.evaluate(async () => {
      const { Conversation } = await import('/console/transcript.js');
      const talk = new Conversation();
      const at = '2026-05-01T10:00:00.000Z';
      const texts = () => talk.entries.map(({ role, text }) => `${role}: ${text}`);
      talk.hear('transcript.partial', { text: 'Hel' });
      const draft = talk.draft;
      talk.hear('transcript.final', { text: 'Hello.', at });
      talk.hear('agent.reply', { turn: 1, text: 'Good', at });
      talk.hear('agent.reply', { turn: 1, text: 'day.', at });
      talk.hear('speech.interrupted', { turn: 1, heard_text: 'Good', at });
      const before = texts();
      talk.take([{ n: 1, role: 'caller', text: 'Well. Hello.', started_at: at }]);
      const between = texts();
      talk.take([
        ...talk.turns,
        { n: 2, role: 'agent', text: 'Good day.', heard_text: 'Good', started_at: at },
      ]);
      // Said again much later, it is something else.
      talk.hear('transcript.final', { text: 'Hello.', at: '2026-05-01T10:05:00.000Z' });
      return { draft, empty: talk.draft, before, between, after: texts() };
    });
    assert.equal(found.draft, 'Hel');
    assert.equal(found.empty, '');
    assert.deepEqual(found.before, ['caller: Hello.', 'agent: Good day.']);
    assert.deepEqual(found.between, ['caller: Well. Hello.', 'agent: Good day.']);
    assert.deepEqual(found.after, ['caller: Well. Hello.', 'agent: Good day.', 'caller: Hello.']);
  });

  await t.test('what came before something earlier takes no time in the waterfall', async () => {
    const found = await page.evaluate(async () => {
      const { partsOf, total } = await import('/console/waterfall.js');
      const timing = {
        stt_final_ms: 500,
        endpoint_ms: 500,
        first_token_ms: 200,
        first_audio_ms: 700,
        heard_ms: 900,
      };
      return { parts: partsOf(timing), whole: total(timing), none: [partsOf({}), total(undefined)] };
    });
    assert.deepEqual(found.parts, [
      { kind: 'hearing', from: 0, to: 500 },
      { kind: 'speaking', from: 500, to: 700 },
      { kind: 'line', from: 700, to: 900 },
    ]);
    assert.equal(found.whole, 900);
    assert.deepEqual(found.none, [[], 0]);
  });

  await t.test('a recording is drawn by its channels, in whatever pieces it comes', async () => {
    const found = await page.evaluate(async () => {
      const { layoutOf, Peaks } = await import('/console/recording.js');
      const frames = 6000;
      const file = new DataView(new ArrayBuffer(44 + 4 * frames));
      [...'RIFF'].forEach((c, i) => file.setUint8(i, c.charCodeAt(0)));
      [...'WAVEfmt '].forEach((c, i) => file.setUint8(8 + i, c.charCodeAt(0)));
      [...'data'].forEach((c, i) => file.setUint8(36 + i, c.charCodeAt(0)));
      file.setUint32(16, 16, true);
      file.setUint16(22, 2, true);
      file.setUint32(24, 8000, true);
      file.setUint16(34, 16, true);
      file.setInt16(44, -16384, true);
      file.setInt16(44 + 4 * (frames - 1) + 2, 8192, true);
      const bytes = new Uint8Array(file.buffer);
      const layout = layoutOf(bytes.subarray(0, 100));
      const peaks = new Peaks(4 * frames);
      for (let at = layout.begin; at < bytes.length; at += 777) peaks.take(bytes.subarray(at, at + 777));
      const loud = (channel) => [...channel].map((peak, i) => [i, peak]).filter(([, peak]) => peak > 0);
      file.setUint16(22, 1, true);
      return {
        layout,
        left: loud(peaks.left),
        right: loud(peaks.right),
        mono: layoutOf(bytes),
        other: layoutOf(bytes.subarray(1, 90)),
      };
    });
    assert.deepEqual(found.layout, { begin: 44, rate: 8000 });
    assert.deepEqual(found.left, [[0, 0.5]]);
    assert.deepEqual(found.right, [[599, 0.25]]);
    assert.equal(found.mono, null);
    assert.equal(found.other, null);
  });

  assert.deepEqual(page.faults, []);
});
