import { Line, canTalk } from './talk_line.js';
import { sheet } from './talk_style.js';
import { Turns, make, span } from './talk_turns.js';

const faults = {
  denied: [
    'The microphone is not allowed',
    'This page may not use it. Allow it beside the address, or in the browser’s settings, and call again.',
  ],
  no_microphone: ['There is no microphone', 'Connect one, and call again.'],
  microphone_busy: ['The microphone is taken', 'Another program has it. Close that program, and call again.'],
  microphone_lost: ['The microphone is gone', 'It was taken off or turned away from this page, which ended the call.'],
  no_sound: ['The browser has no sound', 'It could not start audio on this device. Look at its output, and call again.'],
  connection_lost: ['The connection is lost', 'The engine was reached no more, which ended the call.'],
  unreachable: ['The engine does not answer', 'It may be down, or out of reach. Try again in a moment.'],
  unauthorised: ['The session is over', 'Load this page again and give the token.'],
  refused: ['The engine did not take the call', 'Its log says why. Try again in a moment.'],
  draining: ['The engine is shutting down', 'It takes no new calls.'],
  full: ['All places are taken', 'The engine has as many calls as limits.max_calls allows. Try again when one has ended.'],
  connections: ['All connections are taken', 'The engine has as many as limits.max_connections allows. Try again later.'],
  rate: ['Too many calls just now', 'More came at once than limits.calls_per_second allows. Try again in a second.'],
  loop_lag: ['The engine is overloaded', 'It runs late, and takes no more calls until it has caught up.'],
  memory: ['The engine is short of memory', 'It takes no more calls up to limits.memory_mb.'],
  provider: ['No speech provider is free', 'As many sessions as the configuration allows are in use. Try again later.'],
  store: ['Calls cannot be kept', 'Neither the store nor the journal takes records, so no calls are taken.'],
};

const endings = {
  hung_up: 'You hung up.',
  caller_hung_up: 'You hung up.',
  agent_hung_up: 'The agent hung up.',
  api_hung_up: 'The call was ended from outside.',
  caller_silent: 'Nobody spoke, so the call ended.',
  max_duration: 'The call reached its longest time.',
  provider_failed: 'A speech provider failed, which ended the call. The engine’s log says how.',
  no_media: 'No audio reached the engine, which ended the call.',
  internal_error: 'The engine failed in this call. Its log says how.',
  shutdown: 'The engine was stopped.',
};

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

/** The events are to be there before the agent speaks, but the engine waits no longer than five seconds. */
const watchDeadline = 2000;
const watchPause = 500;
/** Behind the line's end comes why the call ended. */
const endingDeadline = 3000;

/** A meter from silence, at −60 dB, to as loud as it gets. */
function makeMeter(label) {
  const bar = make('span', 'bar');
  const node = make('div', 'meter', make('span', 'label', label), make('span', 'track', bar));
  let shown = 0;
  return {
    node,
    show(level) {
      const size = level > 0 ? Math.max(0, 1 + (20 * Math.log10(level)) / 50) : 0;
      // Falls slowly, so that it can be read.
      shown = Math.max(Math.min(1, size), shown - 0.06);
      bar.style.transform = `scaleX(${shown.toFixed(3)})`;
    },
  };
}

function explainInsecure() {
  const port = location.port || (location.protocol === 'https:' ? '443' : '80');
  return make(
    'div',
    'notice bad',
    make('h2', '', 'No microphone on this page'),
    make('p', '', 'Browsers give a page the microphone over HTTPS or on this machine alone, and this page came by plain HTTP.'),
    make('p', '', 'Either set ', make('code', '', 'server.tls_certificate'), ' and ', make('code', '', 'server.tls_key'), ', and open this page with https://, or reach the engine through a tunnel and open localhost:'),
    make('pre', '', `ssh -L ${port}:127.0.0.1:${port} ${location.hostname}\nhttp://localhost:${port}/#/talk`),
  );
}

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
    this.shadowRoot.append(
      make('div', 'desk', make('div', 'keys', this.#button, this.#mute), make('div', 'now', this.#state, this.#time), this.#meters),
      this.#notice,
      this.#talk,
      this.#aloud,
    );
  }

  connectedCallback() {
    addEventListener('pagehide', this.#leave);
    this.#show('idle', '');
    if (!canTalk()) {
      this.#show('unable', 'Not possible here');
      this.#notice.replaceChildren(explainInsecure());
      return;
    }
    this.#notice.replaceChildren(
      make(
        'div',
        'notice',
        make('p', '', 'Press Call, allow the microphone, and speak: the agent hears and answers you as it does a caller, over the same media path. Interrupt it whenever you like.'),
        make('p', 'small', 'It is a call like any other: it takes a place, uses your speech providers and your agent, and is kept with the others. Headphones keep the agent from hearing itself.'),
      ),
    );
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
    this.#notice.replaceChildren();
    this.#show('waiting', 'The browser asks you for the microphone: allow it');
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
  }

  /** Follows the call's events, then lets the agent hear: so nothing that is said is missed. */
  #watch(line, id) {
    this.#callId = id;
    const begin = () => {
      if (this.#line !== line || this.#began) return;
      line.begin();
      this.#began = Date.now();
      this.#clock = setInterval(() => this.#tick(), 250);
      this.#show('talking', 'Connected');
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
    const isAtEnd = this.#talk.scrollHeight - this.#talk.scrollTop - this.#talk.clientHeight < 40;
    this.#turns.take(name, event);
    if (isAtEnd) this.#talk.scrollTop = this.#talk.scrollHeight;
    if (name === 'speech.started') this.#show('talking', 'The agent speaks');
    if (name === 'speech.finished') this.#show('talking', 'The agent listens');
    if (name === 'speech.interrupted') this.#show('talking', 'You interrupted the agent');
    if (name.startsWith('speech.')) this.#askTimes();
    if (name === 'call.ended') {
      this.#endReason = event.end_reason ?? '';
      if (this.#ending) this.#told();
    }
  }

  /** How long answers took is in the transcript. */
  async #askTimes() {
    const turns = this.#turns;
    try {
      const answer = await fetch(`/v1/calls/${encodeURIComponent(this.#callId)}/transcript`);
      if (answer.ok) turns.time((await answer.json()).turns);
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
    if (faults[why]) return this.#fail(why);
    if (!this.#began) return this.#end(why);
    this.#show('ending', 'The call is over');
    if (why === 'hung_up') this.#endReason ||= why;
    this.#ending = setTimeout(() => this.#told(), this.#endReason ? 0 : endingDeadline);
  }

  #told() {
    clearTimeout(this.#ending);
    this.#ending = 0;
    this.#end(this.#endReason);
  }

  #end(reason) {
    const text = endings[reason] ?? 'The call is over.';
    this.#show('idle', '');
    const notice = make('div', 'notice', make('p', '', text));
    if (this.#began) {
      const link = make('a', '', 'This call’s record');
      link.href = `#/calls/${encodeURIComponent(this.#callId)}`;
      notice.append(make('p', '', link));
    }
    this.#notice.replaceChildren(notice);
    this.#tell(text);
    this.#settle();
  }

  #fail(code) {
    const [head, text] = faults[code];
    this.#show('idle', '');
    this.#notice.replaceChildren(make('div', 'notice bad', make('h2', '', head), make('p', '', text)));
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
    this.#time.textContent = span(Date.now() - this.#began);
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
