import { duration } from './format.js';
import { Line, canTalk } from './talk_line.js';
import { sheet } from './talk_style.js';
import { explainInability, make, makeMeter, notice, small } from './talk_parts.js';
import { Turns } from './talk_turns.js';
import { endings, faults, introduction, ofCosts, ofMicrophone } from './talk_words.js';

const told = [
  'call.answered',
  'transcript.partial',
  'transcript.final',
  'agent.reply',
  'speech.started',
  'speech.finished',
  'speech.interrupted',
  'dtmf',
  'provider.reconnected',
  'call.held',
  'call.resumed',
  'call.ended',
];

/** How it stands from an event on. */
const states = {
  'speech.started': 'The agent speaks',
  'speech.finished': 'The agent listens',
  'speech.interrupted': 'You interrupted the agent',
};

/** The events are to be there before the agent speaks, but the engine waits no longer than five seconds. */
const watchDeadline = 2000;
const watchPause = 500;
/** Behind the line's end comes why the call ended. */
const endingDeadline = 3000;

/** A softphone: the operator talks to the configured agent as a caller does. */
class Talk extends HTMLElement {
  #line = null;
  #events = null;
  #turns = null;
  #callId = '';
  #endReason = '';
  #began = 0;
  #clock = 0;
  #ending = 0;
  #isMuted = false;
  #isLost = false;

  #button = make('button', 'call');
  #mute = make('button', 'mute', 'Mute');
  #state = make('p', 'state');
  #time = make('p', 'timer');
  #said = makeMeter('You');
  #heard = makeMeter('Agent');
  #meters = make('div', 'meters', this.#said.node, this.#heard.node);
  #notice = make('div', 'place');
  #talk = make('section', 'talk');
  #aloud = make('p', 'aloud');

  #leave = () => this.#line?.hangUp();

  constructor() {
    super();
    this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet];
    this.#button.type = this.#mute.type = 'button';
    this.#button.onclick = () => (this.#line ? this.#line.hangUp() : this.#call());
    this.#mute.onclick = () => this.#muteMicrophone(!this.#isMuted);
    this.#aloud.setAttribute('aria-live', 'polite');
    this.#meters.setAttribute('aria-hidden', 'true');
    this.#talk.setAttribute('aria-label', 'What is said');
    this.#talk.tabIndex = 0;
    this.#talk.hidden = true;
    this.shadowRoot.append(
      make(
        'div',
        'desk',
        make('div', 'keys', this.#button, this.#mute),
        make('div', 'now', this.#state, this.#time),
        this.#meters,
      ),
      this.#notice,
      this.#talk,
      this.#aloud,
    );
  }

  connectedCallback() {
    addEventListener('pagehide', this.#leave);
    this.#show('idle', 'Ready');
    if (!canTalk()) {
      this.#show('unable', 'Not possible here');
      this.#notice.replaceChildren(explainInability());
      return;
    }
    this.#notice.replaceChildren(notice('', introduction, small(ofCosts)));
  }

  disconnectedCallback() {
    removeEventListener('pagehide', this.#leave);
    this.#line?.hangUp();
    this.#finish();
  }

  async #call() {
    const line = new Line();
    this.#forget();
    this.#line = line;
    this.#notice.replaceChildren(notice('', ofMicrophone));
    this.#show('waiting', 'Allow the microphone');
    line.addEventListener('microphone', () => this.#show('waiting', 'Calling'));
    line.addEventListener('call', ({ detail }) => this.#watch(line, detail));
    line.addEventListener('level', ({ detail }) => {
      this.#said.show(this.#isMuted ? 0 : detail.said);
      this.#heard.show(detail.heard);
    });
    line.addEventListener('over', ({ detail }) => this.#over(line, detail));
    try {
      await line.open();
    } catch ({ code }) {
      if (this.#line === line) this.#over(line, code);
    }
  }

  /** A new call: what the former one has left goes. */
  #forget() {
    this.#finish();
    this.#turns = new Turns((text) => this.#tell(text));
    this.#callId = this.#endReason = '';
    this.#muteMicrophone(false);
    this.#talk.replaceChildren(this.#turns.node);
    this.#talk.hidden = false;
  }

  /** Follows the call's events, then lets the agent hear: so nothing that is said is missed. */
  #watch(line, id) {
    this.#callId = id;
    const begin = () => {
      if (this.#line !== line || this.#began) return;
      line.begin();
      this.#began = Date.now();
      this.#clock = setInterval(() => this.#tick(), 250);
      this.#notice.replaceChildren();
      this.#show('talking', 'Connected');
      this.#tell('Connected');
      this.#tick();
    };
    setTimeout(begin, watchDeadline);
    const follow = () => {
      const events = new EventSource(`/v1/calls/${encodeURIComponent(id)}/events`);
      this.#events = events;
      events.onopen = begin;
      events.onerror = () => {
        // A call that has just begun may not be known yet; EventSource would give up.
        if (events.readyState === EventSource.CLOSED && this.#events === events && this.#line === line)
          setTimeout(follow, watchPause);
      };
      for (const name of told)
        events.addEventListener(name, ({ data }) => this.#take(name, JSON.parse(data)));
    };
    follow();
  }

  #take(name, event) {
    this.#write((turns) => turns.take(name, event));
    if (this.#line && states[name]) this.#show('talking', states[name]);
    if (states[name]) this.#askTimes();
    if (name === 'call.ended') {
      this.#endReason = event.end_reason ?? '';
      if (this.#ending) this.#told();
    }
  }

  /** Changes what is said, and keeps the end of it in sight when it was. */
  #write(change) {
    const { scrollHeight, scrollTop, clientHeight } = this.#talk;
    change(this.#turns);
    if (scrollHeight - scrollTop - clientHeight < 40) this.#talk.scrollTop = this.#talk.scrollHeight;
  }

  /** How long answers took is in the transcript. */
  async #askTimes() {
    const id = this.#callId;
    try {
      const answer = await fetch(`/v1/calls/${encodeURIComponent(id)}/transcript`, { cache: 'no-store' });
      const { turns } = await answer.json();
      if (turns && this.#callId === id) this.#write((said) => said.time(turns));
    } catch {
      // The call goes on without.
    }
  }

  /** The line is gone; why the call ended is told a moment later, if at all. */
  #over(line, why) {
    if (this.#line !== line) return;
    this.#line = null;
    clearInterval(this.#clock);
    this.#said.show(0);
    this.#heard.show(0);
    // An engine that ends a call lets go of its line without a word.
    this.#isLost = why === 'connection_lost' && this.#began !== 0;
    if (faults[why] && !this.#isLost) return this.#fail(why);
    if (!this.#began) return this.#end(why);
    this.#show('ending', 'The call is over');
    if (why === 'hung_up') this.#endReason ||= why;
    this.#ending = setTimeout(() => this.#told(), this.#endReason ? 0 : endingDeadline);
  }

  #told() {
    clearTimeout(this.#ending);
    this.#ending = 0;
    const isKnown = this.#endReason && this.#endReason !== 'no_media';
    if (this.#isLost && !isKnown) this.#fail('connection_lost');
    else this.#end(this.#endReason);
  }

  #end(reason) {
    const text = endings[reason] ?? 'The call is over.';
    this.#show('idle', 'Ready to call again');
    const link = make('a', '', 'This call’s record');
    link.href = `#/calls/${encodeURIComponent(this.#callId)}`;
    this.#notice.replaceChildren(notice('', text, ...(this.#began ? [make('p', '', link)] : [])));
    this.#tell(text);
    this.#settle();
  }

  #fail(code) {
    const [head, text] = faults[code];
    this.#show('idle', 'No call');
    this.#notice.replaceChildren(notice('bad', make('h2', '', head), text));
    this.#tell(`${head}. ${text}`);
    this.#settle();
  }

  /** The last times are known a moment after the end. */
  #settle() {
    if (this.#callId) this.#askTimes();
    this.#finish();
    this.#button.focus();
  }

  #finish() {
    clearInterval(this.#clock);
    clearTimeout(this.#ending);
    this.#events?.close();
    this.#events = null;
    this.#line = null;
    this.#began = this.#ending = 0;
  }

  #muteMicrophone(muted) {
    this.#isMuted = muted;
    if (this.#line) this.#line.muted = muted;
    this.#mute.setAttribute('aria-pressed', String(muted));
    this.#mute.textContent = muted ? 'Muted' : 'Mute';
  }

  #tick() {
    this.#time.textContent = duration((Date.now() - this.#began) / 1000);
  }

  #tell(text) {
    this.#aloud.textContent = text;
  }

  /** What can be done, and how it stands. */
  #show(state, text) {
    this.dataset.state = state;
    this.#state.textContent = text;
    this.#button.textContent = this.#line ? 'Hang up' : 'Call';
    this.#button.disabled = state === 'unable' || state === 'ending';
    this.#mute.hidden = state !== 'talking';
    this.#time.hidden = state !== 'talking';
    this.#meters.hidden = state !== 'talking';
  }
}

customElements.define('tandem-talk', Talk);

/** The screen `#/talk`; leaving it hangs up. */
export function open(main) {
  const title = make('h1', '', 'Talk');
  title.tabIndex = -1;
  const phone = document.createElement('tandem-talk');
  main.append(make('div', 'heading', title), phone);
  return () => phone.remove();
}
