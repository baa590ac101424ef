import assert from 'node:assert/strict';
import { test } from 'node:test';

import { barriers, openPage, signIn, startEngine } from './console_lab.mjs';

const limits = { timeout: 180_000 };
const spoken = ['one two three', 'four five six', 'seven eight nine'];

const openCall = async (page, id) => {
  await page.evaluate((hash) => (location.hash = hash), `#/calls/${id}`);
  await page.locator('.call').waitFor();
};

/** Waits until both sides have been seen to be loud. */
async function moves(page) {
  for (const side of ['Caller', 'Agent'])
    await page.waitForFunction(
      (label) => Number(document.querySelector(`[aria-label="${label}"]`)?.getAttribute('aria-valuenow')) > 0.3,
      `How loud: ${side}`,
      { timeout: 60_000 },
    );
}

test('an operator listens in, sees how loud either side is, and stops', limits, async (t) => {
  const engine = await startEngine(t, {
    transcripts: spoken,
    say: spoken,
    flags: ['--agent.greeting=Good day.'],
  });
  const page = await openPage(t, engine.url);
  const sockets = [];
  page.on('websocket', (socket) => sockets.push(socket));
  await signIn(page);
  const { id } = await engine.call('+13125550142');
  await openCall(page, id);
  await page.locator('.badge', { hasText: 'connected' }).waitFor();
  await page.locator('.turn').first().waitFor({ timeout: 60_000 });

  await page.getByRole('button', { name: 'Listen', exact: true }).focus();
  await page.keyboard.press('Enter');
  await page.getByText('You hear the call').waitFor();
  await moves(page);
  await page.getByText('Somebody listens in, from a console').waitFor();
  assert.deepEqual(await barriers(page), []);
  await page.getByRole('button', { name: 'Stop listening' }).click();
  await page.getByRole('button', { name: 'Listen', exact: true }).waitFor();
  assert.equal(await page.locator('.listening .meter:visible').count(), 0);

  await page.getByRole('button', { name: 'Listen', exact: true }).click();
  await page.getByText('You hear the call').waitFor();
  const closed = new Promise((resolve) => sockets.at(-1).once('close', resolve));
  await page.getByRole('link', { name: 'Now' }).click();
  await closed;

  await openCall(page, id);
  await page.getByRole('button', { name: 'Listen', exact: true }).click();
  await page.getByText('You hear the call').waitFor();
  await engine.api('POST', `v1/calls/${id}/hangup`, {});
  await page.locator('.badge', { hasText: 'ended' }).waitFor();
  assert.equal(sockets.length, 3);
  assert.deepEqual(page.faults, []);
});

test('a page without TLS hears a call all the same', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: spoken, say: spoken, flags: ['--agent.greeting=Good day.'] });
  const url = engine.url.replace('127.0.0.1', 'engine.test');
  const page = await openPage(t, url, { args: ['--host-resolver-rules=MAP engine.test 127.0.0.1'] });
  await signIn(page);
  assert.equal(await page.evaluate(() => isSecureContext), false);
  const { id } = await engine.call('+13125550142');
  await openCall(page, id);
  await page.locator('.turn').first().waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Listen', exact: true }).click();
  await page.getByText('You hear the call').waitFor();
  await moves(page);
  assert.deepEqual(page.faults, []);
});

test('where nobody may listen in, the page says so', limits, async (t) => {
  const flags = ['--server.listen_in=false', '--agent.greeting=Good day.'];
  const engine = await startEngine(t, { transcripts: spoken, flags });
  const page = await openPage(t, engine.url);
  await signIn(page);
  const { id } = await engine.call('+13125550142');
  await openCall(page, id);
  await page.locator('.turn').first().waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Listen', exact: true }).click();
  await page.getByText('server.listen_in is false').waitFor();
  await page.getByRole('button', { name: 'Listen', exact: true }).waitFor();
});
