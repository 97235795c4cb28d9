import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readTraceLog } from '../../evidence/gctrace/read.ts';
import { clusters } from '../../evidence/goroutines/cluster.ts';
import { readGoroutineDump } from '../../evidence/goroutines/read.ts';
import { readExpvar } from '../../evidence/memstats/expvar.ts';
import { readProfile } from '../../evidence/pprof/read.ts';
import * as contract from './contract.ts';
import { captureId, startTestApi, type TestApi } from './testing.ts';

const TOKEN = 'a-token-that-is-long-enough';
const EVIDENCE = join(import.meta.dirname, '../../evidence');
const fixture = (path: string) => new Uint8Array(readFileSync(join(EVIDENCE, path)));

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi({ token: TOKEN });
});
afterAll(() => api.close());

async function open(name: string, bytes: Uint8Array<ArrayBuffer>, save = false): Promise<contract.OpenedView> {
  const answer = await fetch(`${api.url}/api/open?name=${encodeURIComponent(name)}${save ? '&save=1' : ''}`, {
    method: 'POST',
    body: bytes,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/octet-stream' },
  });
  expect(answer.status, await answer.clone().text()).toBe(200);
  return contract.opened.parse(await answer.json());
}

async function ask<T>(schema: { parse(value: unknown): T }, path: string): Promise<T> {
  const answer = await api.get(path);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return schema.parse(await answer.json());
}

test('a heap profile becomes a call tree; saved, it is a capture like any other', async () => {
  const bytes = fixture('pprof/testdata/go1.26/heap.pb.gz');
  const view = await open('C:\\Users\\ann\\..\\heap <b>.pb.gz', bytes, true);
  expect(view).toMatchObject({ name: 'heap <b>.pb.gz', kind: 'profile', bytes: bytes.length });
  const profile = readProfile(bytes);
  const inuse = profile.samples.values[3]?.reduce((sum, value) => sum + value, 0);
  expect(view.flame?.head_cum[0]).toBe(inuse);
  const id = view.capture ?? '';
  expect(await ask(contract.captureInfo, `/api/captures/${id}`)).toMatchObject({
    reason: 'opened',
    name: 'heap <b>.pb.gz',
    instance: 'heap <b>.pb.gz',
    parts: [{ kind: 'heap', bytes: bytes.length, kept: true }],
  });
  expect((await ask(contract.flame, `/api/flame?head=${id}`)).head_cum[0]).toBe(inuse);
  const download = await api.get(`/api/captures/${id}/parts/heap`);
  expect(new Uint8Array(await download.arrayBuffer())).toEqual(bytes);
  const compare = await ask(contract.compare, `/api/compare?base=${captureId(0, 8)}&head=${id}`);
  expect(compare.verdict).toBeNull();
  expect(compare.sites.some(({ after }) => after > 0)).toBe(true);
  const listed = await ask(contract.captures, '/api/captures');
  expect(listed.captures.map((capture) => capture.id)).toContain(id);
});

test('goroutines, from a profile and from a dump', async () => {
  const bytes = fixture('goroutines/testdata/go1.21.13/debug2.txt');
  const dump = readGoroutineDump(bytes);
  const view = await open('dump.txt', bytes);
  expect(view).toMatchObject({ kind: 'goroutines', capture: null, flame: null });
  expect(view.goroutines?.total).toBe(dump.count);
  const all = view.goroutines?.clusters ?? [];
  expect(all.reduce((sum, { count }) => sum + count, 0)).toBe(dump.count);
  for (const { count, waits } of all) expect(waits?.reduce((sum, one) => sum + one, 0)).toBe(count);
  // The evidence reader's clusters are finer: by the whole stack.
  const [largest] = clusters(dump);
  const place = dump.frames.line[dump.stackFrames[dump.stackOffsets[largest?.stack ?? 0] ?? 0] ?? 0];
  expect(place).toBeGreaterThan(0);
  expect(all[0]?.count).toBeGreaterThanOrEqual(largest?.count ?? Number.NaN);
  expect(all[0]?.state).toBe(largest?.state);
  const profile = await open('goroutine.pb.gz', fixture('pprof/testdata/go1.26/goroutine.pb.gz'));
  expect(profile.kind).toBe('goroutines');
  expect(profile.goroutines?.total).toBe(profile.flame?.head_cum[0]);
});

test('a GC trace and a page of metrics', async () => {
  const log = fixture('gctrace/testdata/go1.26.8.log');
  const { gc } = readTraceLog(log);
  const trace = await open('gc.log', log);
  expect(trace.kind).toBe('gctrace');
  const live = trace.series.find(({ name }) => name === 'live-heap');
  expect(live?.value).toEqual([...gc.heapLive_MB].map((mib) => mib * 2 ** 20));
  expect(live?.at.at(-1)).toBeCloseTo((gc.at_s.at(-1) ?? Number.NaN) * 1000);
  const page = fixture('memstats/testdata/go1.26.8/vars.json');
  const vars = await open('vars.json', page);
  const heap = vars.series.find(({ name }) => name === 'HeapAlloc');
  expect([vars.kind, heap?.unit, heap?.value]).toEqual(['metrics', 'bytes', [readExpvar(page).memstats?.HeapAlloc]]);
});

test('a heap dump shows who holds what; saved, it is handed out with the token only', async () => {
  const bytes = new Uint8Array(gunzipSync(fixture('heapdump/testdata/go1.26.8/known.dump.gz')));
  const view = await open('known.dump', bytes, true);
  expect(view.kind).toBe('heapdump');
  expect(view.heap?.goVersion).toContain('go1.26.8');
  expect(view.heap?.holders.length).toBeGreaterThan(0);
  expect(view.says).toBe(view.heap?.verdict);
  expect(await ask(contract.heapGraph, `/api/heap?capture=${view.capture}`)).toEqual(view.heap);
  const path = `/api/captures/${view.capture}/parts/heapdump`;
  expect((await fetch(api.url + path)).status).toBe(401);
  expect(new Uint8Array(await (await api.get(path)).arrayBuffer())).toEqual(bytes);
  const flame = await api.get(`/api/flame?head=${view.capture}`);
  expect(flame.status).toBe(404);
});

test('what is none of them is told so, in words for whoever dropped a picture', async () => {
  const answer = await fetch(`${api.url}/api/open?name=cat.png`, {
    method: 'POST',
    body: new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1, 2, 3]),
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/octet-stream' },
  });
  expect(answer.status).toBe(422);
  expect(await answer.text()).toContain(
    'this is no pprof profile, heap dump, goroutine dump, GC trace or page of metrics',
  );
});
