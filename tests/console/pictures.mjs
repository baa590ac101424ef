import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { openPage, signIn, startEngine } from './console_lab.mjs';

/** Makes the README's pictures: calls at a restaurant's agent, as an operator sees them. */

const root = new URL('../../', import.meta.url);
const pictures = new URL('deploy/pictures/', root);
const path = (name) => new URL(name, root).pathname;

const width = 1200;
const calls = 18;
/** Until the lines of Now have a shape. */
const watched = 150_000;

async function take(page, name) {
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality: 70 });
  await writeFile(new URL(`${name}.webp`, pictures), Buffer.from(data, 'base64'));
}

test('pictures', { timeout: 600_000 }, async (t) => {
  await mkdir(pictures, { recursive: true });
  const { lines } = JSON.parse(await readFile(path('deploy/agents/book-a-table.caller.json')));
  // So that nobody books and hangs up while the pictures are made.
  const said = [...lines.slice(0, 4), ...lines.slice(0, 3)].map(({ say }) => say);
  const engine = await startEngine(t, {
    transcripts: said,
    say: said,
    flags: ['--limits.max_calls=60', '--cluster.node=voice-1'],
    agent: ['--agent.kind=script', `--agent.script=${path('deploy/agents/book-a-table.json')}`],
  });
  const pages = {};
  for (const theme of ['light', 'dark']) {
    pages[theme] = await openPage(t, engine.url, { theme, width, height: 760 });
    await signIn(pages[theme]);
  }
  const ended = Date.now() + watched;
  for (let n = 0; n < calls; ++n) {
    await engine.call(`+1312555${String((n * 2371 + 142) % 10000).padStart(4, '0')}`.replace(/02$/, '12'));
    await pause(2000 + ((n * 137) % 900));
  }
  while (Date.now() < ended) {
    await engine.call(`+1312555${String(Date.now() % 10000).padStart(4, '0')}`.replace(/02$/, '12'));
    await pause(7000);
  }
  for (const [theme, page] of Object.entries(pages)) await take(page, `now-${theme}`);
  for (const [theme, page] of Object.entries(pages)) {
    await page.getByRole('link', { name: /^Calls/ }).click();
    await page.locator('.calls a').first().waitFor();
    await page.mouse.move(0, 0);
    await pause(500);
    await take(page, `calls-${theme}`);
  }
});
