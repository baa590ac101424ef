import { duration } from './format.js';
import { make } from './talk_parts.js';
import { heardAndCut } from './transcript.js';

/** What is said in a call, as the engine's events tell it, as a list that grows. */

const seconds = new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 2 });

/** One turn: who, when, what; of the agent's what was cut and how long it took to answer. */
class Turn {
  node;
  text = '';
  #words = make('p', 'words');
  #facts = make('p', 'facts');

  constructor(who, at) {
    this.node = make('li', who === 'You' ? 'turn you' : 'turn agent');
    this.node.append(
      make('p', 'who', make('strong', '', who), make('span', 'time', at)),
      this.#words,
      this.#facts,
    );
    this.#facts.hidden = true;
  }

  /** All of it so far; `isPassing` while it may yet be another text. */
  write(text, isPassing = false) {
    this.text = text;
    this.#words.textContent = text;
    this.node.classList.toggle('passing', isPassing);
  }

  /** Only so much of it was heard; the rest is struck out. */
  cut(heard) {
    const [said, rest] = heardAndCut(this.text, heard);
    this.#words.replaceChildren(said, make('del', '', rest));
    this.note(heard ? 'You interrupted: the rest was not heard' : 'Not heard', 'lost');
  }

  note(text, className) {
    this.#facts.append(make('span', className, text));
    this.#facts.hidden = false;
  }
}

/** The turns of one call; `say` is told what a person who does not see them wants to hear. */
export class Turns {
  node = make('ol', 'turns');
  #say;
  #began = 0;
  #passing = null;
  #replies = new Map();

  constructor(say) {
    this.#say = say;
  }

  get isEmpty() {
    return this.node.childElementCount === 0;
  }

  take(name, { at, text = '', turn, heard_text: heard = '', digit, by }) {
    const now = Date.parse(at);
    this.#began ||= now;
    const time = duration((now - this.#began) / 1000);
    if (name === 'transcript.partial') this.#caller(time).write(text, true);
    if (name === 'transcript.final') this.#finish(time, text);
    if (name === 'agent.reply') this.#reply(turn, time, text);
    if (name === 'speech.interrupted') this.#replies.get(turn)?.cut(heard);
    if (name === 'dtmf') this.#note(time, `Key ${digit ?? ''} pressed`);
    if (name === 'call.held') this.#note(time, `On hold (${by})`);
    if (name === 'call.resumed') this.#note(time, 'No longer on hold');
  }

  /** Adds how long the agent took to answer, as the transcript has it by now. */
  time(turns) {
    const replies = [...this.#replies.values()];
    for (const { role, text, latency_ms: latency } of turns) {
      const reply = role === 'agent' && replies.find((each) => each.text === text);
      if (!reply) continue;
      replies.splice(0, replies.indexOf(reply) + 1);
      if (latency === undefined || reply.latency !== undefined) continue;
      reply.latency = latency;
      reply.note(`Answered in ${seconds.format(latency / 1000)} s`);
    }
  }

  #caller(time) {
    this.#passing ??= this.#add(new Turn('You', time));
    return this.#passing;
  }

  #finish(time, text) {
    if (text === '') {
      this.#passing?.node.remove();
    } else {
      this.#caller(time).write(text);
      this.#say(`You: ${text}`);
    }
    this.#passing = null;
  }

  #reply(number, time, text) {
    let reply = this.#replies.get(number);
    if (!reply) this.#replies.set(number, (reply = this.#add(new Turn('Agent', time))));
    reply.write(reply.text ? `${reply.text} ${text}` : text);
    this.#say(`Agent: ${text}`);
  }

  #note(time, text) {
    this.node.append(make('li', 'event', make('span', 'time', time), ` ${text}`));
  }

  #add(turn) {
    this.node.append(turn.node);
    return turn;
  }
}
