import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { barriers, openPage, signIn, startEngine } from './console_lab.mjs';

const limits = { timeout: 180_000 };
const path = fileURLToPath(new URL('../../deploy/agents/book-a-table.json', import.meta.url));
const script = await readFile(path, 'utf8');
const agent = ['--agent.kind=script', `--agent.script=${path}`];
const hostile = '<img src=x onerror="document.title=\'caught\'"> & <script>alert(1)</script>';

const editor = (page) => page.locator('.editor textarea');
const button = (page, name) => page.getByRole('button', { name, exact: true });

async function openAgent(test, engine, how) {
  const page = await openPage(test, engine.url, how);
  await signIn(page);
  await page.getByRole('link', { name: 'Agent', exact: true }).click();
  await page.getByRole('heading', { name: 'A script answers new calls' }).waitFor();
  await page.locator('.status', { hasText: 'No fault: 6 questions' }).waitFor();
  return page;
}

async function say(page, text) {
  await page.getByLabel('As the caller').fill(text);
  await page.keyboard.press('Enter');
  await page.locator('.turn.caller', { hasText: text }).waitFor();
}

test('a fault of a script is shown at its line, and cannot be used', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: ['one'], agent });
  const page = await openAgent(t, engine);
  assert.equal(await editor(page).inputValue(), script);
  assert.ok(await button(page, 'Use for new calls').isDisabled());

  await editor(page).fill(script.replace('"start": "day"', '"start": "night"'));
  const fault = page.locator('.faults li', { hasText: 'there is no node "night"' });
  await fault.waitFor();
  await page.locator('.marks b', { hasText: 'there is no node "night"' }).waitFor();
  assert.ok(await button(page, 'Use for new calls').isDisabled());
  await fault.getByRole('button', { name: 'Line 4' }).click();
  const line = await editor(page).evaluate((node) =>
    node.value.slice(node.selectionStart, node.selectionEnd),
  );
  assert.equal(line.trim(), '"start": "night",');

  await button(page, 'Discard').click();
  await page.locator('.status', { hasText: 'No fault' }).waitFor();
  assert.equal(await editor(page).inputValue(), script);
  assert.equal((await engine.api('GET', 'v1/agent')).changed, false);
  assert.deepEqual(page.faults, []);
});

test('what is written is tried at once, and new calls get it when it is used', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: ['one'], agent });
  const page = await openAgent(t, engine);
  await say(page, 'A table on Friday, please.');
  await page.locator('.turn.agent', { hasText: 'Friday, gladly. What time would you like to come?' }).waitFor();

  // What was said is asked again, of the script as it stands now.
  await editor(page).fill(script.replace('Good day, this is', 'Good evening, this is'));
  await page.locator('.turn.agent', { hasText: 'Good evening, this is the Blue Door' }).waitFor();
  await say(page, 'Goodbye.');
  await page.getByText('The agent hangs up.').waitFor();
  assert.ok(await page.getByLabel('As the caller').isDisabled());
  assert.equal((await engine.api('GET', 'v1/agent')).script.text, script);

  // It is still there for whoever looked at something else.
  await page.getByRole('link', { name: /^Calls/ }).click();
  await page.getByRole('link', { name: 'Agent', exact: true }).click();
  await page.getByText('Not in use yet: script').waitFor();
  await button(page, 'Use for new calls').click();
  await page.getByText('New calls get it; live calls keep the agent they have.').waitFor();
  await page.locator('.badge', { hasText: 'changed, in no file' }).waitFor();

  const { id } = await engine.call('+13125550142');
  await page.goto(`${engine.url}#/calls/${id}`);
  await page
    .locator('.turn.agent', { hasText: 'Good evening, this is the Blue Door' })
    .waitFor({ timeout: 60_000 });
  assert.deepEqual(page.faults, []);
});

test('live calls take what is changed, if wished', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: ['one'], agent });
  const page = await openAgent(t, engine);
  const { id } = await engine.call('+13125550142');
  await page.locator('nav .bubble', { hasText: '1' }).waitFor({ timeout: 60_000 });
  await page.getByLabel('Said when the agent fails').fill('Once more, please.');
  await button(page, '… and live calls from their next turn').click();
  await page.getByText('New calls get it, and 1 live call takes it from the next turn on.').waitFor();
  assert.equal((await engine.api('GET', 'v1/agent')).fallback_reply, 'Once more, please.');
  assert.equal((await engine.api('GET', `v1/calls/${id}`)).agent, 'script');
  assert.deepEqual(page.faults, []);
});

test('what an agent says is text, whatever it looks like', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: ['one'], agent });
  const page = await openAgent(t, engine);
  await page.getByLabel('Greeting').fill(hostile);
  await page.locator('.turn.agent', { hasText: hostile }).waitFor();
  await say(page, `${hostile} said`);
  await editor(page).fill(`{"${hostile.replaceAll('"', "'")}": 1}`);
  await page.locator('.faults li', { hasText: '<img' }).waitFor();
  assert.equal(await page.locator('main img, main script').count(), 0);
  assert.notEqual(await page.title(), 'caught');
  assert.deepEqual(page.faults, []);
});

test('an agent is tried and changed with the keyboard alone', limits, async (t) => {
  const engine = await startEngine(t, { transcripts: ['one'], agent });
  const page = await openAgent(t, engine);
  const tabTo = async (name) => {
    for (let n = 0; n < 40; ++n) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const node = document.activeElement;
        const { outlineStyle, outlineWidth } = getComputedStyle(node);
        const label = node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent;
        return { label, ring: outlineStyle !== 'none' && parseFloat(outlineWidth) > 0 };
      });
      if (!name.test(at.label)) continue;
      return assert.ok(at.ring, `${at.label} shows that it has the focus`);
    }
    assert.fail(`Tab does not reach ${name}`);
  };
  await tabTo(/^Greeting/);
  await page.keyboard.type('Good evening.');
  await page.locator('.turn.agent', { hasText: 'Good evening.' }).waitFor();
  // The editor lets go of the focus.
  await tabTo(/^Script$/);
  await tabTo(/^Use for new calls/);
  await page.keyboard.press('Enter');
  await page.getByText('New calls get it').waitFor();
  await tabTo(/^As the caller/);
  await page.keyboard.type('A table on Friday, please.');
  await page.keyboard.press('Enter');
  await page.locator('.turn.agent', { hasText: 'What time would you like to come?' }).waitFor();
  assert.equal((await engine.api('GET', 'v1/agent')).greeting, 'Good evening.');
  assert.deepEqual(page.faults, []);
});

for (const theme of ['light', 'dark'])
  for (const width of [1280, 390])
    test(`the agent's screen has no serious barrier, ${theme}, ${width} pixels wide`, limits, async (t) => {
      const engine = await startEngine(t, { transcripts: ['one'], agent });
      const page = await openAgent(t, engine, { theme, width });
      await say(page, 'A table on Friday, please.');
      await page.locator('.turn.agent', { hasText: 'What time would you like to come?' }).waitFor();
      assert.deepEqual(await barriers(page), []);
      await editor(page).fill(script.replace('"start": "day"', '"start": "night"'));
      await page.locator('.faults li').waitFor();
      assert.deepEqual(await barriers(page), []);
      assert.ok(
        await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth),
        'nothing sticks out',
      );
      assert.deepEqual(page.faults, []);
    });
