/**
 * Live events as server-sent events: what to ask for again. A client that does not keep up is let go (it comes back and
 * asks for everything), so that a page left open on a sleeping laptop costs nothing.
 */
import type { ServerResponse } from 'node:http';
import type { FastifyPluginAsync } from 'fastify';
import type { Backend } from '../backend.ts';
import { ApiProblem } from '../problem.ts';

export interface EventOptions {
  readonly backend: Pick<Backend, 'subscribe'>;
  /** Open pages at one time. */
  readonly maxClients?: number;
  /** What may wait to be sent to one of them, bytes. */
  readonly maxBuffered?: number;
  /** A line that says nothing, so that proxies keep the connection, ms. */
  readonly heartbeatMs?: number;
}

export const eventRoutes: FastifyPluginAsync<EventOptions> = async (
  app,
  { backend, maxClients = 200, maxBuffered = 256 * 1024, heartbeatMs = 15_000 },
) => {
  const clients = new Set<ServerResponse>();
  const send = (text: string): void => {
    for (const client of clients) {
      if (client.writableLength > maxBuffered) client.destroy();
      else client.write(text);
    }
  };
  const unsubscribe = backend.subscribe((event) => {
    // JSON has no bare line break, so that no text of a target can end the event.
    if (clients.size > 0) send(`event: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`);
  });
  const heartbeat = setInterval(() => send(': still here\n\n'), heartbeatMs).unref();

  app.addHook('preClose', async () => {
    clearInterval(heartbeat);
    unsubscribe();
    for (const client of clients) client.end();
  });

  app.get(
    '/api/events',
    { exposeHeadRoute: false, schema: { produces: ['text/event-stream'] } },
    async (_request, reply) => {
      if (clients.size >= maxClients) {
        throw new ApiProblem(503, `There are ${maxClients} pages open already; close one.`, 30);
      }
      const headers = reply.getHeaders();
      reply.hijack();
      const client = reply.raw;
      for (const [header, value] of Object.entries(headers)) if (value !== undefined) client.setHeader(header, value);
      client.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-accel-buffering': 'no' });
      client.write('retry: 3000\n\n');
      clients.add(client);
      client.on('close', () => clients.delete(client));
      client.on('error', () => clients.delete(client));
    },
  );
};
