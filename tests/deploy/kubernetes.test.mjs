import assert from 'node:assert/strict';
import { test } from 'node:test';

import { checked } from './engine.mjs';
import { generated, project, read, render } from './generated.mjs';
import { kustomized, objects, one, type_faults } from './manifests.mjs';
import { load } from './tools.mjs';

const { parse } = load('yaml');

const base = () => kustomized(`${project}deploy/kubernetes/base`);
const example = () => kustomized(`${project}deploy/kubernetes/example`);

test('what is made of other files is as they are now: tests/deploy/run --write makes it anew', () => {
  for (const [path, text] of Object.entries(generated(process.env.HELM))) assert.equal(read(path), text, path);
});

for (const [name, make] of [['base', base], ['example', example]]) {
  test(`Kubernetes knows every key of the plain manifests: ${name}`, () => {
    assert.deepEqual(type_faults(make()), []);
  });

  test(`the engine takes the configuration of the plain manifests: ${name}`, (test) => {
    const all = make();
    const { volumes } = one(all, 'StatefulSet').spec.template.spec;
    const toml = one(all, 'ConfigMap', volumes.find(({ name }) => name === 'config').configMap.name).data['tandem.toml'];
    const secrets = [...toml.matchAll(/\/secrets\/([\w.]+)"/g)].map(([, file]) => file);
    const shown = checked(test, toml, { secrets });
    assert.equal(shown['cluster.listen'], '"0.0.0.0:4400"');
    assert.equal(shown['store.journal'], '"/var/lib/tandem"');
  });
}

test('the plain manifests name every object that they need, but for the Secret', () => {
  const all = example();
  const names = (kind) => all.filter((each) => each.kind === kind).map((each) => each.metadata.name);
  const pod = one(all, 'StatefulSet').spec.template.spec;
  for (const { configMap, secret } of pod.volumes) {
    if (configMap) assert.ok(names('ConfigMap').includes(configMap.name), configMap.name);
    if (secret) assert.ok(read('deploy/kubernetes/example/kustomization.yaml').includes(`generic ${secret.secretName} `));
  }
  assert.ok(names('Service').includes(one(all, 'StatefulSet').spec.serviceName));
  assert.ok(names('ServiceAccount').includes(pod.serviceAccountName));
  for (const { http } of one(all, 'Ingress').spec.rules) {
    for (const { backend } of http.paths) assert.ok(names('Service').includes(backend.service.name), backend.service.name);
  }
  assert.ok(all.every((each) => each.metadata.namespace === 'tandem'));
});

test('an overlay changes what it says and nothing else', () => {
  const [plain, changed] = [objects(read('deploy/kubernetes/base/tandem.yaml')), example()];
  const kinds = (all) => all.filter((each) => each.kind !== 'ConfigMap').map((each) => `${each.kind} ${each.metadata.name}`).sort();
  assert.deepEqual(kinds(changed), kinds(plain));
  const container = (all) => one(all, 'StatefulSet').spec.template.spec.containers[0];
  assert.equal(container(changed).image, 'registry.example.com/tandem:0.1.0');
  const same = ({ image, resources, ...rest }) => rest;
  assert.deepEqual(same(container(changed)), same(container(plain)));
  assert.equal(one(changed, 'Ingress').spec.rules[0].host, 'calls.example.org');
});

test("the README's commands are taken by Helm, with the secrets that they make", () => {
  const block = read('README.md').split('## On Kubernetes')[1].split('```sh\n')[1].split('```')[0].replaceAll('\\\n', ' ');
  const [, secret] = /create secret generic (\S+)/.exec(block);
  const files = [...block.matchAll(/--from-file=(\S+)/g)].map(([, file]) => file);
  const [, words] = /^helm -n tandem install tandem deploy\/chart (.*)$/m.exec(block);
  const pod = one(objects(render(process.env.HELM, ...words.trim().split(/ +/))), 'StatefulSet').spec.template.spec;
  assert.equal(pod.volumes.find(({ name }) => name === 'secrets').secret.secretName, secret);
  assert.deepEqual(files.sort(), [...parse(read('deploy/chart/values.yaml')).secrets.keys].sort());
  const overlay = read('deploy/kubernetes/example/kustomization.yaml');
  assert.deepEqual([...overlay.matchAll(/--from-file=(\S+)/g)].map(([, file]) => file).sort(), files);
});
