/**
 * `node test/e2e-run/collect.ts`: the collector against the kernel. A program whose calls are known is counted over several
 * windows, and every count must be exactly that of `strace -c`, and every flow that of the process's own descriptors and
 * address space in /proc. Needs root, bpftrace, strace, tracefs and a C compiler.
 */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectInMemory } from '../../src/collect/syscalls/collector.ts';
import { containerNamer } from '../../src/collect/syscalls/identity.ts';
import { findProgram, lookAtKernel, tellsCompat } from '../../src/collect/syscalls/kernel.ts';
import { readRecording } from '../../src/evidence/syscalls/read.ts';
import { type SourceState, sourceOf } from '../../src/evidence/syscalls/recording.ts';
import { readStraceTable } from '../../src/evidence/syscalls/tables.ts';
import { openChecks } from './checks.ts';
import { compile, start, sums, waiting } from './programs/start.ts';

const ROUNDS = 200;
const PAUSE_MS = 20;
const WINDOW_MS = 1000;
/** Bytes of the program's first sbrk. */
const FIRST_BRK = 8192;

const checks = openChecks();

function expect(what: string, actual: unknown, expected: unknown): Promise<boolean> {
  const [is, should] = [JSON.stringify(actual), JSON.stringify(expected)];
  return checks.check(what, () => {
    if (is !== should) throw new Error(`${is}, expected ${should}`);
    return is;
  });
}

/** What the rounds alone call: strace of many rounds minus strace of none. */
function oracle(program: string, directory: string): Map<string, number> {
  const table = (rounds: number): ReadonlyMap<string, number> => {
    const out = join(directory, `strace-${rounds}.txt`);
    execFileSync('strace', ['-c', '-o', out, program, String(rounds), '0'], {
      input: 'gg',
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    return readStraceTable(readFileSync(out, 'utf8')).calls;
  };
  const none = table(0);
  const all = table(ROUNDS);
  const rounds = new Map<string, number>();
  for (const [name, count] of all) if (count !== (none.get(name) ?? 0)) rounds.set(name, count - (none.get(name) ?? 0));
  return rounds;
}

const sorted = (map: ReadonlyMap<string, number>): [string, number][] => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const vmSize = (pid: number): number =>
  Number(/^VmSize:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
const openFds = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;
async function exactly(program: string, rounds: ReadonlyMap<string, number>, who: 'pid' | 'all'): Promise<void> {
  const { child, pid } = start(program, [ROUNDS, PAUSE_MS]);
  await waiting(pid);
  const before = { fds: openFds(pid), vm: vmSize(pid) };
  const { stop } = await collectInMemory(
    { windowMs: WINDOW_MS, who: who === 'pid' ? { pid } : { all: true } },
    { namer: containerNamer() },
  );
  child.stdin.write('g');
  await waiting(pid);
  // The last read began before the collector ended, and so did the first before it began: one of the two is counted.
  const after = { fds: openFds(pid), vm: vmSize(pid) };
  const recording = readRecording(await stop());
  const { calls, flows } = sums(recording, pid);
  const expected = new Map(rounds).set('read', (rounds.get('read') ?? 0) + 1);
  const windows = recording.windows.complete.reduce((sum, complete) => sum + complete, 0);
  await expect(`${who}: several windows are complete`, windows >= 3, true);
  await expect(
    `${who}: nothing was lost`,
    recording.windows.lost.every((lost) => lost === 0),
    true,
  );
  await expect(`${who}: calls are those of strace`, sorted(calls), sorted(expected));
  const flow = (name: string): number => flows.get(name) ?? Number.NaN;
  await expect(`${who}: descriptors`, flow('fdsOpened') - flow('fdsClosed'), after.fds - before.fds);
  await expect(`${who}: files opened`, flow('filesOpened'), 2 * ROUNDS);
  await expect(`${who}: opened and closed`, [flow('fdsOpened'), flow('fdsClosed')], [7 * ROUNDS, 6 * ROUNDS]);
  // Where the heap ended before its first brk was counted, nobody told: that first growth is not seen.
  const space = after.vm - before.vm - FIRST_BRK;
  await expect(`${who}: address space`, flow('mappedBytes') - flow('unmappedBytes'), space);
  await expect(`${who}: connects and failures`, [flow('connects'), flow('connectFailures')], [ROUNDS, ROUNDS]);
  const times = [...recording.windows.from].every((from, i) => i === 0 || from === recording.windows.to[i - 1]);
  await expect(`${who}: windows follow one another without a gap`, times, true);
  child.stdin.end('g');
  await once(child, 'exit');
}

/** Bytes of sockets and what became of connections, held to what the program's own calls gave back. */
async function network(directory: string): Promise<void> {
  const { child, pid } = start(compile('sockets', directory), [50]);
  await waiting(pid);
  const { stop } = await collectInMemory({ windowMs: WINDOW_MS, who: { all: true } }, { namer: containerNamer() });
  let told = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    told += text;
  });
  child.stdin.write('g');
  await waiting(pid);
  const recording = readRecording(await stop());
  child.stdin.end('g');
  await once(child, 'exit');
  const [sent, received, connects, connected, failed] = told.trim().split(' ').map(Number);
  const { flows } = sums(recording, pid);
  const bytes = sourceOf(recording, 'sockets')?.source;
  if (bytes === undefined) checks.skip('bytes of sockets', lookAtSockets(recording.sources));
  else {
    await expect(
      `bytes sent and received, by ${bytes}`,
      [flows.get('sentBytes'), flows.get('receivedBytes')],
      [sent, received],
    );
  }
  await expect(
    'connects, those that came to be, and those that failed at once, later or were given up',
    [flows.get('connects'), flows.get('connected'), flows.get('connectFailures')],
    [connects, connected, failed],
  );
}

function lookAtSockets(sources: readonly SourceState[]): string {
  return sources.find(({ aspect }) => aspect === 'sockets')?.says ?? '';
}

/** Short-lived processes are there under their name, and bpftrace that is killed is started again. */
async function hardships(): Promise<void> {
  const notes: string[] = [];
  const { collector, stop } = await collectInMemory(
    { windowMs: WINDOW_MS, who: { all: true } },
    { namer: containerNamer(), onNote: (note) => notes.push(note) },
  );
  for (let i = 0; i < 20; i++) execFileSync('/bin/true');
  await sleep(1.5 * WINDOW_MS);
  const bpftrace = Number(
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .find((name) => {
        try {
          const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
          return stat.includes('(bpftrace)') && stat.slice(stat.lastIndexOf(')')).split(' ')[2] === String(process.pid);
        } catch {
          return false;
        }
      }),
  );
  process.kill(bpftrace, 'SIGKILL');
  for (let i = 0; i < 600 && notes.length === 0; i++) await sleep(100);
  await sleep(2.5 * WINDOW_MS);
  const recording = readRecording(await stop());
  await collector.ended;
  const named = recording.processes.find(({ comm, pid }) => comm === 'true' && pid === 0);
  await expect('processes that lived for a moment have their name', named?.comm, 'true');
  await expect(
    'the restart of bpftrace is said',
    notes.some((note) => note.includes('was started again')),
    true,
  );
  const { from, to, complete } = recording.windows;
  const overlaps = [...from].some((begin, i) => i > 0 && begin < (to[i - 1] ?? 0));
  await expect('no windows overlap', overlaps, false);
  await expect('the window of the gap is incomplete', [...complete].slice(1, -1).includes(0), true);
}

/** What a program does to be taken for another: numbers of other tables, numbers without end, a name that is no name. */
async function disguises(directory: string): Promise<void> {
  const program = compile('other-table', directory);
  const { child, pid } = start(program, []);
  await waiting(pid);
  const { stop } = await collectInMemory({ windowMs: WINDOW_MS, who: { all: true } }, { namer: containerNamer() });
  child.stdin.write('g');
  await sleep(1.5 * WINDOW_MS);
  child.stdin.end();
  await once(child, 'exit');
  await sleep(1.5 * WINDOW_MS);
  const { calls } = sums(readRecording(await stop()), pid);
  await expect(
    'calls by the 32-bit entry are no others',
    [calls.get('syscall_32bit_20'), calls.has('writev')],
    [7, false],
  );
  await expect('numbers that no kernel has are one name', calls.get('syscall_none'), 51);
}

const { missing } = lookAtKernel();
const needed = ['cc', 'strace'].filter((program) => findProgram(program) === null);
if (missing !== '') checks.skip('collect', missing);
else if (needed.length > 0) checks.skip('collect', `${needed.join(' and ')} not installed`);
else {
  const directory = mkdtempSync(join(tmpdir(), 'hemostat-e2e-collect-'));
  try {
    const program = compile('known', directory);
    const expected = oracle(program, directory);
    await exactly(program, expected, 'pid');
    await exactly(program, expected, 'all');
    await network(directory);
    await hardships();
    if (tellsCompat()) await disguises(directory);
    else checks.skip('disguises', 'this kernel does not tell which entry a call came in by (BTF, x86-64)');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
process.exit(checks.exitCode);
