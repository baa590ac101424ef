import { load } from './tools.mjs';

const { parser } = load('@prometheus-io/lezer-promql');

/** Grafana's own variables, as Prometheus gets to see them. */
export const as_asked = (query) => query.replaceAll('$__rate_interval', '5m').replaceAll('$instance', '.+');

/** What an exposition has: for each metric its labels, and for each label its values. Histograms have `le`. */
export function metrics_of(exposition) {
  const metrics = new Map();
  for (const line of exposition.split('\n')) {
    const [, name, labels] = /^([a-z_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (!name) continue;
    if (!metrics.has(name)) metrics.set(name, new Map());
    for (const [, label, value] of (labels ?? '').matchAll(/([a-z_]+)="([^"]*)"/g)) {
      const values = metrics.get(name);
      if (!values.has(label)) values.set(label, new Set());
      values.get(label).add(value);
    }
  }
  return metrics;
}

// What Prometheus adds to every metric that it scrapes, and makes itself.
const added = ['job', 'instance', 'namespace'];
const own = new Map([
  ['up', new Map()],
  ['ALERTS', new Map([['alertname', null], ['alertstate', new Set(['firing', 'pending'])]])],
]);

/**
 * What a PromQL query asks for that the metrics do not have: its metrics, the labels of their matchers, values of labels
 * that none of them has, and labels to group by; or that it is no PromQL.
 */
export function query_faults(query, metrics) {
  const faults = [];
  const text = as_asked(query);
  const at = (node) => text.slice(node.from, node.to);
  const known = (name) => own.get(name) ?? metrics.get(name);
  const look_at_matcher = (name, matcher) => {
    const [label, operator, literal] = ['LabelName', 'MatchOp', 'StringLiteral'].map((kind) => matcher.getChild(kind));
    if (added.includes(at(label))) return;
    const values = known(name).get(at(label));
    if (values === undefined) return void faults.push(`${name} has no label ${at(label)}`);
    const pattern = JSON.parse(at(literal));
    if (values === null) return;
    // What a matcher excludes has to be there as well, or it excludes nothing.
    const wanted = operator.firstChild.name.endsWith('Regex') ? pattern.split('|') : [pattern];
    for (const each of wanted) {
      if (![...values].some((value) => new RegExp(`^(${each})$`).test(value))) faults.push(`${name}: ${at(label)} is never ${each}`);
    }
  };
  const look = (node, names) => {
    if (node.type.isError) faults.push(`no PromQL at ${text.slice(Math.max(0, node.from - 10), node.to + 10)}`);
    if (node.name === 'VectorSelector') {
      const name = node.getChild('Identifier') ? at(node.getChild('Identifier')) : '';
      names.push(name);
      if (known(name) === undefined) return void faults.push(`${name} is not exported`);
      const matchers = node.getChild('LabelMatchers');
      for (const kind of ['UnquotedLabelMatcher', 'QuotedLabelMatcher']) {
        for (const matcher of matchers?.getChildren(kind) ?? []) look_at_matcher(name, matcher);
      }
      return;
    }
    const inner = [];
    for (let child = node.firstChild; child; child = child.nextSibling) look(child, inner);
    // By what an aggregation groups, and on what the sides of an operator meet.
    const grouped = node.getChild('AggregateModifier') ?? node.getChild('MatchingModifierClause');
    for (const labels of grouped?.getChildren('GroupingLabels') ?? []) {
      for (const label of labels.getChildren('LabelName')) {
        const there = added.includes(at(label)) || inner.some((name) => known(name)?.has(at(label)));
        if (!there) faults.push(`${inner} has no label ${at(label)} to group by`);
      }
    }
    names.push(...inner);
  };
  look(parser.parse(text).topNode, []);
  return faults;
}
