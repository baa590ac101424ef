import { h, keep, mark, write } from './dom.js';
import { clock } from './format.js';
import { total, waterfall } from './waterfall.js';

/** What was said in a call: its turns as they are remembered, and behind them what goes on just now. */

/** In milliseconds. */
const nearby = 60_000;

const plain = (text) => (text ?? '').replace(/\s+/g, ' ').trim();

/** A reply in what the caller can have heard of it, and what was cut off. */
export function heardAndCut(text, heard) {
  let same = 0;
  while (same < heard.length && text[same] === heard[same]) ++same;
  while (/\s/.test(text[same] ?? '')) ++same;
  return [text.slice(0, same), text.slice(same)];
}

/** What is known of a conversation from turns and events. */
export class Conversation {
  turns = [];
  /** What the caller seems to be saying. */
  draft = '';
  /** Told by events, and not yet among the turns: `{key, role, text, heard, state}`. */
  #pending = [];
  #keys = 0;

  /** The turns as the API has them. */
  take(turns) {
    this.turns = turns;
    this.#pending = this.#pending.filter((each) => !this.#isTold(each));
  }

  /** Whether a turn has these words: one of about that time, since people repeat themselves. */
  #isTold({ role, text, at }) {
    const words = plain(text);
    return this.turns.some((turn) => {
      const apart = turn.started_at ? Math.abs(Date.parse(turn.started_at) - Date.parse(at)) : 0;
      return turn.role === role && apart < nearby && plain(turn.text).includes(words);
    });
  }

  /** True when the turns have to be read again. */
  hear(name, event) {
    const reply = () => this.#pending.find(({ turn }) => turn === event.turn && event.turn);
    switch (name) {
      case 'transcript.partial':
        this.draft = event.text ?? '';
        return false;
      case 'transcript.final':
        this.draft = '';
        if (event.text) this.#add({ role: 'caller', text: event.text, at: event.at });
        return true;
      case 'agent.reply':
        if (!reply()) this.#add({ role: 'agent', turn: event.turn, text: '', at: event.at, state: 'coming' });
        reply().text = plain(`${reply().text} ${event.text ?? ''}`);
        return false;
      case 'speech.started':
        if (reply()) reply().state = 'speaking';
        return true;
      case 'speech.finished':
      case 'speech.interrupted':
        if (reply()) Object.assign(reply(), { state: 'over', heard: event.heard_text ?? '' });
        return true;
      case 'call.ended':
        this.draft = '';
        return true;
      default:
        return false;
    }
  }

  #add(what) {
    this.#pending.push({ ...what, key: `p${++this.#keys}` });
  }

  /** All of it in order. */
  get entries() {
    const told = this.turns.map((turn) => ({
      ...turn,
      key: `t${turn.n}`,
      at: turn.started_at,
      state: 'told',
    }));
    return [...told, ...this.#pending.filter((each) => each.text && !this.#isTold(each))];
  }
}

const roles = { caller: 'Caller', agent: 'Agent' };

/** The list of turns; `seek(time)` is offered when there is a recording. */
export class TranscriptView {
  node = h('div', { class: 'transcript' });
  #list = h('div', {
    class: 'turns',
    role: 'log',
    'aria-label': 'Transcript',
    'aria-live': 'polite',
    'aria-relevant': 'additions',
    tabindex: 0,
  });
  #draft = h('p', { class: 'draft', 'aria-hidden': 'true' });
  #calm = h('p', { class: 'calm' });
  #seek = null;

  constructor() {
    this.node.append(this.#list, this.#draft, this.#calm);
  }

  set seek(seek) {
    this.#seek = seek;
    for (const row of this.#list.children) row.querySelector('.time').disabled = !seek;
  }

  show(conversation, isLive) {
    const follows = this.#isAtEnd();
    const { entries, draft } = conversation;
    const most = Math.max(2000, ...entries.map(({ timing }) => total(timing)));
    keep(
      this.#list,
      entries,
      ({ key }) => key,
      (entry) => this.#make(entry),
      (row, entry) => this.#fill(row, entry, most),
    );
    write(this.#draft, draft);
    mark(this.#list, 'data-live', isLive);
    this.#draft.hidden = !draft;
    this.#list.hidden = entries.length === 0;
    this.#calm.hidden = entries.length > 0 || Boolean(draft);
    write(this.#calm, isLive ? 'Nobody has said anything yet.' : 'Nothing of what was said is kept.');
    if (follows && isLive) this.#list.scrollTop = this.#list.scrollHeight;
  }

  #isAtEnd() {
    return this.#list.scrollTop + this.#list.clientHeight > this.#list.scrollHeight - 40;
  }

  #make(entry) {
    const time = h('button', {
      type: 'button',
      class: 'time',
      disabled: !this.#seek,
      onclick: () => this.#seek?.(entry.at),
    });
    return h(
      'div',
      { class: `turn ${entry.role === 'agent' ? 'agent' : 'caller'}` },
      h(
        'div',
        { class: 'by' },
        h('strong', {}, roles[entry.role] ?? 'Somebody'),
        time,
        h('span', { class: 'note' }),
      ),
      h('p', { class: 'text' }, h('span', { class: 'heard' }), h('del', { class: 'cut' })),
      h('div', { class: 'where' }),
    );
  }

  #fill(row, entry, most) {
    const [by, text, where] = row.children;
    const [, time, note] = by.children;
    const heard = entry.heard_text ?? entry.heard;
    const isOver = entry.state === 'told' || entry.state === 'over';
    const isCut =
      entry.role === 'agent' && isOver && heard !== undefined && plain(heard) !== plain(entry.text);
    const [said, cut] = isCut ? heardAndCut(entry.text, heard) : [entry.text, ''];
    write(time, clock(entry.at));
    mark(time, 'aria-label', this.#seek ? `Play from ${clock(entry.at)}` : null);
    write(text.firstChild, said);
    write(text.lastChild, cut);
    text.lastChild.hidden = !cut;
    mark(text.lastChild, 'aria-label', cut ? `not heard: ${cut}` : null);
    mark(row, 'data-state', entry.state);
    write(
      note,
      entry.interrupted
        ? 'interrupted'
        : isCut
          ? 'not heard to its end'
          : entry.state === 'coming'
            ? 'about to speak'
            : '',
    );
    const shape = `${JSON.stringify(entry.timing ?? null)} ${most}`;
    if (where.dataset.shape === shape) return;
    const wasOpen = where.querySelector('details')?.open;
    where.dataset.shape = shape;
    where.replaceChildren(...[entry.timing && waterfall(entry.timing, most)].filter(Boolean));
    if (wasOpen) where.querySelector('details').open = true;
  }
}
