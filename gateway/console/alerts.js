import { bytes, count, many, percent, span, words } from './format.js';

/**
 * Which of deploy/prometheus/tandem.rules.yml would fire, by what this page has seen of its node: the same
 * names, conditions and waits. TandemUnknown and TandemNoCalls need Prometheus itself.
 */

const minute = 60;
const lostReasons = [
  'provider_failed',
  'carrier_failed',
  'carrier_unavailable',
  'carrier_denied',
  'no_media',
  'internal_error',
];

/** The values of a label for which `tell` has something to say, as one text. */
const each = (of, family, label, tell) => {
  const names = new Set(of.series(family).map((labels) => labels[label]));
  return [...names].map(tell).filter(Boolean).join('; ');
};

const rule = (name, severity, seconds, tell) => ({ name, severity, seconds, tell });

/** Each tells what is wrong, or nothing. */
export const rules = [
  rule('TandemCallsNearLimit', 'warning', 2 * minute, (of) => {
    const share = of.now('tandem_calls_active') / of.now('tandem_calls_limit');
    return share > 0.85 && `${percent(share)} of limits.max_calls are taken`;
  }),
  rule('TandemCallsRefused', 'critical', minute, (of) =>
    each(of, 'tandem_calls_rejected_total', 'reason', (reason) => {
      const grown = of.increase('tandem_calls_rejected_total', { reason }, 5 * minute);
      return reason !== 'draining' && grown > 0 && `${many(grown, 'call')} refused: ${words(reason)}`;
    }),
  ),
  rule('TandemConnectionsNearLimit', 'warning', 2 * minute, (of) => {
    const share = of.now('tandem_connections') / of.now('tandem_connections_limit');
    return share > 0.85 && `${percent(share)} of limits.max_connections are open`;
  }),
  rule('TandemOpenFilesNearLimit', 'critical', 2 * minute, (of) => {
    const share = of.now('process_open_fds') / of.now('process_max_fds');
    return share > 0.8 && `${percent(share)} of the files that it may have are open`;
  }),
  rule('TandemMemoryNearLimit', 'warning', 2 * minute, (of) => {
    const limit = of.now('tandem_memory_limit_bytes');
    const share = of.now('process_resident_memory_bytes') / limit;
    return limit > 0 && share > 0.9 && `${percent(share)} of limits.memory_mb are used`;
  }),
  rule('TandemCallsLeftBehind', 'warning', 15 * minute, (of) => {
    const more = of.now('tandem_actors', { kind: 'call' }) - of.now('tandem_calls_active');
    return more > 5 && `${count(more)} ended calls are still in memory`;
  }),
  rule('TandemLoopLag', 'critical', 3 * minute, (of) => {
    const lag = of.quantile('tandem_event_loop_lag_seconds', {}, 0.99, 5 * minute);
    return lag > 0.1 && `event loops run ${span(lag)} late`;
  }),
  rule('TandemAudioLate', 'warning', 5 * minute, (of) => {
    const late = of.quantile('tandem_media_delay_seconds', {}, 0.99, 5 * minute);
    return late > 0.5 && `one chunk in a hundred reaches speech recognition ${span(late)} late`;
  }),
  rule('TandemAudioDropped', 'warning', 0, (of) => {
    const lost = of.increase(
      'tandem_audio_frames_total',
      { direction: 'inbound', outcome: 'dropped' },
      5 * minute,
    );
    return lost > 250 && `${count(lost)} frames of what callers said were dropped`;
  }),
  rule('TandemProviderFailing', 'warning', 0, (of) =>
    ['telnyx', 'scribe', 'speech', 'agent']
      .map((peer) => {
        const failed = (seconds) => of.increase('tandem_connection_failures_total', { peer }, seconds);
        return failed(5 * minute) > 10 && failed(minute) > 0 && `connections to ${peer} fail`;
      })
      .filter(Boolean)
      .join('; '),
  ),
  rule('TandemProviderAway', 'critical', 30, (of) =>
    ['scribe', 'speech']
      .map((peer) => {
        const few = of.now('tandem_connections', { peer }) < 0.5 * of.now('tandem_calls_active');
        const fails = of.increase('tandem_connection_failures_total', { peer }, 5 * minute) > 0;
        return few && fails && `most calls have no connection to ${peer}`;
      })
      .filter(Boolean)
      .join('; '),
  ),
  rule('TandemCallsLost', 'critical', 2 * minute, (of) => {
    const lost = of.increase('tandem_calls_total', { end_reason: lostReasons }, 10 * minute);
    const share = lost / of.increase('tandem_calls_total', {}, 10 * minute);
    return share > 0.05 && `${percent(share)} of calls end by a failure`;
  }),
  rule('TandemActorsFail', 'warning', 0, (of) =>
    each(of, 'tandem_actor_failures_total', 'kind', (kind) => {
      const failed = of.increase('tandem_actor_failures_total', { kind }, 10 * minute);
      return failed > 0 && `${many(failed, 'actor')} of the kind ${kind} failed`;
    }),
  ),
  rule('TandemStoreFailing', 'warning', 5 * minute, (of) => {
    const waiting = of.now('tandem_store_journal_bytes');
    const fails = of.increase('tandem_store_errors_total', {}, 10 * minute) > 3;
    return (fails || waiting > 0) && `the store fails; ${bytes(waiting)} wait in the journal`;
  }),
  rule('TandemRecordsLost', 'critical', 0, (of) => {
    const lost = of.increase('tandem_store_records_lost_total', {}, 15 * minute);
    return lost > 0 && `${many(lost, 'record')} of calls were lost`;
  }),
  rule('TandemRecordingsHaveHoles', 'warning', 0, (of) => {
    const lost = of.increase('tandem_recording_lost_seconds_total', {}, 15 * minute);
    return lost > 0 && `recordings lack ${span(lost)}`;
  }),
  rule('TandemRecordingsWait', 'warning', 15 * minute, (of) => {
    const failed = of.increase('tandem_recording_upload_failures_total', {}, 15 * minute);
    const waiting = of.now('tandem_recording_waiting_bytes');
    return failed > 0 && waiting > 0 && `${bytes(waiting)} of recordings cannot be uploaded`;
  }),
  rule('TandemEventsNotTaken', 'warning', 15 * minute, (of) => {
    const waiting = of.now('tandem_webhooks_waiting');
    const failed = of.increase('tandem_webhooks_total', { outcome: 'failed' }, 10 * minute);
    return waiting > 0 && failed > 0 && `${many(waiting, 'event')} wait, since events.url does not take them`;
  }),
  rule('TandemEventsGivenUp', 'critical', 0, (of) => {
    const lost = of.increase('tandem_webhooks_total', { outcome: 'given_up' }, 15 * minute);
    return lost > 0 && `${many(lost, 'event')} were given up`;
  }),
  rule('TandemNodeLost', 'critical', minute, (of) => {
    const lost = of.now('tandem_cluster_nodes', { state: ['silent', 'gone'] });
    return lost > 0 && `${many(lost, 'node')} of the cluster cannot be seen`;
  }),
  rule('TandemNodeRefused', 'critical', minute, (of) => {
    const refused = of.now('tandem_cluster_nodes', { state: 'refused' });
    return refused > 0 && `${many(refused, 'node')} may not take part in the cluster`;
  }),
  rule('TandemClusterSplit', 'critical', minute, (of) => {
    return of.now('tandem_cluster_split') > 0 && 'nodes that live do not see each other';
  }),
];

const gone = rule('TandemGone', 'critical', minute, () => false);

/** What holds, and since when; a rule fires once it has held for its time. */
export class Alerts {
  #since = new Map();

  /** What is wrong at a time (in seconds): `{name, severity, text, fires, in}`, what fires first. */
  look(history, at, isGone = false) {
    const found = [];
    for (const each of [gone, ...rules]) {
      const text = each === gone ? isGone && 'the engine does not answer' : !isGone && each.tell(history);
      if (!text) {
        // Nobody knows what holds while nothing is heard of it.
        if (!isGone || each === gone) this.#since.delete(each.name);
        continue;
      }
      if (!this.#since.has(each.name)) this.#since.set(each.name, at);
      const left = each.seconds - (at - this.#since.get(each.name));
      found.push({ name: each.name, severity: each.severity, text, fires: left <= 0, in: Math.max(0, left) });
    }
    const weight = (alert) => (alert.fires ? 0 : 2) + (alert.severity === 'critical' ? 0 : 1);
    return found.sort((a, b) => weight(a) - weight(b));
  }
}
