import { get, part, post } from './api.js';
import { facts, h, keep, mark, perFrame, write } from './dom.js';
import { count, many, moment, number, percent, words } from './format.js';

/** The screens `#/campaigns` and `#/campaigns/ID`: how far lists of numbers are, and what to do with them. */

const period = 2500;
const states = ['done', 'failed', 'do_not_call', 'calling', 'pending'];

const nameOf = (campaign) => campaign.settings?.name || `Campaign ${campaign.id}`;

/** How far it is, as a bar in parts and in words. */
function progress() {
  const parts = states.map((state) => h('i', { class: `part-${state}` }));
  const bar = h(
    'div',
    { class: 'progress', role: 'progressbar', 'aria-label': 'Progress', 'aria-valuemin': 0 },
    parts,
  );
  const text = h('p', { class: 'note' });
  return {
    node: h('div', {}, bar, text),
    show({ numbers }) {
      const over = numbers.total - numbers.pending - numbers.calling;
      states.forEach((state, i) => {
        parts[i].style.width = `${numbers.total > 0 ? (100 * numbers[state]) / numbers.total : 0}%`;
      });
      mark(bar, 'aria-valuemax', numbers.total);
      mark(bar, 'aria-valuenow', over);
      const told = states
        .filter((state) => numbers[state] > 0)
        .map((state) => `${count(numbers[state])} ${words(state)}`);
      write(
        text,
        `${percent(numbers.total > 0 ? over / numbers.total : 1)} of ${many(numbers.total, 'number')}: ${told.join(', ') || 'none'}`,
      );
    },
  };
}

/** Pause, resume, stop; `changed(campaign)` gets what comes of it. */
function actions(changed) {
  const fault = h('p', { class: 'fault', role: 'alert' });
  let campaign = null;
  let stops = false;
  const act = async (wish) => {
    try {
      changed(await post(`/v1/campaigns/${part(campaign.id)}/${wish}`));
      write(fault, '');
    } catch (error) {
      if (error.status !== 401) write(fault, `${error.message}.`);
    }
  };
  const turn = h('button', {
    type: 'button',
    onclick: () => act(campaign.state === 'paused' ? 'resume' : 'pause'),
  });
  const stop = h('button', {
    type: 'button',
    class: 'danger',
    onclick: () => {
      if (stops) act('stop');
      sure(!stops);
    },
    onblur: () => sure(false),
  });
  const sure = (value) => {
    stops = value;
    write(stop, stops ? 'Stop for good?' : 'Stop');
  };
  sure(false);
  const node = h('div', { class: 'row' }, turn, stop, fault);
  return {
    node,
    show(now) {
      campaign = now;
      node.hidden = now.state !== 'running' && now.state !== 'paused';
      write(turn, now.state === 'paused' ? 'Resume' : 'Pause');
      mark(turn, 'aria-label', `${turn.textContent} ${nameOf(now)}`);
      mark(stop, 'aria-label', stops ? null : `Stop ${nameOf(now)}`);
    },
  };
}

const badge = () => h('span', { class: 'badge' });

function showState(node, campaign) {
  write(node, campaign.state);
  mark(
    node,
    'data-state',
    campaign.state === 'running' ? 'connected' : campaign.state === 'paused' ? 'held' : 'ended',
  );
}

/** Asks again and again as long as the screen is there and seen. */
function repeat(what) {
  const stops = new AbortController();
  let timer = 0;
  const go = async () => {
    if (!document.hidden) await what(stops.signal);
    if (!stops.signal.aborted) timer = setTimeout(go, period);
  };
  go();
  return () => {
    stops.abort();
    clearTimeout(timer);
  };
}

function makeCard(changed) {
  const how = progress();
  const steer = actions(changed);
  const link = h('a');
  const state = badge();
  const why = h('p', { class: 'fault' });
  const when = h('p', { class: 'note' });
  const node = h(
    'li',
    { class: 'card campaign' },
    h('div', { class: 'head' }, h('h2', {}, link), state),
    when,
    how.node,
    why,
    steer.node,
  );
  node.show = (campaign) => {
    write(link, nameOf(campaign));
    mark(link, 'href', `#/campaigns/${part(campaign.id)}`);
    showState(state, campaign);
    write(
      when,
      `${campaign.ended_at ? `Ended ${moment(campaign.ended_at)}` : `Since ${moment(campaign.created_at)}`}, from ${number(campaign.settings?.from)}`,
    );
    write(why, campaign.why ? `Paused by itself: ${campaign.why}.` : '');
    how.show(campaign);
    steer.show(campaign);
  };
  return node;
}

function openList(main) {
  const list = h('ul', { class: 'campaigns' });
  const calm = h('p', { class: 'calm' }, 'Asking the engine …');
  const older = h(
    'button',
    { type: 'button', class: 'quiet', hidden: true, onclick: () => readOlder() },
    'Older campaigns',
  );
  const known = new Map();
  let cursor = null;
  let extended = false;

  const draw = perFrame(() => {
    const all = [...known.values()].sort((a, b) => (a.created_at < b.created_at ? 1 : -1));
    keep(
      list,
      all,
      ({ id }) => id,
      () => makeCard(put),
      (node, campaign) => node.show(campaign),
    );
    calm.hidden = all.length > 0;
    older.hidden = !cursor;
  });
  const put = (campaign) => {
    known.set(campaign.id, campaign);
    draw();
  };
  const read = async (signal) => {
    try {
      const page = await get('/v1/campaigns?limit=50', signal);
      page.campaigns.forEach(put);
      if (!extended) cursor = page.cursor;
      write(calm, 'No campaign was ever started. POST /v1/campaigns starts one.');
    } catch (error) {
      if (error.name !== 'AbortError') write(calm, `${error.message}.`);
    }
    draw();
  };
  const readOlder = async () => {
    try {
      const page = await get(`/v1/campaigns?limit=50&cursor=${part(cursor)}`);
      extended = true;
      cursor = page.cursor;
      page.campaigns.forEach(put);
    } catch {
      // The button is still there.
    }
    draw();
  };
  main.append(h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, 'Campaigns')), calm, list, older);
  const stop = repeat(read);
  return () => {
    stop();
    draw.stop();
  };
}

function settingsOf({ settings = {}, created_at: created, ended_at: ended, node, id }) {
  const hours = settings.calling_hours;
  const pairs = [
    ['From', number(settings.from)],
    ['Calls at once', settings.concurrency ?? '–'],
    ['Calls per minute', settings.calls_per_minute ?? '–'],
    ['Began', moment(created)],
    ['Ended', moment(ended)],
    ['Node', node],
    ['Id', h('code', {}, id)],
  ];
  if (hours)
    pairs.push([
      'Calling hours',
      `${(hours.days ?? []).join(' ')} ${hours.from ?? ''}–${hours.to ?? ''}, ${hours.time_zone}`,
    ]);
  if (settings.retry?.attempts) pairs.push(['Attempts', settings.retry.attempts]);
  return pairs.map(([name, value]) => [name, typeof value === 'object' ? value : String(value)]);
}

function numberRow() {
  return h('tr', {}, h('td', {}, h('span')), ...['', '', '', ''].map(() => h('td')));
}

function fillNumber(row, each) {
  const [who, state, attempts, how, when] = row.cells;
  if (each.call_id && who.firstChild.tagName !== 'A') who.replaceChildren(h('a'));
  write(who.firstChild, number(each.number));
  if (each.call_id) mark(who.firstChild, 'href', `#/calls/${part(each.call_id)}`);
  write(state, words(each.state));
  write(attempts, String(each.attempts));
  write(how, each.end_reason ? words(each.end_reason) : '');
  write(when, each.due_at ? moment(each.due_at) : '');
}

function openOne(main, id) {
  const title = h('h1', { tabindex: -1 }, 'Campaign');
  const state = badge();
  const how = progress();
  const steer = actions((campaign) => show(campaign));
  const why = h('p', { class: 'fault' });
  const about = h('div');
  const fault = h('p', { class: 'calm', role: 'alert' });
  const body = h('tbody');
  const filter = h(
    'select',
    { 'aria-label': 'Which numbers', onchange: () => restart() },
    ['', ...states].map((value) => h('option', { value }, value ? words(value) : 'all numbers')),
  );
  const more = h(
    'button',
    { type: 'button', class: 'quiet', hidden: true, onclick: () => readMore() },
    'More numbers',
  );
  let pages = 1;
  let drawn = '';

  function show(campaign) {
    write(title, nameOf(campaign));
    document.title = `${nameOf(campaign)} · Tandem`;
    showState(state, campaign);
    how.show(campaign);
    steer.show(campaign);
    write(why, campaign.why ? `Paused by itself: ${campaign.why}.` : '');
    const shape = JSON.stringify(settingsOf({ ...campaign, id: '' }));
    if (shape === drawn) return;
    drawn = shape;
    about.replaceChildren(facts(settingsOf(campaign)));
  }

  async function read(signal) {
    try {
      show(await get(`/v1/campaigns/${part(id)}`, signal));
      const wanted = filter.value;
      const all = [];
      let cursor = '';
      for (let page = 0; page < pages; ++page) {
        const from = cursor && `&cursor=${part(cursor)}`;
        const got = await get(`/v1/campaigns/${part(id)}/numbers?limit=200&state=${wanted}${from}`, signal);
        all.push(...got.numbers);
        cursor = got.cursor;
        if (!cursor) break;
      }
      if (wanted !== filter.value) return;
      keep(body, all, ({ n }) => n, numberRow, fillNumber);
      more.hidden = !cursor;
      write(fault, '');
    } catch (error) {
      if (error.name !== 'AbortError' && error.status !== 401) write(fault, `${error.message}.`);
    }
  }

  let stop = repeat(read);
  const restart = () => {
    pages = 1;
    stop();
    stop = repeat(read);
  };
  const readMore = () => {
    ++pages;
    stop();
    stop = repeat(read);
  };
  const heads = ['Number', 'State', 'Attempts', 'Newest call', 'Next'];
  main.append(
    h(
      'div',
      { class: 'heading' },
      h('div', {}, h('a', { class: 'back', href: '#/campaigns' }, '← Campaigns'), title),
      h('div', { class: 'badges' }, state),
    ),
    fault,
    h(
      'div',
      { class: 'grid' },
      h('section', { class: 'card wide', 'aria-label': 'Progress' }, how.node, why, steer.node),
      h('section', { class: 'card wide' }, h('h2', {}, 'Settings'), about),
    ),
    h(
      'section',
      { class: 'card numbers' },
      h('div', { class: 'head' }, h('h2', {}, 'Numbers'), filter),
      h(
        'div',
        { class: 'sideways', tabindex: 0, role: 'group', 'aria-label': 'Numbers' },
        h(
          'table',
          { class: 'plain' },
          h('caption', { class: 'hidden' }, 'Numbers'),
          h(
            'thead',
            {},
            h(
              'tr',
              {},
              heads.map((text) => h('th', { scope: 'col' }, text)),
            ),
          ),
          body,
        ),
      ),
      more,
    ),
  );
  return () => stop();
}

export const open = (main, id) => (id ? openOne(main, id) : openList(main));
