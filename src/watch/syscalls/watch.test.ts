/** Recordings as files, followed: what is stored, learned, found; and what a restart of the server changes. */
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readRecording } from '../../evidence/syscalls/read.ts';
import { learnProfiles } from '../../guard/baseline/learn.ts';
import { readProfile } from '../../guard/baseline/profile/read.ts';
import { writeProfile } from '../../guard/baseline/profile/write.ts';
import { randomly } from '../../testing/random.ts';
import { DEFAULT_SYSCALLS } from '../config/defaults.ts';
import { FindingBook } from '../finding-book.ts';
import type { Batch } from '../history/store.ts';
import type { LearnedProfile, SyscallWindow, TargetId } from '../model.ts';
import { VirtualClock } from '../virtual-clock.testing.ts';
import type { Candidate } from './assign.ts';
import { container, HOST, TestRecording } from './testing.ts';
import { SyscallWatch } from './watch.ts';

const START = Date.UTC(2026, 2, 1, 12);
const SHOP: Candidate = {
  info: {
    ...{ id: 'a', environment: 'prod', service: 'shop', instance: 'shop-1', url: 'http://127.0.0.1:1' },
    from: 'static',
    labels: {},
  },
  process: { pid: 7, startedAt: null },
};

let dir = '';
let path = '';
let made: TestRecording;
let random: (below: number) => number;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hemostat-syscalls-'));
  path = join(dir, 'node-1.jsonl');
  made = new TestRecording();
  random = randomly(7);
  writeFileSync(path, made.header());
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** What a store keeps of batches, in memory: it is the transaction that matters here. */
class Kept {
  readonly windows = new Map<string, SyscallWindow>();
  readonly profiles = new Map<string, LearnedProfile>();
  readonly batches: Batch[] = [];
  doubled = 0;

  commit(batch: Batch): void {
    this.batches.push(batch);
    for (const window of batch.syscalls ?? []) {
      const key = `${window.target} ${window.at}`;
      if (this.windows.has(key)) this.doubled++;
      this.windows.set(key, window);
    }
    for (const profile of batch.profiles ?? []) this.profiles.set(profile.id, profile);
  }

  async syscallWindows(target: TargetId): Promise<SyscallWindow[]> {
    return [...this.windows.values()].filter((one) => one.target === target).sort((a, b) => a.at - b.at);
  }

  async newestSyscalls(): Promise<Map<TargetId, number>> {
    const newest = new Map<TargetId, number>();
    for (const { target, until } of this.windows.values()) newest.set(target, Math.max(until, newest.get(target) ?? 0));
    return newest;
  }

  async learnedProfiles(): Promise<LearnedProfile[]> {
    return [...this.profiles.values()];
  }
}

/** A server's part of it, until it is stopped; `at` is its wall clock. */
async function start(kept: Kept, at: number, { learnMs = 60_000, profiles = null as string | null } = {}) {
  const clock = new VirtualClock(at);
  const book = new FindingBook(
    (await Promise.resolve(kept.batches)).flatMap((batch) => batch.findings ?? []),
    [],
  );
  const problems = new Map<string, string>();
  const watch = await SyscallWatch.open({
    config: { ...DEFAULT_SYSCALLS, recordings: [path], learnMs, warmUpMs: 0, profiles },
    ...{ dataDir: dir, host: HOST.name, clock, now: () => clock.wall(), store: kept },
    candidates: () => [SHOP],
    buildOf: () => 'v1',
    commit: (batch) => kept.commit(batch),
    counted: (measurement) => book.counted({ ...measurement, current: new Set(['a']) }),
    onWindows: () => {},
    problem: (about, says) => (says === null ? problems.delete(about) : problems.set(about, says)),
    log: () => {},
  });
  const turn = async () => {
    await clock.advance(5000);
    await watch.idle();
  };
  return { watch, clock, problems, turn };
}

/** So many seconds of a steady service; `extra` on top of the last of them. */
function count(from: number, seconds: number, extra: Readonly<Record<string, number>> = {}): void {
  for (let i = 0; i < seconds; i++) {
    const calls = { read: 100 + random(20), openat: 10 + random(4) };
    const last = i === seconds - 1 ? extra : {};
    const all = Object.fromEntries(
      [...new Set([...Object.keys(calls), ...Object.keys(last)])].map((name) => [
        name,
        (Object.entries(calls).find(([one]) => one === name)?.[1] ?? 0) + (last[name] ?? 0),
      ]),
    );
    appendFileSync(path, made.window(from + i * 1000, [{ pid: 7, executable: 'shop', calls: all }]));
  }
}

test('learns by itself, then finds a burst in the window it comes in, in one batch with the window', async () => {
  const kept = new Kept();
  const { watch, turn } = await start(kept, START + 100_000);
  count(START, 50);
  await turn();
  expect(kept.windows.size).toBe(50);
  expect(watch.state('a')).toMatchObject({ state: 'learning', key: { digest: 'exe:shop', container: '' } });
  count(START + 50_000, 30);
  await turn();
  expect(watch.state('a')).toMatchObject({ state: 'learned', profile: { learned: { ready: true } } });
  const [file = ''] = readdirSync(join(dir, 'profiles'));
  expect(file).toMatch(/^shop@exe.*\.yaml$/);
  expect([...kept.profiles.values()]).toMatchObject([{ key: { digest: 'exe:shop' } }]);
  expect(kept.batches.flatMap((batch) => batch.findings ?? [])).toEqual([]);

  count(START + 80_000, 5, { openat: 200, ptrace: 1 });
  await turn();
  const [found, ...others] = kept.batches.filter((batch) => (batch.findings ?? []).length > 0);
  expect(others).toEqual([]);
  expect(found?.syscalls?.map(({ at }) => at)).toEqual([START + 84_000]);
  expect(found?.findings?.map(({ rule, verdict, finding }) => [rule, verdict, finding.subject.instance])).toEqual([
    ['syscall-rate-anomaly', 'suspected', 'shop-1'],
    ['syscall-never-seen', 'confirmed', 'shop-1'],
  ]);
  // A profile of a minute is shown to suspect, and nobody is told.
  expect(found?.events?.map(({ kind, finding }) => [kind, finding])).toEqual([['opened', found?.findings?.[1]?.id]]);
  await watch.close();
});

test('a server that is started again counts no window twice, and knows what it knew', async () => {
  const kept = new Kept();
  count(START, 40);
  const first = await start(kept, START + 50_000);
  await first.turn();
  await first.watch.close();
  expect(kept.windows.size).toBe(40);

  // In the middle of learning: what was stored is learned from again.
  count(START + 40_000, 40);
  const second = await start(kept, START + 90_000);
  await second.turn();
  expect([kept.windows.size, kept.doubled]).toEqual([80, 0]);
  expect(second.watch.state('a').state).toBe('learned');
  await second.watch.close();

  count(START + 80_000, 1, { openat: 200 });
  const third = await start(kept, START + 95_000);
  await third.turn();
  expect(third.watch.state('a').state).toBe('learned');
  expect(kept.batches.at(-1)?.findings?.map(({ state, verdict }) => [state, verdict])).toEqual([['open', 'suspected']]);
  expect([kept.windows.size, kept.doubled]).toEqual([81, 0]);
  await third.watch.close();
});

test('what two collectors count at the same time is counted once, and said', async () => {
  const kept = new Kept();
  const { watch, turn, problems } = await start(kept, START + 10_000);
  count(START, 5);
  // Of another collector, which began half a second later.
  const other = new TestRecording();
  appendFileSync(path, other.header() + other.window(START + 4500, [{ pid: 7, calls: { read: 100 } }]));
  appendFileSync(path, other.window(START + 5500, [{ pid: 7, calls: { read: 100 } }]));
  await turn();
  expect([...kept.windows.values()].map(({ at }) => (at - START) / 1000)).toEqual([0, 1, 2, 3, 4, 5.5]);
  expect(problems.get('syscall windows')).toMatch(/shop overlap .* do two collectors count/);
  await watch.close();
});

test('tells nobody of what is long over when it is read first', async () => {
  const kept = new Kept();
  count(START, 80);
  count(START + 80_000, 1, { openat: 200 });
  const { watch, turn } = await start(kept, START + 86_400_000);
  await turn();
  expect(kept.windows.size).toBe(81);
  expect(kept.batches.flatMap((batch) => batch.events ?? [])).toEqual([]);
  await watch.close();
});

test('profiles that people keep go first, are read again when they change, and make targets of containers', async () => {
  const kept = new Kept();
  const { watch, turn, problems } = await start(kept, START + 100_000, { profiles: join(dir, 'profiles') });
  await turn();
  expect(problems.get('syscall profiles')).toMatch(/profiles cannot be read \(it is not there\)/);
  count(START, 80);
  await turn();
  const learned = join(dir, 'profiles', readdirSync(join(dir, 'profiles'))[0] ?? '');
  await turn();
  expect(watch.state('a')).toMatchObject({ state: 'given', path: learned });
  const text = readFileSync(learned, 'utf8');
  expect(readProfile(text, learned).bands.openat?.by).toBe('quantile');
  writeFileSync(learned, `${text}\nnonsense: [`);
  await turn();
  expect(problems.get('syscall profiles')).toContain(learned);
  expect(watch.state('a').state, 'what it said before holds').toBe('given');
  const cron = container('cron');
  const profile = { ...readProfile(text, learned), key: { digest: cron.digest, container: 'cron' } };
  writeFileSync(join(dir, 'profiles', 'cron.yaml'), writeProfile(profile));
  await turn();
  appendFileSync(path, made.window(START + 80_000, [{ pid: 30, container: cron, calls: { read: 100 } }]));
  await turn();
  expect(watch.counted()).toMatchObject([{ info: { service: 'cron', from: `recording ${path}` } }]);
  await watch.close();
});

test('a new release is held against the profile of the one before until it is learned itself', async () => {
  const kept = new Kept();
  const { watch, turn } = await start(kept, START + 200_000);
  const release = (digit: string) =>
    container('shop', {
      ...{ id: digit.repeat(64), image: `registry/shop:${digit}`, digest: `sha256:${digit.repeat(64)}` },
    });
  let at = START;
  const windows = (digit: string, seconds: number, openat: number): void => {
    for (let i = 0; i < seconds; i++, at += 1000) {
      const calls = { read: 100 + random(20), openat: openat + random(4) };
      appendFileSync(path, made.window(at, [{ pid: 7, executable: 'shop', container: release(digit), calls }]));
    }
  };
  const found = () => kept.batches.flatMap((batch) => batch.findings ?? []);
  windows('1', 80, 10);
  await turn();
  expect(watch.state('a')).toMatchObject({ state: 'learned', key: { digest: `sha256:${'1'.repeat(64)}` } });

  // More of the same is what a release may do.
  windows('2', 12, 12);
  await turn();
  expect(watch.state('a')).toMatchObject({ state: 'parent', key: { digest: `sha256:${'2'.repeat(64)}` } });
  expect(found()).toEqual([]);
  windows('2', 1, 300);
  await turn();
  expect(found().map(({ rule, finding }) => [rule, /release before|parent/i.test(JSON.stringify(finding))])).toEqual([
    ['syscall-rate-anomaly', true],
  ]);

  windows('2', 70, 12);
  await turn();
  expect(watch.state('a')).toMatchObject({ state: 'learned', key: { digest: `sha256:${'2'.repeat(64)}` } });
  expect(kept.profiles.size).toBe(2);
  await watch.close();
});

test('windows shorter than the profile’s are held against it, with as many of its own before them', async () => {
  const kept = new Kept();
  const profiles = join(dir, 'given');
  mkdirSync(profiles);
  const { watch, turn } = await start(kept, START + 5_000_000, { profiles });
  // Learned in windows of 10 s.
  const long = Array.from({ length: 80 }, (_, i) =>
    made.window(i * 10_000, [{ pid: 7, calls: { openat: 100 + random(20) } }], 10_000),
  );
  const [profile] = learnProfiles([readRecording(Buffer.from(made.header() + long.join('')))], { warmUpMs: 0 });
  if (profile === undefined) throw new Error('nothing was learned');
  writeFileSync(join(profiles, 'shop.yaml'), writeProfile(profile));
  writeFileSync(path, made.header());
  const from = START + 4_000_000;
  // 60 windows of a second are six of the profile's: nothing can be said by 40 of a second.
  for (let i = 0; i < 600; i++)
    appendFileSync(path, made.window(from + i * 1000, [{ pid: 7, calls: { openat: 10 + random(3) } }]));
  await turn();
  expect(watch.state('a').state).toBe('given');
  expect(kept.windows.size).toBe(600);
  expect(kept.batches.flatMap((batch) => batch.findings ?? [])).toEqual([]);
  // In the first second of one of the profile's windows, and enough for all of it.
  appendFileSync(path, made.window(from + 600_000, [{ pid: 7, calls: { openat: 2000 } }]));
  await turn();
  expect(kept.batches.flatMap((batch) => batch.findings ?? []).map(({ rule }) => rule)).toEqual([
    'syscall-rate-anomaly',
  ]);
  await watch.close();
});
