import { connect } from 'node:net';
import { fastify } from 'fastify';
import { afterEach, expect, test } from 'vitest';
import type { Backend } from './backend.ts';
import type { LiveEvent } from './contract.ts';
import { eventRoutes } from './routes/events.ts';

const closing: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const EVENT: LiveEvent = { kind: 'capture', environment: 'prod', service: 'x'.repeat(10_000), id: 'a', at: 1 };

async function start(limits: { maxClients?: number; maxBuffered?: number; heartbeatMs?: number }) {
  const listeners = new Set<(event: LiveEvent) => void>();
  const subscribe: Backend['subscribe'] = (listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const app = fastify({ forceCloseConnections: true });
  // All that the routes ask of it.
  await app.register(eventRoutes, { backend: { subscribe }, ...limits });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  closing.push(() => app.close());
  const emit = (): void => {
    for (const listener of listeners) listener(EVENT);
  };
  return { app, url, listeners, emit };
}

test('a client that does not read is let go, and one that reads stays', async () => {
  const { url, emit } = await start({ maxBuffered: 20_000 });
  const { port } = new URL(url);
  const stuck = connect(Number(port), '127.0.0.1');
  closing.push(() => stuck.destroy());
  stuck.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => stuck.once('data', resolve));
  stuck.pause();
  let gone = false;
  stuck.on('close', () => {
    gone = true;
  });
  stuck.on('error', () => undefined);
  const stop = new AbortController();
  const reader = await fetch(`${url}/api/events`, { signal: stop.signal });
  let read = 0;
  const reading = (async () => {
    for await (const piece of reader.body ?? []) read += piece.length;
  })().catch(() => undefined);
  // The kernel takes some megabytes before anything waits in the server.
  let sent = 0;
  await expect
    .poll(
      async () => {
        for (let i = 0; i < 100; i++) emit();
        sent += 100;
        // A paused socket notices that it was let go when it is looked at.
        await new Promise((resolve) => setImmediate(resolve));
        stuck.resume().pause();
        return gone || sent > 20_000;
      },
      { interval: 1 },
    )
    .toBe(true);
  expect(gone).toBe(true);
  expect(read).toBeGreaterThan(0);
  stop.abort();
  await reading;
});

test('only so many may listen, and who leaves makes room', async () => {
  const { url } = await start({ maxClients: 1 });
  const stop = new AbortController();
  expect((await fetch(`${url}/api/events`, { signal: stop.signal })).status).toBe(200);
  expect((await fetch(`${url}/api/events`)).status).toBe(503);
  stop.abort();
  const next = new AbortController();
  await expect.poll(async () => (await fetch(`${url}/api/events`, { signal: next.signal })).status).toBe(200);
  next.abort();
});

test('a line now and then keeps the connection; closing the server ends it and its subscription', async () => {
  const { app, url, listeners } = await start({ heartbeatMs: 5 });
  const page = await fetch(`${url}/api/events`);
  let text = '';
  const decoder = new TextDecoder();
  let closed: Promise<unknown> | null = null;
  for await (const piece of page.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.split(': still here').length > 2) closed ??= app.close();
  }
  await closed;
  expect(text).toMatch(/^retry: 3000\n\n(: still here\n\n)+$/);
  expect(listeners.size).toBe(0);
});
