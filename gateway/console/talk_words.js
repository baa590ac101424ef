/** What the softphone says. */

/** Why there is no call, or none any more: a head, and what to do. */
export const faults = {
  denied: [
    'The microphone is not allowed',
    'This page may not use it. Allow it beside the address, or in the browser’s settings, and call again.',
  ],
  no_microphone: ['There is no microphone', 'Connect one, and call again.'],
  microphone_busy: ['The microphone is taken', 'Another program has it. Close that program, and call again.'],
  microphone_lost: [
    'The microphone is gone',
    'It was taken off or turned away from this page, which ended the call.',
  ],
  no_sound: [
    'The browser has no sound',
    'It could not start audio on this device. Look at its output, and call again.',
  ],
  connection_lost: ['The connection is lost', 'The engine was reached no more, which ended the call.'],
  unreachable: ['The engine does not answer', 'It may be down, or out of reach. Try again in a moment.'],
  unauthorised: ['The session is over', 'Load this page again and give the token.'],
  refused: ['The engine did not take the call', 'Its log says why. Try again in a moment.'],
  draining: ['The engine is shutting down', 'It takes no new calls.'],
  full: [
    'All places are taken',
    'The engine has as many calls as limits.max_calls allows. Try again when one has ended.',
  ],
  connections: [
    'All connections are taken',
    'The engine has as many as limits.max_connections allows. Try again later.',
  ],
  rate: [
    'Too many calls just now',
    'More came at once than limits.calls_per_second allows. Try again in a second.',
  ],
  loop_lag: ['The engine is overloaded', 'It runs late, and takes no more calls until it has caught up.'],
  memory: ['The engine is short of memory', 'It takes no more calls up to limits.memory_mb.'],
  provider: [
    'No speech provider is free',
    'As many sessions as the configuration allows are in use. Try again later.',
  ],
  store: ['Calls cannot be kept', 'Neither the store nor the journal takes records, so no calls are taken.'],
};

/** Why the engine ended the call. */
export const endings = {
  hung_up: 'You hung up.',
  caller_hung_up: 'You hung up.',
  agent_hung_up: 'The agent hung up.',
  api_hung_up: 'The call was ended from outside.',
  caller_silent: 'Nobody spoke, so the call ended.',
  max_duration: 'The call reached its longest time.',
  provider_failed: 'A speech provider failed, which ended the call. The engine’s log says how.',
  no_media: 'No audio reached the engine, which ended the call.',
  internal_error: 'The engine failed in this call. Its log says how.',
  shutdown: 'The engine was stopped.',
};

export const faultOfBrowser =
  'This browser gives pages no microphone, or no audio of their own (AudioWorklet). Use a newer one.';

export const insecurity =
  'Browsers give a page the microphone over HTTPS or on this machine alone, and this page came by plain ' +
  'HTTP.';

export const introduction =
  'Press Call, allow the microphone, and speak: the agent hears and answers you as it does a caller, over ' +
  'the same media path. Interrupt it whenever you like.';

export const ofCosts =
  'It is a call like any other: it takes a place, uses your speech providers and your agent, and is kept ' +
  'with the others. Headphones keep the agent from hearing itself.';

export const ofMicrophone =
  'The browser asks whether this page may use your microphone. What it hears goes to this engine and to ' +
  'its speech provider, for as long as the call lasts.';
