import assert from 'node:assert/strict';
import { test } from 'node:test';

import { barriers, openPage, signIn, startEngine, token } from './console_lab.mjs';

const limits = { timeout: 180_000 };
const hostile = '<img src=x onerror="document.title=\'caught\'"> & <script>alert(1)</script>';
const spoken = ['one two three', 'four five six', 'seven eight nine'];

const title = (page) => page.locator('main h1').textContent();

/** Waits until a page says so. */
const until = (page, what, argument) => page.waitForFunction(what, argument, { timeout: 60_000 });

const openCall = async (page, id) => {
  await page.getByRole('link', { name: /^Calls/ }).click();
  await page.locator(`.calls a[href$="${id}"]`).click();
  await page.locator('.call').waitFor();
};

const turns = (page) => page.locator('.turn').count();

test('whoever has not shown the token sees nothing, and comes in with it', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: spoken });
  const page = await openPage(t, engine.url);
  await page.getByLabel('API token').fill('another');
  await page.keyboard.press('Enter');
  await page.getByText('That is not the token.').waitFor();
  await signIn(page);
  await until(page, () => document.querySelector('main h1').textContent.includes('The line is well.'));
  assert.equal(await page.locator('.connection').textContent(), 'Live');
  const cookie = (await page.context().cookies()).find(({ name }) => name === 'tandem_session');
  assert.ok(cookie.httpOnly);
  assert.ok(!(await page.evaluate(() => JSON.stringify({ ...localStorage }))).includes(token));

  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByLabel('API token').waitFor();
  assert.deepEqual(page.faults, []);
});

test('a call is seen, read along as it is spoken, and hung up', limits, async (t) => {
  const engine = await startEngine(t, {
    transcripts: spoken,
    say: spoken,
    flags: ['--agent.greeting=Good day.', '--prices.currency=EUR', '--prices.tts_1000_characters=0.1'],
  });
  const page = await openPage(t, engine.url);
  await signIn(page);
  const { id } = await engine.call('+13125550142', { metadata: { name: 'Ada' } });
  await until(page, () => document.querySelector('main h1').textContent.startsWith('1 call.'));
  await openCall(page, id);
  assert.equal(await title(page), 'Call to +13125550142');
  await page.getByText('Ada', { exact: true }).waitFor();

  let seen = await turns(page);
  for (const more of spoken) {
    await page.locator('.turn.caller', { hasText: more }).waitFor({ timeout: 60_000 });
    assert.ok((await turns(page)) > seen, 'the transcript grows');
    seen = await turns(page);
  }
  await page.locator('.turn.agent .waterfall').first().waitFor();
  await page.locator('.waterfall summary').first().click();
  await page.getByText('first word heard').first().waitFor();

  await page.getByRole('button', { name: 'Hang up' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
  await page.locator('.badge', { hasText: 'ended by an operator or program' }).waitFor();
  assert.match(await engine.carrier.line('placed call 1 ended '), /by=engine/);
  assert.equal((await engine.api('GET', `v1/calls/${id}`)).end_reason, 'api_hung_up');
  assert.equal(await page.getByRole('button', { name: 'Hang up' }).count(), 0);

  await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
  await until(page, () =>
    [...document.querySelectorAll('.wave')].every((wave) => wave.getAttribute('d')?.length > 1000),
  );
  await page.getByLabel('Position').fill('0.5');
  await until(
    page,
    () =>
      document.querySelector('audio')?.currentTime !== 0 ||
      /^0:0[1-9]/.test(document.querySelector('.clock').textContent),
  );
  assert.deepEqual(page.faults, []);
});

test('whoever takes a call over is heard, and the agent is not', limits, async (t) => {
  const engine = await startEngine(t, {
    transcripts: spoken,
    say: spoken,
    flags: ['--agent.greeting=Good day.'],
  });
  const page = await openPage(t, engine.url);
  await signIn(page);
  const { id } = await engine.call('+13125550142');
  await openCall(page, id);
  await page.locator('.turn.agent', { hasText: spoken[0] }).waitFor({ timeout: 60_000 });
  await page.getByRole('button', { name: 'Take over' }).click();
  await page.getByText('You have the call').waitFor();
  await page.keyboard.type('This is a person.');
  await page.keyboard.press('Enter');
  await page.locator('.turn.agent', { hasText: 'This is a person.' }).waitFor();
  await page.getByRole('button', { name: 'Give back to the agent' }).click();
  await page.getByRole('button', { name: 'Take over' }).waitFor();
  assert.equal((await engine.api('GET', `v1/calls/${id}`)).agent, 'echo');

  await page.getByRole('button', { name: 'Hold' }).click();
  await page.getByText('On hold: nobody listens').waitFor();
  await page.getByRole('button', { name: 'Resume' }).click();
  await page.getByRole('button', { name: 'Hold' }).waitFor();
  await page.getByRole('button', { name: /Keys/ }).click();
  await page.getByRole('dialog').getByRole('button', { name: '7', exact: true }).click();
  assert.equal(await page.getByLabel('Keys', { exact: true }).inputValue(), '7');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: /Transfer/ }).click();
  await page.getByLabel('Number or SIP URI').fill('nobody');
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByRole('alert').filter({ hasText: 'country code' }).waitFor();
  assert.deepEqual(page.faults, []);
});

test('what callers, agents and programs say is text, whatever it looks like', limits, async (t) => {
  const flags = [`--agent.greeting=${hostile}`];
  const engine = await startEngine(t, { transcripts: [hostile], say: spoken.slice(0, 1), flags });
  const page = await openPage(t, engine.url);
  await signIn(page);
  const { id } = await engine.call('+13125550142', { metadata: { [hostile.slice(0, 60)]: hostile } });
  await page.getByRole('link', { name: /^Calls/ }).click();
  await page.locator('.calls .said', { hasText: '<img' }).waitFor({ timeout: 60_000 });
  await openCall(page, id);
  await page.locator('.turn.caller', { hasText: hostile }).waitFor({ timeout: 60_000 });
  await page.locator('.turn.agent', { hasText: hostile }).nth(1).waitFor({ timeout: 60_000 });
  await page.getByLabel('Say to the caller').fill(`${hostile} said`);
  await page.keyboard.press('Enter');
  await page.locator('.turn.agent', { hasText: `${hostile} said` }).waitFor({ timeout: 60_000 });
  await page.locator('.facts dd', { hasText: hostile }).waitFor();
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.notEqual(await page.title(), 'caught');
  assert.deepEqual(page.faults, []);
});

test(
  'of many calls only those in sight are in the page, and the keyboard reaches every one',
  limits,
  async (t) => {
    const many = 60;
    const engine = await startEngine(t, { transcripts: spoken });
    const page = await openPage(t, engine.url, { height: 500 });
    await signIn(page);
    await page.getByRole('link', { name: /^Calls/ }).click();
    for (let n = 0; n < many; ++n) await engine.call(`+1312555${10 + n}02`);
    await until(
      page,
      (rows) => document.querySelector('.calls').getAttribute('aria-rowcount') === String(rows),
      many + 1,
    );
    assert.ok((await page.locator('.calls tbody tr').count()) < many / 2 + 10);
    const focused = () =>
      page.evaluate(() => document.activeElement.closest('tr')?.getAttribute('aria-rowindex'));
    await page.locator('.calls a[tabindex="0"]').focus();
    assert.equal(await focused(), '2');
    await page.keyboard.press('ArrowDown');
    assert.equal(await focused(), '3');
    await page.keyboard.press('End');
    assert.equal(await focused(), String(many + 1));
    await page.keyboard.press('ArrowUp');
    assert.equal(await focused(), String(many));

    await page.getByLabel('Search calls').fill('+131255512');
    await until(page, () => document.querySelector('.calls').getAttribute('aria-rowcount') === '2');
    await page.getByLabel('Search calls').fill('');
    await page.locator('.switch label', { hasText: 'Past' }).click();
    await page.getByText('No past calls.').waitFor();
    assert.deepEqual(page.faults, []);
  },
);

test('everything is done with the keyboard alone', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: spoken, flags: ['--agent.greeting=Good day.'] });
  const { id } = await engine.call('+13125550142');
  const page = await openPage(t, engine.url);
  await page.getByLabel('API token').waitFor();
  await page.keyboard.type(token);
  await page.keyboard.press('Enter');
  await page.locator('dialog.login').waitFor({ state: 'detached' });

  /** Goes on with Tab until something of this name has the focus, which is to be seen. */
  const tabTo = async (name) => {
    for (let n = 0; n < 60; ++n) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const node = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(node);
        const label = node.getAttribute('aria-label') ?? node.textContent;
        const ring = outlineStyle !== 'none' && parseFloat(outlineWidth) > 0;
        return { label, ring: ring || node.matches('input[type=range], input[type=radio]') };
      });
      if (!name.test(at.label)) continue;
      assert.ok(at.ring, `${at.label} shows that it has the focus`);
      return;
    }
    assert.fail(`Tab does not reach ${name}`);
  };
  await tabTo(/^Calls/);
  await page.keyboard.press('Enter');
  await until(page, () => document.activeElement.textContent === 'Calls');
  await until(page, () => document.querySelector('.calls a[tabindex="0"]'));
  await tabTo(/Search/);
  await tabTo(/13125550142/);
  await page.keyboard.press('Enter');
  await until(page, () => document.activeElement.textContent.startsWith('Call to'));
  await until(page, () => document.querySelector('.badge')?.textContent === 'connected');
  await tabTo(/Say to the caller/);
  await page.keyboard.type('Hello.');
  await page.keyboard.press('Enter');
  await page.locator('.turn', { hasText: 'Hello.' }).waitFor();
  await tabTo(/^Hang up/);
  await page.keyboard.press('Enter');
  await tabTo(/^Hang up/);
  await page.keyboard.press('Enter');
  await page.locator('.badge', { hasText: 'ended' }).waitFor();
  assert.equal((await engine.api('GET', `v1/calls/${id}`)).end_reason, 'api_hung_up');
  assert.deepEqual(page.faults, []);
});

test('a campaign is paused, resumed and stopped', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: spoken });
  const numbers = Array.from({ length: 5 }, (_, n) => `+1312555${10 + n}02`);
  await engine.api('POST', 'v1/campaigns', {
    name: 'Reminders',
    from: '+13125550100',
    concurrency: 2,
    numbers,
  });
  const page = await openPage(t, engine.url);
  await signIn(page);
  await page.getByRole('link', { name: 'Campaigns' }).click();
  await page.getByRole('button', { name: 'Pause Reminders' }).click();
  await page.locator('.badge', { hasText: 'paused' }).waitFor();
  await page.getByRole('button', { name: 'Resume Reminders' }).click();
  await page.locator('.badge', { hasText: 'running' }).waitFor();
  await page.getByRole('link', { name: 'Reminders' }).click();
  await until(page, () => document.querySelectorAll('.numbers tbody tr').length === 5);
  await page.getByRole('button', { name: 'Stop Reminders' }).click();
  await page.getByRole('button', { name: 'Stop for good?' }).click();
  await page.locator('.badge', { hasText: 'stopped' }).waitFor();
  assert.deepEqual(page.faults, []);
});

for (const theme of ['light', 'dark'])
  for (const width of [1280, 390])
    test(`no screen has a serious barrier, ${theme}, ${width} pixels wide`, limits, async (t) => {
      const engine = await startEngine(t, {
        transcripts: spoken,
        say: spoken,
        flags: ['--agent.greeting=Good day.'],
      });
      const page = await openPage(t, engine.url, { theme, width });
      await page.getByLabel('API token').waitFor();
      assert.deepEqual(await barriers(page), []);
      await signIn(page);
      await engine.api('POST', 'v1/campaigns', {
        name: 'Reminders',
        from: '+13125550100',
        numbers: ['+13125551002'],
      });
      const { id } = await engine.call('+13125550142');
      await until(page, () => document.querySelector('.grid:not([hidden]) trend-chart path'));
      assert.deepEqual(await barriers(page), []);
      await page.getByRole('link', { name: /^Calls/ }).click();
      await page.locator('.calls a').first().waitFor();
      assert.deepEqual(await barriers(page), []);
      await openCall(page, id);
      await page.locator('.turn .waterfall').first().waitFor({ timeout: 60_000 });
      assert.deepEqual(await barriers(page), []);
      await page.getByRole('button', { name: 'Hang up' }).click();
      assert.deepEqual(await barriers(page), []);
      await page.getByRole('dialog').getByRole('button', { name: 'Hang up' }).click();
      await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
      assert.deepEqual(await barriers(page), []);
      await page.getByRole('link', { name: 'Campaigns' }).click();
      await page.getByRole('link', { name: 'Reminders' }).waitFor();
      assert.deepEqual(await barriers(page), []);
      await page.getByRole('link', { name: 'Reminders' }).click();
      await page.locator('.numbers tbody tr').first().waitFor();
      assert.deepEqual(await barriers(page), []);
      assert.deepEqual(page.faults, []);
    });
