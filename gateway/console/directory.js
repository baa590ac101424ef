import { get, session } from './api.js';
import { perFrame } from './dom.js';
import { follow } from './stream.js';

/** The calls that this page knows: those that go on, kept up to date by events, and past ones as far as read. */

const pageOfLive = 500;
const pageOfPast = 200;
/** The most past calls that are kept; the oldest go first. */
const mostPast = 20_000;
const refreshPause = 1500;
const idlePause = 5000;

const live = (call) => call.state !== 'ended';

/** Tells `change`, at most once in a frame, when anything of it is another; and each event by its name. */
class Directory extends EventTarget {
  calls = new Map();
  /** `live` while events come, `lost` while they do not. */
  state = 'lost';
  /** Another one whenever there are other calls, or in other states. */
  version = 0;
  /** Whether there are no older calls than those here. */
  isWhole = false;
  #cursor = '';
  #reads = null;
  #refresh = 0;
  #watch = null;
  #tell = perFrame(() => this.dispatchEvent(new Event('change')));

  start() {
    const turn = () => (document.hidden ? this.#leave() : this.#enter());
    document.addEventListener('visibilitychange', turn);
    turn();
  }

  /** Begins anew, after somebody has shown the token. */
  restart() {
    this.#leave();
    this.#enter();
  }

  /** Reads older calls; true when there were any. */
  readOn() {
    if (this.isWhole) return Promise.resolve(false);
    this.#reads ??= this.#readPast().finally(() => {
      this.#reads = null;
    });
    return this.#reads;
  }

  async #readPast() {
    const cursor = this.#cursor && `&cursor=${encodeURIComponent(this.#cursor)}`;
    const page = await get(`/v1/calls?state=ended&limit=${pageOfPast}${cursor}`);
    for (const call of page.calls) this.#put(call);
    this.#cursor = page.cursor ?? '';
    this.isWhole = !page.cursor || this.calls.size > mostPast;
    this.#tell();
    return page.calls.length > 0;
  }

  /** Not in a page that nobody sees: browsers open six connections to a host, for all of its pages. */
  #enter() {
    if (this.#watch) return;
    const watch = new AbortController();
    this.#watch = watch;
    const again = () => setTimeout(() => this.#watch === watch && (this.#leave(), this.#enter()), idlePause);
    follow('/v1/events', {
      signal: watch.signal,
      use: (name, event) => this.#on(name, event),
      state: (state) => {
        this.state = state;
        // What happened meanwhile was not told.
        if (state === 'live') this.#readLive();
        this.#tell();
      },
    }).then(again);
  }

  #leave() {
    this.#watch?.abort();
    this.#watch = null;
    clearTimeout(this.#refresh);
    this.#refresh = 0;
  }

  async #readLive() {
    try {
      const before = [...this.calls.values()].filter(live).map(({ id }) => id);
      const found = new Set();
      for (const state of ['ringing', 'connected']) {
        let cursor = '';
        do {
          const page = await get(`/v1/calls?state=${state}&limit=${pageOfLive}${cursor}`);
          for (const call of page.calls) {
            found.add(call.id);
            this.#put(call);
          }
          cursor = page.cursor ? `&cursor=${encodeURIComponent(page.cursor)}` : '';
        } while (cursor);
      }
      const missed = before.filter((id) => !found.has(id) && live(this.calls.get(id) ?? {}));
      await Promise.all(missed.map((id) => this.#read(id)));
    } catch {
      this.#refreshSoon();
    }
  }

  async #read(id) {
    try {
      this.#put(await get(`/v1/calls/${encodeURIComponent(id)}`));
    } catch (error) {
      if (error.status === 404) this.calls.delete(id);
      ++this.version;
    }
    this.#tell();
  }

  /** The newest calls, for what events do not tell. */
  #refreshSoon() {
    this.#refresh ||= setTimeout(async () => {
      this.#refresh = 0;
      try {
        for (const call of (await get('/v1/calls?limit=100')).calls) this.#put(call);
      } catch {
        // The next event asks again.
      }
    }, refreshPause);
  }

  #put(call) {
    const known = this.calls.get(call.id);
    // The store may be behind what events told.
    if (known?.state === 'ended' && live(call)) return;
    this.calls.set(call.id, { ...call, said: known?.said, held: known?.held, sought: undefined });
    ++this.version;
    this.#tell();
  }

  #on(name, event) {
    if (name === 'events.missed') return this.#readLive();
    const call = this.calls.get(event.call_id);
    if (name.startsWith('call.')) ++this.version;
    if (name === 'call.started' && !call) {
      const { call_id: id, at, direction, from = '', to = '' } = event;
      this.calls.set(id, {
        id,
        direction,
        from,
        to,
        state: 'ringing',
        started_at: at,
        metadata: {},
        agent: '',
      });
      this.#refreshSoon();
    } else if (!call) {
      this.#refreshSoon();
    } else {
      this.#change(call, name, event);
    }
    this.dispatchEvent(new CustomEvent('event', { detail: { name, event } }));
    this.#tell();
  }

  #change(call, name, event) {
    if (name === 'call.answered') {
      call.state = 'connected';
      call.answered_at = event.at;
      if (!call.agent) this.#refreshSoon();
    } else if (name === 'call.ended') {
      Object.assign(call, {
        state: 'ended',
        ended_at: event.at,
        end_reason: event.end_reason,
        said: undefined,
      });
      call.sought = undefined;
    } else if (name.startsWith('transcript.')) {
      call.said = { who: 'caller', text: event.text ?? '' };
    } else if (name === 'agent.reply') {
      call.said = { who: 'agent', text: event.text ?? '' };
    } else if (name === 'call.held' || name === 'call.resumed') {
      call.held = name === 'call.held' ? event.by : undefined;
    } else if (name === 'agent.changed') {
      call.agent = event.agent;
    }
  }
}

export const directory = new Directory();

session.addEventListener('needed', () => {
  directory.state = 'lost';
});

/** How many seconds a call has lasted, at a time in milliseconds. */
export function lasted(call, now) {
  const begin = Date.parse(call.answered_at ?? call.started_at);
  const end = call.ended_at ? Date.parse(call.ended_at) : now;
  if (call.state === 'ended' && !call.answered_at) return 0;
  return (end - begin) / 1000;
}

/** Whether a call has all of these words (in small letters) in its numbers, agent, end or notes. */
export function matches(call, sought) {
  call.sought ??= [call.id, call.from, call.to, call.direction, call.agent, call.state, call.end_reason]
    .concat(Object.values(call.metadata ?? {}))
    .join(' ')
    .toLowerCase();
  const said = call.said?.text.toLowerCase() ?? '';
  return sought.every((word) => call.sought.includes(word) || said.includes(word));
}
