import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { diagnose } from '../diagnose/diagnose.ts';
import { UNKNOWN_CONTAINER } from '../evidence/syscalls/recording.ts';
import { RecordingLines } from '../evidence/syscalls/write.ts';
import { buildTarget, freshDir, shortOptions, startTarget } from '../testing/target-service.ts';
import { readTimeline } from './bundle.ts';
import { BundleWriter } from './bundle-writer.ts';
import { collect } from './collect.ts';
import { type CountingEffects, checkCounting, countSyscalls } from './count-syscalls.ts';
import { TargetError } from './error.ts';
import { type Manifest, readManifest, SCHEMA } from './manifest.ts';
import { resolveTarget } from './resolve.ts';
import type { Collector } from './syscalls/collector.ts';

const dirs: string[] = [];
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

const HEADER = {
  host: { name: 'h', kernel: '6', arch: 'amd64' },
  windowMs: 1000,
  sources: [{ aspect: 'descriptors' as const, collected: true, source: 'tracepoint', says: '' }],
};

/** A collector that writes one window of `pid` and gives up when it is told to. */
function collectorOf(
  pid: number,
  write: (lines: string) => void,
): Collector & { die: (why: Error) => void; stops: () => number } {
  const lines = new RecordingLines(HEADER);
  const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
  let stops = 0;
  write(lines.header());
  return {
    header: HEADER,
    ended,
    newFile: () => '',
    stop: async () => {
      stops++;
      const process = { pid, startedAt: 1, comm: 'x', executable: 'x' };
      const flows = { fdsOpened: 3, fdsClosed: 1, filesOpened: 3 };
      const window = { from: 1000, to: 2000, complete: true, lost: 0 };
      write(
        lines.window({
          ...window,
          processes: [{ process, container: UNKNOWN_CONTAINER, calls: new Map([['openat', 3]]), flows }],
        }),
      );
      resolve();
    },
    die: (why) => reject(why),
    stops: () => stops,
  };
}

const manifestOf = (writer: BundleWriter, notes: readonly string[], pid = 7): Manifest => ({
  schema: SCHEMA,
  target: { kind: 'pid', description: 'process 7', pid },
  service: 's',
  instance: 'i',
  goVersion: null,
  mainModule: null,
  start: 0,
  end: 1,
  planned: { windowMs: 1, snapshots: 2 },
  interrupted: false,
  load: null,
  notes: [...notes],
  captures: writer.captures,
});

function run(effects: Partial<CountingEffects> & Pick<CountingEffects, 'start'>) {
  const writer = new BundleWriter(undefined);
  const notes: string[] = [];
  const note = (sentence: string) => notes.push(sentence);
  return { writer, notes, note, effects: { missing: () => '', ...effects } };
}

const never: CountingEffects['start'] = () => Promise.reject(new Error('nobody asked for it'));

describe('counting system calls', () => {
  it('is a capture of the bundle, which is read back', async () => {
    const windows: number[] = [];
    const { writer, notes, note, effects } = run({
      start: async (pid, windowMs, write = () => {}) => {
        windows.push(windowMs);
        return collectorOf(pid, write);
      },
    });
    const wish = { windowMs: 24_000, syscalls: 'where possible' } as const;
    await (await countSyscalls(7, wish, writer, note, effects)).end();
    const dir = writer.finish(manifestOf(writer, notes));
    dirs.push(dir);
    expect(windows).toEqual([2000]);
    expect(readManifest(dir).captures).toMatchObject([{ kind: 'syscalls', file: 'syscalls.jsonl', snapshot: null }]);
    const timeline = await readTimeline(dir);
    expect(timeline.notes).toEqual([]);
    expect(timeline.syscallCounts?.data.processes.map(({ pid }) => pid)).toEqual([7]);
    expect([...(timeline.syscallCounts?.data.flows.fdsOpened ?? [])]).toEqual([3]);
    // A recording of somebody else is no evidence, and that is said.
    const manifest = { ...readManifest(dir), target: { kind: 'pid', description: 'process 8', pid: 8 } };
    const other = new BundleWriter(join(freshDir(), 'b'));
    other.add(
      { file: 'syscalls.jsonl', kind: 'syscalls', snapshot: null, at: 0, ms: 0, stopsTheWorld: false },
      readFileSync(join(dir, 'syscalls.jsonl')),
    );
    const otherDir = other.finish({ ...manifestOf(other, [], 8), captures: manifest.captures });
    dirs.push(join(otherDir, '..'));
    expect((await readTimeline(otherDir)).notes).toEqual([
      'syscalls.jsonl has no system calls of process 8: nothing was counted of it',
    ]);
  });

  it('is one note where it cannot be, and an error where it was insisted on', async () => {
    const missing = () => 'counting needs root: run it with sudo';
    const { writer, notes, note, effects } = run({ missing, start: never });
    await (await countSyscalls(7, { windowMs: 60_000, syscalls: 'where possible' }, writer, note, effects)).end();
    expect(notes).toEqual([
      'system calls were not counted: counting needs root: run it with sudo (--no-syscalls leaves this away)',
    ]);
    await expect(countSyscalls(7, { windowMs: 60_000, syscalls: 'insisted' }, writer, note, effects)).rejects.toThrow(
      new TargetError('--syscalls: counting needs root: run it with sudo'),
    );
    await expect(
      countSyscalls(null, { windowMs: 60_000, syscalls: 'insisted' }, writer, note, effects),
    ).rejects.toThrow(/^--syscalls: no process on this machine is known to be the target; /);
    expect(notes).toHaveLength(1);
    // Asked before a service is built or started.
    expect(() => checkCounting({ syscalls: 'insisted' }, effects)).toThrow('--syscalls: counting needs root');
    expect(() => checkCounting({ syscalls: 'where possible' }, effects)).not.toThrow();
    writer.discard();
  });

  it.each([
    ['nobody wishes for it', 7, { windowMs: 60_000 }],
    ['it is not wanted', 7, { windowMs: 60_000, syscalls: 'no' }],
    ['the window is too short for a trend', 7, { windowMs: 4000, syscalls: 'where possible' }],
    ['no process is known', null, { windowMs: 60_000, syscalls: 'where possible' }],
  ] as const)('is left away without a word where %s', async (_, pid, wish) => {
    const { writer, notes, note, effects } = run({ missing: () => 'no', start: never });
    await (await countSyscalls(pid, wish, writer, note, effects)).end();
    expect(notes).toEqual([]);
    expect(writer.captures).toEqual([]);
    writer.discard();
  });

  it('notes a collector that cannot be started, or that dies, and keeps what was counted', async () => {
    const wish = { windowMs: 60_000, syscalls: 'where possible' } as const;
    const broken = run({ start: () => Promise.reject(new TargetError('bpftrace does not count: ERROR')) });
    await (await countSyscalls(7, wish, broken.writer, broken.note, broken.effects)).end();
    expect(broken.notes).toEqual(['system calls were not counted: bpftrace does not count: ERROR']);
    expect(broken.writer.captures).toEqual([]);
    await expect(
      countSyscalls(7, { ...wish, syscalls: 'insisted' }, broken.writer, broken.note, broken.effects),
    ).rejects.toThrow('bpftrace does not count');
    broken.writer.discard();

    let collector: ReturnType<typeof collectorOf> | undefined;
    const dying = run({
      start: async (pid, _, write = () => {}) => {
        collector = collectorOf(pid, write);
        return collector;
      },
    });
    const counting = await countSyscalls(7, wish, dying.writer, dying.note, dying.effects);
    collector?.die(new TargetError('bpftrace ends again and again'));
    await counting.end();
    expect(collector?.stops()).toBe(1);
    expect(dying.notes).toEqual(['system calls were counted for a part only: bpftrace ends again and again']);
    expect(dying.writer.captures).toHaveLength(1);
    dying.writer.discard();
  });
});

describe('a target that nothing runs for', () => {
  it('cannot be counted: wrong usage', async () => {
    const options = shortOptions({ syscalls: 'insisted' });
    await expect(collect({ kind: 'bundle', dir: '/b' }, options)).rejects.toThrow(
      /the target is a bundle; leave it away/,
    );
    await expect(collect({ kind: 'files', files: ['/f'] }, options)).rejects.toThrow(/the target is files/);
  });
});

it('descriptors of a real process and their limit are in the bundle, and the diagnosis of it reads them', async () => {
  buildTarget();
  const target = await startTarget();
  try {
    const { dir } = await collect(await resolveTarget([String(target.pid)]), shortOptions());
    dirs.push(dir);
    const timeline = await readTimeline(dir);
    const { fds = 0, fdKinds = [], fdLimit = 0 } = timeline.snapshots[0]?.process?.data ?? {};
    expect(fdKinds.reduce((sum, { count }) => sum + count, 0)).toBeLessThanOrEqual(fds);
    expect(fdKinds.map(({ name }) => name)).toContain('socket');
    expect(fdLimit).toBeGreaterThan(fds);
    expect(diagnose(timeline).findings.filter(({ rule }) => rule.startsWith('fd-'))).toEqual([]);
  } finally {
    await target.kill();
  }
});
