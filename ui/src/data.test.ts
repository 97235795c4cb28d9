import { createServer, type Server } from 'node:http';
import { afterEach, expect, it } from 'vitest';
import { DataError, embeddedSource, httpSource, says } from './data.ts';
import { type Ask, askFlame, askService } from './endpoints.ts';
import { readEvent } from './live.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** The address of a server that answers everything with `status` and `body`, and what it was asked. */
async function serve(status: number, body: string): Promise<{ base: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { base: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`, asked };
}

const signal = new AbortController().signal;

it('asks the server', async () => {
  const { base, asked } = await serve(200, '{"services":[]}');
  const answer = await httpSource(base).get(askService('', 'a/b', { from: 1, to: 2 }), signal);
  expect(answer).toEqual({ services: [] });
  expect(asked).toEqual(['GET /api/services/-/a%2Fb?from=1&to=2']);
});

it('tells what went wrong in the words of the server', async () => {
  const { base } = await serve(404, '{"error":"There is no such finding."}');
  const failed = httpSource(base).get({ path: 'api/findings/x' }, signal);
  await expect(failed).rejects.toThrow('There is no such finding.');
  await expect(failed).rejects.toMatchObject({ status: 404 });
});

it('has a sentence for answers that are not ours, and for no answer', async () => {
  expect(says(401, '')).toBe('The server asks for a token.');
  expect(says(413, '<html>nginx</html>')).toBe('The file is larger than the server takes.');
  expect(says(502, '<html>Bad Gateway</html>')).toBe('The server answered 502. Its log says more.');
  expect(says(500, '{"error":{"nested":1}}')).toBe('The server answered 500. Its log says more.');
  const { base } = await serve(200, '{}');
  await new Promise((resolve) => servers.pop()?.close(resolve));
  await expect(httpSource(base).get({ path: 'api/fleet' }, signal)).rejects.toBeInstanceOf(DataError);
});

it('passes on that nobody waits any more', async () => {
  const { base } = await serve(200, '{}');
  const controller = new AbortController();
  controller.abort();
  await expect(httpSource(base).get({ path: 'api/fleet' }, controller.signal)).rejects.toMatchObject({
    name: 'AbortError',
  });
});

it('answers from a report: by the whole question, then without its time, then without any query', async () => {
  const report = embeddedSource({
    start: '#/finding/x',
    range: null,
    pages: [],
    same: {},
    answers: {
      'api/services/-/reports': { which: 'service' },
      'api/flame?head=h&base=b': { which: 'flame' },
      'api/flame?head=h&base=b&type=alloc_space': { which: 'alloc' },
    },
  });
  const ask = (one: Ask<unknown>) => report.get(one, signal);
  expect(await ask(askService('', 'reports', { from: 1, to: 2, instance: 'i' }))).toEqual({ which: 'service' });
  expect(await ask(askFlame('h', 'b'))).toEqual({ which: 'flame' });
  expect(await ask(askFlame('h', 'b', { type: 'alloc_space' }))).toEqual({ which: 'alloc' });
  await expect(ask(askFlame('h', 'b', { type: 'inuse_objects' }))).rejects.toThrow('This report does not have that');
  await expect(ask({ path: 'constructor' })).rejects.toThrow('This report does not have that');
  expect(report.actions).toBeNull();
});

it('takes events, and nothing else, for events', () => {
  const event = { kind: 'capture', environment: '', service: 'reports', id: 'x', at: 1 };
  expect(readEvent(JSON.stringify(event))).toEqual(event);
  for (const data of ['', 'null', '{}', '[1]', '{"kind":1}', 'garbage']) expect(readEvent(data)).toBeNull();
});
