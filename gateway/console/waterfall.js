import { h, svg } from './dom.js';
import { figure } from './format.js';

/** Where the time of an answer went, from the end of the caller's voice to the first word that they heard. */

/** In the order in which they usually come; each is a point of time in milliseconds. */
const stages = [
  ['stt_final_ms', 'hearing', 'last words transcribed'],
  ['endpoint_ms', 'waiting', 'caller counted as finished'],
  ['first_token_ms', 'thinking', 'agent’s first words'],
  ['first_sentence_ms', 'thinking', 'agent’s first sentence'],
  ['first_audio_ms', 'speaking', 'first audio of the voice'],
  ['on_wire_ms', 'sending', 'on its way to the carrier'],
  ['heard_ms', 'line', 'first word heard'],
];

const known = (timing) => stages.filter(([name]) => Number.isFinite(timing?.[name]));

/** Until when it took, in milliseconds; 0 when that is not known. */
export const total = (timing) => Math.max(0, ...known(timing).map(([name]) => timing[name]));

/** The parts of the bar: `{kind, from, to}`. What came before something earlier took no time of its own. */
export function partsOf(timing) {
  let reached = 0;
  const parts = [];
  for (const [name, kind] of known(timing)) {
    if (timing[name] <= reached) continue;
    parts.push({ kind, from: reached, to: timing[name] });
    reached = timing[name];
  }
  return parts;
}

/** The bar on a scale of `most` milliseconds, which opens to its figures. */
export function waterfall(timing, most) {
  const parts = partsOf(timing);
  if (parts.length === 0) return null;
  const whole = parts.at(-1).to;
  const bar = svg(
    'svg',
    { class: 'bar', viewBox: '0 0 1000 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    parts.map(({ kind, from, to }) =>
      svg('rect', {
        class: `part-${kind}`,
        x: (1000 * from) / most,
        width: Math.max(0, (1000 * (to - from)) / most - 1.5),
        height: 10,
      }),
    ),
  );
  const rows = known(timing).map(([name, kind, label]) =>
    h(
      'tr',
      {},
      h(
        'td',
        {},
        h('span', { class: `key part-${kind}` }),
        label,
        kind === 'thinking' && timing[name] < timing.endpoint_ms && ' (asked early)',
        name === 'heard_ms' && ` (by the ${timing.heard_by ?? 'clock'})`,
      ),
      h('td', { class: 'ms' }, `${figure(timing[name])} ms`),
    ),
  );
  if (Number.isFinite(timing.own_ms))
    rows.push(
      h(
        'tr',
        {},
        h('td', {}, 'of this Tandem itself'),
        h('td', { class: 'ms' }, `${figure(timing.own_ms)} ms`),
      ),
    );
  return h(
    'details',
    { class: 'waterfall' },
    h(
      'summary',
      {},
      bar,
      h('span', { class: 'took' }, `${figure(whole)} ms`),
      h('span', { class: 'hidden' }, ' until the caller heard the answer'),
    ),
    h(
      'table',
      {},
      h('caption', { class: 'hidden' }, 'Where the time of this answer went'),
      h('tbody', {}, rows),
    ),
  );
}

/** What the colours of the bars say. */
export const legend = () =>
  h(
    'p',
    { class: 'legend', 'aria-hidden': 'true' },
    ['hearing', 'waiting', 'thinking', 'speaking', 'sending', 'line'].map((kind) =>
      h('span', {}, h('span', { class: `key part-${kind}` }), kind),
    ),
  );
