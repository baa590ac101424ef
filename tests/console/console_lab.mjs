import { createRequire } from 'node:module';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Lab } from '../clients/lab.mjs';

const load = createRequire(new URL('../../build/console/', import.meta.url));
const { chromium } = load('playwright-core');
const axe = load.resolve('axe-core/axe.min.js');

export const token = 'console-test-0123456789abcdef';
const apiKey = 'key';

/** A port that nobody has at this moment: engine and carrier need each other's before they start. */
export async function freePort() {
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A real engine with a carrier and a speech server around it; callers say what `transcripts` has, a line each. */
export async function startEngine(
  test,
  { transcripts, say = [], flags = [], agent = ['--agent.kind=echo'] },
) {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-console-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'transcripts'), transcripts.map((line) => `${line}\n`).join(''));
  const speech = await Lab.start(test, 'speech', '--synthetic', '--transcripts', join(folder, 'transcripts'));
  const port = await freePort();
  const carrier = await Lab.start(
    test,
    'carrier',
    ...[
      '--webhook',
      `http://127.0.0.1:${port}/telnyx/webhooks`,
      '--api-key',
      apiKey,
      '--connection-id',
      'app',
    ],
    ...say.flatMap((text) => ['--say', text]),
  );
  const program = new Lab(
    test,
    [
      'serve',
      `--server.listen=127.0.0.1:${port}`,
      '--server.admin_listen=127.0.0.1:0',
      `--server.public_url=http://127.0.0.1:${port}`,
      `--server.api_token=${token}`,
      `--telnyx.api_url=http://${carrier.address}/v2`,
      `--telnyx.api_key=${apiKey}`,
      `--telnyx.public_key=${await carrier.line('public key ')}`,
      '--telnyx.connection_id=app',
      '--elevenlabs.api_key=key',
      `--scribe.url=ws://${speech.address}/v1/speech-to-text/realtime`,
      `--speech.url=ws://${speech.address}/v1/text-to-speech`,
      '--speech.voice=rms',
      `--store.url=sqlite:${join(folder, 'tandem.db')}`,
      `--store.recordings=${folder}`,
      // A browser beside it may keep every core busy.
      '--limits.loop_lag_ms=10000',
      '--limits.calls_per_second=1000',
      ...agent,
      ...flags,
    ],
    'tandem',
  );
  const [, admin] = await program.find(/engine listening .*admin=(\S+)/);
  const url = `http://${admin}/`;
  return {
    carrier,
    url,
    async api(method, path, body) {
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' };
      const ask = () => fetch(url + path, { method, headers, body: body && JSON.stringify(body) });
      let answer = await ask();
      // In its first moments an engine has not read everything from its store.
      for (let left = 50; answer.status === 503 && left > 0; --left) {
        await new Promise((resolve) => setTimeout(resolve, 200));
        answer = await ask();
      }
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return answer.json();
    },
    /** Places a call; numbers that end in 02 ring until nobody waits any more. */
    call(number, more = {}) {
      return this.api('POST', 'v1/calls', { to: number, from: '+13125550100', ...more });
    },
  };
}

/** A page in a browser of its own; whatever goes wrong in it is in `faults`. */
export async function openPage(test, url, { theme = 'light', width = 1280, height = 800, args = [] } = {}) {
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
  test.after(() => browser.close());
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(String(error)));
  page.on('console', (message) => {
    // Browsers tell of each refusal, as of the token before it was shown; what the console does then is tested.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      page.faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) page.faults.push(`asks for ${request.url()}`);
  });
  await page.goto(url);
  return page;
}

/**
 * What the page's main thread does while `use` runs: each task's time on the processor in milliseconds, and what
 * took most of it.
 */
export async function mainThreadTasks(page, use) {
  const session = await page.context().browser().newBrowserCDPSession();
  const events = [];
  session.on('Tracing.dataCollected', ({ value }) => events.push(...value));
  await session.send('Tracing.start', {
    transferMode: 'ReportEvents',
    traceConfig: { includedCategories: ['toplevel', 'devtools.timeline', 'v8'], recordMode: 'recordContinuously' },
  });
  await use();
  const whole = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
  await session.send('Tracing.end');
  await whole;
  // A reload may move the page to another process.
  const threads = events
    .filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain')
    .map(({ pid, tid }) => `${pid} ${tid}`);
  const ours = events.filter(({ ph, pid, tid, tdur }) => ph === 'X' && tdur && threads.includes(`${pid} ${tid}`));
  const parts = ours.filter(({ cat, name }) => !cat.includes('toplevel') && name !== 'RunTask');
  return ours
    .filter(({ name }) => name === 'ThreadControllerImpl::RunTask')
    .map(({ pid, ts, dur, tdur }) => {
      const time = tdur / 1000;
      if (time < 20) return { time, what: '' };
      const inside = parts.filter((each) => each.pid === pid && each.ts >= ts && each.ts + each.dur <= ts + dur);
      const most = inside.toSorted((a, b) => b.tdur - a.tdur).slice(0, 6);
      return { time, what: most.map(({ name, tdur: part }) => `${name} ${(part / 1000).toFixed(1)}`).join(' ') };
    });
}

export async function signIn(page) {
  await page.getByLabel('API token').fill(token);
  await page.keyboard.press('Enter');
  await page.locator('dialog.login').waitFor({ state: 'detached' });
}

/** What axe-core finds of the serious kinds, a line each. */
export async function barriers(page) {
  // The page's policy would refuse it as a script of the page.
  await page.evaluate(await readFile(axe, 'utf8'));
  const { violations } = await page.evaluate(() =>
    globalThis.axe.run(document, { resultTypes: ['violations'] }),
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}
