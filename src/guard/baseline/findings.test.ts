import { describe, expect, it } from 'vitest';
import { chanceOf } from './chance.testing.ts';
import { checkWindows, emptyProfile } from './check.ts';
import { deviationFindings, groupedFindings } from './findings.ts';
import { learnProfiles } from './learn.ts';
import { EIGHT, HOST, type MadeProcess, made, WEB } from './made.testing.ts';
import type { BaselineProfile, Deviation } from './model.ts';

const LATER = EIGHT + 86_400_000;

function steady(seed: number, extra: (w: number) => Record<string, number> = () => ({})): MadeProcess['calls'] {
  const chance = chanceOf(seed);
  return (w) => {
    const more = extra(w);
    return { read: chance.poisson(900), ...more, openat: chance.poisson(60) + (more.openat ?? 0) };
  };
}

function learned(windows: number, container = WEB): BaselineProfile {
  const [profile] = learnProfiles([
    made({ windows, processes: [{ pid: 7, comm: 'shop', container, calls: steady(1) }] }),
  ]);
  if (profile === undefined) throw new Error('no profile');
  return profile;
}

const YOUNG = learned(120);
const DAY = learned(1440);

function deviations(
  profile: BaselineProfile,
  extra: (w: number) => Record<string, number>,
  comm = 'shop',
): Deviation[] {
  const container = profile.key.container === '' ? HOST : WEB;
  const process = { pid: 7, comm, container, calls: steady(2, extra) };
  return checkWindows(profile, made({ windows: 60, from: LATER, processes: [process] }));
}

const once =
  (calls: Record<string, number>) =>
  (w: number): Record<string, number> =>
    w === 30 ? calls : {};

it('names process, place, rate, what is normal, since when and for how long', () => {
  const extra = (w: number): Record<string, number> => (w >= 30 && w < 33 ? { openat: 400 } : {});
  const [finding, ...others] = deviationFindings(deviations(DAY, extra), DAY);
  expect(others).toEqual([]);
  expect(finding?.title).toMatch(
    /^shop \(pid 7\) in container web of pod shop\/web-7f calls openat 4\d\d times a minute, where 4\d to 7\d are normal and 1\d\d is the limit; since 2026-11-24 08:30:00 UTC, in 3 windows within 3 min\.$/,
  );
  expect(finding).toMatchObject({
    rule: 'syscall-rate-anomaly',
    verdict: 'confirmed',
    severity: 'medium',
    count: 3,
    subject: { service: 'web', instance: 'shop/registry/shop/web' },
  });
  expect(finding?.evidence.map(({ leg }) => leg)).toEqual(['syscall', 'syscall']);
  expect(finding?.evidence[0]?.numbers[0]).toMatchObject({ name: 'openat', unit: 'count/min' });
  expect(finding?.evidence[0]?.says).toContain('; by chance in less than one window in a billion.');
  expect(finding?.evidence[1]?.says).toContain('1,440 container-minutes of 1 instance, at 24 of the 24 hours');
});

describe('a burst of many syscalls', () => {
  const BUSY = { openat: 60, close: 70, connect: 40, socket: 40, read: 900, write: 500, epoll_ctl: 90, futex: 2000 };
  const busy = (seed: number, times: (w: number) => Record<string, number>): MadeProcess['calls'] => {
    const chance = chanceOf(seed);
    return (w) => {
      const factors = times(w);
      const calls: Record<string, number> = factors.ptrace === undefined ? {} : { ptrace: factors.ptrace };
      for (const [name, rate] of Object.entries(BUSY)) calls[name] = chance.poisson(rate * (factors[name] ?? 1));
      return calls;
    };
  };
  const shop = (calls: MadeProcess['calls']): MadeProcess => ({ pid: 7, comm: 'shop', container: WEB, calls });
  const [profile] = learnProfiles([made({ windows: 1440, processes: [shop(busy(11, () => ({})))] })]);
  if (profile === undefined) throw new Error('no profile');
  const found = (times: (w: number) => Record<string, number>, since?: number) =>
    groupedFindings(
      checkWindows(profile, made({ windows: 90, from: LATER, processes: [shop(busy(12, times))] }), {
        ...(since === undefined ? {} : { since }),
      }),
      profile,
    );
  const BURST = { openat: 3, close: 3.5, read: 3, connect: 4, socket: 4, epoll_ctl: 3, ptrace: 1 };

  it('is one finding that names what tells it, beside what was never seen', () => {
    const [burst, ptrace, ...others] = found((w) => (w === 30 || w === 31 ? BURST : {}));
    expect(others).toEqual([]);
    expect(ptrace?.finding).toMatchObject({ rule: 'syscall-never-seen', count: 2 });
    expect(burst?.finding.title).toMatch(
      /^shop \(pid 7\) in container web of pod shop\/web-7f calls connect 1\d\d times a minute, where \d+ to \d+ are normal and \d+ is the limit; with it openat × [23][.\d]*, read × [23][.\d]* of the most that is normal, and 3 other syscalls; and for the first time ptrace; since 2026-11-24 08:30:00 UTC, in 2 windows within 2 min\.$/,
    );
    expect(burst?.finding).toMatchObject({ rule: 'syscall-rate-anomaly', verdict: 'confirmed', count: 2 });
    expect(burst?.deviations.map(({ syscall }) => syscall)[0]).toBe('connect');
    expect(burst?.finding.evidence.map(({ says }) => says).join('\n')).toMatch(
      /^shop .* calls of connect .*\n.* calls of openat .*\n.* calls of read .*\nBeyond their limits in the same time, as times of the most that is normal: (socket|close|epoll_ctl) × .*\n/,
    );
  });

  it('has one fingerprint in all of its windows, also when a part of it is over', () => {
    const times = (w: number) => (w < 30 || w > 36 ? {} : w < 32 ? BURST : { openat: 3, close: 3 });
    const of = (w: number) =>
      found(times, LATER + w * 60_000).find(({ finding }) => finding.rule === 'syscall-rate-anomaly');
    const fingerprints = [30, 32, 34, 36].map((w) => of(w)?.finding.fingerprint);
    expect(new Set(fingerprints).size).toBe(1);
    expect(fingerprints[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(of(37)).toBeUndefined();
  });

  it('is another one of connections than of files, and so is what begins in the middle of it', () => {
    const apart = found((w) => (w === 30 ? { openat: 4, close: 4 } : w === 60 ? { connect: 4, socket: 4 } : {}));
    expect(apart.map(({ finding }) => finding.title.match(/calls (\w+)/)?.[1])).toEqual(['openat', 'connect']);
    expect(new Set(apart.map(({ finding }) => finding.fingerprint)).size).toBe(2);
    const inside = found((w) => (w < 30 || w > 70 ? {} : w === 50 ? { openat: 4, connect: 4 } : { openat: 4 }));
    expect(inside.map(({ finding }) => [finding.title.match(/calls (\w+)/)?.[1], finding.count])).toEqual([
      ['openat', 41],
      ['connect', 1],
    ]);
  });
});

it('makes one finding of many deviations of a syscall, and says how many are not listed', () => {
  const extra = (w: number): Record<string, number> => (w % 6 === 0 ? { openat: 400 } : {});
  const [finding, ...others] = deviationFindings(deviations(DAY, extra), DAY);
  expect(others).toEqual([]);
  expect(finding?.count).toBe(10);
  expect(finding?.title).toMatch(/, the worst of 10 times\.$/);
  expect(finding?.evidence.map(({ says }) => says).filter((says) => says.includes('more times'))).toEqual([
    '5 more times, not listed here.',
  ]);
});

describe('how sure', () => {
  const rate = (profile: BaselineProfile, openat: number) =>
    deviationFindings(deviations(profile, once({ openat })), profile).map(({ verdict, severity }) => [
      verdict,
      severity,
    ]);

  it('is never confirmed before all hours of a day were seen, from twice the limit on before a week, and then from the limit on', () => {
    const week = { ...DAY, learned: { ...DAY.learned, to: DAY.learned.from + 7 * 86_400_000 } };
    expect(rate(YOUNG, 100)).toEqual([['suspected', 'medium']]);
    expect(rate(YOUNG, 500)).toEqual([['suspected', 'medium']]);
    expect(rate(YOUNG, 3000)).toEqual([['suspected', 'high']]);
    expect(rate(DAY, 100)).toEqual([['suspected', 'medium']]);
    expect(rate(DAY, 500)).toEqual([['confirmed', 'medium']]);
    expect(rate(week, 100)).toEqual([['confirmed', 'medium']]);
  });

  it('is confirmed beside a limit that a person wrote', () => {
    const openat = { normal: [0, 100], anomalous: 120, source: 'manual', by: 'manual' } as const;
    expect(rate({ ...YOUNG, bands: { ...YOUNG.bands, openat } }, 100)).toEqual([['confirmed', 'medium']]);
  });

  it('is suspected beside the release before', () => {
    const digest = `sha256:${'2'.repeat(64)}`;
    const calls = steady(3, once({ openat: 900, sync: 3 }));
    const next = made({ windows: 60, processes: [{ pid: 7, comm: 'shop', container: { ...WEB, digest }, calls }] });
    const fresh = emptyProfile({ digest, container: 'web' }, '', DAY.key);
    const findings = deviationFindings(checkWindows(fresh, next, { parent: DAY }), DAY);
    expect(findings.map(({ rule, verdict }) => [rule, verdict])).toEqual([
      ['syscall-rate-anomaly', 'suspected'],
      ['syscall-never-seen', 'suspected'],
    ]);
    expect(findings[0]?.title).toContain('are normal for the release before');
    expect(findings[1]?.title).toContain('which the release before never did');
  });

  it('depends on how many new syscalls are to be expected, and on what they are able to do', () => {
    const never = (profile: BaselineProfile, name: string) =>
      deviationFindings(deviations(profile, once({ [name]: 1 })), profile).map(({ verdict, severity }) => [
        verdict,
        severity,
      ]);
    expect(never(YOUNG, 'sync')).toEqual([['suspected', 'medium']]);
    const week = { ...DAY, learned: { ...DAY.learned, windows: 10_080 } };
    expect(never(week, 'sync')).toEqual([['confirmed', 'medium']]);
    expect(never({ ...week, learned: { ...week.learned, onlyOnce: 7 } }, 'sync')).toEqual([['suspected', 'medium']]);
    expect(never(YOUNG, 'unshare')).toEqual([['suspected', 'high']]);
    expect(never(YOUNG, 'bpf')).toEqual([['confirmed', 'critical']]);
  });
});

it('says of a first syscall why it matters', () => {
  const [finding] = deviationFindings(deviations(DAY, once({ ptrace: 4 })), DAY);
  expect(finding).toMatchObject({ rule: 'syscall-never-seen', severity: 'critical' });
  expect(finding?.title).toBe(
    'shop (pid 7) in container web of pod shop/web-7f calls ptrace, which it never did while its baseline was learned: 4 times a minute (it reads and writes the memory of other processes); since 2026-11-24 08:30:00 UTC, in one window of 1 min.',
  );
  expect(finding?.evidence.at(-1)?.says).toBe(
    '0 of its 2 syscalls were seen in one window only, so that up to 1 new a day is to be expected.',
  );
});

it('keeps its fingerprint over releases, tags and restarts, and has another one per syscall and container', () => {
  const of = (deviation: Partial<Deviation>): string => {
    const [one] = deviations(DAY, once({ openat: 900 }));
    if (one === undefined) throw new Error('nothing found');
    return deviationFindings([{ ...one, ...deviation }], DAY)[0]?.fingerprint ?? '';
  };
  const key = { digest: `sha256:${'9'.repeat(64)}`, container: 'web' };
  const next = { ...WEB, id: 'b'.repeat(64), pod: 'web-8a', image: 'registry/shop:2@sha256:00', digest: key.digest };
  expect(of({ key, container: next, instance: next.id })).toBe(of({}));
  expect(of({ syscall: 'connect' })).not.toBe(of({}));
  expect(of({ key: { ...key, container: 'sidecar' } })).not.toBe(of({}));
  expect(of({ container: { ...WEB, namespace: 'other' } })).not.toBe(of({}));
});

it('lets no name of a process reach a terminal as it is', () => {
  const found = deviations(learned(120, HOST), once({ openat: 900 }), 'shop');
  const evil = found.map((one) => ({
    ...one,
    process: { ...one.process, comm: 'a\u001b[31m\nb', executable: 'x\u202ey' },
  }));
  const [finding] = deviationFindings(evil, YOUNG);
  expect(finding?.title).toMatch(/^a\\x1b\[31m\\x0ab \(pid 7, executable x\\u\{202e\}y\) calls openat/);
});
