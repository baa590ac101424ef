import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

// What tests/console/run has installed.
const { chromium } = createRequire(new URL('../../build/console/', import.meta.url))('playwright-core');

const path = (name) => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const programs = process.env.TANDEM_BIN_DIR || path(`build/${process.env.TANDEM_PRESET || 'release'}`);
const dialogue = path('deploy/agents/book-a-table.json');
const phrases = ['--script', dialogue, '--script', path('deploy/agents/book-a-table.caller.json')];
const patience = 30_000;
// The engine takes every variable that begins like its own for one of them.
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TANDEM_')));

const folder = mkdtempSync(join(tmpdir(), 'tandem-softphone-'));
const microphone = join(folder, 'microphone.wav');
const children = [];
let engine = '';
let browser;

/** Starts a program, to be ended with the tests, and gives what the pattern finds in what it prints. */
function start(program, flags, pattern) {
  const child = spawn(join(programs, program), flags, {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const printed = [];
  return new Promise((resolve, reject) => {
    for (const output of [child.stdout, child.stderr]) {
      createInterface({ input: output }).on('line', (line) => {
        printed.push(line);
        const found = pattern.exec(line);
        if (found) resolve(found[1]);
      });
    }
    child.on('error', reject);
    child.on('close', () => reject(new Error(`${program} has ended: ${printed.join('\n')}`)));
  });
}

const startSpeech = (voice) =>
  start(
    'tandem-lab',
    ['speech', '--listen=127.0.0.1:0', `--voice=${voice}`, ...phrases],
    /listening on (\S+)/,
  );

/** 16-bit samples at 16 kHz of a text, spoken by a server that speaks ElevenLabs' protocol. */
async function speak(address, text) {
  const page = await browser.newPage();
  const audio = await page.evaluate(
    ([url, words]) =>
      new Promise((resolve, reject) => {
        const socket = new WebSocket(url);
        let bytes = '';
        socket.onopen = () => {
          socket.send(JSON.stringify({ context_id: 'a', text: `${words} `, flush: true }));
          socket.send(JSON.stringify({ context_id: 'a', close_context: true }));
        };
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(data);
          if (message.audio) bytes += atob(message.audio);
          if (message.isFinal) resolve(btoa(bytes));
        };
        socket.onclose = () => reject(new Error('the speech server closed'));
      }),
    [`ws://${address}/v1/text-to-speech/voice/multi-stream-input?output_format=pcm_16000`, text],
  );
  await page.close();
  return Buffer.from(audio, 'base64');
}

const silence = (seconds) => Buffer.alloc(seconds * 32000);

/** The file that the browser takes for its microphone. */
function record(...pieces) {
  const sound = Buffer.concat(pieces);
  const head = Buffer.alloc(44);
  head.write('RIFF\0\0\0\0WAVEfmt ');
  head.writeUInt32LE(36 + sound.length, 4);
  [16, 1 | (1 << 16), 16000, 32000, 2 | (16 << 16)].forEach((word, i) =>
    head.writeUInt32LE(word, 16 + 4 * i),
  );
  head.write('data', 36);
  head.writeUInt32LE(sound.length, 40);
  writeFileSync(microphone, Buffer.concat([head, sound]));
}

const get = async (route) => (await fetch(engine + route)).json();
const newestCall = async () => (await get('/v1/calls?limit=1')).calls[0];

async function activeCalls() {
  const metrics = await (await fetch(`${engine}/metrics`)).text();
  return Number(/^tandem_calls_active (\d+)/m.exec(metrics)[1]);
}

async function becomes(what, condition) {
  for (const end = Date.now() + patience; !(await condition()); await pause(50))
    assert.ok(Date.now() < end, `never: ${what}`);
}

/** The softphone in a tab of its own. */
async function openPage({ microphone: isAllowed = true, host = '127.0.0.1' } = {}) {
  const context = await browser.newContext({ permissions: isAllowed ? ['microphone'] : [] });
  const page = await context.newPage();
  page.setDefaultTimeout(patience);
  const faults = [];
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) faults.push(message.text());
  });
  const url = new URL(engine);
  url.hostname = host;
  await page.goto(`${url.origin}/#/talk`);
  return {
    page,
    call: page.getByRole('button', { name: 'Call', exact: true }),
    hangUp: page.getByRole('button', { name: 'Hang up' }),
    turns: page.locator('tandem-talk .turn'),
    says: (text) => page.locator('tandem-talk').getByText(text).first().waitFor(),
    async close() {
      assert.deepEqual(faults, []);
      await context.close();
    },
  };
}

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--use-fake-device-for-media-stream',
      `--use-file-for-fake-audio-capture=${microphone}%noloop`,
      '--host-resolver-rules=MAP engine.test 127.0.0.1',
    ],
  });
  const [providers, caller] = await Promise.all([startSpeech('rms'), startSpeech('slt')]);
  // The greeting lasts for nine seconds: it is cut.
  record(silence(4), await speak(caller, 'I would like a table on Friday.'), silence(120));
  const admin = await start(
    'tandem',
    [
      'serve',
      '--server.listen=127.0.0.1:0',
      '--server.admin_listen=127.0.0.1:0',
      '--server.public_url=http://127.0.0.1',
      '--elevenlabs.api_key=test',
      `--scribe.url=ws://${providers}/v1/speech-to-text/realtime`,
      `--speech.url=ws://${providers}/v1/text-to-speech`,
      '--speech.voice=rms',
      '--agent.kind=script',
      `--agent.script=${dialogue}`,
      `--store.url=sqlite:${join(folder, 'tandem.db')}`,
      '--limits.max_calls=1',
      '--limits.loop_lag_ms=60000',
    ],
    /engine listening .*admin=(\S+)/,
  );
  engine = `http://${admin}`;
});

after(async () => {
  await browser?.close();
  for (const child of children) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

test('an operator talks to the agent, interrupts it, and sees what was said and what was cut', async () => {
  const phone = await openPage();
  await phone.call.click();
  await phone.hangUp.waitFor();
  const greeting = phone.turns.nth(0);
  await greeting.getByText('this is the Blue Door restaurant').waitFor();
  assert.equal(await activeCalls(), 1);
  // It is heard, and not only written.
  await phone.page.waitForFunction(() => {
    const [, agent] = document.querySelector('tandem-talk').shadowRoot.querySelectorAll('.bar');
    return new DOMMatrix(getComputedStyle(agent).transform).a > 0.3;
  });

  await greeting.getByText('You interrupted').waitFor();
  const cut = await greeting.locator('del').innerText();
  const heard = (await greeting.locator('.words').innerText()).slice(0, -cut.length).trim();
  assert.notEqual(heard, '');
  assert.ok(cut.endsWith('?'), cut);
  const own = phone.turns.nth(1);
  await own.getByText(/friday/i).waitFor();
  assert.match(await own.innerText(), /You/);
  const answer = phone.turns.nth(2);
  await answer.getByText('Friday').waitFor();
  await answer.getByText(/Answered in [\d.]+ s/).waitFor();
  await phone.says('The agent listens');

  const other = await openPage();
  await other.call.click();
  await other.says('All places are taken');
  await other.close();

  await phone.hangUp.click();
  await phone.says('You hung up.');
  await becomes('no call is left', async () => (await activeCalls()) === 0);
  const call = await newestCall();
  assert.equal(call.from, 'softphone');
  assert.equal(call.end_reason, 'caller_hung_up');
  const { turns } = await get(`/v1/calls/${call.id}/transcript`);
  assert.equal(turns[0].interrupted, true);
  assert.equal(turns[0].heard_text, heard);
  // The marks came back as the browser played what was before them.
  assert.equal(turns[2].timing.heard_by, 'mark');
  await phone.close();
});

test('a call that is ended from outside says so', async () => {
  const phone = await openPage();
  await phone.call.click();
  await becomes('the call is on', async () => (await newestCall()).state === 'connected');
  const { id } = await newestCall();
  const answer = await fetch(`${engine}/v1/calls/${id}/hangup`, { method: 'POST', body: '{}' });
  assert.equal(answer.status, 202);
  await phone.says('The call was ended from outside.');
  await phone.page.getByRole('link', { name: 'This call’s record' }).waitFor();
  await becomes('no call is left', async () => (await activeCalls()) === 0);
  await phone.close();
});

test('a page that is left hangs up', async () => {
  const phone = await openPage();
  await phone.call.click();
  await becomes('the call is on', async () => (await newestCall()).state === 'connected');
  await phone.page.goto('about:blank');
  await becomes('no call is left', async () => (await activeCalls()) === 0);
  await phone.close();
});

test('without a microphone the page says what to do', async () => {
  const refused = await openPage({ microphone: false });
  await refused.call.click();
  await refused.says('The microphone is not allowed');
  await refused.close();

  const plain = await openPage({ host: 'engine.test' });
  await plain.says('Browsers give a page the microphone over HTTPS');
  await plain.says('server.tls_certificate');
  assert.ok(await plain.call.isDisabled());
  await plain.close();
  assert.equal(await activeCalls(), 0);
});
