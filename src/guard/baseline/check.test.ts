import { describe, expect, it } from 'vitest';
import { chanceOf } from './chance.testing.ts';
import { checkWindows, emptyProfile } from './check.ts';
import { addImported } from './imported.ts';
import { learnProfiles } from './learn.ts';
import { EIGHT, HOST, type Made, type MadeProcess, made, WEB } from './made.testing.ts';
import type { BaselineProfile } from './model.ts';

const SHOP = { pid: 7, comm: 'shop' };
const RATES = { openat: 60, connect: 30, read: 900, futex: 2000, accept4: 12 };

/** A steady service: every rate Poisson. `extra` is called besides, by it. */
function steady(seed: number, extra: (w: number) => Record<string, number> = () => ({})): MadeProcess['calls'] {
  const chance = chanceOf(seed);
  return (w) => {
    const calls: Record<string, number> = { ...extra(w) };
    for (const [name, rate] of Object.entries(RATES)) calls[name] = (calls[name] ?? 0) + chance.poisson(rate);
    return calls;
  };
}

function profileOf(recording: Made, options: Parameters<typeof learnProfiles>[1] = {}): BaselineProfile {
  const [profile] = learnProfiles([made(recording)], options);
  if (profile === undefined) throw new Error('no profile');
  return profile;
}

const PROFILE = profileOf({ windows: 120, processes: [{ ...SHOP, calls: steady(1) }] });
const LATER = EIGHT + 7_200_000;
const check = (recording: Partial<Made> & Pick<Made, 'processes'>, profile = PROFILE, options = {}) =>
  checkWindows(profile, made({ windows: 60, from: LATER, ...recording }), options);

describe('a burst', () => {
  it('is found in its first window, with what did it and what was normal', () => {
    const extra = (w: number) => (w === 40 ? { openat: 120, connect: 90, bpf: 1 } : {});
    const found = check({ processes: [{ ...SHOP, calls: steady(2, extra) }] });
    const at = LATER + 40 * 60_000;
    expect(found.map(({ kind, syscall, windows, from, to }) => [kind, syscall, windows, from, to])).toEqual([
      ['rate-high', 'openat', 1, at, at + 60_000],
      ['rate-high', 'connect', 1, at, at + 60_000],
      ['never-seen', 'bpf', 1, at, at + 60_000],
    ]);
    const [openat, , bpf] = found;
    expect(openat).toMatchObject({
      instance: WEB.id,
      container: { pod: 'web-7f' },
      process: { pid: 7, comm: 'shop', share: 1 },
      band: PROFILE.bands.openat,
      limit: PROFILE.bands.openat?.anomalous,
    });
    expect(openat?.rate).toBeGreaterThan(150);
    expect(openat?.pValue).toBeLessThan(1e-5);
    expect(bpf).toMatchObject({ band: null, limit: 0, pValue: null, rate: 1 });
  });

  it('is its who makes the difference, not who always calls most', () => {
    const miner = { pid: 99, comm: 'miner', calls: (w: number) => (w < 30 ? {} : { openat: 50, read: 1 }) };
    const found = check({
      windows: 33,
      processes: [{ ...SHOP, calls: steady(3, (w) => (w < 30 ? {} : { openat: 40 })) }, miner],
    });
    const openat = found.find(({ syscall }) => syscall === 'openat');
    expect(openat).toMatchObject({ process: { pid: 99, comm: 'miner' }, windows: 3 });
    expect(openat?.process.share).toBeGreaterThan(0.5);
    expect(openat?.process.share).toBeLessThan(0.75);
  });

  it('is one deviation over quiet windows between, and two over more of them', () => {
    const bursts = (...at: number[]) => {
      const extra = (w: number): Record<string, number> => (at.includes(w) ? { openat: 300 } : {});
      return check({ processes: [{ ...SHOP, calls: steady(4, extra) }] }).map(({ windows }) => windows);
    };
    expect(bursts(20, 21, 24)).toEqual([3]);
    expect(bursts(20, 24)).toEqual([1, 1]);
  });

  it('counts in windows that are incomplete or lost events, where there is at least so much', () => {
    const extra = (w: number): Record<string, number> => (w === 20 || w === 30 ? { openat: 300 } : {});
    const processes = [{ ...SHOP, calls: steady(5, extra) }];
    expect(check({ processes, incomplete: [20], lost: [30] })).toHaveLength(2);
  });

  it('is none where a window only ended late, and counts per minute of its time', () => {
    const extra = (w: number): Record<string, number> => (w === 20 ? { openat: 120, read: 1800 } : {});
    const processes = [{ ...SHOP, calls: steady(5, extra) }];
    expect(check({ processes }).length).toBeGreaterThan(0);
    expect(check({ processes, late: { 20: 120_000 } })).toEqual([]);
  });

  it('is looked for in the newest windows only, where told so', () => {
    const extra = (w: number): Record<string, number> => (w === 20 || w === 50 ? { openat: 300 } : {});
    const processes = [{ ...SHOP, calls: steady(6, extra) }];
    expect(check({ processes }, PROFILE, { since: LATER + 50 * 60_000 })).toHaveLength(1);
  });
});

it('knows a burst that it was learned from, and one like it', () => {
  const extra = (w: number) => (w === 40 ? { openat: 120, connect: 90 } : {});
  const first = { windows: 120, processes: [{ ...SHOP, calls: steady(1) }] };
  const known = { windows: 60, from: LATER, processes: [{ ...SHOP, calls: steady(2, extra) }] };
  expect(check(known)).toHaveLength(2);
  // What `learn --update` does with both recordings, when a person says that this belongs there.
  const [taught] = learnProfiles([made(first), made(known)]);
  expect(check(known, taught)).toEqual([]);
  const again = { windows: 60, from: LATER + 86_400_000, processes: [{ ...SHOP, calls: steady(3, extra) }] };
  expect(check(again, taught)).toEqual([]);
  // Four times as much as that is more than it was taught.
  const more = (w: number) => (w === 40 ? { openat: 480, connect: 360 } : {});
  expect(check({ ...again, processes: [{ ...SHOP, calls: steady(3, more) }] }, taught)).toHaveLength(2);
});

it('says nothing of a steady day of the same service', () => {
  expect(check({ windows: 1440, processes: [{ ...SHOP, calls: steady(7) }] })).toEqual([]);
});

it('finds a burst at night that the day would hide, once it knows how rates leave their level', () => {
  const day = (seed: number, extra: (w: number) => number = () => 0) => {
    const chance = chanceOf(seed);
    return (w: number) => ({ read: chance.poisson(500 * (1 - 0.8 * Math.cos((2 * Math.PI * w) / 1440))) + extra(w) });
  };
  const profile = profileOf({ windows: 1440, processes: [{ ...SHOP, calls: day(1) }] });
  const tomorrow = { windows: 1440, from: EIGHT + 86_400_000 };
  const found = check({ ...tomorrow, processes: [{ ...SHOP, calls: day(2, (w) => (w === 60 ? 300 : 0)) }] }, profile);
  // 400 calls where 100 were: half of what is normal at noon.
  expect(found).toMatchObject([{ syscall: 'read', windows: 1, from: tomorrow.from + 60 * 60_000 }]);
  expect(found[0]?.limit).toBeLessThan(300);
  expect(profile.bands.read?.anomalous).toBeGreaterThan(1000);
});

it('does not take the morning for an anomaly when it learned in the night only', () => {
  const chance = chanceOf(8);
  const ramp = (w: number) => ({ read: chance.poisson(100 + Math.min(w, 240) * 2) });
  const profile = profileOf({ windows: 60, processes: [{ ...SHOP, calls: () => ({ read: chance.poisson(100) }) }] });
  expect(check({ windows: 480, processes: [{ ...SHOP, calls: ramp }] }, profile)).toEqual([]);
  // Without a ramp, that is one.
  const jump = (w: number) => ({ read: chance.poisson(w < 30 ? 100 : 580) });
  expect(check({ processes: [{ ...SHOP, calls: jump }] }, profile)[0]).toMatchObject({ from: LATER + 30 * 60_000 });
});

it('holds rates against the load where both know it', () => {
  const chance = chanceOf(9);
  const load = Array.from({ length: 600 }, () => 100 + chance.below(900));
  const process = (extra: (w: number) => number) => ({
    ...SHOP,
    load: (w: number) => load[w] ?? 0,
    calls: (w: number) => ({ read: chance.poisson(3 * (load[w] ?? 0)) + extra(w) }),
  });
  const profile = profileOf({ windows: 600, processes: [process(() => 0)] }, { loadMetric: 'requests' });
  expect(profile.bands.read?.load).toBeDefined();
  const [found, ...others] = check({ processes: [process((w) => (w === 40 ? 2 * 3 * (load[w] ?? 0) : 0))] }, profile);
  expect(others).toEqual([]);
  expect(found).toMatchObject({ from: LATER + 40 * 60_000, pValue: null });
  // A load that was never so high is no anomaly of the calls.
  expect(
    check({ processes: [{ ...SHOP, load: () => 5000, calls: () => ({ read: chance.poisson(15_000) }) }] }, profile),
  ).toEqual([]);
});

describe('a syscall that was never seen', () => {
  const calling = (name: string, by: Partial<MadeProcess> = {}) => [
    { ...SHOP, calls: steady(10) },
    { pid: 55, comm: 'sh', ...by, calls: (w: number) => (w === 10 ? { [name]: 2 } : w < 10 ? null : {}) },
  ];

  it('is found in the first minutes of a process that an old container starts', () => {
    const startedAt = LATER + 10 * 60_000;
    const found = check({ processes: calling('execve', { startedAt }) });
    expect(found).toMatchObject([
      { kind: 'never-seen', syscall: 'execve', process: { comm: 'sh', share: 1 }, rate: 2 },
    ]);
  });

  it('is none where it is allowed, known, imported, or what runtimes do', () => {
    const startUp = { ...PROFILE, known: { execve: 'start-up' } };
    expect(check({ processes: calling('execve') }, startUp)).toEqual([]);
    expect(check({ processes: calling('execve') }, { ...PROFILE, allowed: ['execve'] })).toEqual([]);
    const imported = addImported(PROFILE, { tool: 'kubescape', syscalls: ['execve', 'openat'] });
    expect(imported.known).toEqual({ execve: 'kubescape' });
    expect(imported.bands).toBe(PROFILE.bands);
    expect(check({ processes: calling('execve') }, imported)).toEqual([]);
    expect(check({ processes: calling('rt_sigreturn') })).toEqual([]);
    expect(check({ processes: calling('mprotect') })).toHaveLength(1);
  });

  it('is not looked for in the start-up of the container', () => {
    const processes = [{ ...SHOP, startedAt: LATER, calls: (w: number) => (w === 2 ? { execve: 1 } : {}) }];
    expect(check({ processes })).toEqual([]);
    expect(check({ processes }, PROFILE, { warmUpMs: 60_000 })).toHaveLength(1);
  });
});

describe('what a recording is held against', () => {
  const loud = [{ ...SHOP, calls: steady(11, (w) => (w === 20 ? { openat: 900, bpf: 1 } : { sync: 1 })) }];

  it('is the profile of its image and container, and of no other', () => {
    expect(check({ processes: loud }).length).toBeGreaterThan(0);
    const other = loud.map((one) => ({ ...one, container: { ...WEB, digest: `sha256:${'2'.repeat(64)}` } }));
    expect(check({ processes: other })).toEqual([]);
    expect(check({ processes: loud.map((one) => ({ ...one, container: HOST })) })).toEqual([]);
  });

  it('is the parent with wider limits while the profile of a release is not ready', () => {
    const digest = `sha256:${'2'.repeat(64)}`;
    const fresh = emptyProfile({ digest, container: 'web' }, 'registry/shop:1.5', PROFILE.key);
    const next = (extra: number) => [
      { ...SHOP, container: { ...WEB, digest }, calls: steady(12, (w) => (w === 20 ? { openat: extra } : {})) },
    ];
    expect(check({ processes: next(300) }, fresh)).toEqual([]);
    expect(check({ processes: next(300) }, fresh, { parent: PROFILE })).toMatchObject([
      { kind: 'parent-rate-high', key: { digest }, limit: 1.5 * (PROFILE.bands.openat?.anomalous ?? 0) },
    ]);
    expect(check({ processes: next(90) }, fresh, { parent: PROFILE })).toEqual([]);
    const ready = profileOf({
      windows: 120,
      processes: [{ ...SHOP, container: { ...WEB, digest }, calls: steady(13) }],
    });
    expect(check({ processes: next(90) }, ready, { parent: PROFILE })[0]?.kind).toBe('rate-high');
  });

  it('is a limit that a person wrote, whatever chance says', () => {
    const bands = {
      ...PROFILE.bands,
      openat: { normal: [0, 100], anomalous: 5000, source: 'manual', by: 'manual' } as const,
    };
    const found = check({ processes: loud }, { ...PROFILE, bands, allowed: ['sync', 'bpf'] });
    expect(found).toEqual([]);
  });

  it('has windows of its length, of which short ones are joined', () => {
    const short = (extra: number) => {
      const chance = chanceOf(14);
      const calls = (w: number) => ({ openat: chance.poisson(2) + (w === 900 ? extra : 0) });
      return check({ windows: 1800, windowMs: 2000, processes: [{ ...SHOP, calls }] });
    };
    expect(short(0)).toEqual([]);
    expect(short(150)).toMatchObject([{ syscall: 'openat', windows: 1, to: LATER + 31 * 60_000 }]);
  });
});
