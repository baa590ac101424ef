import { loudness } from './talk_audio.js';
import { faultOfBrowser, insecurity } from './talk_words.js';

/** What the softphone is put together from. */

/** An element with its class and what is in it; texts are text nodes. */
export function make(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

export const small = (text) => make('p', 'small', text);

/** A box with something to read; texts become paragraphs. */
export const notice = (tone, ...parts) =>
  make(
    'div',
    `notice ${tone}`,
    ...parts.map((part) => (typeof part === 'string' ? make('p', '', part) : part)),
  );

/** A meter of how loud it is. */
export function makeMeter(label) {
  const bar = make('span', 'bar');
  const node = make('div', 'meter', make('span', 'label', label), make('span', 'track', bar));
  let shown = 0;
  return {
    node,
    show(level) {
      // Falls slowly, so that it can be read.
      shown = Math.max(loudness(level), shown - 0.06);
      bar.style.transform = `scaleX(${shown.toFixed(3)})`;
    },
  };
}

/** Why there will be no call on this page. */
export function explainInability() {
  if (isSecureContext) return notice('bad', faultOfBrowser);
  const port = location.port || (location.protocol === 'https:' ? '443' : '80');
  return notice(
    'bad',
    make('h2', '', 'No microphone on this page'),
    insecurity,
    make(
      'p',
      '',
      'Either set ',
      make('code', '', 'server.tls_certificate'),
      ' and ',
      make('code', '', 'server.tls_key'),
      ', and open this page over HTTPS, or reach the engine through a tunnel and open localhost:',
    ),
    make('pre', '', `ssh -L ${port}:127.0.0.1:${port} ${location.hostname}\n${location.protocol}//localhost:${port}/#/talk`),
  );
}
