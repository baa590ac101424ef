import { get, part } from './api.js';
import { CallControls } from './call_controls.js';
import { directory, lasted } from './directory.js';
import { facts, h, keep, mark, perFrame, write } from './dom.js';
import { clock, count, duration, figure, money, moment, number, sentence, words } from './format.js';
import { ListenView } from './listen.js';
import { RecordingView } from './recording.js';
import { follow } from './stream.js';
import { Conversation, TranscriptView } from './transcript.js';
import { legend, total } from './waterfall.js';

/** The screen `#/calls/ID`: one call, while it goes on and afterwards. */

const settle = 250;
const mostEvents = 500;

/** How it is known that they may. */
const listeners = { session: ', from a console', token: ', with the API’s token' };

/** Events that stand in the list: not the words, which are in the transcript. */
const shownEvents = {
  'call.started': () => 'Call began',
  'call.answered': () => 'Answered',
  dtmf: ({ digit }) => `Key ${digit ?? 'pressed'}`,
  'provider.reconnected': ({ peer, provider }) =>
    `${sentence(peer)} is there again, at the ${provider} provider`,
  'call.held': ({ by }) => `On hold, by ${by === 'api' ? 'an operator or program' : `the ${by}`}`,
  'call.resumed': () => 'Goes on',
  'agent.changed': ({ agent }) =>
    agent === 'quiet' ? 'Taken over: the agent is silent' : `The agent is ${agent} now`,
  'call.listened': ({ by }) => `Somebody listens in${listeners[by] ?? ''}`,
  'speech.interrupted': () => 'The caller interrupted',
  'call.ended': ({ end_reason: reason }) => `Ended: ${words(reason)}`,
  'events.missed': () => 'What happened before is not remembered',
};

const median = (values) => {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.length ? sorted[Math.floor(sorted.length / 2)] : NaN;
};

const costNames = { carrier: 'line', stt: 'hearing', tts: 'voice', llm: 'model' };

function usageOf(call) {
  const usage = call.usage ?? {};
  const pairs = [
    ['Heard', `${duration(usage.stt_seconds ?? 0)} of audio`],
    ['Spoken', `${count(usage.tts_characters ?? 0)} characters`],
  ];
  if (usage.llm_input_tokens || usage.llm_output_tokens)
    pairs.push([
      'Model',
      `${count(usage.llm_input_tokens)} tokens in, ${count(usage.llm_output_tokens)} out`,
    ]);
  if (call.cost) {
    const { currency, total: sum, ...parts } = call.cost;
    pairs.push(['Cost', money(sum, currency)]);
    for (const [name, amount] of Object.entries(parts))
      if (amount > 0) pairs.push([`· ${costNames[name] ?? name}`, money(amount, currency)]);
  }
  return pairs;
}

const aboutOf = (call) => [
  ['From', number(call.from)],
  ['To', number(call.to)],
  ['Began', moment(call.started_at)],
  ['Answered', moment(call.answered_at)],
  ['Ended', moment(call.ended_at)],
  ['Agent', call.agent || '–'],
  ['Node', call.node || '–'],
  ['Id', h('code', {}, call.id)],
];

class CallScreen {
  #id;
  #call = null;
  #talk = new Conversation();
  #events = [];
  #stops = new AbortController();
  #due = { turns: 0, call: 0 };
  #drawn = '';
  #recording = null;
  #title = h('h1', { tabindex: -1 }, 'Call');
  #state = h('span', { class: 'badge' });
  #clock = h('span', { class: 'lasts' });
  #view = new TranscriptView();
  #controls;
  #listening;
  #about = h('div');
  #eventList = h('ol', { class: 'events' });
  #speed = h('p', { class: 'under' });
  #fault = h('p', { class: 'calm', role: 'alert', hidden: true });
  #body;
  #draw = perFrame(() => this.#paint());
  #timer = 0;

  constructor(main, id) {
    this.#id = id;
    this.#listening = new ListenView(id);
    this.#controls = new CallControls(id, this.#listening);
    this.#recording = new RecordingView(id);
    this.#body = h(
      'div',
      { class: 'call', hidden: true },
      h(
        'div',
        { class: 'talk' },
        this.#controls.node,
        this.#recording.node,
        h(
          'section',
          { class: 'card words', 'aria-label': 'What was said' },
          h('h2', {}, 'Transcript'),
          this.#speed,
          this.#view.node,
          legend(),
        ),
      ),
      h(
        'div',
        { class: 'aside' },
        this.#about,
        h('section', { class: 'card' }, h('h2', {}, 'Events'), this.#eventList),
      ),
    );
    main.append(
      h(
        'div',
        { class: 'heading' },
        h('div', {}, h('a', { class: 'back', href: '#/calls' }, '← Calls'), this.#title),
        h('div', { class: 'badges' }, this.#state, this.#clock),
      ),
      this.#fault,
      this.#body,
    );
    this.#timer = setInterval(() => this.#tick(), 1000);
    this.#load();
  }

  stop() {
    this.#stops.abort();
    clearInterval(this.#timer);
    clearTimeout(this.#due.turns);
    clearTimeout(this.#due.call);
    this.#draw.stop();
    this.#listening.stop();
    this.#recording.stop();
  }

  get #path() {
    return `/v1/calls/${part(this.#id)}`;
  }

  async #load() {
    await Promise.all([this.#readCall(), this.#readTurns()]);
    if (!this.#call || this.#stops.signal.aborted) return;
    // With all that is remembered of it, whether it goes on or not.
    follow(`${this.#path}/events`, {
      from: '0',
      signal: this.#stops.signal,
      use: (name, event) => this.#hear(name, event),
      isOver: () => this.#call.state === 'ended',
    });
    if (this.#call.state === 'ended') this.#readRecording();
  }

  async #readCall() {
    try {
      const call = await get(this.#path, this.#stops.signal);
      const held = this.#call?.held ?? directory.calls.get(this.#id)?.held;
      // An event may have told its end before the record has it.
      if (this.#call?.state !== 'ended' || call.state === 'ended') this.#call = { ...call, held };
      this.#body.hidden = false;
      this.#fault.hidden = true;
    } catch (error) {
      if (error.name === 'AbortError' || error.status === 401) return;
      if (this.#call) return this.#soon('call', 2000);
      write(
        this.#fault,
        error.status === 404 ? 'No call has this id, or it was deleted.' : `${error.message}.`,
      );
      this.#fault.hidden = false;
    }
    this.#draw();
  }

  async #readTurns() {
    try {
      const { turns } = await get(`${this.#path}/transcript`, this.#stops.signal);
      this.#talk.take(turns);
      this.#draw();
    } catch (error) {
      if (error.name !== 'AbortError' && error.status >= 500) this.#soon('turns', 2000);
    }
  }

  async #readRecording() {
    try {
      await this.#recording.load();
      const begin = Date.parse(this.#call.answered_at ?? this.#call.started_at);
      this.#view.seek = (time) => this.#recording.seek((Date.parse(time) - begin) / 1000);
      this.#draw();
    } catch {
      // Calls are not recorded, or this one was not.
    }
  }

  #soon(what, wait = settle) {
    clearTimeout(this.#due[what]);
    this.#due[what] = setTimeout(() => (what === 'turns' ? this.#readTurns() : this.#readCall()), wait);
  }

  #hear(name, event) {
    const wasEnded = this.#call.state === 'ended';
    if (shownEvents[name]) this.#events.push({ name, event });
    if (this.#events.length > mostEvents) this.#events.shift();
    if (!wasEnded && this.#talk.hear(name, event)) this.#soon('turns');
    if (!wasEnded) this.#change(name, event);
    this.#draw();
  }

  #change(name, event) {
    if (name === 'call.answered') Object.assign(this.#call, { state: 'connected', answered_at: event.at });
    if (name === 'call.held') this.#call.held = event.by;
    if (name === 'call.resumed') this.#call.held = undefined;
    if (name === 'agent.changed') this.#call.agent = event.agent;
    if (name === 'call.ended') {
      Object.assign(this.#call, { state: 'ended', ended_at: event.at, end_reason: event.end_reason });
      setTimeout(() => this.#stops.signal.aborted || this.#readRecording(), 1000);
    }
    if (name.startsWith('call.') || name.startsWith('speech.') || name === 'agent.changed')
      this.#soon('call', 500);
  }

  #tick() {
    if (this.#call && this.#call.state !== 'ended')
      write(this.#clock, duration(lasted(this.#call, Date.now())));
  }

  #paint() {
    const call = this.#call;
    if (!call) return;
    const isLive = call.state !== 'ended';
    const other = number(call.direction === 'incoming' ? call.from : call.to);
    write(this.#title, `${call.direction === 'incoming' ? 'Call from' : 'Call to'} ${other}`);
    document.title = `${other} · Tandem`;
    write(this.#state, call.held ? 'on hold' : isLive ? call.state : words(call.end_reason));
    mark(this.#state, 'data-state', call.held ? 'held' : call.state);
    write(this.#clock, call.answered_at || isLive ? duration(lasted(call, Date.now())) : '');
    this.#controls.show(call);
    this.#view.show(this.#talk, isLive);
    const times = this.#talk.turns.map(({ timing }) => total(timing)).filter((time) => time > 0);
    write(
      this.#speed,
      times.length
        ? `The caller waited ${figure(median(times))} ms for an answer (median of ${times.length}), ${figure(Math.max(...times))} ms at most.`
        : '',
    );
    this.#paintAbout(call);
    keep(
      this.#eventList,
      this.#events.map((each, n) => ({ ...each, n })),
      ({ n, event }) => `${n} ${event.at}`,
      ({ name, event }) =>
        h('li', {}, h('time', {}, clock(event.at)), h('span', {}, shownEvents[name](event))),
    );
    if (this.#events.length === 0) write(this.#eventList, '');
  }

  /** Only when something of it is another: it is read, and selected for copying. */
  #paintAbout(call) {
    const shape = JSON.stringify(call);
    if (shape === this.#drawn) return;
    this.#drawn = shape;
    const notes = Object.entries(call.metadata ?? {});
    this.#about.replaceChildren(
      h('section', { class: 'card' }, h('h2', {}, 'Call'), facts(aboutOf(call))),
      h(
        'section',
        { class: 'card' },
        h('h2', {}, call.cost ? 'Usage and cost' : 'Usage'),
        facts(usageOf(call)),
      ),
      ...(notes.length ? [h('section', { class: 'card' }, h('h2', {}, 'Notes'), facts(notes))] : []),
    );
  }
}

export function open(main, id) {
  const screen = new CallScreen(main, id);
  return () => screen.stop();
}
