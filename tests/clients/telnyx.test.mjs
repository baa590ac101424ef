import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { Inbox, Lab, load } from './lab.mjs';

const { Telnyx, ...errors } = load('telnyx');
const { TelnyxWebhookVerificationError } = load('telnyx/lib/webhooks');

const limits = { timeout: 60_000 };
const base64 = (text) => Buffer.from(text).toString('base64');

/** A carrier with its official client, and where the carrier's webhooks come in. */
async function start(test, ...flags) {
  const posts = new Inbox();
  const server = createServer(async (request, response) => {
    const parts = [];
    for await (const part of request) parts.push(part);
    if (request.method === 'POST') posts.put({ headers: request.headers, body: Buffer.concat(parts).toString() });
    response.end();
  });
  test.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const webhook = `http://127.0.0.1:${server.address().port}/webhooks`;
  const lab = await Lab.start(test, 'carrier', '--webhook', webhook, '--api-key', 'key', ...flags);
  const settings = {
    apiKey: 'key',
    publicKey: await lab.line('public key '),
    baseURL: `http://${lab.address}/v2`,
    maxRetries: 0,
    timeout: 5000,
  };
  const client = new Telnyx(settings);
  return {
    lab,
    settings,
    client,
    posts,
    /** The payload of the next webhook of this type, which the client has verified. */
    async webhook(type) {
      const { body, headers } = await posts.take(type, (post) => JSON.parse(post.body).data.event_type === type);
      const { data } = await client.webhooks.unwrap(body, { headers });
      assert.equal(data.record_type, 'event');
      assert.ok(Date.now() - Date.parse(data.occurred_at) < 60_000);
      return data.payload;
    },
  };
}

/** An error of this class, with this code of Telnyx'. */
const refusal = (kind, code) => (error) => {
  assert.ok(error instanceof kind, String(error));
  assert.equal(error.error.errors[0].code, code);
  return true;
};

test('the official client answers a call, looks at it and hangs it up', limits, async (t) => {
  const { lab, client, posts, webhook } = await start(t, '--calls', '1', '--connection-id', 'app');
  const call = await webhook('call.initiated');
  assert.equal(call.direction, 'incoming');
  assert.equal(call.state, 'parked');
  assert.equal(call.connection_id, 'app');
  assert.equal(call.from, '+13125550100');
  assert.equal(call.to, '+13125550142');
  const id = call.call_control_id;

  const state = base64('state');
  const answer = await client.calls.actions.answer(id, { client_state: state, command_id: '1' });
  assert.equal(answer.data.result, 'ok');
  const answered = await webhook('call.answered');
  assert.equal(answered.call_control_id, id);
  assert.equal(answered.client_state, state);
  assert.equal(answered.state, 'answered');

  assert.equal((await client.calls.retrieveStatus(id)).data.is_alive, true);
  const [active, ...others] = (await client.connections.listActiveCalls('app')).data;
  assert.deepEqual(others, []);
  assert.equal(active.record_type, 'call');
  assert.equal(active.call_control_id, id);
  assert.equal(active.client_state, state);
  assert.equal(typeof active.call_duration, 'number');
  const events = [];
  for await (const event of client.callEvents.list({ filter: { leg_id: call.call_leg_id } })) {
    assert.ok(Date.now() - Date.parse(event.event_timestamp) < 60_000);
    events.push(`${event.type} ${event.name}`);
  }
  assert.deepEqual(events, ['webhook call.initiated', 'command answer', 'webhook call.answered']);

  assert.equal((await client.calls.actions.hangup(id, {})).data.result, 'ok');
  const hangup = await webhook('call.hangup');
  assert.equal(hangup.hangup_cause, 'normal_clearing');
  assert.equal(hangup.hangup_source, 'callee');
  assert.match(await lab.line('call 1 ended '), /by=engine/);
  assert.equal(await lab.ended(), 0);
  assert.deepEqual(posts.left, []);
});

test('the official client turns a call away', limits, async (t) => {
  const { client, webhook } = await start(t, '--calls', '1');
  const { call_control_id: id } = await webhook('call.initiated');
  assert.equal((await client.calls.actions.reject(id, { cause: 'CALL_REJECTED' })).data.result, 'ok');
  const hangup = await webhook('call.hangup');
  assert.equal(hangup.hangup_cause, 'call_rejected');
  assert.equal(hangup.hangup_source, 'callee');
});

test('the official client refuses a webhook whose body, time or key is another', limits, async (t) => {
  const { client, posts } = await start(t, '--calls', '1');
  const { body, headers } = await posts.take('webhook');
  const refused = (what, options) =>
    assert.rejects(client.webhooks.unwrap(what, options), TelnyxWebhookVerificationError);

  await client.webhooks.unwrap(body, { headers });
  await refused(body.replace('+13125550100', '+13125550101'), { headers });
  await refused(`${body} `, { headers });
  const later = String(Number(headers['telnyx-timestamp']) + 1);
  await refused(body, { headers: { ...headers, 'telnyx-timestamp': later } });
  const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const key = Buffer.from(x, 'base64url').toString('base64');
  await refused(body, { headers, key });
  await refused(body, {
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('telnyx-signature'))),
  });
});

test('the official client places calls', limits, async (t) => {
  const { lab, client, webhook } = await start(t, '--connection-id', 'app');
  const order = { connection_id: 'app', from: '+13125550100' };
  const { data } = await client.calls.dial({ ...order, to: '+13125550142', client_state: base64('mine') });
  assert.equal(data.record_type, 'call');
  assert.equal(data.is_alive, false);
  assert.equal(data.client_state, base64('mine'));
  const call = await webhook('call.initiated');
  assert.equal(call.call_control_id, data.call_control_id);
  assert.equal(call.direction, 'outgoing');
  assert.equal(call.state, 'bridging');
  await webhook('call.answered');
  assert.equal((await client.calls.actions.sendDtmf(data.call_control_id, { digits: '12#' })).data.result, 'ok');
  await client.calls.actions.hangup(data.call_control_id, {});
  assert.equal((await webhook('call.hangup')).hangup_source, 'caller');
  assert.equal((await client.calls.retrieveStatus(data.call_control_id)).data.is_alive, false);

  const { data: busy } = await client.calls.dial({ ...order, to: '+13125550101' });
  assert.equal((await webhook('call.initiated')).call_control_id, busy.call_control_id);
  const hangup = await webhook('call.hangup');
  assert.equal(hangup.hangup_cause, 'user_busy');
  assert.equal(hangup.hangup_source, 'callee');
  assert.equal(await lab.stop(), 0);
});

test('what the carrier refuses is an error of the class that the official client has for it', limits, async (t) => {
  const { settings, client, webhook } = await start(t, '--connection-id', 'app');
  const order = { connection_id: 'app', from: '+13125550100', to: '+13125550142' };
  const { calls } = client;
  await assert.rejects(calls.actions.hangup('v3:nobody', {}), refusal(errors.NotFoundError, '10005'));
  await assert.rejects(
    new Telnyx({ ...settings, apiKey: 'another' }).calls.dial(order),
    refusal(errors.AuthenticationError, '10009'),
  );
  await assert.rejects(
    calls.dial({ ...order, connection_id: 'another' }),
    refusal(errors.BadRequestError, '10015'),
  );
  await assert.rejects(calls.dial({ ...order, to: '5550142' }), refusal(errors.UnprocessableEntityError, '10016'));

  const { call_control_id: id } = (await calls.dial({ ...order, to: '+13125550102' })).data;
  await assert.rejects(
    calls.actions.speak(id, { payload: 'Hello.', voice: 'female' }),
    refusal(errors.UnprocessableEntityError, '90034'),
  );
  await calls.actions.hangup(id, {});
  await webhook('call.hangup');
  await assert.rejects(calls.actions.hangup(id, {}), refusal(errors.UnprocessableEntityError, '90018'));
});
