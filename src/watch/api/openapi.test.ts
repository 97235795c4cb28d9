import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { problemAnswer } from './contract.ts';
import { CAPTURES, captureId, FINDING, HOSTILE, startTestApi, type TestApi } from './testing.ts';

const schema = z.looseObject({});
const operation = z.object({
  parameters: z
    .array(z.object({ name: z.string(), in: z.enum(['path', 'query']), required: z.boolean().optional(), schema }))
    .default([]),
  requestBody: z.object({ content: z.record(z.string(), z.object({ schema })) }).optional(),
  responses: z.record(
    z.string(),
    z.object({ description: z.string(), content: z.record(z.string(), z.object({ schema })).optional() }),
  ),
});
const openapi = z.object({
  openapi: z.literal('3.1.0'),
  info: z.object({ title: z.string().min(1), version: z.string() }),
  paths: z.record(z.string().startsWith('/'), z.partialRecord(z.enum(['get', 'head', 'post', 'delete']), operation)),
});

let api: TestApi;
let document: z.infer<typeof openapi>;
beforeAll(async () => {
  api = await startTestApi();
  document = openapi.parse(await (await api.get('/openapi.json')).json());
});
afterAll(() => api.close());

/** Numbers of a column may be more than a schema's own `format` words; only types are checked. */
const ajv = new Ajv2020({ strict: false, validateFormats: false });

test('every path has its parameters, and every schema in it is one', () => {
  const operations = Object.entries(document.paths);
  expect(operations.length).toBeGreaterThan(15);
  for (const [path, methods] of operations) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
    for (const [method, { parameters, responses, requestBody }] of Object.entries(methods)) {
      const named = parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      expect(named.sort(), `${method} ${path}`).toEqual(inPath);
      expect(Object.keys(responses).length, `${method} ${path}`).toBeGreaterThan(0);
      for (const { content } of [...Object.values(responses), ...(requestBody === undefined ? [] : [requestBody])]) {
        for (const body of Object.values(content ?? {})) expect(() => ajv.compile(body.schema)).not.toThrow();
      }
    }
  }
});

test('answers are as the document says', async () => {
  const pair = `base=${captureId(0, 1)}&head=${captureId(0, CAPTURES)}`;
  const asked: readonly (readonly [string, string])[] = [
    ['/api/fleet', '/api/fleet'],
    ['/api/findings', '/api/findings'],
    ['/api/findings/{id}', `/api/findings/${FINDING}`],
    ['/api/services/{environment}/{service}', '/api/services/prod/shop'],
    ['/api/services/{environment}/{service}/goroutines', '/api/services/prod/shop/goroutines'],
    ['/api/services/{environment}/{service}/syscalls', '/api/services/prod/shop/syscalls'],
    ['/api/captures', '/api/captures'],
    ['/api/captures/{id}', `/api/captures/${captureId(0, 1)}`],
    ['/api/flame', `/api/flame?${pair}`],
    ['/api/compare', `/api/compare?${pair}`],
    ['/api/status', '/api/status'],
    ['/api/alerts', '/api/alerts'],
    ['/api/incidents', '/api/incidents?state=all'],
    ['/api/incidents/counts', '/api/incidents/counts'],
    ['/api/response-report', '/api/response-report'],
    ['/api/session', '/api/session'],
    ['/healthz', '/healthz'],
  ];
  for (const [path, url] of asked) {
    const described = document.paths[path]?.get?.responses['200']?.content?.['application/json']?.schema;
    expect(described, path).toBeDefined();
    const answer = await api.get(url);
    expect(answer.status, url).toBe(200);
    const validate = ajv.compile(described ?? {});
    expect(validate(await answer.json()), `${url}: ${ajv.errorsText(validate.errors)}`).toBe(true);
  }
});

const ID = fc.constantFrom(
  FINDING,
  captureId(0, 1),
  captureId(0, CAPTURES),
  ...['00000000000000a1', 'prod', 'shop', '-', HOSTILE, 'heap', 'goroutine', 'inuse_space'],
);
const NUMBER = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(0, -1, 1e308, 2 ** 53, Number.NaN)).map(String);
const VALUE = fc.oneof(
  { weight: 3, arbitrary: ID },
  { weight: 2, arbitrary: NUMBER },
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '../../etc/passwd', "' OR 1=1 --", '%00', '{}', '[]', '1;DROP TABLE captures', 'a'.repeat(800)),
);

test('whatever is asked gets an answer that the document knows, and no defect', async () => {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, described]) =>
      // Live events do not end; opening files has tests of its own.
      method === 'head' || path === '/api/events' || path === '/api/open' ? [] : [{ path, method, described }],
    ),
  );
  const request = fc.constantFrom(...operations).chain((chosen) =>
    fc.record({
      chosen: fc.constant(chosen),
      values: fc.array(fc.option(VALUE, { freq: 4 }), { minLength: 8, maxLength: 8 }),
      body: fc.oneof(
        fc.json(),
        fc
          .record({ by: fc.oneof(VALUE, fc.integer()), note: VALUE, seconds: fc.oneof(fc.integer(), VALUE) })
          .map((body) => JSON.stringify(body)),
        fc.string(),
      ),
    }),
  );
  await fc.assert(
    fc.asyncProperty(request, async ({ chosen: { path, method, described }, values, body }) => {
      let url = path;
      const query = new URLSearchParams();
      for (const [i, { name, in: place }] of described.parameters.entries()) {
        const value = values[i % values.length] ?? null;
        if (place === 'path') url = url.replace(`{${name}}`, encodeURIComponent((value ?? 'x').toWellFormed()));
        else if (value !== null) query.append(name, value);
      }
      const answer = await fetch(`${api.url}${url}?${query}`, {
        method,
        ...(method === 'get' ? {} : { body, headers: { 'content-type': 'application/json' } }),
      });
      const text = await answer.text();
      const asked = `${method} ${url}?${query}: ${answer.status} ${text.slice(0, 300)}`;
      expect(answer.status, asked).toBeLessThan(500);
      if (answer.status < 400) return;
      const { error } = problemAnswer.parse(JSON.parse(text));
      expect(error, asked).not.toMatch(/\n +at |node_modules|\.ts:\d/);
    }),
    { numRuns: 300, seed: 7 },
  );
}, 120_000);
