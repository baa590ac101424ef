import { Alerts } from './alerts.js';
import { open } from './api.js';
import { History } from './metrics.js';

/** How the node is doing: asked every two seconds, and remembered as far as the charts go back. */

const period = 2000;
/** Nobody looks. */
const hiddenPeriod = 20_000;
const deadline = 5000;
/** How far charts go back, in seconds. */
export const chartSpan = 600;
const recent = 60;

const recorded = {
  calls: (of) => of.now('tandem_calls_active'),
  begun: (of, pulse) => pulse.begunPerMinute,
  refused: (of) => (of.rate('tandem_calls_rejected_total', {}, recent) || 0) * 60,
  answerMedian: (of) => of.quantile('tandem_turn_seconds', { stage: 'total' }, 0.5, recent),
  answerSlow: (of) => of.quantile('tandem_turn_seconds', { stage: 'total' }, 0.95, recent),
  lag: (of) => of.quantile('tandem_event_loop_lag_seconds', {}, 0.99, recent),
  resident: (of) => of.now('process_resident_memory_bytes'),
  perCall: (of) => {
    const calls = of.now('tandem_calls_active');
    return calls > 0 ? of.now('tandem_call_memory_bytes') / calls : NaN;
  },
};

/** Tells `change` whenever it knows more. */
class Pulse extends EventTarget {
  history = new History();
  /** By name, points `{at, value}` of the last `chartSpan` seconds. */
  tracks = Object.fromEntries(Object.keys(recorded).map((name) => [name, []]));
  alerts = [];
  /** Why it takes no calls: `{code, message}`; null when it takes them, undefined when nobody knows. */
  unready = undefined;
  /** Since when, in seconds, it does not answer; null when it does. */
  lostSince = null;
  #alerts = new Alerts();
  #timer = 0;
  #asks = false;

  start() {
    document.addEventListener('visibilitychange', () => document.hidden || this.#soon(0));
    this.#soon(0);
  }

  get isKnown() {
    return !Number.isNaN(this.history.now('tandem_calls_active'));
  }

  /** Calls that began: those that have ended, and how many more there are. */
  get begunPerMinute() {
    const { history } = this;
    const ended = history.increase('tandem_calls_total', {}, recent);
    const before = this.tracks.calls.find(({ at }) => at >= this.at - recent)?.value;
    const span = Math.min(recent, history.watched);
    // A few seconds tell little of a minute.
    if (span < 20 || before === undefined) return NaN;
    return (Math.max(0, ended + history.now('tandem_calls_active') - before) * 60) / span;
  }

  #soon(wait) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#ask(), wait);
  }

  async #ask() {
    if (this.#asks) return;
    this.#asks = true;
    try {
      const [metrics, readiness] = await Promise.all([
        open('/metrics', { signal: AbortSignal.timeout(deadline) }).then((answer) => answer.text()),
        open('/readyz', { signal: AbortSignal.timeout(deadline) }).then(
          () => null,
          ({ code, message }) => ({ code, message }),
        ),
      ]);
      this.#take(metrics, readiness);
    } catch {
      this.lostSince ??= Date.now() / 1000;
    }
    this.alerts = this.#alerts.look(this.history, Date.now() / 1000, this.lostSince !== null);
    this.#asks = false;
    this.#soon(document.hidden ? hiddenPeriod : period);
    this.dispatchEvent(new Event('change'));
  }

  #take(metrics, readiness) {
    this.at = Date.now() / 1000;
    this.lostSince = null;
    this.unready = readiness;
    this.history.add(metrics, this.at);
    for (const [name, measure] of Object.entries(recorded)) {
      const track = this.tracks[name];
      track.push({ at: this.at, value: measure(this.history, this) });
      while (track[0].at < this.at - chartSpan - period / 500) track.shift();
    }
  }
}

export const pulse = new Pulse();
