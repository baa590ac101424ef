import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const project = fileURLToPath(new URL('../../', import.meta.url));

/** A file of the project, as text. */
export const read = (path) => readFileSync(project + path, 'utf8');

// What the chart sets itself, so that `config` must not.
const set_by_chart = new Set([
  'server.listen', 'server.admin_listen', 'server.tls_certificate', 'server.tls_key', 'store.journal', 'cluster.node',
  'cluster.listen', 'cluster.advertise', 'cluster.discovery', 'cluster.trusted_network',
]);
// Their place is the chart's `secrets`; store.url may also be one without a password.
const secret = /^(.*\.(api_key|.*_api_key|secret|.*_secret_key|api_token|stream_token|key))$/;

function type_of(literal) {
  if (/^(true|false)$/.test(literal)) return { type: 'boolean' };
  if (/^\d+$/.test(literal)) return { type: 'integer', minimum: 0 };
  if (/^\d+\.\d+$/.test(literal)) return { type: 'number', minimum: 0 };
  if (literal.startsWith('[')) return { type: 'array', items: { type: 'string' } };
  return { type: 'string' };
}

/** What deploy/tandem.toml says that the chart takes: the schema of its `config`, and which settings are secrets. */
function settings() {
  const sections = {};
  const secrets = ['store.url'];
  let section;
  for (const line of read('deploy/tandem.toml').split('\n')) {
    section = /^\[(\w+)\]/.exec(line)?.[1] ?? section;
    const [, key, literal] = /^(\w+) = ("[^"]*"|\[[^\]]*\]|[^ ]+)/.exec(line) ?? [];
    if (!key || set_by_chart.has(`${section}.${key}`)) continue;
    if (secret.test(`${section}.${key}`)) {
      secrets.push(`${section}.${key}`);
      continue;
    }
    sections[section] ??= { type: 'object', additionalProperties: false, properties: {} };
    sections[section].properties[key] = type_of(literal);
  }
  return { config: { type: 'object', additionalProperties: false, properties: sections }, secrets };
}

function values_schema() {
  const schema = JSON.parse(read('deploy/chart/values.schema.json'));
  const { config, secrets } = settings();
  schema.properties.config = config;
  schema.properties.secrets.properties.keys.items = { type: 'string', enum: secrets };
  schema.properties.secrets.properties.values.propertyNames = { enum: secrets };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

/** What `helm` makes of the chart, with these arguments. */
export function render(helm, ...flags) {
  return execFileSync(helm, ['template', 'tandem', `${project}deploy/chart`, '--namespace', 'tandem', ...flags], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Every file that another one leads to, by path: what the chart's schema takes, and the base of the plain manifests. */
export function generated(helm) {
  const values = ['--values', `${project}deploy/kubernetes/values.yaml`];
  const objects = render(helm, ...values, '--set', 'existingConfigMap=tandem-config');
  const config = render(helm, ...values, '--show-only', 'templates/config.yaml');
  const toml = /^ {2}tandem\.toml: \|\n((?: {4}.*\n| *\n)*)/m.exec(config)[1].replace(/^ {4}/gm, '');
  const origin = "# Made of deploy/chart with deploy/kubernetes/values.yaml by tests/deploy/run --write: change those.\n";
  const plain = (text) => text.replace(/^# Source: .*\n/gm, '').replace(/^ +app\.kubernetes\.io\/managed-by: Helm\n/gm, '');
  return {
    'deploy/chart/values.schema.json': values_schema(),
    'deploy/kubernetes/base/tandem.yaml': origin + plain(objects),
    'deploy/kubernetes/base/tandem.toml': origin + toml,
  };
}

if (process.argv[2] === '--write') {
  // The schema first: helm reads it.
  writeFileSync(`${project}deploy/chart/values.schema.json`, values_schema());
  for (const [path, text] of Object.entries(generated(process.argv[3]))) writeFileSync(project + path, text);
}
