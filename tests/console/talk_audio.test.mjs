import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

// As data, since Node takes a `.js` for a module only where a package.json says so.
const source = readFileSync(new URL('../../gateway/console/talk_audio.js', import.meta.url));
const { Playout, Resampler, decode, encode, frameBytes, lineRate, loudness } = await import(
  `data:text/javascript;base64,${source.toString('base64')}`
);

const tone = (hertz, rate, count) =>
  Float32Array.from({ length: count }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hertz * i) / rate));

/** The middle of what a resampler makes of it, without its run-in. */
function resampled(from, to, samples) {
  const out = [];
  const resampler = new Resampler(from, to);
  for (const sample of samples) resampler.push(sample, (made) => out.push(made));
  return { count: out.length, middle: out.slice(out.length / 4, (3 * out.length) / 4) };
}

const level = (samples) => Math.sqrt(samples.reduce((sum, each) => sum + each * each, 0) / samples.length);
const decibels = (a, b) => 20 * Math.log10(a / b);

test('µ-law bytes stay what they are, and known samples have their known bytes', () => {
  for (let byte = 0; byte < 256; ++byte) if (byte !== 0x7f) assert.equal(encode(decode(byte)), byte);
  // Both zeros are one.
  assert.equal(encode(decode(0x7f)), 0xff);
  // From the tables of G.711, at 16 bits.
  assert.equal(encode(0), 0xff);
  assert.equal(encode(1), 0x80);
  assert.equal(encode(-1), 0x00);
  assert.equal(encode(2), 0x80);
  assert.equal(encode(1000 / 32768), 0xce);
  assert.equal(encode(-1000 / 32768), 0x4e);
  assert.equal(decode(0x80) * 32768, 32124);
});

test('speech passes to the line and from it as loud as it was, at every rate', () => {
  for (const rate of [8000, 16000, 22050, 44100, 48000, 96000]) {
    for (const hertz of [200, 1000, 3000]) {
      for (const [from, to] of [
        [rate, lineRate],
        [lineRate, rate],
      ]) {
        const { count, middle } = resampled(from, to, tone(hertz, from, from));
        assert.ok(Math.abs(count - to) <= 1, `${count} samples of ${to}`);
        const change = decibels(level(middle), 0.5 / Math.SQRT2);
        assert.ok(Math.abs(change) < 0.2, `${hertz} Hz from ${from} to ${to} changes by ${change} dB`);
      }
    }
  }
});

test('what the line cannot carry does not come back as another tone', () => {
  for (const rate of [16000, 44100, 48000]) {
    for (const hertz of [4700, 5500, 7000]) {
      const { middle } = resampled(rate, lineRate, tone(hertz, rate, rate));
      assert.ok(decibels(level(middle), 0.5) < -70, `${hertz} Hz at ${rate}`);
    }
  }
});

test('samples that are taken one by one are those that are given one by one', () => {
  const samples = tone(700, lineRate, 800);
  const given = resampled(lineRate, 48000, samples);
  const puller = new Resampler(lineRate, 48000);
  let at = 0;
  const taken = Array.from({ length: given.count }, () => puller.pull(() => samples[at++] ?? 0));
  assert.deepEqual(taken.slice(taken.length / 4, (3 * taken.length) / 4), given.middle);
});

test('a meter is empty in silence, full at the loudest, and goes by decibels between', () => {
  assert.equal(loudness(0), 0);
  assert.equal(loudness(10 ** (-60 / 20)), 0);
  assert.ok(Math.abs(loudness(10 ** (-25 / 20)) - 0.5) < 1e-9);
  assert.equal(loudness(1), 1);
  assert.equal(loudness(2), 1);
});

test('audio is played in its order, and marks come back when what is before them was played', () => {
  const playout = new Playout();
  assert.equal(playout.mark('at once'), true);
  assert.equal(playout.audio(Uint8Array.of(1, 2)), true);
  assert.equal(playout.mark('a'), false);
  assert.equal(playout.mark('b'), false);
  playout.audio(Uint8Array.of(3));
  playout.mark('c');
  assert.equal(playout.next(), 1);
  assert.deepEqual(playout.reached(), []);
  assert.equal(playout.next(), 2);
  assert.deepEqual(playout.reached(), ['a', 'b']);
  assert.equal(playout.next(), 3);
  assert.deepEqual(playout.reached(), ['c']);
  assert.equal(playout.next(), undefined);
  assert.equal(playout.mark('d'), true);
});

test('a clear drops what waits, and all marks come back', () => {
  const playout = new Playout();
  playout.audio(new Uint8Array(frameBytes).fill(7));
  playout.mark('a');
  playout.audio(Uint8Array.of(8));
  playout.mark('b');
  playout.next();
  assert.deepEqual(playout.clear(), ['a', 'b']);
  assert.equal(playout.queued, 0);
  assert.equal(playout.next(), undefined);
  playout.audio(Uint8Array.of(9));
  assert.equal(playout.next(), 9);
});

test('audio beyond the bound is refused whole, and there is room again once some was played', () => {
  const playout = new Playout(4);
  assert.equal(playout.audio(Uint8Array.of(1, 2, 3)), true);
  assert.equal(playout.audio(Uint8Array.of(4, 5)), false);
  assert.equal(playout.queued, 3);
  playout.next();
  assert.equal(playout.audio(Uint8Array.of(4, 5)), true);
  assert.deepEqual(
    [2, 3, 4, 5],
    Array.from({ length: 4 }, () => playout.next()),
  );
});
