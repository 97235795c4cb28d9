import { describe, expect, it } from 'vitest';
import type { RecordingHeader, WindowSample } from '../../evidence/syscalls/write.ts';
import { chanceOf } from './chance.testing.ts';
import { LiveCheck, type LiveEvent, type LiveOptions } from './live.ts';
import { EIGHT, HOST, WEB } from './made.testing.ts';
import type { ProfileOnDisk } from './profile/directory.ts';

const WINDOW_MS = 10_000;
const HEADER: RecordingHeader = {
  host: { name: 'node-1', kernel: '6.1', arch: 'amd64' },
  windowMs: WINDOW_MS,
  sources: [{ aspect: 'calls', collected: true, source: 'tracepoint raw_syscalls:sys_enter', says: '' }],
};
const RATES = { openat: 40, read: 200, futex: 300 };
type Calls = Readonly<Record<string, number>>;

/** A shop in a container and a job of the host beside it, each with Poisson counts; `extra` is of the shop. */
function windows(count: number, seed: number, extra: (w: number) => Calls = () => ({}), from = EIGHT): WindowSample[] {
  const chance = chanceOf(seed);
  return Array.from({ length: count }, (_, w) => {
    const noisy = new Map(Object.entries(RATES).map(([name, rate]) => [name, chance.poisson(rate)]));
    const process = { pid: 7, startedAt: EIGHT - 3_600_000, comm: 'shop', executable: 'shop' };
    const job = { pid: 9, startedAt: EIGHT - 3_600_000, comm: 'job', executable: 'job' };
    for (const [name, calls] of Object.entries(extra(w))) noisy.set(name, (noisy.get(name) ?? 0) + calls);
    return {
      ...{ from: from + w * WINDOW_MS, to: from + (w + 1) * WINDOW_MS, complete: w > 0, lost: 0 },
      processes: [
        { process, container: WEB, calls: noisy, flows: {} },
        { process: job, container: HOST, calls: new Map([['read', chance.poisson(20)]]), flows: {} },
      ],
    };
  });
}

function run(profiles: readonly ProfileOnDisk[], options: LiveOptions, samples: readonly WindowSample[]) {
  const live = new LiveCheck(HEADER, profiles, options);
  const events = samples.flatMap((sample) => live.add(sample).map((event) => ({ event, at: sample.to })));
  return { live, events };
}

function learned(): ProfileOnDisk[] {
  return run([], { learnMs: 600_000 }, windows(80, 1)).events.flatMap(({ event }) =>
    event.kind === 'learned'
      ? [{ path: event.planned.name, text: event.planned.text, profile: event.planned.profile }]
      : [],
  );
}

const kinds = (events: readonly { event: LiveEvent }[]): string[] => events.map(({ event }) => event.kind);

describe('a live check', () => {
  it('learns what has no profile for as long as it was told to, then holds what comes against it', () => {
    const late = (w: number): Calls => (w >= 75 && w < 78 ? { openat: 400, bpf: 1 } : {});
    const { live, events } = run([], { learnMs: 600_000 }, windows(90, 1, late));
    expect(kinds(events).slice(0, 2)).toEqual(['learned', 'learned']);
    expect(events[0]?.at).toBeGreaterThanOrEqual(EIGHT + 600_000);
    expect(events[0]?.at).toBeLessThan(EIGHT + 640_000);
    const rest = events.slice(2);
    expect(new Set(kinds(rest))).toEqual(new Set(['opened', 'ended']));
    expect(live.states()).toMatchObject({ checked: 2, learning: 0 });
    expect(live.open).toEqual([]);
  });

  it('says each thing once when its first window ends, and once when it is over', () => {
    const burst = (w: number): Calls => (w >= 20 && w < 25 && w !== 22 ? { openat: 400 } : {});
    const { live, events } = run(learned(), {}, windows(40, 2, burst, EIGHT + 900_000));
    const times = events.map(({ event, at }) => [event.kind, (at - EIGHT - 900_000) / WINDOW_MS]);
    expect(times).toEqual([
      ['opened', 21],
      ['ended', 28],
    ]);
    const ended = events[1]?.event;
    if (ended?.kind !== 'ended') throw new Error('it did not end');
    expect((ended.to - ended.from) / WINDOW_MS).toBe(5);
    expect(ended.finding).toMatchObject({ rule: 'syscall-rate-anomaly', count: 4 });
    expect(ended.finding.title).toContain('shop (pid 7');
    expect(live.found.map(({ rule }) => rule)).toEqual(['syscall-rate-anomaly']);
  });

  it('counts how often the same comes again', () => {
    const twice = (w: number): Calls => (w === 20 || w === 30 ? { openat: 400 } : {});
    const { live, events } = run(learned(), {}, windows(40, 3, twice, EIGHT + 900_000));
    expect(events.map(({ event }) => (event.kind === 'opened' ? event.times : 0))).toEqual([1, 0, 2, 0]);
    expect(live.found).toHaveLength(1);
  });

  it('says nothing of a steady service', () => {
    expect(run(learned(), {}, windows(300, 4, undefined, EIGHT + 900_000)).events).toEqual([]);
  });

  it('says once that nothing is held against a profile that is not there, and judges nothing', () => {
    const { live, events } = run([], {}, windows(20, 5));
    expect(kinds(events)).toEqual(['not-checked', 'not-checked']);
    expect(live.states()).toEqual({ checked: 0, learning: 0, 'warming up': 0, 'not checked': 2 });
  });

  it('has judged nothing while an instance warms up, and nothing from windows that are incomplete or lost events', () => {
    const samples = windows(20, 6, undefined, EIGHT + 900_000);
    const young = run(learned(), { warmUpMs: 7_200_000 }, samples);
    expect(young.live.states()).toMatchObject({ checked: 0, 'warming up': 2 });
    const lost = samples.map((sample) => ({ ...sample, lost: 1 }));
    expect(run(learned(), {}, lost).live.states()).toMatchObject({ checked: 0 });
    const incomplete = samples.map((sample) => ({ ...sample, complete: false }));
    expect(run(learned(), {}, incomplete).live.states()).toMatchObject({ checked: 0 });
  });

  it('joins windows that are shorter than the profile’s, and refuses longer ones', () => {
    const minute = learned().map((one) => ({
      ...one,
      profile: { ...one.profile, learned: { ...one.profile.learned, windowMs: 20_000 } },
    }));
    const burst = (w: number): Calls => (w === 20 || w === 21 ? { openat: 800 } : {});
    const joined = run(minute, {}, windows(40, 7, burst, EIGHT + 900_000)).events;
    expect(joined.map(({ event, at }) => [event.kind, (at - EIGHT - 900_000) / WINDOW_MS])[0]).toEqual(['opened', 22]);
    const short = learned().map((one) => ({
      ...one,
      profile: { ...one.profile, learned: { ...one.profile.learned, windowMs: 5000 } },
    }));
    const refused = run(short, {}, windows(20, 8, undefined, EIGHT + 900_000));
    expect(kinds(refused.events)).toEqual(['not-checked', 'not-checked']);
    expect(refused.live.states().checked).toBe(0);
  });

  it('ends what is open when its container is gone', () => {
    const burst = (w: number): Calls => (w >= 20 ? { openat: 400 } : {});
    const samples = windows(40, 9, burst, EIGHT + 900_000).map((sample, w) =>
      w < 25 ? sample : { ...sample, processes: sample.processes.slice(1) },
    );
    expect(kinds(run(learned(), {}, samples).events)).toEqual(['opened', 'ended']);
  });
});
