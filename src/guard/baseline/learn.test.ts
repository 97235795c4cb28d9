import { expect, it } from 'vitest';
import { chanceOf } from './chance.testing.ts';
import { learnProfiles } from './learn.ts';
import { EIGHT, HOST, type Made, made, WEB } from './made.testing.ts';
import type { BaselineProfile } from './model.ts';

function learned(recording: Made, options: Parameters<typeof learnProfiles>[1] = {}): BaselineProfile {
  const [profile] = learnProfiles([made(recording)], options);
  if (profile === undefined) throw new Error('no profile');
  return profile;
}

const SHOP = { pid: 7, comm: 'shop' };

it('learns per minute what all processes of a container call together', () => {
  const {
    key,
    image,
    learned: how,
    bands,
  } = learned({
    windows: 600,
    processes: [
      { ...SHOP, calls: (w) => ({ openat: 20 + (w % 11) }) },
      { pid: 8, comm: 'sidekick', calls: () => ({ openat: 10, read: 3 }) },
    ],
  });
  expect(key).toEqual({ digest: WEB.digest, container: 'web' });
  expect(image).toBe('registry/shop:1.4');
  expect(how).toMatchObject({ minutes: 600, windows: 600, excluded: 0, instances: 1, windowMs: 60_000, ready: true });
  expect(how.hoursOfDay).toBe(10);
  // 30 … 40; half again of what is normal is 60.
  expect(bands.openat).toMatchObject({ normal: [30, 40], source: 'tracepoint', by: 'quantile' });
  expect(bands.openat?.anomalous).toBeGreaterThanOrEqual(60);
  expect(bands.openat?.anomalous).toBeLessThan(85);
  expect(bands.read?.normal[0]).toBe(3);
});

it('counts minutes without a call as zeros, whether or not anything else was called in them', () => {
  const calls = (w: number) => (w % 10 === 0 ? { openat: 40 } : {});
  const recording = { windows: 600, processes: [{ ...SHOP, calls }] };
  expect(learned(recording).bands.openat?.normal).toEqual([0, 40]);
  // Who was alive is not known without flows: then a minute without any call is none.
  const { bands, learned: how } = learned({ ...recording, withoutFlows: true });
  expect(bands.openat?.normal[0]).toBe(40);
  expect(how.windows).toBe(60);
});

it('leaves out the warm-up, incomplete windows and lost events, and knows what was called there', () => {
  const calls = (w: number) =>
    w < 5 ? { openat: 9000, execve: 1 } : w === 50 || w === 60 ? { openat: 9000, sync: 1 } : { openat: 30 };
  const {
    learned: how,
    bands,
    known,
  } = learned({
    windows: 200,
    processes: [{ ...SHOP, startedAt: EIGHT, calls }],
    incomplete: [50],
    lost: [60],
  });
  expect(how).toMatchObject({ windows: 193, excluded: 7 });
  expect(bands.openat?.normal).toEqual([30, expect.any(Number)]);
  expect(bands.openat?.anomalous).toBeLessThan(100);
  expect(bands.execve).toBeUndefined();
  expect(known).toEqual({ execve: 'start-up', sync: 'left-out window' });
});

it('leaves out the warm-up after a restart, and nothing where a child is born', () => {
  const restarted = learned({
    windows: 200,
    processes: [
      { ...SHOP, calls: (w) => (w < 100 ? { openat: 30 } : null) },
      {
        ...SHOP,
        pid: 9,
        startedAt: EIGHT + 100 * 60_000,
        calls: (w) => (w < 100 ? null : { openat: w < 105 ? 5000 : 30 }),
      },
    ],
  });
  expect(restarted.learned).toMatchObject({ windows: 195, excluded: 5, instances: 1 });
  expect(restarted.bands.openat?.anomalous).toBeLessThan(100);
  const child = learned({
    windows: 200,
    processes: [
      { ...SHOP, calls: () => ({ openat: 30 }) },
      { pid: 9, comm: 'child', startedAt: EIGHT + 6_000_000, calls: (w) => (w < 100 ? null : { execve: 1 }) },
    ],
  });
  expect(child.learned).toMatchObject({ windows: 200, excluded: 0 });
  expect(child.bands.execve).toBeDefined();
});

it('keys processes outside containers by their executable, each an instance of its own', () => {
  const [profile, ...others] = learnProfiles([
    made({
      windows: 100,
      processes: [1, 2].map((pid) => ({ pid, comm: 'nginx', container: HOST, calls: () => ({ read: 10 * pid }) })),
    }),
  ]);
  expect(others).toEqual([]);
  expect(profile?.key).toEqual({ digest: 'exe:nginx', container: '' });
  // Not 30: they are two instances, not one that reads for both.
  expect(profile?.bands.read?.normal).toEqual([10, expect.any(Number)]);
  expect(profile?.learned).toMatchObject({ windows: 200, instances: 2 });
  expect(profile?.notes.join()).toContain('no image digest');
});

it('is ready after so many windows, and says what is missing before', () => {
  const recording = { windows: 59, processes: [{ ...SHOP, calls: () => ({ read: 5 }) }] };
  expect(learned(recording).learned.ready).toBe(false);
  expect(learned(recording).notes[0]).toBe(
    'Still learning: 59 windows, and bands need 60; rates raise nothing until then.',
  );
  expect(learned({ ...recording, windows: 60 }).learned.ready).toBe(true);
  expect(learned(recording, { minWindows: 30 }).learned.ready).toBe(true);
});

it('joins short windows to the length asked for and leaves out what cannot be joined', () => {
  const recording = { windows: 1800, windowMs: 2000, processes: [{ ...SHOP, calls: () => ({ read: 2 }) }] };
  const short = learned(recording);
  expect(short.learned).toMatchObject({ windowMs: 2000, windows: 1800, minutes: 60 });
  expect(short.bands.read?.normal[0]).toBe(60);
  const joined = learned(recording, { windowMs: 60_000 });
  expect(joined.learned).toMatchObject({ windowMs: 60_000, windows: 60 });
  expect(joined.bands.read?.normal[0]).toBe(60);
  // Chance is a smaller part of thirty windows together.
  expect(joined.bands.read?.anomalous).toBeLessThan(short.bands.read?.anomalous ?? 0);
  const torn = learned({ ...recording, windows: 1805 }, { windowMs: 60_000 });
  expect(torn.learned.windows).toBe(60);
  expect(torn.notes.join()).toContain('5 windows were of another length');
});

it('learns the same from pieces of a recording as from the whole', () => {
  const chance = chanceOf(5);
  const counts = Array.from({ length: 600 }, () => chance.poisson(50));
  const piece = (from: number, windows: number) =>
    made({
      windows,
      from: EIGHT + from * 60_000,
      processes: [{ ...SHOP, startedAt: EIGHT - 3_600_000, calls: (w) => ({ openat: counts[from + w] ?? 0 }) }],
    });
  const [whole] = learnProfiles([piece(0, 600)]);
  const [pieces] = learnProfiles(Array.from({ length: 60 }, (_, i) => piece(10 * i, 10)));
  expect(whole?.bands.openat?.recent).toBeDefined();
  expect(pieces?.bands.openat?.recent).toEqual(whole?.bands.openat?.recent);
  expect(pieces?.bands.openat?.normal).toEqual(whole?.bands.openat?.normal);
  expect(pieces?.learned).toEqual(whole?.learned);
});

it('follows the load where load explains the rate, and only then', () => {
  const chance = chanceOf(3);
  const load = Array.from({ length: 500 }, () => 100 + chance.below(900));
  const recording = {
    windows: 500,
    processes: [
      {
        ...SHOP,
        load: (w: number) => load[w] ?? 0,
        // A job that load does not explain, every fifty minutes: then a line would call each of them an anomaly.
        calls: (w: number) => ({
          read: chance.poisson(60 + 4 * (load[w] ?? 0)) + (w % 50 === 7 ? 20_000 : 0),
          futex: chance.poisson(500),
        }),
      },
    ],
  };
  const { bands, loadMetric } = learned(recording, { loadMetric: 'requests' });
  expect(loadMetric).toBe('requests');
  expect(bands.futex?.load).toBeUndefined();
  expect(bands.read?.load).toBeUndefined();
  const clean = learned(
    {
      ...recording,
      processes: recording.processes.map((one) => ({
        ...one,
        calls: (w: number) => ({ read: chance.poisson(60 + 4 * (load[w] ?? 0)) }),
      })),
    },
    { loadMetric: 'requests' },
  );
  expect(clean.bands.read?.load?.perUnit).toBeCloseTo(4, 1);
  expect(clean.bands.read?.load?.base).toBeGreaterThan(20);
  expect(clean.bands.read?.load?.noise).toBeLessThan(0.03);
});

it('gives nothing of a recording that counted no calls', () => {
  const recording = made({ windows: 100, processes: [{ ...SHOP, calls: () => ({ read: 5 }) }] });
  expect(learnProfiles([{ ...recording, sources: [] }])).toEqual([]);
});

it('bounds rare calls by how often and how many at once', () => {
  const { bands, learned: how } = learned({
    windows: 1440,
    processes: [
      {
        ...SHOP,
        calls: (w) => (w === 700 ? { read: 5, sync: 1 } : w % 300 === 10 ? { read: 5, rename: 4 } : { read: 5 }),
      },
    ],
  });
  expect(bands.sync).toMatchObject({ normal: [0, 1], by: 'poisson' });
  expect(bands.rename).toMatchObject({ normal: [0, 4], by: 'poisson' });
  expect(bands.sync?.anomalous).toBeGreaterThan(2);
  expect(bands.rename?.anomalous).toBeGreaterThan(bands.sync?.anomalous ?? 0);
  expect(bands.rename?.anomalous).toBeLessThan(60);
  expect(how.onlyOnce).toBe(1);
});

it('says which syscalls hide bursts, as shocks without an end were learned with them', () => {
  const chance = chanceOf(21);
  const shock = (): number => (chance.uniform() < 0.03 ? (1 - chance.uniform()) ** (-1 / 2.2) : 1);
  const calls = () => ({ read: Math.round(chance.poisson(200) * shock()), openat: chance.poisson(200) });
  const [profile] = learnProfiles([made({ windows: 1440, processes: [{ pid: 7, comm: 'shop', calls }] })]);
  expect(profile?.bands.read?.anomalous).toBeGreaterThan(10 * (profile?.bands.read?.normal[1] ?? Number.NaN));
  expect(profile?.bands.read?.recent).toBeUndefined();
  expect(profile?.bands.openat?.anomalous).toBeLessThan(400);
  expect(profile?.notes.at(-1)).toBe(
    'Bursts below 10 times what is normal are not found in read: jobs or shocks of that size were learned.',
  );
});
