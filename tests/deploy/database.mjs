import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const programs = '/usr/lib/postgresql/15/bin/';
const nobody = 65534;

/** Whether there is a PostgreSQL to start. */
export const postgresql_installed = existsSync(`${programs}postgres`);

/** A PostgreSQL of the test's own, reached by a socket in a folder; it runs as nobody where the test runs as root. */
export class Database {
  #folder = mkdtempSync(join(tmpdir(), 'tandem-deploy-'));
  #user = process.getuid() === 0 ? { uid: nobody, gid: nobody } : {};

  static async start(test) {
    const made = new Database();
    const folder = made.#folder;
    if (made.#user.uid) chownSync(folder, nobody, nobody);
    made.#run('initdb', `--pgdata=${folder}/data`, '--username=tandem', '--auth=trust', '--encoding=UTF8', '--locale=C', '--no-sync');
    const flags = ['-D', `${folder}/data`, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off'];
    const server = spawn(`${programs}postgres`, flags, { ...made.#user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    const ended = new Promise((resolve) => server.on('exit', resolve));
    test.after(async () => {
      server.kill('SIGQUIT');
      await ended;
      rmSync(folder, { recursive: true });
    });
    for await (const line of createInterface(server.stderr)) {
      if (line.includes('ready to accept connections')) return made;
    }
    throw new Error('PostgreSQL ended without accepting connections');
  }

  /** How the engine reaches it. */
  get url() {
    return `postgresql:///postgres?user=tandem&host=${this.#folder}`;
  }

  /** What a query answers, a line for each row with | between columns; an error with the server's message. */
  ask(sql) {
    return this.#run('psql', `--host=${this.#folder}`, '--username=tandem', '--dbname=postgres', '--no-psqlrc', '--tuples-only',
      '--no-align', '--set=ON_ERROR_STOP=1', `--command=${sql}`).trim();
  }

  #run(program, ...flags) {
    const { status, stdout, stderr } = spawnSync(programs + program, flags, { ...this.#user, cwd: this.#folder, encoding: 'utf8' });
    assert.equal(status, 0, `${program}: ${stderr}`);
    return stdout;
  }
}
