import { open } from './api.js';

/** Server-sent events. Not read with EventSource: it hides statuses (401), and cannot ask for what was before. */

const firstPause = 500;
const longestPause = 8000;

/** Takes the text of a stream in any pieces and hands on whole events. */
export class EventReader {
  #rest = '';
  #event = { name: 'message', data: '' };
  #use;
  /** The id of the last whole event. */
  last = '';

  constructor(use) {
    this.#use = use;
  }

  take(text) {
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop();
    for (const line of lines) this.#read(line.endsWith('\r') ? line.slice(0, -1) : line);
  }

  #read(line) {
    if (line === '') {
      const { name, data, id } = this.#event;
      this.#event = { name: 'message', data: '' };
      if (id !== undefined) this.last = id;
      if (data !== '') this.#use(name, JSON.parse(data), id);
      return;
    }
    const [, field, value] = /^([^:]*):? ?(.*)$/.exec(line);
    if (field === 'event') this.#event.name = value;
    if (field === 'id') this.#event.id = value;
    if (field === 'data') this.#event.data += (this.#event.data && '\n') + value;
  }
}

const pause = (milliseconds, signal) =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });

/**
 * Follows a stream until it is aborted or has nothing more to tell, and comes back to it when it is lost.
 * `from` is the id behind which it begins ("0" = with all that is remembered); `isOver` says when there is no
 * sense in coming back; `state` hears `live` or `lost`.
 */
export async function follow(path, { from = '', use, signal, isOver = () => false, state = () => {} }) {
  let seen = from;
  let wait = firstPause;
  while (!signal.aborted) {
    try {
      const headers = seen ? { 'Last-Event-ID': seen } : {};
      const response = await open(path, { signal, headers });
      if (response.status === 204) return;
      state('live');
      wait = firstPause;
      const decoder = new TextDecoder();
      const reader = new EventReader(use);
      for (const body = response.body.getReader(); ;) {
        const { done, value } = await body.read();
        if (done) break;
        reader.take(decoder.decode(value, { stream: true }));
        seen = reader.last || seen;
      }
    } catch (error) {
      if (signal.aborted || error.status === 404 || error.status === 401) return;
    }
    if (signal.aborted || isOver()) return;
    state('lost');
    await pause(wait, signal);
    wait = Math.min(2 * wait, longestPause);
  }
}
