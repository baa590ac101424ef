/** The engine's API, asked from its own page. */

/** Why the engine did not do it: its status (0 = no answer), code and words. */
export class Refusal extends Error {
  constructor(status, code, message) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Tells, as `needed`, that nobody has shown the token yet, or that the session is over. */
export const session = new EventTarget();

async function refusalOf(response) {
  let told = {};
  try {
    told = (await response.json()).error ?? {};
  } catch {
    // A proxy in between answers in its own words.
  }
  return new Refusal(
    response.status,
    told.code ?? '',
    told.message ?? `The engine answers ${response.status}`,
  );
}

/** The answer itself, when it is a good one. */
export async function open(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { cache: 'no-store', ...options });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refusal(0, 'away', 'The engine does not answer');
  }
  if (response.status === 401 && path !== '/v1/session') session.dispatchEvent(new Event('needed'));
  if (!response.ok) throw await refusalOf(response);
  return response;
}

export async function ask(method, path, body, signal) {
  const options = { method, signal };
  if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { 'Content-Type': 'application/json' };
  }
  const response = await open(path, options);
  return response.status === 204 ? null : response.json();
}

export const get = (path, signal) => ask('GET', path, undefined, signal);
export const post = (path, body = {}) => ask('POST', path, body);
export const patch = (path, body) => ask('PATCH', path, body);
export const part = (text) => encodeURIComponent(text);
