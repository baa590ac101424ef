import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { checked } from './engine.mjs';
import { project, read, render } from './generated.mjs';
import { objects, one, run, type_faults } from './manifests.mjs';
import { load } from './tools.mjs';

const { parse } = load('yaml');

const chart = `${project}deploy/chart`;
const helm = process.env.HELM;
const values = (name) => fileURLToPath(new URL(`values/${name}.yaml`, import.meta.url));
const rendered = (name, ...flags) => objects(render(helm, '--values', values(name), ...flags));
const all_values = ['everything', 'gateway', 'hosts', 'gateway-hosts', 'single'];

/** What Kubernetes tells a pod of itself. */
const pod = { 'metadata.name': 'voice-0', 'status.podIP': '10.0.0.7' };

/** The rendered configuration, as the engine takes it. */
function configuration(test, all) {
  const config = all.find((each) => each.kind === 'ConfigMap' && each.metadata.name.endsWith('-config'));
  const { volumes, containers } = one(all, 'StatefulSet').spec.template.spec;
  const secret = volumes.find(({ name }) => name === 'secrets').secret.secretName;
  const made = all.find((each) => each.kind === 'Secret' && each.metadata.name === secret);
  const toml = config.data['tandem.toml'];
  return checked(test, toml, {
    secrets: made ? Object.keys(made.stringData) : [...toml.matchAll(/\/secrets\/([\w.]+)"/g)].map(([, name]) => name),
    files: { 'agent.json': readFileSync(`${project}deploy/agents/book-a-table.json`, 'utf8') },
    environment: Object.fromEntries(
      containers[0].env.map(({ name, value, valueFrom }) => [name, value ?? pod[valueFrom.fieldRef?.fieldPath] ?? '']),
    ),
  });
}

test('the chart passes helm lint', () => {
  for (const name of all_values) {
    const { status, stdout, stderr } = run(helm, ['lint', '--strict', chart, '--values', values(name)]);
    assert.equal(status, 0, `${name}: ${stdout}${stderr}`);
  }
});

for (const name of all_values) {
  test(`Kubernetes and its extensions know every key of what the chart makes: ${name}`, () => {
    assert.deepEqual(type_faults(rendered(name)), []);
  });

  test(`the engine takes the configuration that the chart writes: ${name}`, (test) => {
    const shown = configuration(test, rendered(name));
    assert.equal(shown['server.listen'], '"0.0.0.0:8080"');
    assert.equal(shown['server.admin_listen'], '"0.0.0.0:9090"');
  });
}

test('a key that Kubernetes does not know, and a value of another type, are found', () => {
  const change = (changes) => {
    const all = rendered('single');
    changes(one(all, 'StatefulSet').spec.template.spec.containers[0]);
    return type_faults(all).join();
  };
  assert.match(change((container) => (container.readinesProbe = container.readinessProbe)), /"readinesProbe"' does not exist/);
  assert.match(change((container) => (container.ports[0].containerPort = '8080')), /'string' is not assignable to type 'number'/);
});

test('what is given as configuration arrives in the engine', (test) => {
  const shown = configuration(test, rendered('everything'));
  const expected = {
    'server.drain_seconds': '900', 'agent.timeout_ms': '4000', 'speech.voice': '"rms"', 'turns.preemptive': 'false',
    'limits.max_calls': '300', 'limits.memory_mb': '256', 'prices.currency': '"USD"', 'server.public_url': '"https://voice.example.com"',
    'cluster.listen': '"0.0.0.0:4400"', 'cluster.discovery': '["dns:voice-nodes:4400"]', 'cluster.node': '"voice-0"',
    'cluster.advertise': '"10.0.0.7"', 'log.level': '"debug"',
  };
  for (const [key, literal] of Object.entries(expected)) assert.equal(shown[key], literal, key);
  assert.equal(Number(shown['prices.stt_hour']), 1);
  assert.equal(Number(shown['prices.llm_million_input_tokens']), 0.25);
  assert.equal(JSON.parse(shown['agent.greeting']), 'Good day, "you" <are> welcome\n');
});

const refused = (flags, reason) => {
  const { status, stderr } = run(helm, ['template', 'tandem', chart, ...flags]);
  assert.notEqual(status, 0, `not refused: ${flags.join(' ')}`);
  assert.match(stderr, reason);
};
const usual = ['--set', 'secrets.existing=s', '--set', 'front.host=a.example.com'];

test('values that the chart does not know, or of another type, are refused', () => {
  refused([...usual, '--set', 'replica=3'], /additional properties 'replica' not allowed/);
  refused([...usual, '--set', 'image.repo=x'], /additional properties 'repo' not allowed/);
  refused([...usual, '--set', 'config.limits.max_call=3'], /additional properties 'max_call' not allowed/);
  refused([...usual, '--set', 'config.limit.max_calls=3'], /additional properties 'limit' not allowed/);
  refused([...usual, '--set', 'config.server.listen=0.0.0.0:1'], /additional properties 'listen' not allowed/);
  refused([...usual, '--set', 'config.telnyx.api_key=KEY'], /additional properties 'api_key' not allowed/);
  refused([...usual, '--set', 'secrets.keys={server.api_tokens}'], /value must be one of/);
  refused([...usual, '--set', 'env[0].name=A,env[0].valu=B'], /additional properties 'valu' not allowed/);
  refused([...usual, '--set', 'replicas=two'], /got string, want integer/);
  refused([...usual, '--set', 'config.limits.max_calls=many'], /got string, want integer/);
  refused([...usual, '--set', 'front.addressing=port'], /value must be one of/);
  refused([...usual, '--set', 'resources.requests.memory=lots'], /does not match pattern/);
});

test('values that cannot go together are refused, and it is said why', () => {
  const secret = (key) => ['--set-string', `secrets.values.${key.replace('.', '\\.')}`];
  const with_secrets = (...pairs) => ['--set', 'front.host=a.example.com', ...pairs.flatMap(([key, value]) => {
    const [flag, name] = secret(key);
    return [flag, `${name}=${value}`];
  })];
  const token = ['server.api_token', 'x'];
  refused(['--set', 'front.host=a.example.com'], /server\.api_token is needed/);
  refused(with_secrets(token, ['server.secret', 'x']), /a cluster needs store\.url/);
  refused(with_secrets(token, ['server.secret', 'x'], ['store.url', 'sqlite:tandem.db']), /a cluster needs store\.url/);
  refused(with_secrets(token, ['store.url', 'postgresql://u@h/n']), /a cluster needs server\.secret/);
  refused([...usual, '--set', 'secrets.keys={server.api_token,server.secret}'], /a cluster needs store\.url/);
  refused([...usual, '--set', 'secrets.keys={server.api_token,store.url}'], /a cluster needs server\.secret/);
  refused([...usual, '--set', 'cluster.enabled=false'], /more than one node needs cluster\.enabled/);
  refused(['--set', 'secrets.existing=s'], /front\.host/);
  refused([...usual, '--set', 'front.kind=gateway'], /parentRefs/);
  refused([...usual, '--set', 'autoscaling.enabled=true', '--set', 'autoscaling.maxReplicas=1'], /maxReplicas is less/);
});

test('every object of the schema is closed, and every value has its place there', () => {
  const open = [];
  const look = (schema, path) => {
    if (schema.properties !== undefined && schema.additionalProperties !== false) open.push(path);
    for (const [key, each] of Object.entries(schema.properties ?? {})) look(each, `${path}.${key}`);
    if (schema.items !== undefined) look(schema.items, `${path}[]`);
  };
  const schema = JSON.parse(read('deploy/chart/values.schema.json'));
  look(schema, 'values');
  assert.deepEqual(open, []);
  const given = parse(read('deploy/chart/values.yaml'));
  // Helm itself gives `global` to charts.
  assert.deepEqual(Object.keys(given).sort(), Object.keys(schema.properties).filter((key) => key !== 'global').sort());
});

test('a stop lasts as long as the drain, with time before and after it', () => {
  const { spec } = one(rendered('everything'), 'StatefulSet').spec.template;
  assert.equal(spec.terminationGracePeriodSeconds, 900 + 10 + 60);
  assert.deepEqual(spec.containers[0].lifecycle.preStop.exec.command, ['sleep', '10']);
});

test('the pod has no rights, and no variables that the engine would take for settings', () => {
  const { spec } = one(rendered('everything'), 'StatefulSet').spec.template;
  assert.equal(spec.enableServiceLinks, false);
  assert.equal(spec.automountServiceAccountToken, false);
  assert.deepEqual(spec.securityContext, {
    runAsNonRoot: true, runAsUser: 10001, runAsGroup: 10001, fsGroup: 10001, fsGroupChangePolicy: 'OnRootMismatch',
    seccompProfile: { type: 'RuntimeDefault' },
  });
  assert.deepEqual(spec.containers[0].securityContext, {
    allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] },
  });
  assert.match(read('deploy/Dockerfile'), /^USER 10001:10001$/m);
});

/** Which Service a request comes to, as ingress-nginx decides: the longest path that fits, with Prefix by whole parts. */
function service_of(ingress, host, path) {
  const paths = ingress.spec.rules.find((each) => each.host === host)?.http.paths ?? [];
  const fits = ({ path: begin, pathType }) =>
    pathType === 'Prefix' ? `${path}/`.startsWith(`${begin.replace(/\/$/, '')}/`) : path.startsWith(begin);
  return paths.filter(fits).sort((a, b) => b.path.length - a.path.length)[0]?.backend.service.name;
}

test('a media stream comes to the node that its token names', () => {
  const all = rendered('everything', '--set', 'autoscaling.maxReplicas=12');
  const ingress = one(all, 'Ingress');
  const way = (path) => service_of(ingress, 'voice.example.com', path);
  assert.equal(way('/telnyx/webhooks'), 'voice');
  assert.equal(way('/telnyx/media/a-fixed-token'), 'voice');
  for (const node of ['voice-0', 'voice-1', 'voice-11']) {
    assert.equal(way(`/telnyx/media/${node}.payload.mac`), node);
    assert.equal(one(all, 'Service', node).spec.selector['statefulset.kubernetes.io/pod-name'], node);
    assert.equal(one(all, 'Service', node).spec.publishNotReadyAddresses, true);
  }
  assert.equal(ingress.metadata.annotations['nginx.ingress.kubernetes.io/default-backend'], 'voice-nodes');
  assert.equal(one(all, 'Service', 'voice-nodes').spec.ports[0].port, 8080);
  assert.equal(way('/v1/calls'), undefined);
  assert.equal(way('/metrics'), undefined);
});

test('with a name for each node the stream comes to that node too', (test) => {
  const all = rendered('hosts');
  assert.equal(configuration(test, all)['server.public_url'], '"https://{node}.voice.example.com"');
  assert.equal(service_of(one(all, 'Ingress'), 'tandem-1.voice.example.com', '/telnyx/media/tandem-1.payload.mac'), 'tandem-1');
  assert.equal(service_of(one(all, 'Ingress'), 'voice.example.com', '/telnyx/webhooks'), 'tandem');
});

test('a Gateway leads a stream to its node by the whole path, and no path fits two routes', () => {
  const routes = rendered('gateway').filter(({ kind }) => kind === 'HTTPRoute');
  const fits = ({ type, value }, path) =>
    type === 'PathPrefix' ? `${path}/`.startsWith(`${value}/`) : new RegExp(`^(${value})$`).test(path);
  const way = (path) => routes.flatMap(({ spec }) => spec.rules)
    .filter(({ matches }) => matches.some((match) => fits(match.path, path))).map(({ backendRefs }) => backendRefs[0].name);
  assert.deepEqual(way('/telnyx/webhooks'), ['tandem']);
  assert.deepEqual(way('/telnyx/media/tandem-1.payload.mac'), ['tandem-1']);
  assert.deepEqual(way('/telnyx/media/tandem-10.payload.mac'), []);
  assert.deepEqual(way('/telnyx/media/a-fixed-token'), ['tandem']);
  assert.deepEqual(way('/v1/calls'), []);
  assert.deepEqual(one(rendered('gateway-hosts'), 'HTTPRoute', 'tandem-1').spec.hostnames, ['tandem-1.voice.example.com']);
});

test('only nodes reach the port of the cluster', () => {
  const all = rendered('everything');
  const { spec } = one(all, 'NetworkPolicy');
  const labels = one(all, 'StatefulSet').spec.selector.matchLabels;
  assert.deepEqual(spec.podSelector.matchLabels, labels);
  const rules = spec.ingress.filter((rule) => rule.ports.some(({ port }) => ['cluster', 4400].includes(port)));
  // They bring each other streams as well.
  const ports = ['cluster', 'carrier'].map((port) => ({ port, protocol: 'TCP' }));
  assert.deepEqual(rules, [{ ports, from: [{ podSelector: { matchLabels: labels } }] }]);
  assert.ok(spec.ingress.every((rule) => rule.ports?.length > 0));
  const admin = spec.ingress.filter((rule) => rule.ports.some(({ port }) => port === 'admin'));
  assert.ok(admin.every((rule) => rule.from?.length > 0));
  assert.equal(one(rendered('single'), 'NetworkPolicy').spec.ingress.length, 1);
  assert.deepEqual(one(rendered('everything'), 'Service', 'voice').spec.ports.map(({ port }) => port), [8080]);
});

test('nodes are scaled by calls, and leave one at a time after a drain', () => {
  const all = rendered('everything');
  assert.equal(one(all, 'StatefulSet').spec.replicas, undefined);
  const { spec } = one(all, 'ScaledObject');
  assert.deepEqual([spec.minReplicaCount, spec.maxReplicaCount, spec.scaleTargetRef.name], [3, 6, 'voice']);
  assert.equal(spec.triggers[0].metadata.threshold, '180');
  assert.equal(spec.triggers[0].metadata.query, 'sum(tandem_calls_active{job="tandem",namespace="tandem"})');
  assert.deepEqual(spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.policies, [{ type: 'Pods', value: 1, periodSeconds: 900 }]);
  assert.equal(all.filter((each) => each.metadata.labels['app.kubernetes.io/component'] === 'media').length, 6);
});

test('alerts and dashboard in the cluster are the project\'s own', () => {
  const all = rendered('everything');
  assert.deepEqual(one(all, 'PrometheusRule').spec, parse(read('deploy/prometheus/tandem.rules.yml')));
  assert.deepEqual(JSON.parse(one(all, 'ConfigMap', 'voice-dashboard').data['tandem.json']), JSON.parse(read('deploy/grafana/tandem.json')));
  const [endpoint] = one(all, 'ServiceMonitor').spec.endpoints;
  assert.deepEqual(endpoint.relabelings[0], { targetLabel: 'job', replacement: 'tandem' });
  const wanted = Object.entries(one(all, 'ServiceMonitor').spec.selector.matchLabels);
  const is_scraped = ({ kind, metadata }) => kind === 'Service' && wanted.every(([key, value]) => metadata.labels[key] === value);
  assert.deepEqual(all.filter(is_scraped).map((each) => each.metadata.name), ['voice-nodes']);
});
