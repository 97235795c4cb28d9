import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../virtual-clock.testing.ts';
import { type Cost, WINDOW_MS } from './ledger.ts';
import { Scheduler, type Work } from './scheduler.ts';
import { type Behaviour, FakeVisits, target, type Visited } from './testing.ts';

const CHEAP: Cost = { captures: 0, bytes: 1000, pauseMs: 1 };
const DEAR: Cost = { captures: 1, bytes: 10_000, pauseMs: 5 };

function usual(work: Work): Behaviour {
  const cost = work === 'metrics' ? CHEAP : DEAR;
  return { ms: 20, ok: true, estimate: cost, takes: cost };
}

function of(visits: FakeVisits, name: string, work?: Work): Visited[] {
  return visits.visited.filter((visit) => visit.target === name && (work === undefined || visit.work === work));
}

function gaps(visits: readonly Visited[]): number[] {
  return visits.slice(1).map(({ began }, i) => began - (visits[i]?.began ?? 0));
}

describe('rhythm', () => {
  it('takes profiles first, then metrics every 15 s and profiles every 5 min with a tenth of jitter', async () => {
    const clock = new VirtualClock();
    const visits = new FakeVisits(clock, (_, work) => usual(work));
    const scheduler = new Scheduler(visits, { clock, concurrency: 4 });
    scheduler.set([target('a')]);
    await clock.advance(3_600_000);
    const profiles = of(visits, 'a', 'profiles');
    expect(visits.visited[0]?.work).toBe('profiles');
    expect(profiles.length).toBeGreaterThanOrEqual(11);
    for (const gap of gaps(profiles)) expect(Math.abs(gap - 300_000)).toBeLessThanOrEqual(30_100);
    expect(new Set(gaps(profiles)).size).toBeGreaterThan(5);
    // Either brings metrics: there is never more than one and a half intervals without.
    for (const gap of gaps(of(visits, 'a'))) expect(gap).toBeLessThanOrEqual(22_600);
    expect(of(visits, 'a').length).toBeGreaterThan(220);
  });

  it('spreads a thousand targets evenly', async () => {
    const clock = new VirtualClock();
    const visits = new FakeVisits(clock, (_, work) => usual(work));
    const delays: number[] = [];
    const hooks = { onStart: (_: Work, delay: number) => delays.push(delay) };
    const scheduler = new Scheduler(visits, { clock, concurrency: 32, hooks });
    scheduler.set(Array.from({ length: 1000 }, (_, i) => target(`t${i}`, { profilesEveryMs: 60_000 })));
    await clock.advance(180_000);
    // From the second minute on, in each second about 1000/60 profiles and 1000/15 visits in all.
    const perSecond = new Map<number, number>();
    for (const { began } of visits.visited) {
      const second = Math.floor(began / 1000);
      perSecond.set(second, (perSecond.get(second) ?? 0) + 1);
    }
    const busy = Array.from({ length: 110 }, (_, i) => perSecond.get(65 + i) ?? 0);
    expect(Math.min(...busy)).toBeGreaterThan(40);
    expect(Math.max(...busy)).toBeLessThan(100);
    expect(Math.max(...delays)).toBeLessThan(100);
  });

  it('looks more often at the beginning and after a restart, and not at what it knows', async () => {
    const clock = new VirtualClock();
    const firstLook = { captures: 6, everyMs: 20_000 };
    let life: 'new' | 'known' | undefined;
    const visits = new FakeVisits(clock, (_, work) => ({ ...usual(work), ...(life === undefined ? {} : { life }) }));
    const scheduler = new Scheduler(visits, { clock, concurrency: 4 });
    scheduler.set([target('a', { firstLook })]);
    await clock.advance(150_000);
    expect(of(visits, 'a', 'profiles').length).toBe(6);
    await clock.advance(1_000_000);
    const calm = of(visits, 'a', 'profiles').length;
    expect(calm).toBeLessThan(11);
    life = 'new';
    await clock.advance(16_000);
    life = undefined;
    await clock.advance(300_000 + 130_000);
    expect(of(visits, 'a', 'profiles').length).toBeGreaterThanOrEqual(calm + 5);
    life = 'known';
    scheduler.set([target('b', { firstLook })]);
    await clock.advance(150_000);
    expect(of(visits, 'b', 'profiles').length).toBe(1);
  });

  it('does not care about the wall clock', async () => {
    const clock = new VirtualClock();
    const visits = new FakeVisits(clock, (_, work) => usual(work));
    const scheduler = new Scheduler(visits, { clock, concurrency: 4, random: () => 0.5 });
    scheduler.set([target('a', { profilesEveryMs: 60_000 })]);
    await clock.advance(600_000);
    clock.step(-86_400_000);
    await clock.advance(600_000);
    clock.step(30 * 86_400_000);
    await clock.advance(600_000);
    expect(of(visits, 'a', 'profiles').length).toBe(30);
    expect(new Set(gaps(of(visits, 'a', 'profiles')).map(Math.round))).toEqual(new Set([60_000]));
  });
});

describe('targets in trouble', () => {
  it('asks a failing one more and more rarely, and as before when it answers again', async () => {
    const clock = new VirtualClock();
    let ok = false;
    const visits = new FakeVisits(clock, (_, work) => ({ ...usual(work), ok }));
    const scheduler = new Scheduler(visits, { clock, concurrency: 4 });
    scheduler.set([target('a')]);
    await clock.advance(3_600_000);
    const asked = of(visits, 'a');
    const waits = gaps(asked);
    expect(asked.length).toBeLessThan(25);
    expect(waits[0]).toBeLessThan(20_000);
    expect(waits.at(-1)).toBeGreaterThan(200_000);
    expect(waits.at(-1)).toBeLessThan(370_000);
    expect(scheduler.state(target('a').info.id)?.failures).toBe(asked.length);
    ok = true;
    await clock.advance(900_000);
    expect(scheduler.state(target('a').info.id)?.failures).toBe(0);
    expect(of(visits, 'a').length - asked.length).toBeGreaterThan(30);
  });

  it('does not let those that hang delay the others', async () => {
    const clock = new VirtualClock();
    const visits = new FakeVisits(clock, ({ info }, work) =>
      info.service.startsWith('hung') ? { ...usual(work), ms: 30_000, ok: false } : usual(work),
    );
    const delays: number[] = [];
    const scheduler = new Scheduler(visits, {
      clock,
      concurrency: 4,
      hooks: { onStart: (_, delay) => delays.push(delay) },
    });
    const hung = Array.from({ length: 20 }, (_, i) => target(`hung${i}`));
    const well = Array.from({ length: 20 }, (_, i) => target(`well${i}`));
    scheduler.set([...hung, ...well]);
    await clock.advance(600_000);
    for (const { info } of well) expect(of(visits, info.service).length).toBeGreaterThan(35);
    delays.sort((a, b) => a - b);
    // The very first turn, when nobody knows yet who hangs, may take a few seconds.
    expect(delays[Math.floor(delays.length * 0.97)]).toBeLessThan(1000);
    expect(Math.max(...delays)).toBeLessThan(8000);
  });

  it('goes on when a visit throws', async () => {
    const clock = new VirtualClock();
    let calls = 0;
    const scheduler = new Scheduler(
      {
        estimate: () => CHEAP,
        visit: () => {
          calls++;
          return Promise.reject(new Error('a fault'));
        },
      },
      { clock, concurrency: 1 },
    );
    scheduler.set([target('a'), target('b')]);
    await clock.advance(600_000);
    expect(calls).toBeGreaterThan(6);
  });
});

describe('targets that come and go', () => {
  it('visits the present ones only, one visit at a time, and stops when told', async () => {
    const clock = new VirtualClock();
    const visits = new FakeVisits(clock, (_, work) => ({ ...usual(work), ms: 20_000 }));
    const scheduler = new Scheduler(visits, { clock, concurrency: 8 });
    scheduler.set([target('a'), target('b')]);
    await clock.advance(120_000);
    scheduler.set([target('b'), target('c')]);
    const before = of(visits, 'a').length;
    await clock.advance(120_000);
    // One was under way perhaps.
    expect(of(visits, 'a').length).toBeLessThanOrEqual(before + 1);
    expect(of(visits, 'c').length).toBeGreaterThan(2);
    expect(visits.overlapped).toBe(false);
    const stopped = scheduler.stop();
    await clock.advance(30_000);
    await stopped;
    const { length } = visits.visited;
    await clock.advance(600_000);
    expect(visits.visited.length).toBe(length);
  });

  it('remembers what was spent of a target that goes and comes back', async () => {
    const clock = new VirtualClock();
    const visits = new FakeVisits(clock, (_, work) => usual(work));
    const scheduler = new Scheduler(visits, { clock, concurrency: 1 });
    const one = target('a', { budget: { captures: 1, bytes: 1e9, pauseMs: 1e6 }, profilesEveryMs: 60_000 });
    for (let turn = 0; turn < 5; turn++) {
      scheduler.set([one]);
      await clock.advance(300_000);
      scheduler.set([]);
      await clock.advance(60_000);
    }
    expect(of(visits, 'a', 'profiles').length).toBe(1);
  });

  it('takes a deeper capture soon, and not another one soon after it', async () => {
    const clock = new VirtualClock();
    const visits = new FakeVisits(clock, (_, work) => usual(work));
    const scheduler = new Scheduler(visits, { clock, concurrency: 1 });
    const one = target('a');
    scheduler.set([one]);
    await clock.advance(30_000);
    for (let turn = 0; turn < 20; turn++) {
      scheduler.deepen(one.info.id);
      await clock.advance(60_000);
    }
    const deep = of(visits, 'a', 'deep');
    expect(deep[0]?.began).toBeLessThan(32_000);
    expect(deep.length).toBe(2);
  });
});

describe('budget', () => {
  const cost = fc.record({
    captures: fc.constantFrom(0, 1),
    bytes: fc.integer({ min: 0, max: 200_000 }),
    pauseMs: fc.integer({ min: 0, max: 30 }),
  });
  const behaviour = fc.record({
    ms: fc.integer({ min: 1, max: 40_000 }),
    ok: fc.boolean(),
    estimate: cost,
    takes: cost,
  });

  it('is exceeded in no hour, whatever targets cost, fail, hang or come back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(behaviour, { minLength: 1, maxLength: 40 }),
        fc.record({
          captures: fc.integer({ min: 0, max: 40 }),
          bytes: fc.integer({ min: 0, max: 2_000_000 }),
          pauseMs: fc.integer({ min: 0, max: 300 }),
        }),
        fc.array(fc.record({ ms: fc.integer({ min: 1, max: 2_000_000 }), present: fc.boolean(), deep: fc.boolean() }), {
          minLength: 1,
          maxLength: 6,
        }),
        async (behaviours, budget, steps) => {
          const clock = new VirtualClock();
          let last = behaviours[0];
          const visits: FakeVisits = new FakeVisits(clock, (_, work) => {
            last = behaviours[visits.turn % behaviours.length] ?? last;
            if (last === undefined) return usual(work);
            // What is taken is at most what was estimated: that is what the bounds of a visit are for.
            const { estimate, takes } = last;
            const within = {
              captures: Math.min(takes.captures, estimate.captures),
              bytes: takes.bytes,
              pauseMs: Math.min(takes.pauseMs, estimate.pauseMs),
            };
            return { ...last, takes: within };
          });
          const scheduler = new Scheduler(visits, { clock, concurrency: 2 });
          const one = target('a', { budget, profilesEveryMs: 60_000, firstLook: { captures: 3, everyMs: 5_000 } });
          for (const { ms, present, deep } of steps) {
            scheduler.set(present ? [one] : []);
            if (deep) scheduler.deepen(one.info.id);
            await clock.advance(ms);
          }
          const { visited } = visits;
          for (const { began } of visited) {
            // Every hour that begins with a visit: no other can hold more.
            const inside = visited.filter((other) => other.began >= began && other.ended <= began + WINDOW_MS);
            for (const what of ['captures', 'bytes', 'pauseMs'] as const) {
              expect(inside.reduce((sum, other) => sum + other.cost[what], 0)).toBeLessThanOrEqual(budget[what]);
            }
          }
          expect(visits.overlapped).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('goes on with cheaper things where a capture does not fit, and with captures when an hour is over', async () => {
    const clock = new VirtualClock();
    const visits = new FakeVisits(clock, (_, work) => usual(work));
    const refused: Work[] = [];
    const scheduler = new Scheduler(visits, {
      clock,
      concurrency: 1,
      hooks: { onRefused: (_, work) => refused.push(work) },
    });
    const budget = { captures: 3, bytes: 1e9, pauseMs: 1e6 };
    scheduler.set([target('a', { budget, profilesEveryMs: 60_000 })]);
    await clock.advance(3_500_000);
    expect(of(visits, 'a', 'profiles').length).toBe(3);
    expect(of(visits, 'a', 'metrics').length).toBeGreaterThan(200);
    expect(refused.length).toBeGreaterThan(0);
    await clock.advance(600_000);
    expect(of(visits, 'a', 'profiles').length).toBe(6);
  });

  it('counts what was taken before the server was started again', async () => {
    const clock = new VirtualClock();
    await clock.advance(10_000_000);
    const visits = new FakeVisits(clock, (_, work) => usual(work));
    const scheduler = new Scheduler(visits, { clock, concurrency: 1 });
    const budget = { captures: 2, bytes: 1e9, pauseMs: 1e6 };
    scheduler.set([target('a', { budget, profilesEveryMs: 60_000 })], () => [
      { ago: 3_000_000, captures: 1, bytes: 0, pauseMs: 0 },
      { ago: 60_000, captures: 1, bytes: 0, pauseMs: 0 },
    ]);
    await clock.advance(590_000);
    expect(of(visits, 'a', 'profiles').length).toBe(0);
    await clock.advance(120_000);
    expect(of(visits, 'a', 'profiles').length).toBe(1);
  });
});
