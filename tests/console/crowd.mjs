import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Lab } from '../clients/lab.mjs';
import { freePort, mainThreadTasks, openPage } from './console_lab.mjs';

/** So many calls talk at once; each is some seconds long, and another one follows it. */
const calls = Number(process.env.TANDEM_CROWD || 1000);
/** In milliseconds: what a task of the page may take, of the processor's time, since a busy machine is not its fault. */
const longestTask = 50;
const arriving = 20;

/** A real engine with so many calls, which answers who has no token. */
async function startCrowd(t) {
  const folder = await mkdtemp(join(tmpdir(), 'tandem-crowd-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const admin = `127.0.0.1:${await freePort()}`;
  const load = new Lab(t, [
    'load',
    '--profile=talk',
    `--calls=${calls}`,
    `--rate=${arriving}`,
    '--seconds=600',
    `--log=${join(folder, 'engine.log')}`,
    '--set',
    `--server.admin_listen=${admin}`,
  ]);
  const url = `http://${admin}/`;
  for (let left = 150; left > 0; --left) {
    if (await fetch(`${url}healthz`).then(({ ok }) => ok, () => false)) return { url, load };
    await pause(200);
  }
  return assert.fail('the engine does not answer');
}

const seconds = (t) => t * 1000;

/** Moves over the calls with the wheel and the keyboard, as somebody who looks for one. */
async function browse(page, time) {
  await page.locator('.calls').hover();
  for (const end = Date.now() + time; Date.now() < end; await pause(50))
    await page.mouse.wheel(0, 40 * Math.round(40 * Math.sin(Date.now() / 900)));
  await page.locator('.calls a[tabindex="0"]').focus();
  for (const key of ['PageDown', 'PageDown', 'End', 'PageUp', 'Home']) {
    await page.keyboard.press(key);
    await pause(200);
  }
}

test(`with ${calls} calls no task of the page takes ${longestTask} ms`, { timeout: seconds(420) }, async (t) => {
  const { url } = await startCrowd(t);
  const page = await openPage(t, url);
  await page.getByRole('link', { name: /^Calls/ }).click();
  await page.waitForFunction(
    (rows) => Number(document.querySelector('.calls')?.getAttribute('aria-rowcount')) > rows,
    0.95 * calls,
    { timeout: seconds(240) },
  );
  const tasks = await mainThreadTasks(page, async () => {
    // Somebody comes in while all of them are there.
    await page.reload();
    await page.waitForFunction(
      (rows) => Number(document.querySelector('.calls')?.getAttribute('aria-rowcount')) > rows,
      0.9 * calls,
    );
    const said = () => page.locator('.calls .said').allTextContents();
    const before = await said();
    await browse(page, seconds(10));
    assert.notDeepEqual(await said(), before, 'what is said changes');
    await page.getByLabel(/Search/).fill('hello');
    await pause(seconds(1));
    await page.getByLabel(/Search/).fill('');
    await page.getByRole('link', { name: 'Now' }).click();
    await page.locator('div.grid:not([hidden])').waitFor();
    await pause(seconds(10));
    await page.getByRole('link', { name: /^Calls/ }).click();
    await page.locator('.calls a').first().waitFor();
    await browse(page, seconds(3));
  });
  const longest = tasks.toSorted((a, b) => b.time - a.time).slice(0, 5);
  const told = longest.map(({ time, what }) => `${time.toFixed(1)} ms ${what}`);
  t.diagnostic(`${tasks.length} tasks, the longest ${told.join(', ')}`);
  assert.ok(tasks.length > 1000, 'the page was at work');
  const busy = await mainThreadTasks(page, () =>
    page.evaluate(() => {
      for (const end = performance.now() + 1000; performance.now() < end; );
    }),
  );
  assert.ok(Math.max(...busy.map(({ time }) => time)) > longestTask, 'a task that takes longer is found');
  assert.ok(longest[0].time < longestTask, told.join('\n'));
  assert.deepEqual(page.faults, []);
});
