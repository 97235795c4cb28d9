/** The farm is only worth its soak if its pages are what a Go service sends, and the same seed gives the same services. */
import { afterEach, describe, expect, it } from 'vitest';
import { delays, judge, quantile, visitDelay } from '../bench/soak/judge.ts';
import { type Farm, type FarmOptions, startFarm } from '../bench/soak-farm/farm.ts';
import { SCRIPT_LABEL, SCRIPT_NAME } from '../bench/soak-farm/hostile.ts';
import { Random } from '../bench/soak-farm/random.ts';
import { drawCharacter, loadFactor, Simulation } from '../bench/soak-farm/simulate.ts';
import { type Kind, loadTemplate, SPECIAL, stackOf } from '../bench/soak-farm/template.ts';
import { parseAddress } from '../src/collect/address.ts';
import { discover } from '../src/collect/discover.ts';
import { HttpClient } from '../src/collect/http.ts';
import { readGoroutineDump } from '../src/evidence/goroutines/read.ts';
import { readPrometheus } from '../src/evidence/memstats/prometheus.ts';
import { readHeapTrailer } from '../src/evidence/memstats/trailer.ts';
import type { Profile } from '../src/evidence/pprof/profile.ts';
import { readProfile } from '../src/evidence/pprof/read.ts';

const OPTIONS: FarmOptions = { targets: 20, leaks: 6, loads: 4, restarts: 1, seed: 3, port: 0, script: true };
let farm: Farm | null = null;
afterEach(async () => {
  await farm?.close();
  farm = null;
});

const HTTP = { headers: [], insecure: false, timeoutMs: 60_000 };
const client = (path: string) => new HttpClient(parseAddress(`${farm?.url}${path}`), HTTP);
const get = async (path: string) => (await client('/').get(path, { limit: 1 << 24, retries: 0 })).body;

/** Bytes in use below a function. */
function bytesOf(profile: Profile, name: string): number {
  let sum = 0;
  for (let sample = 0; sample < profile.samples.count; sample++)
    if (stackOf(profile, sample).some((frame) => frame.name === name)) sum += profile.samples.values[3]?.[sample] ?? 0;
  return sum;
}

describe('a target of the farm', () => {
  it('looks like a Go service to those who look for one', async () => {
    const asked: number[] = [];
    farm = await startFarm({ ...OPTIONS, onHeap: (index) => asked.push(index) });
    const service = await discover(client('/t/0007/debug/pprof/'));
    expect([service.pprof, service.metrics, service.vars]).toEqual(['/t/0007/debug/pprof/', '/t/0007/metrics', null]);
    const heap = readProfile(await get('/t/0007/debug/pprof/heap?gc=1'));
    expect(heap.sampleTypes.map(({ type }) => type)).toEqual([
      'alloc_objects',
      'alloc_space',
      'inuse_objects',
      'inuse_space',
    ]);
    expect(asked).toEqual([7]);
    const goroutines = readProfile(await get('/t/0007/debug/pprof/goroutine'));
    const total = goroutines.samples.values[0]?.reduce((sum, count) => sum + count, 0);
    const dump = readGoroutineDump(await get('/t/0007/debug/pprof/goroutine?debug=2'));
    expect(dump.count).toBe(total);
    const trailer = readHeapTrailer(await get('/t/0007/debug/pprof/heap?debug=1'));
    expect(trailer.NumForcedGC).toBe(1);
    const { memstats } = readPrometheus(await get('/t/0007/metrics'));
    expect(memstats.HeapAlloc).toBeGreaterThan(1 << 20);
    expect(memstats.Sys).toBeGreaterThan(memstats.HeapInuse ?? Number.POSITIVE_INFINITY);
  });

  it('is listed for discovery, one of them with a script for a name', async () => {
    farm = await startFarm(OPTIONS);
    const groups: { targets: string[]; labels: Record<string, string> }[] = JSON.parse((await get('/sd')).toString());
    expect(groups).toHaveLength(21);
    expect(groups[3]?.targets[0]).toMatch(/^127\.0\.0\.1:\d+\/t\/0003\/debug\/pprof\/$/);
    expect(groups[20]?.labels.service).toBe(SCRIPT_LABEL);
    const heap = readProfile(await get('/t/0020/debug/pprof/heap'));
    expect(bytesOf(heap, SCRIPT_NAME)).toBeGreaterThan(0);
    const kinds = Object.groupBy(farm.truth, ({ kind }) => kind);
    expect([kinds.steady?.length, kinds.load?.length, kinds.closure?.length, kinds.map?.length]).toEqual([10, 4, 2, 3]);
  });

  it.each(['garbage', 'redirect', 'error', 'cut'])('can be hostile: %s', async (name) => {
    farm = await startFarm(OPTIONS);
    expect((await get(`/h/${name}/debug/pprof/`)).toString()).toContain('heap?debug=1');
    const answer = get(`/h/${name}/debug/pprof/heap`);
    if (name === 'garbage') expect(() => readProfile(new Uint8Array([1]))).toThrow();
    if (name === 'garbage') expect((await answer).length).toBe(5000);
    else
      await expect(answer).rejects.toThrow(
        name === 'redirect' ? /not followed/ : name === 'error' ? /500/ : /cut off|closed/,
      );
  });
});

describe('a simulated service', () => {
  const simulate = (kind: Kind, seed: number, restarts = false) =>
    new Simulation(drawCharacter(kind, new Random(seed), restarts), loadTemplate(kind), seed);

  it('is the same for the same seed, however often it is asked', () => {
    const once = simulate('map', 5);
    const often = simulate('map', 5);
    once.advance(600_000);
    for (let ms = 0; ms <= 600_000; ms += 7_300) often.advance(ms);
    often.advance(600_000);
    expect(often.heapColumns()).toEqual(once.heapColumns());
    expect([...often.goroutines]).toEqual([...once.goroutines]);
    expect(simulate('map', 6).heapColumns()).not.toEqual(simulate('map', 5).heapColumns());
  });

  it.each(['closure', 'map', 'select'] as const)('that leaks (%s) grows by its rate, within its sampling', (kind) => {
    let wanted = 0;
    let measured = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const simulation = simulate(kind, seed);
      const bytes = () =>
        bytesOf(
          {
            ...simulation.template.heap,
            samples: { ...simulation.template.heap.samples, values: simulation.heapColumns() },
          },
          SPECIAL[kind].heap,
        );
      const before = bytes();
      simulation.advance(600_000);
      measured += bytes() - before;
      wanted += simulation.character.leakBytesPerHour / 6;
    }
    expect(measured / wanted).toBeGreaterThan(0.9);
    expect(measured / wanted).toBeLessThan(1.1);
  });

  it('that follows its load holds memory in step with it, which goes up and down', () => {
    const simulation = simulate('load', 2);
    const { character } = simulation;
    const factors: number[] = [];
    for (let ms = 0; ms <= 600_000; ms += 30_000) {
      simulation.advance(ms);
      const special = character.startBytes * loadFactor(character, ms);
      expect(simulation.live).toBeGreaterThan(special);
      factors.push(loadFactor(character, ms));
    }
    expect(factors.some((factor, i) => i > 0 && factor < (factors[i - 1] ?? 0))).toBe(true);
    expect(factors.at(-1)).toBeGreaterThan((factors[0] ?? 0) + 0.3);
  });

  it('counts requests without a jump between its steps', () => {
    const simulation = simulate('steady', 8);
    const rates: number[] = [];
    let before = Number.NaN;
    for (let ms = 60_000; ms <= 180_000; ms += 3000) {
      simulation.advance(ms);
      const now = simulation.requestsAt(ms);
      if (now > before) rates.push((now - before) / 3);
      before = now;
    }
    expect(rates).toHaveLength(40);
    expect(Math.max(...rates) / Math.min(...rates)).toBeLessThan(1.4);
  });

  it('that starts again has another start, and counts from nothing', () => {
    const simulation = simulate('steady', 4, true);
    simulation.advance(110_000);
    const requests = simulation.requestsAt(110_000);
    expect(simulation.startedAt).toBeLessThan(0);
    simulation.advance(490_000);
    expect(simulation.startedAt).toBeGreaterThanOrEqual(120_000);
    expect(simulation.requestsAt(490_000)).toBeLessThan(requests);
  });
});

describe('the judgement of the soak', () => {
  const truth = [
    { service: 'a', kind: 'map', bytesPerHour: 1 },
    { service: 'b', kind: 'select', bytesPerHour: 1 },
    { service: 'c', kind: 'steady', bytesPerHour: 0 },
  ] as const;

  it('counts a leak as found only at its own function, and any open finding of others against it', () => {
    const finding = (service: string, name: string, more: object = {}) =>
      JSON.parse(
        JSON.stringify({
          service,
          state: 'open',
          verdict: 'confirmed',
          rule: 'r',
          title: 't',
          where: { function: name },
          ...more,
        }),
      );
    const right = judge(truth, [
      finding('a', 'main.record'),
      finding('b', 'main.other'),
      finding('c', 'x', { verdict: 'cleared' }),
    ]);
    expect(right).toMatchObject({ leaks: 2, found: 1, confirmed: 1, others: [] });
    expect(right.missed).toEqual([expect.stringMatching(/^b \(select/)]);
    const wrong = judge(truth, [finding('c', 'x', { verdict: 'suspected' })]);
    expect(wrong).toMatchObject({ found: 0, othersConfirmed: 0, others: [expect.stringMatching(/^c \(steady\)/)] });
  });

  it('measures delays from one profile to the next, and to the end', () => {
    const { gaps, late } = delays(
      [
        [0, 0],
        [1, 10],
        [0, 60_000],
        [1, 80_010],
      ],
      66_000,
      130_000,
    );
    expect(gaps).toEqual([60_000, 80_000]);
    expect(late).toEqual([0, 14_000, 4000]);
    expect(quantile([5, 1, 3, 2, 4], 0.5)).toBe(3);
    const page = ['0.1"} 90', '5"} 99', '+Inf"} 100'].map(
      (rest) => `hemostat_visit_delay_seconds_bucket{work="profiles",le="${rest}`,
    );
    expect(visitDelay(page.join('\n').replaceAll('"} ', '"} '), 'profiles')).toBe(5);
    expect(visitDelay('', 'profiles')).toBeNull();
  });
});
