import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const build = new URL('../../build/', import.meta.url);
const programs = new URL(`${process.env.TANDEM_PRESET || 'release'}/`, build);

/** Loads a package that tests/clients/run has installed. */
export const load = createRequire(new URL('clients/', build));

/** What comes in one after the other, and is waited for in any order. */
export class Inbox {
  #items = [];
  #over = false;
  #looks = new Set();

  put(item) {
    this.#items.push(item);
    this.#look();
  }

  /** Nothing comes any more. */
  end() {
    this.#over = true;
    this.#look();
  }

  /** The first item that fits and was not taken yet; an error that has the others when there will be none. */
  take(what, fits = () => true, seconds = 10) {
    return new Promise((resolve, reject) => {
      const look = (late) => {
        const at = this.#items.findIndex(fits);
        if (at < 0 && !late && !this.#over) return;
        clearTimeout(deadline);
        this.#looks.delete(look);
        if (at >= 0) resolve(this.#items.splice(at, 1)[0]);
        else reject(new Error(`no ${what} in ${seconds} seconds or at all, but ${JSON.stringify(this.#items)}`));
      };
      const deadline = setTimeout(look, seconds * 1000, true);
      this.#looks.add(look);
      look(false);
    });
  }

  /** What was not taken. */
  get left() {
    return [...this.#items];
  }

  #look() {
    for (const look of [...this.#looks]) look(false);
  }
}

/** A program of tandem-lab, or another one of ours; it ends with the test that started it. */
export class Lab {
  #child;
  #lines = new Inbox();
  #ended = new Inbox();

  constructor(test, flags, program = 'tandem-lab') {
    // What only the scripts know is no key of the engine's configuration.
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TANDEM_')));
    this.#child = spawn(fileURLToPath(new URL(program, programs)), flags, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const output of [this.#child.stdout, this.#child.stderr]) {
      createInterface(output).on('line', (line) => this.#lines.put(line));
    }
    this.#child.on('error', (error) => this.#lines.put(error.message));
    this.#child.on('close', (code, signal) => {
      this.#lines.end();
      this.#ended.put(signal ?? code);
    });
    test.after(() => this.#child.kill('SIGKILL'));
  }

  /** Waits until it listens; `address` says where. */
  static async start(test, ...flags) {
    const lab = new Lab(test, flags);
    lab.address = await lab.line('listening on ');
    return lab;
  }

  /** What follows `begin` on a line that it prints. */
  async line(begin) {
    const found = await this.#lines.take(`line '${begin}…'`, (line) => line.startsWith(begin));
    return found.slice(begin.length);
  }

  /** What a pattern finds on a line that it prints. */
  async find(pattern) {
    return pattern.exec(await this.#lines.take(`line like ${pattern}`, (line) => pattern.test(line)));
  }

  /** Its exit code, or the signal that ended it, once it has ended by itself. */
  ended() {
    return this.#ended.take('end of a program');
  }

  /** The same, after asking it to end. */
  stop() {
    this.#child.kill('SIGTERM');
    return this.ended();
  }
}
