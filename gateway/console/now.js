import './chart.js';
import { h, keep, mark, meter, perFrame, write } from './dom.js';
import { bytes, count, duration, figure, isFailure, many, percent, span, words } from './format.js';
import { chartSpan, pulse } from './pulse.js';

/** The screen `#/now`: how the phone line is doing. */

const minute = 60;
const recently = 10 * minute;

const peers = [
  ['telnyx', 'Carrier'],
  ['scribe', 'Speech recognition'],
  ['speech', 'Voice'],
  ['agent', 'Agent'],
];

/** A chart with its figure: `show(value, note, lines)`. */
function chartCard(title, look) {
  const value = h('span', { class: 'value' });
  const note = h('p', { class: 'note' });
  const chart = document.createElement('trend-chart');
  chart.look = { label: title, span: chartSpan, ...look };
  const more = h('div', { class: 'more' });
  const node = h(
    'section',
    { class: 'card' },
    h('h2', {}, title),
    h('p', { class: 'big' }, value),
    note,
    chart,
    more,
  );
  return {
    node,
    more,
    show(text, told, lines) {
      write(value, text);
      write(note, told);
      chart.show(lines, pulse.at);
    },
  };
}

/** Counts by a label's value, largest first: `[[value, count]]`. */
const counted = (family, label, wanted, seconds) =>
  [...new Set(pulse.history.series(family, wanted).map((labels) => labels[label]))]
    .map((name) => [name, pulse.history.increase(family, { ...wanted, [label]: name }, seconds)])
    .filter(([, number]) => number >= 0.5)
    .sort((a, b) => b[1] - a[1]);

function listed(parent, pairs, tone = () => null) {
  if (!parent.firstChild) parent.append(h('ul', { class: 'counts' }));
  keep(
    parent.firstChild,
    pairs,
    ([name]) => name,
    ([name]) => h('li', {}, h('span', {}, words(name)), h('b')),
    (row, [name, number]) => {
      write(row.lastChild, count(number));
      mark(row, 'data-tone', tone(name));
    },
  );
}

const inTime = () =>
  pulse.history.watched < recently - minute ? 'since this page was opened' : 'in ten minutes';

/** The state of a peer in a word and what there is to say about it. */
function healthOf(peer) {
  const of = pulse.history;
  const failed = counted('tandem_connection_failures_total', 'reason', { peer }, 5 * minute);
  const failures = failed.reduce((sum, [, number]) => sum + number, 0);
  const latest = of.increase('tandem_connection_failures_total', { peer }, minute);
  const open = of.now('tandem_connections', { peer }) || 0;
  const away = ['scribe', 'speech'].includes(peer) && open < 0.5 * of.now('tandem_calls_active');
  const standby = of.increase('tandem_failovers_total', { peer }, 5 * minute);
  let state = open > 0 ? 'well' : 'idle';
  if (latest > 0) state = 'shaky';
  if (failures > 10 && latest > 0) state = 'failing';
  if (away && failures > 0) state = 'away';
  const told = failed.map(([name, number]) => `${count(number)} × ${words(name)}`);
  if (standby > 0) told.push(`${many(standby, 'time')} to the standby`);
  return {
    state,
    open,
    told: told.join(', ') || '–',
    reconnects: of.increase('tandem_reconnects_total', { peer }, recently),
  };
}

const tones = { well: 'good', idle: null, shaky: 'warn', failing: 'bad', away: 'bad' };

function providerCard() {
  const rows = peers.map(([peer, label]) => {
    const cells = ['state', 'open', 'again', 'told'].map((name) => h('td', { class: name }));
    cells[0].append(h('span', { class: 'badge' }));
    return { peer, cells, row: h('tr', {}, h('th', { scope: 'row' }, label), cells) };
  });
  const heads = ['', 'State', 'Open', 'Reconnects', 'Failures in 5 minutes'];
  const node = h(
    'section',
    { class: 'card broad' },
    h('h2', {}, 'Providers'),
    h(
      'table',
      { class: 'plain providers' },
      h('caption', { class: 'hidden' }, 'Providers'),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          heads.map((text) => (text ? h('th', { scope: 'col' }, text) : h('td'))),
        ),
      ),
      h(
        'tbody',
        {},
        rows.map(({ row }) => row),
      ),
    ),
  );
  return {
    node,
    show() {
      for (const { peer, cells } of rows) {
        const { state, open, told, reconnects } = healthOf(peer);
        write(cells[0].firstChild, state);
        mark(cells[0].firstChild, 'data-tone', tones[state]);
        write(cells[1], count(open));
        write(cells[2], count(reconnects));
        write(cells[3], told);
      }
    },
  };
}

function alertList() {
  const list = h('ul', { class: 'alerts' });
  const node = h('section', { class: 'card wide', 'aria-label': 'Alerts' }, h('h2', {}, 'Alerts'), list);
  return {
    node,
    show() {
      const { alerts } = pulse;
      node.hidden = alerts.length === 0;
      keep(
        list,
        alerts,
        ({ name }) => name,
        ({ name }) =>
          h('li', {}, h('b', {}, name), h('span', { class: 'text' }), h('span', { class: 'when' })),
        (row, { severity, text, fires, in: left }) => {
          mark(row, 'data-tone', fires ? (severity === 'critical' ? 'bad' : 'warn') : null);
          write(row.children[1], text);
          write(
            row.children[2],
            fires ? `${severity}, fires` : `${severity}, would fire in ${duration(Math.ceil(left))}`,
          );
        },
      );
    },
  };
}

function storeCard() {
  const names = [
    'Waiting in memory',
    'Waiting in the journal',
    'Connections busy',
    'Errors',
    'Lost',
    'Events to post',
  ];
  const values = names.map(() => h('dd'));
  const badge = h('span', { class: 'badge' });
  const node = h(
    'section',
    { class: 'card' },
    h('h2', {}, 'Store'),
    h('p', { class: 'big' }, badge),
    h(
      'dl',
      { class: 'facts' },
      names.map((name, i) => h('div', {}, h('dt', {}, name), values[i])),
    ),
  );
  return {
    node,
    show() {
      const of = pulse.history;
      const journal = of.now('tandem_store_journal_bytes');
      const errors = of.increase('tandem_store_errors_total', {}, recently);
      const lost = of.increase('tandem_store_records_lost_total', {}, recently);
      const state = lost > 0 ? 'loses records' : journal > 0 ? 'away' : errors > 0 ? 'shaky' : 'well';
      write(badge, state);
      mark(badge, 'data-tone', { well: 'good', shaky: 'warn' }[state] ?? 'bad');
      const told = [
        many(of.now('tandem_store_waiting_records'), 'record'),
        bytes(journal),
        count(of.now('tandem_store_pool_in_use')),
        count(errors),
        many(lost, 'record'),
        count(of.now('tandem_webhooks_waiting')),
      ];
      values.forEach((value, i) => write(value, told[i]));
    },
  };
}

/** The line in one sentence, and how worrying it is. */
function summary() {
  if (!pulse.isKnown)
    return pulse.lostSince ? ['The engine does not answer.', 'bad'] : ['Asking the engine …', null];
  if (pulse.lostSince)
    return [`The engine has not answered for ${duration(Date.now() / 1000 - pulse.lostSince)}.`, 'bad'];
  const calls = pulse.history.now('tandem_calls_active');
  const firing = pulse.alerts.filter(({ fires }) => fires);
  const line = calls > 0 ? many(calls, 'call') : 'No calls';
  if (pulse.unready) return [`${line}. No new ones are taken: ${pulse.unready.message}.`, 'bad'];
  if (firing.length > 0) {
    const worst = firing[0];
    return [
      `${line}. ${worst.text.charAt(0).toUpperCase()}${worst.text.slice(1)}.`,
      worst.severity === 'critical' ? 'bad' : 'warn',
    ];
  }
  return [`${line}. The line is well.`, 'good'];
}

export function open(main) {
  const title = h('h1', { tabindex: -1, class: 'summary' });
  const told = h('p', { class: 'hidden', role: 'status' });
  const fullness = [
    [
      'Calls',
      () => [pulse.history.now('tandem_calls_active'), pulse.history.now('tandem_calls_limit'), count],
    ],
    [
      'Connections',
      () => [pulse.history.now('tandem_connections'), pulse.history.now('tandem_connections_limit'), count],
    ],
    [
      'Memory',
      () => [
        pulse.history.now('process_resident_memory_bytes'),
        pulse.history.now('tandem_memory_limit_bytes'),
        bytes,
      ],
    ],
    [
      'Open files',
      () => [pulse.history.now('process_open_fds'), pulse.history.now('process_max_fds'), count],
    ],
  ].map(([label, read]) => ({ label, read, bar: meter(label), text: h('dd') }));

  const whole = { format: figure, whole: true };
  const calls = chartCard('Calls live', { ...whole, least: 4 });
  const begun = chartCard('Calls per minute', { ...whole, least: 4 });
  const refused = chartCard('Refusals per minute', { ...whole, least: 4 });
  const answers = chartCard('Time to answer', { format: span, least: 1 });
  const lag = chartCard('Loop lag', { format: span, least: 0.01 });
  const memory = chartCard('Memory per call', { format: bytes, least: 100_000 });
  const store = storeCard();
  const providers = providerCard();
  const alerts = alertList();
  const grid = h(
    'div',
    { class: 'grid', hidden: true },
    alerts.node,
    h(
      'section',
      { class: 'card wide fullness', 'aria-label': 'How full the node is' },
      h(
        'dl',
        {},
        fullness.map(({ label, bar, text }) => h('div', {}, h('dt', {}, label), text, h('dd', {}, bar.node))),
      ),
    ),
    [calls, begun, refused, answers, lag, memory].map(({ node }) => node),
    providers.node,
    store.node,
  );

  const draw = perFrame(() => {
    const [text, tone] = summary();
    write(title, text);
    write(told, text);
    mark(title, 'data-tone', tone);
    grid.hidden = !pulse.isKnown;
    if (!pulse.isKnown) return;
    const { history: of, tracks } = pulse;
    for (const { read, bar, text: at } of fullness) {
      const [value, most, format] = read();
      bar.node.hidden = !(most > 0);
      bar.fill(value, most, `${format(value)} of ${format(most)}`);
      write(at, most > 0 ? `${format(value)} of ${format(most)} · ${percent(value / most)}` : format(value));
    }
    const now = (name) => tracks[name].at(-1)?.value;
    const best = Math.max(0, ...tracks.calls.map(({ value }) => value));
    calls.show(count(now('calls')), `at most ${count(best)} ${inTime()}`, [
      { label: 'calls', points: tracks.calls },
    ]);

    const ends = counted('tandem_calls_total', 'end_reason', {}, recently);
    const ended = ends.reduce((sum, [, number]) => sum + number, 0);
    begun.show(Number.isNaN(now('begun')) ? '–' : figure(now('begun')), `${count(ended)} ended ${inTime()}`, [
      { label: 'calls a minute', points: tracks.begun },
    ]);
    listed(begun.more, ends.slice(0, 5), (name) => (isFailure(name) ? 'bad' : null));

    const reasons = counted('tandem_calls_rejected_total', 'reason', {}, recently);
    const turned = reasons.reduce((sum, [, number]) => sum + number, 0);
    const ever = of.now('tandem_calls_rejected_total') || 0;
    refused.show(figure(now('refused')), `${count(turned)} ${inTime()}, ${count(ever)} since the start`, [
      { label: 'refusals a minute', points: tracks.refused },
    ]);
    listed(refused.more, reasons, () => 'bad');

    answers.show(
      span(now('answerMedian')),
      Number.isNaN(now('answerMedian'))
        ? 'nobody was answered in the last minute'
        : `median of a minute; one in twenty waits ${span(now('answerSlow'))} or longer`,
      [
        { label: 'median', points: tracks.answerMedian },
        { label: 'slowest twentieth', points: tracks.answerSlow },
      ],
    );
    lag.show(span(now('lag')), 'of event loops, 99 of 100 timers', [{ label: 'lag', points: tracks.lag }]);
    memory.show(
      Number.isNaN(now('perCall')) ? '–' : bytes(now('perCall')),
      `${bytes(now('resident'))} in all`,
      [{ label: 'memory per call', points: tracks.perCall }],
    );
    providers.show();
    store.show();
    alerts.show();
  });

  pulse.addEventListener('change', draw);
  main.append(h('div', { class: 'heading' }, title), told, grid);
  draw();
  return () => {
    pulse.removeEventListener('change', draw);
    draw.stop();
  };
}
