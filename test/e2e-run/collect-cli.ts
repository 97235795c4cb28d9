/**
 * `node test/e2e-run/collect-cli.ts`: `hemostat guard baseline collect` as its user runs it, and what may go wrong: it is told to end,
 * it is killed, what it looks at ends, the disk is full. Whatever happens, what was written can be read, and no bpftrace is left.
 * Needs root, bpftrace, strace, tracefs and a C compiler; cgroups of version 2 and tmpfs for the checks of those.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram, lookAtKernel } from '../../src/collect/syscalls/kernel.ts';
import { openChecks } from './checks.ts';
import { compile, recordingAt, type Started, start, sums, waiting } from './programs/start.ts';

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const CGROUPS = ['/sys/fs/cgroup/unified', '/sys/fs/cgroup'].find((path) => existsSync(`${path}/cgroup.procs`));
/** A busy machine; what is said here is about order, not speed. */
const PATIENCE_MS = 60_000;
/** Taking away the probes of a bpftrace that was killed takes the kernel some seconds. */
const GONE_MS = 20_000;

const checks = openChecks();

function must(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise);
}

interface Run {
  readonly child: ChildProcess;
  readonly said: () => string;
  /** Resolves with the exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  readonly pid: number;
}

function collect(...args: readonly string[]): Run {
  const child = spawn(HEMOSTAT, ['guard', 'baseline', 'collect', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close').then(([code, signal]: (number | string | null)[]) => code ?? signal ?? -1);
  return { child, said: () => said, ended, pid: child.pid ?? 0 };
}

async function until(what: string, holds: () => boolean, patience = PATIENCE_MS): Promise<number> {
  const began = performance.now();
  while (!holds()) {
    if (performance.now() - began > patience) throw new Error(`${what}: not within ${patience / 1000} s`);
    await sleep(50);
  }
  return Math.round(performance.now() - began);
}

const counting = (run: Run): Promise<number> =>
  until('counting', () => {
    must(run.child.exitCode === null, `it ended: ${run.said()}`);
    return run.said().includes('counting in windows');
  });

/** Processes whose parent is this one, by name. */
function childrenOf(parent: number, name: string): number[] {
  return readdirSync('/proc').flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
      const ppid = Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]);
      return stat.includes(`(${name})`) && ppid === parent ? [Number(entry)] : [];
    } catch {
      return [];
    }
  });
}

/** Still there and no zombie that nobody has looked after. */
function running(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !/^ [ZX] /.test(stat.slice(stat.lastIndexOf(')') + 1));
  } catch {
    return false;
  }
}

/** What bpftrace the run has; told that the run has ended, how long until it was gone. */
async function bpftraceOf(run: Run): Promise<() => Promise<string>> {
  await until('bpftrace', () => childrenOf(run.pid, 'bpftrace').length === 1);
  const [pid = 0] = childrenOf(run.pid, 'bpftrace');
  return async () => `bpftrace is gone after ${await until('the end of bpftrace', () => !running(pid), GONE_MS)} ms`;
}

const leftovers = (): string[] => readdirSync(tmpdir()).filter((name) => /^hemostat-(bpftrace|count)-/.test(name));

/** Told to end by each of the signals: the last window is written, and it ends well. */
async function told(program: string, directory: string, signal: 'SIGINT' | 'SIGTERM' | 'SIGHUP'): Promise<string> {
  const { child, pid } = start(program, [20, 20]);
  await waiting(pid);
  const out = join(directory, `${signal}.jsonl`);
  const run = collect('--pid', String(pid), '--window', '1m', '--out', out);
  await counting(run);
  const gone = await bpftraceOf(run);
  child.stdin.write('g');
  await waiting(pid);
  run.child.kill(signal);
  const code = await run.ended;
  must(code === 0, `exit ${code}: ${run.said()}`);
  const { calls } = sums(recordingAt(out), pid);
  must(calls.get('getppid') === 20_000, `getppid ${calls.get('getppid')}, expected 20000`);
  child.stdin.end('g');
  return `20000 calls of a window of a minute that was cut short; ${await gone()}`;
}

async function killed(directory: string): Promise<string> {
  const out = join(directory, 'killed.jsonl');
  const before = leftovers();
  const run = collect('--window', '1s', '--out', out);
  await counting(run);
  const gone = await bpftraceOf(run);
  await until('a window', () => existsSync(out) && readFileSync(out, 'utf8').includes('"complete":true'));
  run.child.kill('SIGKILL');
  await run.ended;
  const says = await gone();
  const { windows } = recordingAt(out);
  must(windows.from.length > 1, 'no window is in the file');
  const left = leftovers().filter((name) => !before.includes(name));
  must(left.length === 0, `left behind: ${left.join(', ')}`);
  return `${windows.from.length} windows can be read; ${says}`;
}

/** While it starts: bpftrace has its program and no probes yet. */
async function killedEarly(directory: string): Promise<string> {
  const run = collect('--window', '1s', '--out', join(directory, 'early.jsonl'));
  const gone = await bpftraceOf(run);
  run.child.kill('SIGKILL');
  await run.ended;
  return gone();
}

async function ends(program: string, directory: string): Promise<string> {
  const { child, pid } = start(program, [20, 20]);
  await waiting(pid);
  const out = join(directory, 'ended.jsonl');
  const run = collect('--pid', String(pid), '--window', '1s', '--out', out);
  await counting(run);
  child.stdin.write('g');
  await waiting(pid);
  child.stdin.end('g');
  const code = await run.ended;
  must(code === 0, `exit ${code}: ${run.said()}`);
  const recording = recordingAt(out);
  must(recording.notes.includes('the process has ended'), 'it is not said that the process has ended');
  const { calls } = sums(recording, pid);
  must(calls.get('getppid') === 20_000 && calls.get('exit_group') === 1, `calls ${JSON.stringify([...calls])}`);
  return 'it ends with it, with all its calls to the last one';
}

async function full(directory: string): Promise<string> {
  const disk = join(directory, 'disk');
  mkdirSync(disk);
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', disk]);
  try {
    writeFileSync(join(disk, 'filler'), Buffer.alloc(40 << 10));
    const out = join(disk, 'syscalls.jsonl');
    const run = collect('--window', '1s', '--out', out);
    await counting(run);
    const gone = await bpftraceOf(run);
    // What is not told apart by process does not fill a file: many processes that stay do.
    const sleepers = Array.from({ length: 120 }, () => spawn('/bin/sleep', ['600'], { stdio: 'ignore' }));
    const code = await run.ended.finally(() => {
      for (const sleeper of sleepers) sleeper.kill();
    });
    must(code === 3, `exit ${code}: ${run.said()}`);
    const sentence = run.said().trim().split('\n').at(-1) ?? '';
    must(/syscalls\.jsonl cannot be written: .*ENOSPC/.test(sentence), sentence);
    const { windows } = recordingAt(out);
    must(windows.from.length >= 1, 'what was written cannot be read');
    return `exit 3, ${windows.from.length} windows can be read; ${await gone()}`;
  } finally {
    execFileSync('umount', [disk]);
  }
}

/** Two services in cgroups of their own: one is asked for. Its files are rotated. */
async function cgroup(program: string, directory: string, root: string): Promise<void> {
  const own = `hemostat-e2e-${process.pid}`;
  const made = [own, `${own}/in`, `${own}/out`].map((path) => join(root, path));
  for (const path of made) mkdirSync(path);
  const both: Started[] = [];
  try {
    for (const name of ['in', 'out']) {
      const started = start(program, [600, 10]);
      await waiting(started.pid);
      writeFileSync(join(root, own, name, 'cgroup.procs'), String(started.pid));
      both.push(started);
    }
    const [inside, outside] = both;
    if (inside === undefined || outside === undefined) throw new Error('nothing was started');
    const out = join(directory, 'rotated/');
    const run = collect(
      ...['--cgroup', `/${own}/in`, '--window', '1s', '--rotate', '2s', '--keep', '2', '--for', '9s', '--out', out],
    );
    await counting(run);
    for (const { child } of both) child.stdin.write('g');
    const code = await run.ended;
    const files = readdirSync(out).sort();
    await checks.check('collect --cgroup leaves out what is in others', () => {
      must(code === 0, `exit ${code}: ${run.said()}`);
      const all = files.map((name) => recordingAt(join(out, name)));
      const calls = (pid: number): number =>
        all.reduce((sum, one) => sum + (sums(one, pid).calls.get('getppid') ?? 0), 0);
      must(calls(inside.pid) > 0 && calls(outside.pid) === 0, `${calls(inside.pid)} and ${calls(outside.pid)} calls`);
      const cgroups = new Set(all.flatMap(({ containers }) => containers.map((one) => one.cgroup)));
      must(cgroups.size === 1 && cgroups.has(`/${own}/in`), [...cgroups].join(', '));
      return `${calls(inside.pid)} calls of ${[...cgroups][0]}, none of its neighbour`;
    });
    await checks.check(
      'collect --rotate --keep leaves the newest files, which follow one another, and --for ends it',
      () => {
        must(files.length === 2, files.join(', '));
        const [first, second] = files.map((name) => recordingAt(join(out, name)).windows);
        must(first?.to.at(-1) === second?.from[0], 'there is a gap between the files');
        return files.join(', ');
      },
    );
  } finally {
    for (const { child } of both) child.kill('SIGKILL');
    await Promise.all(both.map(({ child }) => child.exitCode ?? child.signalCode ?? once(child, 'exit')));
    for (const path of made.toReversed()) rmdirSync(path);
  }
}

async function strace(program: string, directory: string): Promise<string> {
  const { child, pid } = start(program, [3, 1]);
  await waiting(pid);
  const out = join(directory, 'strace.jsonl');
  const run = collect('--pid', String(pid), '--with', 'strace', '--window', '1m', '--out', out);
  await counting(run);
  const tracer = (): boolean => /^TracerPid:\t[1-9]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  await until('strace', tracer);
  child.stdin.write('g');
  await sleep(500);
  await waiting(pid);
  run.child.kill('SIGTERM');
  const code = await run.ended;
  must(code === 0, `exit ${code}: ${run.said()}`);
  must(/strace stops the process twice at every call/.test(run.said()), `its cost is not said: ${run.said()}`);
  const recording = recordingAt(out);
  const { calls, flows } = sums(recording, pid);
  must(calls.get('getppid') === 3000, `getppid ${calls.get('getppid')}, expected 3000`);
  must(Number.isNaN(flows.get('mappedBytes')), 'bytes that strace does not tell are a number');
  must(!tracer(), 'strace is still there');
  child.stdin.end('g');
  return `getppid 3000; bytes not collected: ${recording.sources.find(({ aspect }) => aspect === 'mappings')?.says}`;
}

/** Every processor is always in a call: a timer of the kernel would now and then find its processor counting. */
async function onTime(program: string, directory: string): Promise<string> {
  const busy = Array.from({ length: 4 }, () => start(program, [1_000_000, 0]));
  const out = join(directory, 'time.jsonl');
  try {
    for (const { child } of busy) child.stdin.write('g');
    const run = collect('--window', '1s', '--for', '8s', '--out', out);
    must((await run.ended) === 0, run.said());
  } finally {
    for (const { child } of busy) child.kill('SIGKILL');
  }
  const { from, to, complete } = recordingAt(out).windows;
  const lengths = [...from].flatMap((begin, i) => (complete[i] === 1 ? [(to[i] ?? 0) - begin] : []));
  const longest = Math.max(...lengths);
  must(lengths.length >= 5 && longest < 1900, `windows of ${lengths.join(', ')} ms`);
  return `${lengths.length} of ${Math.min(...lengths)} to ${longest} ms`;
}

const { missing } = lookAtKernel();
const needed = ['cc', 'strace'].filter((program) => findProgram(program) === null);
if (missing !== '') checks.skip('collect', missing);
else if (needed.length > 0) checks.skip('collect', `${needed.join(' and ')} not installed`);
else {
  const directory = mkdtempSync(join(tmpdir(), 'hemostat-e2e-collect-'));
  try {
    const program = compile('known', directory);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      await checks.check(`collect ends well by ${signal}`, () => told(program, directory, signal));
    await checks.check('collect that is killed leaves nothing', () => killed(directory));
    await checks.check('collect that is killed while it starts leaves nothing', () => killedEarly(directory));
    await checks.check('collect --pid of a process that ends', () => ends(program, directory));
    await checks.check('collect on a full disk', () => full(directory));
    await checks.check('collect --with strace', () => strace(program, directory));
    await checks.check('windows are as long as asked for under load', () => onTime(program, directory));
    if (CGROUPS === undefined) checks.skip('collect --cgroup', 'no cgroups of version 2 are mounted');
    else await cgroup(program, directory, CGROUPS);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
process.exit(checks.exitCode);
