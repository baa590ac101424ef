import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Database, postgresql_installed } from './database.mjs';
import { exported } from './engine.mjs';
import { project, read, render } from './generated.mjs';
import { objects, one } from './manifests.mjs';
import { metrics_of, query_faults } from './queries.mjs';
import { load } from './tools.mjs';

const { parse } = load('yaml');
const dashboard = JSON.parse(read('deploy/grafana/tandem.json'));
const panels = dashboard.panels.filter(({ type }) => type !== 'row');
const targets = panels.flatMap(({ title, targets }) => targets.map((each) => ({ title, ...each })));
const limits = { timeout: 60_000 };
const metrics = (test) => exported(test).then(metrics_of);

test('the dashboard asks for nothing that the engine does not export', limits, async (test) => {
  const there = await metrics(test);
  const faults = (query) => query_faults(query, there);
  const queries = targets.filter(({ expr }) => expr !== undefined);
  assert.ok(queries.length > 40);
  for (const { title, expr, legendFormat } of queries) {
    assert.deepEqual(faults(expr), [], `${title}: ${expr}`);
    for (const [, label] of legendFormat.matchAll(/{{(\w+)}}/g)) {
      const named = label === 'instance' ? !/sum *\(/.test(expr) : new RegExp(`by \\([^)]*\\b${label}\\b`).test(expr);
      assert.ok(named || new RegExp(`by \\([^)]*\\b${label}\\b`).test(expr), `${title}: nothing has the label ${label}`);
    }
  }
  for (const { expr } of dashboard.annotations.list) assert.deepEqual(faults(expr), []);
  for (const { type, query } of dashboard.templating.list) {
    if (type === 'query') assert.deepEqual(faults(/^label_values\((.*), instance\)$/.exec(query.query)[1]), []);
  }
});

test('the dashboard shows every stage of a turn, one upon the other', limits, async (test) => {
  const there = await metrics(test);
  const shown = panels.find(({ title }) => title === 'Where the time of a turn goes');
  const stages = [...there.get('tandem_turn_seconds_sum').get('stage')].filter((each) => !['total', 'own'].includes(each));
  assert.deepEqual(shown.targets.map(({ legendFormat }) => legendFormat).sort(), stages.sort());
  assert.equal(shown.fieldConfig.defaults.custom.stacking.mode, 'normal');
});

test('the alerts, and what scales nodes, ask for nothing that the engine does not export', limits, async (test) => {
  const there = await metrics(test);
  for (const { rules } of parse(read('deploy/prometheus/tandem.rules.yml')).groups) {
    for (const { alert, expr } of rules) assert.deepEqual(query_faults(expr, there), [], alert);
  }
  const values = `${project}tests/deploy/values/everything.yaml`;
  const { triggers } = one(objects(render(process.env.HELM, '--values', values)), 'ScaledObject').spec;
  for (const { metadata } of triggers) assert.deepEqual(query_faults(metadata.query, there), []);
});

test('a query for what is not exported is found', limits, async (test) => {
  const there = await metrics(test);
  const wrong = {
    'sum(tandem_calls_now)': /tandem_calls_now is not exported/,
    'rate(tandem_calls_total{reason="busy"}[5m])': /tandem_calls_total has no label reason/,
    'tandem_calls_total{end_reason=~"busy|bored"}': /end_reason is never bored/,
    'tandem_calls_rejected_total{reason!="drained"}': /reason is never drained/,
    'sum by (peer) (tandem_calls_total)': /no label peer to group by/,
    'tandem_connections > on (cause) tandem_calls_limit': /no label cause/,
    'sum(tandem_calls_active': /no PromQL/,
  };
  for (const [query, fault] of Object.entries(wrong)) assert.match(query_faults(query, there).join(), fault, query);
});

test('panels have different names and places, and say what they show', () => {
  const ids = dashboard.panels.map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  const titles = panels.map(({ title }) => title);
  assert.equal(new Set(titles).size, titles.length);
  for (const { title, description } of panels) assert.ok(description?.length > 10, title);
  const taken = new Set();
  for (const { title, gridPos: { x, y, w, h } } of dashboard.panels) {
    assert.ok(x + w <= 24, title);
    for (let column = x; column < x + w; ++column) {
      for (let line = y; line < y + h; ++line) {
        assert.ok(!taken.has(`${column} ${line}`), `${title} lies upon another panel`);
        taken.add(`${column} ${line}`);
      }
    }
  }
  const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title.split(/[ ,]/)[0]);
  assert.deepEqual(rows, ['Calls', 'Latency', 'Failures', 'Saturation', 'Cost']);
});

const without = postgresql_installed ? false : 'there is no PostgreSQL; deploy/bootstrap test installs it';
test('what calls cost is asked of the tables that the engine makes', { ...limits, skip: without }, async (test) => {
  const store = await Database.start(test);
  await exported(test, store.url);
  const hour = 1767225600;
  const row = (id, answered_at, cost) => `INSERT INTO calls VALUES ('${id}', 1, 1, 0, 'node', '', 'incoming', '', '', '', 'ended',
    ${hour}000, ${answered_at}, ${hour + 120}000, 'caller_hung_up', 'echo', '{}', 60000, 500, 1000, 200, 'USD', ${cost}, 0, 0, 500000)`;
  store.ask(row('a', `${hour}000`, 1500000));
  store.ask(row('b', `${hour + 60}000`, 500000));
  const answers = targets.filter(({ rawSql }) => rawSql !== undefined).map(({ rawSql }) =>
    store.ask(rawSql.replaceAll('$__unixEpochFrom()', hour - 60).replaceAll('$__unixEpochTo()', hour + 3600)).replace(/^[0-9-]+ [0-9:+]+\|/, ''));
  assert.deepEqual(answers.map((each) => each.split('|').map((value) => (value === 'USD' ? value : Number(value)))), [
    [2, 0, 0, 1], ['USD', 2, 3, 3, 1.5, 1], [120000 / 3600000, 1, 2, 0.4],
  ]);
});
