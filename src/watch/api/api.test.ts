import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { diagnoseBetween } from '../views/between.ts';
import * as contract from './contract.ts';
import { CAPTURES, captureId, FINDING, HOSTILE, heapProfile, NOW, startTestApi, type TestApi } from './testing.ts';

const MIB = 2 ** 20;
let api: TestApi;
let source: string;
beforeAll(async () => {
  source = await mkdtemp(join(tmpdir(), 'hemostat-source-'));
  await mkdir(join(source, 'shop'));
  const lines = Array.from({ length: 40 }, (_, i) => `// line ${i + 1}`);
  await writeFile(join(source, 'shop', 'store.go'), ['package main', ...lines.slice(1)].join('\n'));
  api = await startTestApi();
});
afterAll(async () => {
  await api.close();
  await rm(source, { recursive: true, force: true });
});

async function ask<T extends z.ZodType>(schema: T, path: string): Promise<z.infer<T>> {
  const answer = await api.get(path);
  expect(answer.status, await answer.clone().text()).toBe(200);
  return schema.parse(await answer.json());
}

test('the fleet has the leaking service first, with sums over its instances', async () => {
  const { services, problems } = await ask(contract.fleet, '/api/fleet');
  expect(services.map(({ service }) => service)).toEqual(['shop', HOSTILE, 'steady']);
  const [shop, dead, steady] = services;
  expect(shop).toMatchObject({ verdict: 'confirmed', findingId: FINDING, openFindings: 1, lastCapture: NOW });
  expect(shop?.instances).toEqual({ total: 2, up: 2 });
  expect(shop?.perHour).toBeCloseTo(32 * 60 * MIB, -3);
  // 256 + 8 of the one that leaks, 32 + 8 of the other.
  expect(shop?.liveHeap.value.at(-1)).toBe((264 + 40) * MIB);
  expect(shop?.liveHeap.value[0]).toBe((40 + 40) * MIB);
  expect(shop?.liveHeap.at.length).toBeLessThanOrEqual(60);
  expect(shop?.rss).toBe((264 + 40 + 80) * MIB);
  expect(shop?.goroutines).toBe(801 + 101);
  expect(steady).toMatchObject({ severity: null, title: null, openFindings: 0 });
  expect(dead?.instances).toEqual({ total: 1, up: 0 });
  expect(dead?.problems).toEqual([`${HOSTILE}: refused the connection`]);
  expect(problems).toEqual([{ about: 'store', since: NOW, says: 'The disk is nearly full.' }]);
});

test('a service without /metrics keeps the count of goroutines of its last profile', async () => {
  const own = await startTestApi();
  try {
    const targets = await own.store.targets();
    const quick = targets.map(({ id }) => ({ target: id, at: NOW + 1, values: { rss_bytes: MIB } }));
    await own.store.commit({ metrics: quick });
    const { services } = contract.fleet.parse(await (await own.get('/api/fleet')).json());
    const shop = services.find(({ service }) => service === 'shop');
    expect(shop).toMatchObject({ rss: 2 * MIB, goroutines: 801 + 101 });
  } finally {
    await own.close();
  }
});

test('syscalls come beside their bands, with who called them; what is not collected says why', async () => {
  const path = '/api/services/prod/shop/syscalls';
  const counted = await ask(contract.syscalls, `${path}?syscall=openat`);
  expect(counted).toMatchObject({ instance: '00000000000000a1', says: null, windows: { count: 30, notWhole: 0 } });
  expect(counted.profile).toMatchObject({ state: 'given', path: '/etc/hemostat/profiles/shop.yaml', ready: true });
  expect(counted.syscalls.map(({ name, state, anomalies }) => [name, state, anomalies.length])).toEqual([
    ['ptrace', 'never-seen', 1],
    ['openat', 'normal', 1],
    ['read', 'normal', 0],
  ]);
  const [ptrace, openat] = counted.syscalls;
  expect(ptrace).toMatchObject({ normal: null, anomalous: null, process: { pid: 71, comm: 'checkout', share: 0.75 } });
  expect(openat).toMatchObject({ rate: 44, peak: 900, normal: [38, 46], anomalous: 120 });
  expect(openat?.anomalies).toEqual([{ at: NOW - 10 * 60_000, until: NOW - 9 * 60_000, rate: 900 }]);
  expect(counted.chosen).toMatchObject({ name: 'openat', processes: [{ pid: 71 }, { pid: 72 }] });
  expect(counted.chosen?.rate[20]).toBe(900);
  const net = counted.flows.find(({ name }) => name === 'net-descriptors');
  expect(net?.value.slice(0, 3)).toEqual([10, 20, 30]);
  expect(counted.sources).toContainEqual(expect.objectContaining({ aspect: 'sockets', collected: false }));
  const none = await ask(contract.syscalls, '/api/services/prod/steady/syscalls');
  expect(none).toMatchObject({ says: 'Nobody counts system calls here.', syscalls: [], chosen: null, flows: [] });
  const before = await ask(contract.syscalls, `${path}?from=1&to=2`);
  expect(before).toMatchObject({ says: 'Nothing was counted in this range.', chosen: null });
  expect((await api.get(`${path}?instance=00000000000000b1`)).status).toBe(404);
});

test('a service shows the instance with the worst finding; its ledger sums to RSS', async () => {
  const service = await ask(contract.service, '/api/services/prod/shop');
  expect(service.instance).toBe('00000000000000a1');
  const { ledger } = service;
  expect(ledger.rss.at(-1)).toBe(304 * MIB);
  for (const [i, rss] of ledger.rss.entries()) {
    expect(ledger.terms.reduce((sum, { value }) => sum + (value[i] ?? Number.NaN), 0)).toBe(rss);
  }
  const last = (name: string) => service.series.find((one) => one.name === name)?.value.at(-1);
  expect(last('live-heap')).toBe(264 * MIB);
  expect(last('goroutines')).toBe(801);
  expect(last('gc-rate')).toBeCloseTo(10 / 60);
  expect(last('gc-pause')).toBe(50_000);
  expect(last('load')).toBe(100);
  expect(last('limit')).toBe(1024 * MIB);
  expect(service.marks).toMatchObject([{ kind: 'deploy', build: 'v1.2.3', instance: 'shop-1' }]);
  expect(service.findings.map(({ id }) => id)).toEqual([FINDING]);
  expect(service.captures).toHaveLength(2 * CAPTURES);
  const other = await ask(contract.service, '/api/services/prod/shop?instance=00000000000000a2');
  expect(other.ledger.rss.at(-1)).toBe(80 * MIB);
  const half = await ask(contract.service, `/api/services/prod/shop?from=${NOW - 150_000}&to=${NOW - 30_000}`);
  expect(half.ledger.at).toEqual([NOW - 120_000, NOW - 60_000]);
});

test('a finding comes with its life, a plot per leg, and its lines where the source is configured', async () => {
  const without = await ask(contract.findingDetail, `/api/findings/${FINDING}`);
  expect(without.source).toBeNull();
  expect(without.events).toEqual([{ at: NOW - 60_000, kind: 'opened', says: 'Seen first.' }]);
  const plots = new Map(without.plots.map(({ leg, series }) => [leg, series]));
  expect(plots.get('heap')?.value).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((n) => n * 32 * MIB));
  expect(plots.get('heap')?.name).toBe('main.(*store).put:30 (heap)');
  expect(plots.get('gc')?.value.at(-1)).toBe(264 * MIB);
  expect(without.finding).toMatchObject({ state: 'open', base: captureId(0, 1), head: captureId(0, CAPTURES) });
  // The build path was /build/shop/store.go.
  api.backend.world.source = source;
  const detail = await ask(contract.findingDetail, `/api/findings/${FINDING}`);
  expect(detail.source).toMatchObject({ file: '/build/shop/store.go', firstLine: 22, line: 30 });
  expect(detail.source?.lines[8]).toBe('// line 30');
  api.backend.world.source = null;
});

test('goroutines are clusters with their change over the range', async () => {
  const { total, clusters, capture } = await ask(contract.goroutines, '/api/services/prod/shop/goroutines');
  expect(capture).toBe(captureId(0, CAPTURES));
  expect(total).toBe(801);
  expect(clusters[0]).toMatchObject({
    state: 'chan send',
    count: 800,
    before: 100,
    where: { function: 'main.worker', file: '/build/shop/worker.go', line: 20 },
  });
  expect(clusters[0]?.series?.value).toEqual([100, 200, 300, 400, 500, 600, 700, 800]);
});

test('two captures compared: what grew, the counters, and the diagnosis in between', async () => {
  const answer = await ask(contract.compare, `/api/compare?base=${captureId(0, 1)}&head=${captureId(0, CAPTURES)}`);
  expect(answer.sites[0]).toMatchObject({ before: 32 * MIB, after: 256 * MIB, where: { line: 30 } });
  expect(answer.clusters[0]).toMatchObject({ state: 'chan send', before: 100, after: 800 });
  expect(answer.metrics).toContainEqual({ name: 'rss_bytes', unit: 'bytes', before: 80 * MIB, after: 304 * MIB });
  const load = { metric: 'requests_total', kind: 'counter', guessed: false } as const;
  const same = diagnoseBetween(await api.store.summaries('00000000000000a1', { from: 0, to: NOW }, 100), {
    service: 'shop',
    instance: 'shop-1',
    goVersion: 'go1.26.8',
    load,
  });
  expect(answer.verdict).toBe(same?.verdict);
  expect(answer.findings[0]?.rule).toBe('heap-site-growth');
  const two = await ask(contract.compare, `/api/compare?base=${captureId(0, 1)}&head=${captureId(1, CAPTURES)}`);
  expect(two.verdict).toBeNull();
  expect(two.sites.every(({ before, after }) => before === after)).toBe(true);
});

test('a call tree of two captures, of any sample type and part', async () => {
  const pair = `head=${captureId(0, CAPTURES)}&base=${captureId(0, 1)}`;
  const space = await ask(contract.flame, `/api/flame?${pair}`);
  expect(space).toMatchObject({ sampleType: 'inuse_space', unit: 'bytes' });
  expect([space.base_cum[0], space.head_cum[0]]).toEqual([40 * MIB, 264 * MIB]);
  const objects = await ask(contract.flame, `/api/flame?${pair}&type=inuse_objects`);
  expect(objects.head_cum[0]).toBe(264 * 1024);
  const goroutines = await ask(contract.flame, `/api/flame?head=${captureId(0, CAPTURES)}&part=goroutine`);
  expect([goroutines.head_cum[0], goroutines.base]).toEqual([801, null]);
  const none = await api.get(`/api/flame?${pair}&type=nonsense`);
  expect(none.status).toBe(422);
  expect(contract.problemAnswer.parse(await none.json()).error).toContain('inuse_space');
  const gone = await api.get(`/api/captures/${captureId(0, CAPTURES)}/parts/process`);
  expect(gone.status).toBe(410);
  expect(await gone.text()).toContain('not on this machine');
});

test('answers are compressed where that is worth it and wanted', async () => {
  const bare = await fetch(`${api.url}/api/services/prod/shop`, { headers: { 'accept-encoding': 'identity' } });
  expect(bare.headers.get('content-encoding')).toBeNull();
  const packed = await fetch(`${api.url}/api/services/prod/shop`, { headers: { 'accept-encoding': 'br, gzip' } });
  expect(packed.headers.get('content-encoding')).toBe('gzip');
  expect(await packed.json()).toEqual(await bare.json());
  const refused = await fetch(`${api.url}/api/services/prod/shop`, { headers: { 'accept-encoding': 'gzip;q=0' } });
  expect(refused.headers.get('content-encoding')).toBeNull();
});

test('captures are listed and handed out as they were received', async () => {
  const all = await ask(contract.captures, '/api/captures?limit=5');
  expect(all.captures).toHaveLength(5);
  expect(all.captures.map(({ at }) => at)).toEqual([NOW, NOW, NOW, NOW, NOW - 60_000]);
  const own = await ask(contract.captures, '/api/captures?environment=prod&service=steady');
  expect(new Set(own.captures.map(({ instance }) => instance))).toEqual(new Set(['steady-1']));
  expect((await ask(contract.captures, '/api/captures?service=nobody')).captures).toEqual([]);
  const part = await api.get(`/api/captures/${captureId(0, 3)}/parts/heap`);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(new Uint8Array(heapProfile(96 * MIB)));
});

test('what does not exist is not found, what makes no sense is refused', async () => {
  for (const path of [
    '/api/findings/00000000000000ff',
    '/api/services/prod/nobody',
    '/api/services/prod/shop?instance=00000000000000b1',
    '/api/captures/aaaa-00000000',
    `/api/captures/${captureId(0, 1)}/parts/gctrace`,
    '/api/nothing',
    '/nothing.js',
  ]) {
    const answer = await api.get(path);
    expect([404, 503], path).toContain(answer.status);
    contract.problemAnswer.parse(await answer.json());
  }
  for (const path of [
    '/api/services/prod/shop?from=5&to=5',
    '/api/services/prod/shop?from=x',
    '/api/services/prod/shop?instance=1',
    '/api/captures?limit=0',
    '/api/compare?base=1&head=2',
    '/api/findings?state=sleepy',
  ]) {
    const answer = await api.get(path);
    expect(answer.status, path).toBe(400);
    contract.problemAnswer.parse(await answer.json());
  }
});

test('status and alerts tell no body and no address of a receiver', async () => {
  const status = await ask(contract.status, '/api/status');
  expect(status.targets).toHaveLength(4);
  expect(status.alerts).toEqual({ pending: 0, delivered: 1, dropped: 0, receivers: ['team'] });
  const text = await (await api.get('/api/alerts')).text();
  expect(contract.alerts.parse(JSON.parse(text)).deliveries).toMatchObject([{ id: 'd1', receiver: 'team' }]);
  expect(text).not.toContain('secret');
});

test('a person acknowledges, takes it back, and silences', async () => {
  const path = `/api/findings/${FINDING}/acknowledge`;
  const done = contract.finding.parse(await (await api.send('POST', path, { by: 'ann', note: 'mine' })).json());
  expect(done).toMatchObject({ state: 'acknowledged', acknowledged: { by: 'ann', note: 'mine', at: NOW } });
  const back = contract.finding.parse(await (await api.send('DELETE', path, { by: 'ann' })).json());
  expect(back).toMatchObject({ state: 'open', acknowledged: null });
  const body = { by: 'ann', seconds: 3600 };
  const quiet = contract.finding.parse(await (await api.send('POST', `/api/findings/${FINDING}/silence`, body)).json());
  expect(quiet.silencedUntil).toBe(NOW + 3_600_000);
  const loud = await api.send('DELETE', `/api/findings/${FINDING}/silence`, { by: 'ann' });
  expect(contract.finding.parse(await loud.json()).silencedUntil).toBeNull();
  expect((await api.send('POST', path, { by: '' })).status).toBe(400);
  expect((await api.send('POST', path, { by: 'ann', more: 1 })).status).toBe(400);
  expect((await api.send('POST', `/api/findings/${FINDING}/silence`, { by: 'ann', seconds: 1e9 })).status).toBe(400);
  expect((await api.send('POST', '/api/findings/00000000000000ff/acknowledge', { by: 'ann' })).status).toBe(404);
});

describe('live events', () => {
  test('are told to everybody who listens, without a break in their text', async () => {
    const stop = new AbortController();
    const pages = await Promise.all([1, 2].map(() => fetch(`${api.url}/api/events`, { signal: stop.signal })));
    expect(pages[0]?.headers.get('content-type')).toMatch(/^text\/event-stream/);
    expect(pages[0]?.headers.get('cache-control')).toBe('no-store');
    const event = { kind: 'finding', environment: 'prod', service: 'a\n\ndata: b', id: FINDING, at: NOW } as const;
    api.backend.emit(event);
    for (const page of pages) {
      const text = await readUntil(page, '"at":');
      const [, kind, data = ''] = /event: (\w+)\ndata: (.*)\n\n$/.exec(text) ?? [];
      expect(kind).toBe('finding');
      expect(contract.liveEvent.parse(JSON.parse(data))).toEqual(event);
    }
    stop.abort();
  });
});

async function readUntil(page: Response, end: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of page.body ?? []) {
    text += decoder.decode(piece, { stream: true });
    if (text.includes(end)) break;
  }
  return text;
}
