import * as agent from './agent.js';
import { ask, post, session } from './api.js';
import * as call from './call.js';
import * as calls from './calls.js';
import * as campaigns from './campaigns.js';
import { directory } from './directory.js';
import { h, mark, perFrame, write } from './dom.js';
import { count } from './format.js';
import * as now from './now.js';
import { pulse } from './pulse.js';

/** The frame: which screen is shown, who may come in, and light or dark. */

/** A screen that another file brings, if it is there; it has `open(main, argument)` as all of them. */
const lazily = (path, what) => ({
  open(main, argument) {
    let close = () => {};
    let left = false;
    import(path).then(
      (screen) => {
        if (!left) close = screen.open(main, argument) ?? close;
      },
      () =>
        main.append(
          h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, what)),
          h('p', { class: 'calm' }, `${what} is not part of this engine.`),
        ),
    );
    return () => {
      left = true;
      close();
    };
  },
});

/** `open(main, argument)` fills the page and returns what ends the screen. */
const screens = {
  now: { title: 'Now', screen: now },
  calls: { title: 'Calls', screen: { open: (main, id) => (id ? call : calls).open(main, id) } },
  campaigns: { title: 'Campaigns', screen: campaigns },
  agent: { title: 'Agent', screen: agent },
  talk: { title: 'Talk', screen: lazily('./talk.js', 'Talk') },
};

const signedIn = 'tandem.session';

const main = h('main', { id: 'main' });
const links = Object.entries(screens).map(([name, { title }]) =>
  h(
    'a',
    { href: `#/${name}`, 'data-name': name },
    h('span', {}, title),
    h('span', { class: 'bubble', hidden: true }),
  ),
);
const live = h('p', { class: 'connection', role: 'status' });
const signOut = h('button', { type: 'button', class: 'quiet', hidden: true, onclick: leave }, 'Sign out');
let close = () => {};
let shown = '';

function themeSwitch() {
  const root = document.documentElement;
  const choice = h(
    'select',
    {
      class: 'quiet',
      'aria-label': 'Theme',
      onchange: () => {
        root.dataset.theme = choice.value;
        try {
          localStorage.setItem('tandem.theme', choice.value);
        } catch {
          // It lasts as long as the page.
        }
      },
    },
    ['auto', 'light', 'dark'].map((name) =>
      h('option', { value: name, selected: root.dataset.theme === name }, name),
    ),
  );
  return choice;
}

function show() {
  const [, name = 'now', argument = ''] = location.hash.split('/');
  const known = screens[name] ? name : 'now';
  let id = '';
  try {
    id = decodeURIComponent(argument);
  } catch {
    // A link that somebody mistyped: the list.
  }
  if (`${known}/${id}` === shown) return;
  const isFirst = shown === '';
  shown = `${known}/${id}`;
  close();
  main.replaceChildren();
  main.dataset.screen = id ? `${known}-one` : known;
  document.title = `${screens[known].title} · Tandem`;
  for (const link of links) mark(link, 'aria-current', link.dataset.name === known ? 'page' : null);
  close = screens[known].screen.open(main, id) ?? (() => {});
  scrollTo(0, 0);
  if (!isFirst) main.querySelector('h1')?.focus({ preventScroll: true });
}

/** Asks for the token, once, whoever needs it. */
function enter() {
  if (document.querySelector('dialog.login')) return;
  const token = h('input', {
    type: 'password',
    name: 'token',
    autocomplete: 'current-password',
    required: true,
    id: 'token',
  });
  const fault = h('p', { class: 'fault', role: 'alert' });
  const dialog = h(
    'dialog',
    { class: 'login', 'aria-labelledby': 'login', oncancel: (event) => event.preventDefault() },
    h(
      'form',
      {
        method: 'dialog',
        onsubmit: async (event) => {
          event.preventDefault();
          try {
            await post('/v1/session', { token: token.value });
            dialog.close();
            dialog.remove();
            remember(true);
            directory.restart();
            shown = '';
            show();
          } catch (error) {
            write(fault, error.status === 401 ? 'That is not the token.' : `${error.message}.`);
            token.select();
          }
        },
      },
      h('h1', { id: 'login' }, 'Tandem'),
      // For browsers that keep passwords: there is one operator.
      h('input', {
        type: 'text',
        name: 'username',
        value: 'operator',
        autocomplete: 'username',
        hidden: true,
      }),
      h('label', { for: 'token' }, 'API token'),
      token,
      fault,
      h('button', { class: 'main' }, 'Sign in'),
      h('p', { class: 'note' }, 'It is server.api_token of the configuration.'),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  token.focus();
}

function remember(isIn) {
  signOut.hidden = !isIn;
  try {
    if (isIn) localStorage.setItem(signedIn, 'yes');
    else localStorage.removeItem(signedIn);
  } catch {
    // The button is gone with the page.
  }
}

async function leave() {
  try {
    await ask('DELETE', '/v1/session');
  } catch {
    // It is over, or will be in twelve hours.
  }
  remember(false);
  location.reload();
}

const drawFrame = perFrame(() => {
  const bubble = (name, text, tone) => {
    const node = links.find((link) => link.dataset.name === name).lastChild;
    node.hidden = !text;
    write(node, text);
    mark(node, 'data-tone', tone);
  };
  const firing = pulse.alerts.filter(({ fires }) => fires);
  bubble(
    'now',
    firing.length ? String(firing.length) : '',
    firing.some(({ severity }) => severity === 'critical') ? 'bad' : 'warn',
  );
  const active = pulse.history.now('tandem_calls_active');
  bubble('calls', active > 0 ? count(active) : '', null);
  const isLost = pulse.lostSince !== null;
  write(live, isLost ? 'No answer' : directory.state === 'live' ? 'Live' : 'Connecting');
  mark(live, 'data-tone', isLost ? 'bad' : directory.state === 'live' ? 'good' : null);
});

const skip = h(
  'a',
  {
    class: 'skip',
    href: '#main',
    onclick: (event) => {
      event.preventDefault();
      main.querySelector('h1')?.focus();
    },
  },
  'Skip to content',
);
document.body.replaceChildren(
  skip,
  h(
    'header',
    {},
    h(
      'a',
      { class: 'brand', href: '#/now' },
      h('img', { src: '/console/icon.svg', alt: '', width: 24, height: 24 }),
      'Tandem',
    ),
    h('nav', { 'aria-label': 'Screens' }, links),
    h('div', { class: 'side' }, live, themeSwitch(), signOut),
  ),
  main,
);
session.addEventListener('needed', enter);
pulse.addEventListener('change', drawFrame);
directory.addEventListener('change', drawFrame);
addEventListener('hashchange', show);
try {
  signOut.hidden = !localStorage.getItem(signedIn);
} catch {
  // Nothing is remembered.
}
pulse.start();
directory.start();
show();
