import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { project } from './generated.mjs';
import { run } from './manifests.mjs';

const program = `${project}build/${process.env.TANDEM_PRESET || 'release'}/tandem`;
const environment = () => Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TANDEM_')));
const samples = {
  'store.url': 'postgresql://tandem:password@database/tandem',
  'store.key': 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=',
};

function temporary_folder(test) {
  const folder = mkdtempSync(join(tmpdir(), 'tandem-deploy-'));
  test.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/**
 * What `tandem check` shows for a configuration as it stands in a container, its secrets and files being there, as a map
 * of SECTION.KEY to literals; an error if it has anything against it.
 */
export function checked(test, toml, { secrets, files = {}, environment: more = {} }) {
  const folder = temporary_folder(test);
  cpSync(`${project}deploy/agents`, `${folder}/agents`, { recursive: true });
  for (const part of ['secrets', 'files']) mkdirSync(`${folder}/${part}`);
  for (const name of secrets) writeFileSync(`${folder}/secrets/${name}`, `${samples[name] ?? 'a-secret-of-more-than-16-characters'}\n`);
  for (const [name, text] of Object.entries(files)) writeFileSync(`${folder}/files/${name}`, text);
  const there = toml.replace(/\/etc\/tandem\/(?=(agents|secrets|files)\/)/g, `${folder}/`).replaceAll('/run/secrets/', `${folder}/secrets/`);
  writeFileSync(`${folder}/tandem.toml`, there);
  const { status, stdout, stderr } = run(program, ['check', '--config', `${folder}/tandem.toml`], {
    env: { ...environment(), ...more },
  });
  assert.equal(status, 0, `${stderr}${there}`);
  const shown = {};
  let section;
  for (const line of stdout.split('\n')) {
    section = /^\[(\w+)\]/.exec(line)?.[1] ?? section;
    const [, key, literal] = /^(\w+) = (.*)$/.exec(line) ?? [];
    if (key) shown[`${section}.${key}`] = literal;
  }
  return shown;
}

/** The text of /metrics of an engine that was started for it, on this store. */
export async function exported(test, store = 'sqlite:tandem.db') {
  const folder = temporary_folder(test);
  const flags = ['--server.listen=127.0.0.1:0', '--server.admin_listen=127.0.0.1:0', '--agent.kind=echo', `--store.url=${store}`];
  const engine = spawn(program, ['serve', ...flags], { cwd: folder, env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise((resolve) => engine.on('exit', resolve));
  let address;
  try {
    for await (const line of createInterface(engine.stderr)) {
      address ??= / engine listening .*admin=([^ ]+)/.exec(line)?.[1];
      if (line.includes(' store is there ')) return await (await fetch(`http://${address}/metrics`)).text();
    }
    throw new Error('the engine ended before its store was there');
  } finally {
    engine.kill('SIGTERM');
    await ended;
  }
}
