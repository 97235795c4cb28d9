/** Programs that hemostat starts: found, traced, and gone afterwards, even when hemostat itself is killed. */
import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Timeline } from '../evidence/timeline.ts';
import { buildTarget, freePort, freshDir, shortOptions } from '../testing/target-service.ts';
import { readTimeline } from './bundle.ts';
import { withTracing } from './child.ts';
import { collect } from './collect.ts';
import { readManifest } from './manifest.ts';
import type { CollectHooks } from './options.ts';
import { commandLine, processesInGroup } from './procfs.ts';
import { resolveTarget } from './resolve.ts';

let binary = '';
const dirs: string[] = [];

beforeAll(() => {
  binary = buildTarget();
});
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
});

async function run(argv: readonly string[], options = shortOptions(), hooks: CollectHooks = {}) {
  const lines: string[] = [];
  const target = await resolveTarget(['--', ...argv]);
  const { dir } = await collect(target, options, { onOutput: (line) => lines.push(line), ...hooks });
  dirs.push(dir);
  return { dir, lines, timeline: await readTimeline(dir), pid: readManifest(dir).target.pid ?? 0 };
}

function expectTraced(timeline: Timeline): void {
  expect(timeline.notes).toEqual([]);
  expect(timeline.snapshots).toHaveLength(2);
  // Every visit forces a cycle, so each must be in the trace.
  expect(timeline.trace?.data.gc.count).toBeGreaterThanOrEqual(2);
  expect(timeline.trace?.data.gc.forced).toContain(1);
  expect(timeline.snapshots.every(({ heap, process }) => heap !== undefined && process !== undefined)).toBe(true);
}

describe('a started program', () => {
  it('is traced, found by what it prints or where it listens, and stopped', async () => {
    for (const more of [[], ['-quiet']]) {
      const { timeline, lines, pid, dir } = await run([binary, ...more]);
      expectTraced(timeline);
      expect(lines.some((line) => line.startsWith('listening on'))).toBe(more.length === 0);
      // Trace lines are ours, not the program's.
      expect(lines.filter((line) => /^(gc|scav) /.test(line))).toEqual([]);
      expect(readFileSync(join(dir, 'stderr.log'), 'utf8')).toMatch(/^gc 1 @/m);
      expect(processesInGroup(pid)).toEqual([]);
      expect(readManifest(dir).environment?.GODEBUG).toContain('gctrace=1');
    }
  });

  it('may be started by a shell: the serving process is the one that is watched', async () => {
    const { timeline, pid } = await run(['/bin/sh', '-c', `${binary} -quiet & wait`]);
    expectTraced(timeline);
    expect(timeline.service).toBe('target');
    expect(commandLine(pid)).toBeNull();
  });

  it('is asked where it is told to, behind TLS too', async () => {
    const insecure = shortOptions({ http: { headers: [], insecure: true, timeoutMs: 5000 } });
    const cert = join(freshDir(), 'cert.pem');
    dirs.push(join(cert, '..'));
    expectTraced((await run([binary, '-tls', cert], insecure)).timeline);
    const port = await freePort();
    const told = { ...shortOptions(), pprof: `127.0.0.1:${port}/deep` };
    expectTraced((await run([binary, '-prefix', '/deep', '-addr', `127.0.0.1:${port}`], told)).timeline);
  });

  it('that ends at once is an error with its last words', async () => {
    await expect(run(['/bin/sh', '-c', 'echo no config file >&2; exit 7'])).rejects.toThrow(
      /^sh ended with exit code 7 after .* before it served pprof; its last words were: no config file$/,
    );
    await expect(run(['/no/such/program'])).rejects.toThrow(/no such program/);
  });

  it('that crashes in the middle leaves what was taken, its log and a note', async () => {
    let url = '';
    const hooks: CollectHooks = {
      onOutput: (line) => {
        url = /listening on (\S+)/.exec(line)?.[1] ?? url;
      },
      onProgress: ({ snapshot, phase }) => {
        if (snapshot === 2 && phase === 'wait') void fetch(`${url}/crash`).catch(() => {});
      },
    };
    const { timeline, dir } = await run([binary], shortOptions({ windowMs: 200_000, snapshots: 1000 }), hooks);
    expect(timeline.notes.join('\n')).toMatch(/target ended with exit code 2 after .* before the window was over/);
    expect(timeline.snapshots.length).toBeGreaterThan(0);
    expect(readFileSync(join(dir, 'stderr.log'), 'utf8')).toContain('panic: out of luck');
  });

  it('keeps its arguments out of the manifest where they are secrets', async () => {
    const { dir } = await run([binary, '-basic=', '-header', '', '-bearer', ''].concat(['-prefix', '']));
    expect(readManifest(dir).target.description).toContain('-basic=');
    const cautious = await run(['/bin/sh', '-c', `exec ${binary}`, '--db-password=hunter2', '--token', 'abc']);
    expect(readManifest(cautious.dir).target.description).toMatch(/--db-password=\*\*\* --token \*\*\*$/);
  });

  it('is gone when hemostat is killed without a chance to clean up', async () => {
    const dir = freshDir();
    dirs.push(dir);
    const script = join(dir, 'start.mjs');
    const here = (file: string) => JSON.stringify(join(import.meta.dirname, file));
    writeFileSync(
      script,
      `const { collect } = await import(${here('collect.ts')});
       const options = { windowMs: 60000, snapshots: 100, goroutineLimit: 1, verbose: false, http: { headers: [], insecure: false, timeoutMs: 5000 } };
       const argv = ['/bin/sh', '-c', ${JSON.stringify(`${binary} -quiet & wait`)}];
       await collect({ kind: 'child', argv, cwd: '/' }, options, { onProgress: (p) => { if (p.snapshot === 2) console.log('ready'); } });`,
    );
    const hemostat = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, TMPDIR: dir },
    });
    await new Promise((resolve) => hemostat.stdout.once('data', resolve));
    const ours = () =>
      execFileSync('ps', ['-e', '-o', 'pid=,ppid=,pgid=,args='], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(`${binary} -quiet`) && !line.includes('ps -e'));
    expect(ours().length).toBeGreaterThanOrEqual(2);
    hemostat.kill('SIGKILL');
    for (let i = 0; i < 100 && ours().length > 0; i++) await sleep(100);
    expect(ours()).toEqual([]);
    expect(readdirSync(dir)).toContain('start.mjs');
  });
});

describe('GODEBUG', () => {
  it.each([
    [undefined, 'gctrace=1,scavtrace=1'],
    ['madvdontneed=1', 'madvdontneed=1,gctrace=1,scavtrace=1'],
    ['gctrace=2', 'gctrace=2,scavtrace=1'],
    ['scavtrace=0,gctrace=0', 'scavtrace=0,gctrace=0'],
  ])('%s becomes %s', (given, expected) => expect(withTracing(given)).toBe(expected));
});
