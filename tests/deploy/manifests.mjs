import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { load, packages } from './tools.mjs';

const { parseAllDocuments } = load('yaml');

/** The objects of a stream of YAML documents; a fault in it, such as a key given twice, is an error. */
export function objects(text) {
  const documents = parseAllDocuments(text);
  for (const each of documents) assert.deepEqual(each.errors, [], each.toString());
  return documents.map((each) => each.toJS()).filter((each) => each !== null);
}

/** The one object of this kind and, if given, name. */
export function one(all, kind, name) {
  const found = all.filter((each) => each.kind === kind && (name === undefined || each.metadata.name === name));
  assert.equal(found.length, 1, `${kind} ${name ?? ''}: ${found.length} of them`);
  return found[0];
}

/** What is wrong with a command's arguments, or what it prints. */
export function run(program, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', ...options });
  if (error) throw error;
  return { status, stdout, stderr };
}

// Where the types of an API's objects are.
const sources = [
  [/^keda\.sh\//, '@kubernetes-models/keda'],
  [/^monitoring\.coreos\.com\//, '@kubernetes-models/prometheus-operator'],
  [/^gateway\.networking\.k8s\.io\//, '@kubernetes-models/gateway-api'],
  [/^(v1|[a-z0-9.]+\/v[0-9a-z]+)$/, 'kubernetes-models'],
];

/**
 * What the types of Kubernetes and its extensions have against these objects: keys that they do not know, wrong types,
 * missing members. The types are TypeScript's, and so is who compares: it refuses what an object's type does not name.
 */
export function type_faults(all) {
  const folder = mkdtempSync(join(packages, '..', 'types-'));
  try {
    const lines = all.map((each, i) => {
      const [, source] = sources.find(([pattern]) => pattern.test(each.apiVersion));
      const place = `${source}/${each.apiVersion}/${each.kind}`;
      assert.ok(existsSync(`${packages}${place}.d.ts`), `nothing is known of ${each.apiVersion} ${each.kind}`);
      return (
        `import type { I${each.kind} as kind_${i} } from '${place}';\n` +
        `const object_${i}: kind_${i} = ${JSON.stringify(each, null, 1)};\n`
      );
    });
    writeFileSync(join(folder, 'objects.ts'), `${lines.join('')}export {};\n`);
    const options = { noEmit: true, strict: true, skipLibCheck: true, types: [], module: 'nodenext', target: 'es2022' };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['objects.ts'] }));
    const { stdout } = run(process.execPath, [`${packages}typescript/bin/tsc`, '--pretty', 'false'], { cwd: folder });
    return stdout.split('\n').filter((line) => line !== '');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What kubectl makes of a folder with a kustomization. */
export function kustomized(folder) {
  return objects(execFileSync(process.env.KUBECTL, ['kustomize', folder], { encoding: 'utf8' }));
}
