import { ask, get, patch } from './api.js';
import { facts, h, mark, write } from './dom.js';
import { Editor } from './editor.js';
import { many, span } from './format.js';
import { Rehearsal } from './rehearsal.js';

/** The screen `#/agent`: the agent that new calls get, to be seen, tried and changed. */

/** From the last key to the question whether the script is right. */
const settle = 300;

/** What is written in the form and not in use yet, for whoever leaves the screen and comes back. */
let kept = {};

const field = (label, control, note) =>
  h('label', { class: 'field' }, h('span', {}, label), control, note && h('span', { class: 'note' }, note));

const area = (rows, placeholder) => h('textarea', { rows, placeholder, maxlength: 65536 });

const titles = {
  script: 'A script answers new calls',
  openai: 'A model answers new calls',
  webhook: 'Your server answers new calls',
  echo: 'New calls hear themselves',
};

class AgentScreen {
  #agent = null;
  #stops = new AbortController();
  #checks = null;
  #due = 0;
  #isUnchecked = true;
  #isRight = true;
  #isBusy = false;

  #title = h('h1', { tabindex: -1 }, 'Agent');
  #kind = h('span', { class: 'badge', hidden: true });
  #state = h('span', { class: 'badge', 'data-tone': 'warn', hidden: true }, 'changed, in no file');
  #fault = h('p', { class: 'calm', role: 'alert' });
  #inputs = {
    greeting: area(2, 'The agent’s own'),
    fallback_reply: area(2, ''),
    model: h('input', { autocomplete: 'off', spellcheck: 'false' }),
    system_prompt: area(8, 'One that suits a telephone call'),
  };
  #ofModel = h(
    'div',
    { class: 'fields' },
    field('Model', this.#inputs.model),
    field('System prompt', this.#inputs.system_prompt),
  );
  #about = h('div');
  #editor = new Editor(() => this.#edited(true));
  #file = h('p', { class: 'note' });
  #download = h('button', { type: 'button', class: 'quiet', onclick: () => this.#save() }, 'Download');
  #script = h(
    'section',
    { class: 'card', 'aria-label': 'Script' },
    h('div', { class: 'head' }, h('h2', {}, 'Script'), this.#file, this.#download),
    this.#editor.node,
  );
  #use = h('button', { type: 'button', class: 'main', onclick: () => this.#apply(false) }, 'Use for new calls');
  #useLive = h(
    'button',
    { type: 'button', onclick: () => this.#apply(true) },
    '… and live calls from their next turn',
  );
  #discard = h('button', { type: 'button', class: 'quiet', onclick: () => this.#discardAll() }, 'Discard');
  #changes = h('p', { class: 'status' });
  #outcome = h('p', { class: 'outcome', role: 'status' });
  #test = new Rehearsal();
  #body = h(
    'div',
    { class: 'call bench', hidden: true },
    h(
      'div',
      { class: 'talk' },
      h(
        'section',
        { class: 'card', 'aria-label': 'Settings' },
        h('h2', {}, 'Settings'),
        h(
          'div',
          { class: 'fields' },
          field('Greeting', this.#inputs.greeting),
          field('Said when the agent fails', this.#inputs.fallback_reply),
        ),
        this.#ofModel,
        this.#about,
      ),
      this.#script,
    ),
    h(
      'div',
      { class: 'aside' },
      h(
        'section',
        { class: 'card controls', 'aria-label': 'Changes' },
        h('div', { class: 'head' }, h('h2', {}, 'Changes'), this.#discard),
        this.#changes,
        this.#use,
        this.#useLive,
        this.#outcome,
        h(
          'p',
          { class: 'note' },
          'No file is written: a restart or reload of the engine brings back what the configuration says. Download a script to keep it.',
        ),
      ),
      this.#test.node,
    ),
  );

  /** The browser asks before what was written is lost with the page. */
  #guard = (event) => {
    if (this.#agent && Object.keys(this.#changed()).length > 0) event.preventDefault();
  };

  constructor(main) {
    main.append(
      h('div', { class: 'heading' }, this.#title, h('div', { class: 'badges' }, this.#kind, this.#state)),
      this.#fault,
      this.#body,
    );
    for (const input of Object.values(this.#inputs))
      input.addEventListener('input', () => this.#edited(false));
    this.#test.revision = () => {
      const { script, ...others } = this.#changed();
      return script !== undefined && this.#agent.kind === 'script' ? { script, ...others } : others;
    };
    addEventListener('beforeunload', this.#guard);
    this.#read();
  }

  stop() {
    removeEventListener('beforeunload', this.#guard);
    kept = this.#agent ? this.#changed() : kept;
    clearTimeout(this.#due);
    this.#stops.abort();
    this.#checks?.abort();
    this.#test.stop();
  }

  async #read() {
    write(this.#fault, 'Asking the engine …');
    try {
      this.#take(await get('/v1/agent', this.#stops.signal));
      this.#fill({ ...this.#values(), ...kept });
      kept = {};
      write(this.#fault, '');
      this.#body.hidden = false;
      this.#edited(true);
    } catch (error) {
      if (error.name !== 'AbortError') write(this.#fault, error.status === 401 ? '' : `${error.message}.`);
    }
  }

  /** What is in use, as the form has it. */
  #values() {
    const { greeting, fallback_reply: fallback, model, system_prompt: prompt, script } = this.#agent;
    return { greeting, fallback_reply: fallback, model, system_prompt: prompt, script: script?.text ?? '' };
  }

  #fill({ script, ...texts }) {
    for (const [name, input] of Object.entries(this.#inputs)) input.value = texts[name];
    this.#editor.value = script;
  }

  /** Those of the form's values that are not in use. */
  #changed() {
    const form = { script: this.#editor.value };
    for (const [name, input] of Object.entries(this.#inputs)) form[name] = input.value;
    const values = this.#values();
    return Object.fromEntries(Object.entries(form).filter(([name, text]) => text !== plain(values[name])));
  }

  #take(agent) {
    this.#agent = agent;
    const { kind, script, url, timeout_ms: timeout, tools, api_key: key, secret } = agent;
    const asksServer = kind === 'openai' || kind === 'webhook';
    write(this.#title, titles[kind] ?? 'Agent');
    write(this.#kind, kind);
    this.#kind.hidden = false;
    this.#state.hidden = !agent.changed;
    this.#ofModel.hidden = kind !== 'openai';
    this.#script.hidden = !script && kind !== 'script';
    const others = kind === 'script' ? '' : ', for calls that are placed with kind script';
    write(this.#file, `${script?.file || 'from here, in no file'}${others}`);
    const pairs = [['Time for an answer', span(timeout / 1000)]];
    if (asksServer) pairs.unshift(['Server', h('code', {}, url)]);
    if (kind === 'openai') pairs.push(['Key', key ? 'set' : 'none'], ['Tools', tools.join(', ') || 'none']);
    if (kind === 'webhook') pairs.push(['Signed', secret ? 'yes' : 'no']);
    this.#about.replaceChildren(facts(pairs));
  }

  #edited(isScript) {
    this.#isUnchecked ||= isScript;
    this.#draw();
    clearTimeout(this.#due);
    this.#checks?.abort();
    this.#due = setTimeout(() => this.#check(), this.#due ? settle : 0);
  }

  async #check() {
    this.#checks = new AbortController();
    try {
      if (this.#isUnchecked && !this.#script.hidden) {
        const body = { script: this.#editor.value };
        this.#show(await ask('POST', '/v1/agent/check', body, this.#checks.signal));
      }
      this.#isUnchecked = false;
    } catch (error) {
      if (error.name === 'AbortError') return;
      this.#isRight = false;
      this.#editor.show(`${error.message}.`);
    }
    const { kind } = this.#agent;
    this.#test.use({ kind, greeting: this.#inputs.greeting.value }, this.#isRight || kind !== 'script');
    this.#draw();
  }

  #show({ faults, summary }) {
    this.#isRight = faults.length === 0;
    const told = summary
      ? `No fault: ${many(summary.nodes, 'question')}, ${many(summary.intents, 'intent')} with ${many(summary.phrases, 'phrase')}, ${many(summary.slots, 'slot')}`
      : `${many(faults.length, 'fault')}: this script cannot be used`;
    this.#editor.show(told, faults);
  }

  async #apply(live) {
    this.#isBusy = true;
    this.#draw();
    try {
      const told = await patch('/v1/agent', { ...this.#changed(), live });
      this.#take(told);
      const taken = `${many(told.applied_to, 'live call')} ${told.applied_to === 1 ? 'takes' : 'take'} it from the next turn on`;
      const others = told.kept ? `; ${many(told.kept, 'call')} ${told.kept === 1 ? 'keeps its own' : 'keep their own'}` : '';
      this.#say(live ? `New calls get it, and ${taken}${others}.` : 'New calls get it; live calls keep the agent they have.');
    } catch (error) {
      if (error.status !== 401) this.#say(`${error.message}.`, 'bad');
    }
    this.#isBusy = false;
    this.#draw();
  }

  #say(text, tone = null) {
    write(this.#outcome, text);
    mark(this.#outcome, 'data-tone', tone);
  }

  #discardAll() {
    this.#fill(this.#values());
    this.#say('The form has what calls get.');
    this.#edited(true);
  }

  #save() {
    const url = URL.createObjectURL(new Blob([this.#editor.value], { type: 'application/json' }));
    const name = this.#agent.script?.file.split('/').at(-1) || 'agent.json';
    h('a', { href: url, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  #draw() {
    if (!this.#agent) return;
    const names = Object.keys(this.#changed());
    const what = names.map((name) => (name === 'fallback_reply' ? 'failure' : name.replace('_', ' ')));
    write(
      this.#changes,
      names.length ? `Not in use yet: ${what.join(', ')}` : 'Calls get what the form has.',
    );
    const isReady = names.length > 0 && !this.#isBusy && (this.#isRight || !names.includes('script'));
    this.#use.disabled = this.#useLive.disabled = !isReady;
    this.#discard.disabled = names.length === 0 || this.#isBusy;
  }
}

/** As a form's field has it: without carriage returns. */
const plain = (text) => text.replace(/\r\n?/g, '\n');

export function open(main) {
  const screen = new AgentScreen(main);
  return () => screen.stop();
}
