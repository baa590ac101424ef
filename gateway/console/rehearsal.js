import { ask } from './api.js';
import { h, keep, mark, write } from './dom.js';
import { many } from './format.js';

/** A conversation with the agent in writing, as it stands in the form: no call, nothing kept. */

/** What the engine takes of the caller's turns. */
const mostQuestions = 50;

const replaying = new Set(['script', 'echo']);

const about = {
  script: 'The script answers as it stands in the editor, from the beginning on.',
  echo: 'The agent says again what it hears.',
  openai: 'The model is really asked, and may cost something; tools are not run.',
  webhook: 'Your server is really asked, and told that it is a test.',
};

const endings = {
  hang_up: () => 'The agent hangs up.',
  transfer: ({ to }) => `The call goes to ${to}.`,
  hold: () => 'The call is put on hold.',
};

const hasEnded = (reply) => reply?.then === 'hang_up' || reply?.then === 'transfer';

function remarks(reply) {
  return [
    endings[reply.then]?.(reply),
    reply.notes &&
      `Noted: ${Object.entries(reply.notes)
        .map(([name, text]) => `${name} = ${text}`)
        .join(', ')}`,
    reply.left_out && `Not done here: ${reply.left_out.join(', ')}`,
  ].filter(Boolean);
}

function turnOf({ role, text, keys, isLost, ...reply }) {
  return h(
    'div',
    { class: `turn ${role}` },
    h('p', { class: 'by' }, h('strong', {}, role === 'agent' ? 'Agent' : 'Caller')),
    keys && h('p', { class: 'text' }, `presses ${keys}`),
    text && h('p', { class: 'text' }, text),
    isLost && h('p', { class: 'under' }, 'Nobody heard it: the call was over.'),
    remarks(reply).map((each) => h('p', { class: 'under' }, each)),
    reply.failure && h('p', { class: 'note' }, `The agent failed: ${reply.failure}.`),
  );
}

export class Rehearsal {
  #turns = [];
  #round = 0;
  #kind = '';
  #greeting = '';
  #revision = () => ({});
  #stops = new AbortController();
  #again = false;
  #isAsking = false;
  #log = h('div', {
    class: 'turns',
    role: 'log',
    'aria-label': 'Test conversation',
    tabindex: 0,
  });
  #how = h(
    'select',
    { 'aria-label': 'What the caller does' },
    h('option', { value: 'text' }, 'says'),
    h('option', { value: 'keys' }, 'presses'),
  );
  #text = h('input', { 'aria-label': 'As the caller', autocomplete: 'off', maxlength: 1000 });
  #send = h('button', { class: 'main' }, 'Send');
  #begin = h('button', { type: 'button', onclick: () => this.#ask() }, 'Let the agent begin');
  #over = h('button', { type: 'button', class: 'quiet', onclick: () => this.#startOver() }, 'Start over');
  #form = h(
    'form',
    { class: 'say', onsubmit: (event) => this.#say(event) },
    this.#how,
    this.#text,
    this.#send,
  );
  #about = h('p', { class: 'note' });
  #fault = h('p', { class: 'fault', role: 'alert' });
  node = h(
    'section',
    { class: 'card rehearsal', 'aria-label': 'Test' },
    h('div', { class: 'head' }, h('h2', {}, 'Test conversation'), this.#over),
    this.#about,
    this.#log,
    this.#begin,
    this.#form,
    this.#fault,
  );

  /** What the API is asked with beside the turns. */
  set revision(make) {
    this.#revision = make;
  }

  get #replays() {
    return replaying.has(this.#kind);
  }

  /** The agent, or what is to become of it, is another; `isReady` unless its script has faults. */
  use({ kind, greeting }, isReady) {
    this.#kind = kind;
    this.#greeting = greeting;
    write(this.#about, about[kind] ?? '');
    if (!isReady) return this.#draw();
    const hasBegun = this.#turns.some(({ role }) => role === 'caller');
    if (!hasBegun) {
      ++this.#round;
      this.#turns = [];
    }
    // What costs nothing is shown at once, and anew with each change.
    if (this.#replays || (greeting && !hasBegun)) this.#ask();
    else this.#draw();
  }

  stop() {
    this.#stops.abort();
  }

  #say(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (text === '' || this.#send.disabled) return;
    this.#text.value = '';
    this.#turns.push(
      this.#how.value === 'keys' ? { role: 'caller', keys: text.toUpperCase() } : { role: 'caller', text },
    );
    this.#ask();
  }

  #startOver() {
    ++this.#round;
    this.#turns = [];
    write(this.#fault, '');
    if (this.#replays || this.#greeting) this.#ask();
    else this.#draw();
    this.#text.focus();
  }

  async #ask() {
    // Whoever goes on meanwhile is answered next.
    this.#again = this.#isAsking;
    if (this.#isAsking) return;
    this.#isAsking = true;
    this.#draw();
    const round = this.#round;
    const said = this.#turns.map(({ role, text, keys }) => (keys ? { role, keys } : { role, text }));
    if (said.at(-1)?.role === 'agent') said.pop();
    try {
      const body = { turns: said, ...this.#revision() };
      const { replies } = await ask('POST', '/v1/agent/conversation', body, this.#stops.signal);
      write(this.#fault, '');
      if (round === this.#round) this.#take(replies);
    } catch (error) {
      if (error.name === 'AbortError') return;
      if (round === this.#round) this.#takeBack(error);
    } finally {
      this.#isAsking = false;
    }
    const isOpen = this.#replays || this.#turns.at(-1)?.role !== 'agent';
    if (this.#again && isOpen) return this.#ask();
    this.#draw();
  }

  #take(replies) {
    const told = replies.map((reply) => ({ role: 'agent', ...reply }));
    if (!this.#replays) return this.#turns.push(...told);
    const [opening, ...answers] = told;
    const isOver = hasEnded(told.at(-1));
    const callers = this.#turns.filter(({ role }) => role === 'caller');
    this.#turns = callers.flatMap((turn, n) =>
      answers[n] ? [{ ...turn, isLost: false }, answers[n]] : [{ ...turn, isLost: isOver }],
    );
    if (opening?.text) this.#turns.unshift(opening);
  }

  /** What was refused is in the field again, to be put right. */
  #takeBack(error) {
    const last = this.#turns.at(-1);
    if (last?.role === 'caller') {
      this.#turns.pop();
      this.#text.value ||= last.text ?? last.keys;
    }
    if (error.status !== 401) write(this.#fault, `${error.message}.`);
  }

  #draw() {
    const { length } = this.#turns.filter(({ role }) => role === 'caller');
    const isOver = hasEnded(this.#turns.findLast(({ role }) => role === 'agent'));
    const isFull = length >= mostQuestions;
    const shown = this.#turns.map((turn, n) => ({ ...turn, n }));
    if (this.#isAsking && !this.#replays) shown.push({ role: 'agent', text: '…' });
    keep(this.#log, shown, (turn) => JSON.stringify(turn), turnOf);
    this.#log.hidden = this.#log.childElementCount === 0;
    this.#log.scrollTop = this.#log.scrollHeight;
    this.#begin.hidden = this.#replays || this.#turns.length > 0 || this.#isAsking;
    this.#over.hidden = this.#turns.length === 0;
    this.#send.disabled = isOver || isFull || (this.#isAsking && !this.#replays);
    mark(this.#text, 'placeholder', isOver ? 'The call is over' : isFull ? `${many(mostQuestions, 'turn')} at most` : 'As a caller …');
    this.#text.disabled = isOver || isFull;
  }
}
