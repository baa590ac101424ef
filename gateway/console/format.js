/** How numbers, times and the engine's words are written. */

const grouped = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const precise = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });
const hours = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
const timeOfDay = new Intl.DateTimeFormat('en-GB', hours);
const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

export const count = (number) => grouped.format(number);
export const figure = (number) => (number >= 100 ? grouped.format(number) : precise.format(number));

/** One thing or several: `2 calls`. */
export const many = (number, one, several = `${one}s`) => `${count(number)} ${number === 1 ? one : several}`;

export const percent = (share) => `${share > 0 && share < 0.01 ? '<1' : Math.round(share * 100)} %`;

export function bytes(number) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  let left = number;
  while (left >= 1000 && at < units.length - 1) {
    left /= 1000;
    ++at;
  }
  return `${precise.format(left)} ${units[at]}`;
}

/** Seconds as a span that is easily read: `840 ms`, `1.2 s`. */
export function span(seconds) {
  if (!Number.isFinite(seconds)) return '–';
  if (seconds < 1) return `${precise.format(seconds * 1000)} ms`;
  return `${precise.format(seconds)} s`;
}

/** Seconds as a call lasts: `0:07`, `1:02:03`. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, '0');
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}:${two(whole % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

export const clock = (time) => (time ? timeOfDay.format(new Date(time)) : '–');

/** The time of day, with the date unless it is today's. */
export function moment(time) {
  if (!time) return '–';
  const then = new Date(time);
  return then.toDateString() === new Date().toDateString() ? clock(time) : dayAndTime.format(then);
}

/** Who called, as far as it is kept. */
export const number = (text) => text || 'number not kept';

const reasons = {
  caller_hung_up: 'the other end hung up',
  agent_hung_up: 'the agent hung up',
  caller_silent: 'nobody spoke',
  api_hung_up: 'ended by an operator or program',
  no_answer: 'no answer',
  machine: 'answering machine',
  max_duration: 'longest duration reached',
  no_media: 'no audio came',
  carrier_failed: 'refused by the carrier',
  carrier_unavailable: 'the carrier had no line',
  carrier_denied: 'the carrier takes no calls',
  provider_failed: 'a provider failed',
  unsupported_codec: 'codec not supported',
  joined: 'joined another call',
  internal_error: 'error of the engine',
  shutdown: 'the engine shut down',
  calls: 'all places taken',
  connections: 'too many connections',
  rate: 'too many at once',
  loop_lag: 'event loops are late',
  memory: 'memory limit',
  provider: 'provider sessions used up',
  store: 'records cannot be kept',
};

/** One of the engine's words for people. */
export const words = (name) => reasons[name] ?? String(name ?? '').replaceAll('_', ' ');

export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const failures = new Set([
  'carrier_failed',
  'carrier_unavailable',
  'carrier_denied',
  'provider_failed',
  'no_media',
  'internal_error',
  'unsupported_codec',
]);

/** Whether a call ended as nobody wanted it to. */
export const isFailure = (reason) => failures.has(reason);

const prices = new Map();

export function money(amount, currency) {
  if (!prices.has(currency)) {
    let format;
    try {
      format = new Intl.NumberFormat('en', { style: 'currency', currency, maximumFractionDigits: 4 });
    } catch {
      format = { format: (value) => `${value} ${currency}` };
    }
    prices.set(currency, format);
  }
  return prices.get(currency).format(amount);
}
