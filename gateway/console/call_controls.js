import { part, patch, post } from './api.js';
import { h, mark, write } from './dom.js';
import { number } from './format.js';

/** What an operator can do with a call that goes on. */

/** The agent that says nothing, so that somebody else can. */
const quietKind = 'quiet';

/** Which agent was sent to be quiet, by call: asked for when the call is given back. */
const remembered = (id) => `tandem.agent.${id}`;

const button = (label, attributes, ...more) => h('button', { type: 'button', ...attributes }, label, ...more);

/** A dialog that asks for something; `go()` is done with what was entered. */
function ask({ title, label, body, confirm, danger = false, go }) {
  const fault = h('p', { class: 'fault', role: 'alert' });
  const done = h('button', { class: danger ? 'danger' : 'main' }, confirm);
  const dialog = h(
    'dialog',
    { 'aria-label': title, onclose: () => dialog.remove() },
    h(
      'form',
      {
        method: 'dialog',
        onsubmit: async (event) => {
          event.preventDefault();
          done.disabled = true;
          try {
            await go();
            dialog.close();
          } catch (error) {
            write(fault, `${error.message}.`);
          } finally {
            done.disabled = false;
          }
        },
      },
      h('h2', {}, title),
      label && h('p', {}, label),
      body,
      fault,
      h('div', { class: 'row' }, button('Cancel', { class: 'quiet', onclick: () => dialog.close() }), done),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
}

export class CallControls {
  #id;
  #call = null;
  #said = h('p', { class: 'outcome', role: 'status' });
  #text = h('input', {
    name: 'text',
    autocomplete: 'off',
    maxlength: 1000,
    placeholder: 'Say something to the caller …',
    'aria-label': 'Say to the caller',
  });
  #hold = button('Hold', { onclick: () => this.#toggleHold() });
  #over = button('Take over', { onclick: () => this.#toggleQuiet() });
  #state = h('p', { class: 'taken', role: 'status' });
  node;

  /** `listening` is how the call is heard. */
  constructor(id, listening) {
    this.#id = id;
    this.node = h(
      'section',
      { class: 'controls card', 'aria-label': 'Call controls', hidden: true },
      this.#state,
      h(
        'form',
        { class: 'say', onsubmit: (event) => this.#say(event) },
        this.#text,
        h('button', { class: 'main' }, 'Say'),
      ),
      h(
        'div',
        { class: 'row' },
        listening.button,
        this.#over,
        this.#hold,
        button('Transfer …', { onclick: () => this.#transfer() }),
        button('Keys …', { onclick: () => this.#keys() }),
        button('Hang up', { class: 'danger', onclick: () => this.#hangUp() }),
      ),
      listening.panel,
      this.#said,
    );
  }

  show(call) {
    this.#call = call;
    const isLive = call.state !== 'ended';
    const isQuiet = call.agent === quietKind;
    this.node.hidden = !isLive;
    if (!isLive) return this.#forget();
    write(this.#hold, call.held ? 'Resume' : 'Hold');
    write(this.#over, isQuiet ? 'Give back to the agent' : 'Take over');
    mark(this.#over, 'aria-pressed', isQuiet);
    mark(this.node, 'data-quiet', isQuiet);
    const silent = isQuiet
      ? 'You have the call: the agent is silent, and the caller hears what you type.'
      : '';
    write(this.#state, call.held ? 'On hold: nobody listens to the caller.' : silent);
    for (const each of this.node.querySelectorAll('button, input')) {
      const alsoRinging = each.classList.contains('danger');
      each.disabled = call.state === 'ringing' && !alsoRinging;
    }
  }

  async #do(what, told = '') {
    try {
      await what;
      write(this.#said, told);
      mark(this.#said, 'data-tone', null);
      return true;
    } catch (error) {
      write(this.#said, error.status === 401 ? '' : `${error.message}.`);
      mark(this.#said, 'data-tone', 'bad');
      return false;
    }
  }

  #act(wish, body) {
    return post(`/v1/calls/${part(this.#id)}/${wish}`, body);
  }

  async #say(event) {
    event.preventDefault();
    const text = this.#text.value.trim();
    if (text === '') return;
    this.#text.value = '';
    if (!(await this.#do(this.#act('say', { text }), `Said next: “${text}”`))) this.#text.value ||= text;
  }

  #toggleHold() {
    return this.#do(this.#act(this.#call.held ? 'resume' : 'hold'));
  }

  #forget() {
    try {
      sessionStorage.removeItem(remembered(this.#id));
    } catch {
      // Nothing was remembered.
    }
  }

  async #toggleQuiet() {
    const path = `/v1/calls/${part(this.#id)}/agent`;
    if (this.#call.agent !== quietKind) {
      try {
        sessionStorage.setItem(remembered(this.#id), this.#call.agent);
      } catch {
        // It is asked for then.
      }
      if (await this.#do(patch(path, { kind: quietKind }))) this.#text.focus();
      return;
    }
    const former = sessionStorage.getItem(remembered(this.#id));
    if (former) return this.#do(patch(path, { kind: former }));
    const kind = h(
      'select',
      { 'aria-label': 'Agent' },
      ['script', 'openai', 'webhook', 'echo'].map((each) => h('option', { value: each }, each)),
    );
    ask({
      title: 'Give the call back',
      label: 'Which agent goes on with it?',
      body: kind,
      confirm: 'Give back',
      go: () => patch(path, { kind: kind.value }),
    });
  }

  #transfer() {
    const to = h('input', {
      name: 'to',
      required: true,
      autocomplete: 'off',
      inputmode: 'tel',
      placeholder: '+13125550177',
      'aria-label': 'Number or SIP URI',
    });
    ask({
      title: 'Transfer the call',
      label: 'To a number, with + and country code, or a SIP URI. The agent stays if nobody takes it.',
      body: to,
      confirm: 'Transfer',
      go: () => this.#act('transfer', { to: to.value.trim() }),
    });
  }

  #keys() {
    const digits = h('input', {
      name: 'digits',
      required: true,
      autocomplete: 'off',
      pattern: '[0-9A-D*#wW]+',
      maxlength: 64,
      'aria-label': 'Keys',
    });
    const pad = h(
      'div',
      { class: 'keypad', role: 'group', 'aria-label': 'Keypad' },
      [...'123456789*0#'].map((key) => button(key, { onclick: () => (digits.value += key) })),
    );
    ask({
      title: 'Press keys',
      label: 'w waits half a second, W a second.',
      body: [digits, pad],
      confirm: 'Press',
      go: () => this.#act('dtmf', { digits: digits.value }),
    });
  }

  #hangUp() {
    const { direction, from, to } = this.#call;
    ask({
      title: 'Hang up?',
      label: `The call with ${number(direction === 'incoming' ? from : to)} ends at once.`,
      confirm: 'Hang up',
      danger: true,
      go: () => this.#act('hangup'),
    });
  }
}
