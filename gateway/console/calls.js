import { directory, lasted, matches } from './directory.js';
import { h, mark, perFrame, write } from './dom.js';
import { count, duration, isFailure, many, moment, number, words } from './format.js';
import { VirtualTable } from './virtual_table.js';

/** The screen `#/calls`: who is on the line, and who was. */

const kinds = [
  ['live', 'Live'],
  ['past', 'Past'],
  ['all', 'All'],
];

/** So many past calls are looked through for a search, without being asked again. */
const searchedAtOnce = 2000;

/** What the screen shows when one comes back to it. */
const wish = { kind: 'live', text: '', direction: '' };

const isLive = (call) => call.state !== 'ended';

function makeRow() {
  const cell = (name, ...children) => h('td', { class: name }, ...children);
  return h(
    'tr',
    {},
    cell('who', h('a', {}, h('span', { class: 'dot' }), h('span', { class: 'number' }))),
    cell('state'),
    cell('agent'),
    cell('said', h('span', { class: 'by' }), h('span', { class: 'words' })),
    cell('lasts'),
    cell('began'),
  );
}

const other = (call) => number(call.direction === 'incoming' ? call.from : call.to);

function stateOf(call) {
  if (call.state === 'ended') return words(call.end_reason);
  return call.held ? 'on hold' : call.state;
}

function fillRow(row, call) {
  const [who, state, agent, said, lasts, began] = row.cells;
  const link = who.firstChild;
  mark(link, 'href', `#/calls/${encodeURIComponent(call.id)}`);
  mark(link.firstChild, 'data-state', call.held ? 'held' : call.state);
  write(link.lastChild, `${call.direction === 'incoming' ? '' : '→ '}${other(call)}`);
  mark(link, 'aria-label', `${call.direction} call, ${other(call)}, ${stateOf(call)}`);
  write(state, stateOf(call));
  mark(state, 'data-tone', call.state === 'ended' && isFailure(call.end_reason) ? 'bad' : null);
  write(agent, call.agent ?? '');
  write(said.firstChild, call.said ? `${call.said.who}: ` : '');
  write(said.lastChild, call.said?.text ?? '');
  write(
    lasts,
    call.state === 'ringing' || (call.state === 'ended' && !call.answered_at)
      ? '–'
      : duration(lasted(call, Date.now())),
  );
  write(began, moment(call.started_at));
}

function chosen() {
  const sought = wish.text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (call) =>
    (wish.kind === 'all' || isLive(call) === (wish.kind === 'live')) &&
    (!wish.direction || call.direction === wish.direction) &&
    matches(call, sought);
  const newer = (a, b) => (a.started_at < b.started_at ? 1 : a.started_at > b.started_at ? -1 : 0);
  return [...directory.calls.values()].filter(fits).sort(newer);
}

function filters(changed) {
  const kind = h(
    'fieldset',
    { class: 'switch' },
    h('legend', { class: 'hidden' }, 'Which calls'),
    kinds.map(([value, label]) =>
      h(
        'label',
        {},
        h('input', {
          type: 'radio',
          name: 'kind',
          value,
          checked: wish.kind === value,
          onchange: () => changed({ kind: value }),
        }),
        h('span', {}, label),
      ),
    ),
  );
  const direction = h(
    'select',
    { 'aria-label': 'Direction', onchange: ({ target }) => changed({ direction: target.value }) },
    ['', 'incoming', 'outgoing'].map((value) =>
      h('option', { value, selected: wish.direction === value }, value || 'both directions'),
    ),
  );
  const search = h('input', {
    type: 'search',
    placeholder: 'Number, agent, end, note …',
    'aria-label': 'Search calls',
    autocomplete: 'off',
    spellcheck: 'false',
    oninput: ({ target }) => changed({ text: target.value }),
  });
  search.value = wish.text;
  return h('div', { class: 'filters', role: 'search' }, kind, direction, search);
}

const columns = [
  ['who', 'Number'],
  ['state', 'State'],
  ['agent', 'Agent'],
  ['said', 'Last words'],
  ['lasts', 'Lasts'],
  ['began', 'Began'],
];

export function open(main) {
  const status = h('p', { class: 'status', role: 'status' });
  const further = h(
    'button',
    { type: 'button', class: 'quiet', hidden: true, onclick: () => readOn(true) },
    'Look further back',
  );
  const table = h(
    'table',
    { class: 'calls' },
    h('caption', { class: 'hidden' }, 'Calls'),
    h(
      'thead',
      {},
      h(
        'tr',
        { 'aria-rowindex': 1 },
        columns.map(([name, label]) => h('th', { scope: 'col', class: name }, label)),
      ),
    ),
    h('tbody', {
      onclick: ({ target }) => target.closest('a') || target.closest('tr')?.querySelector('a')?.click(),
    }),
  );
  const scroller = h('div', { class: 'scroller', tabindex: -1 }, table);
  const empty = h('p', { class: 'calm' });
  let items = [];
  let mayRead = 0;
  let drawn = -1;

  const rows = new VirtualTable(scroller, table, {
    make: makeRow,
    fill: fillRow,
    keyOf: ({ id }) => id,
    onEdge: () => readOn(false),
  });

  /** Reads older calls when they are wanted: to the list's end, or as far as a search goes by itself. */
  async function readOn(asked) {
    if (wish.kind === 'live' || directory.isWhole) return;
    if (asked) mayRead = directory.calls.size + searchedAtOnce;
    if (wish.text && directory.calls.size >= Math.max(mayRead, searchedAtOnce)) return;
    try {
      await directory.readOn();
    } catch (error) {
      if (error.status !== 401) write(empty, `${error.message}.`);
    }
  }

  const draw = perFrame(() => {
    if (drawn === directory.version) return rows.draw();
    drawn = directory.version;
    mark(table, 'data-kind', wish.kind);
    items = chosen();
    rows.show(items);
    const known = directory.calls.size;
    const looksBack = wish.kind !== 'live' && !directory.isWhole;
    const older = looksBack ? ', and older ones' : '';
    write(
      status,
      wish.text
        ? `${count(items.length)} of ${many(known, 'call')} that were looked at`
        : `${many(items.length, wish.kind === 'all' ? 'call' : `${wish.kind} call`)}${older}`,
    );
    further.hidden = !(wish.text && looksBack && known >= Math.max(mayRead, searchedAtOnce));
    scroller.hidden = items.length === 0;
    empty.hidden = items.length > 0;
    if (items.length === 0) {
      write(
        empty,
        wish.text || wish.direction
          ? 'No call is like that.'
          : `No ${wish.kind === 'all' ? '' : `${wish.kind} `}calls.`,
      );
      readOn(false);
    }
  });

  const changed = (part) => {
    Object.assign(wish, part);
    mayRead = 0;
    drawn = -1;
    draw();
  };
  const seconds = setInterval(() => rows.draw(), 1000);
  directory.addEventListener('change', draw);
  main.append(
    h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, 'Calls'), filters(changed)),
    h('div', { class: 'under' }, status, further),
    empty,
    scroller,
  );
  draw();

  return () => {
    clearInterval(seconds);
    directory.removeEventListener('change', draw);
    draw.stop();
    rows.stop();
  };
}
