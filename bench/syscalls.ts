/**
 * What counting costs the program that is counted: `node bench/syscalls.ts [--rounds 5]`, as root. Nanoseconds per system call,
 * bare and under each tool, by turns in the same run: hemostat's collector, a one-line bpftrace program that does less, perf trace
 * and strace. `getppid` does nothing in the kernel, so that its difference is the tool; `open` and `close` move descriptors, `send` and `recv` bytes.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startCollector } from '../src/collect/syscalls/collector.ts';
import { containerNamer } from '../src/collect/syscalls/identity.ts';
import { lookAtKernel } from '../src/collect/syscalls/kernel.ts';

type Stop = () => Promise<void>;
interface Way {
  readonly name: string;
  /** Stretches of CALLS; a slow tool gets fewer. */
  readonly stretches: number;
  /** Begins to count everything, or the process of the argument. */
  readonly start: () => Promise<Stop>;
  /** Words before the program, where the tool starts it itself. */
  readonly around?: readonly string[];
}

const PEER = 'tracepoint:raw_syscalls:sys_enter { @[cgroup, pid, args->id] = count(); }';
/** So few that most stretches are not interrupted: other work on the machine then does not count. */
const CALLS = 2000;
const STRETCHES = 400;
const KINDS = ['getppid', 'open', 'send'];
const nothing = async (): Promise<Stop> => async () => {};

async function ours(flows: boolean): Promise<Stop> {
  const collector = await startCollector({ windowMs: 5000, who: { all: true }, flows }, { namer: containerNamer() });
  return () => collector.stop();
}

async function peer(): Promise<Stop> {
  const child = spawn('bpftrace', ['-B', 'line', '-e', `interval:ms:100 { printf("."); } ${PEER}`], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await new Promise<void>((ready) => child.stdout.on('data', (text: Buffer) => text.includes('.') && ready()));
  return () => interrupted(child);
}

async function perf(directory: string): Promise<Stop> {
  const child = spawn('perf', ['trace', '-s', '-a', '-o', join(directory, 'perf.txt')], { stdio: 'ignore' });
  await sleep(1500);
  return () => interrupted(child);
}

async function interrupted(child: ChildProcess): Promise<void> {
  child.kill('SIGINT');
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
}

function measure(program: string, kind: string, { stretches, around = [] }: Way): Promise<number> {
  const [command = program, ...args] = [...around, program, kind, String(CALLS), String(stretches)];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(Number(line)));
    child.once('error', reject);
    child.once('exit', (code) => code !== 0 && reject(new Error(`${command} ended with ${code}`)));
  });
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } });
  const { missing } = lookAtKernel();
  if (missing !== '') throw new Error(missing);
  const directory = mkdtempSync(join(tmpdir(), 'hemostat-bench-syscalls-'));
  const program = join(directory, 'loop');
  execFileSync('cc', ['-O2', '-o', program, join(import.meta.dirname, 'syscalls', 'loop.c')]);
  const ways: Way[] = [
    { name: 'bare', stretches: STRETCHES, start: nothing },
    { name: 'hemostat, calls only (--no-flows)', stretches: STRETCHES, start: () => ours(false) },
    { name: 'hemostat, calls and flows', stretches: STRETCHES, start: () => ours(true) },
    { name: 'bpftrace one-liner, calls only, no windows', stretches: STRETCHES, start: peer },
    { name: 'perf trace -s -a', stretches: STRETCHES / 4, start: () => perf(directory) },
    { name: 'strace -c', stretches: STRETCHES / 10, start: nothing, around: ['strace', '-c', '-f', '-o', '/dev/null'] },
  ];
  const took = new Map<string, number[]>();
  try {
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const way of ways) {
        const stop = await way.start();
        for (const kind of KINDS) {
          const key = `${way.name} ${kind}`;
          took.set(key, [...(took.get(key) ?? []), await measure(program, kind, way)]);
        }
        await stop();
      }
      process.stderr.write(`round ${round + 1}\n`);
    }
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
  process.stdout.write(
    `load ${loadavg()
      .map((load) => load.toFixed(1))
      .join(' ')}\n`,
  );
  const of = (name: string, kind: string): number => Math.min(...(took.get(`${name} ${kind}`) ?? []));
  const heads = ['getppid', 'open or close', 'send or recv'].map((calls) => `${calls}, ns | more than bare`);
  process.stdout.write(`| counted by | ${heads.join(' | ')} |\n|${' --- |'.repeat(1 + 2 * heads.length)}\n`);
  for (const { name } of ways) {
    const cells = KINDS.flatMap((kind) => {
      const ns = of(name, kind);
      return [ns.toFixed(0), name === 'bare' ? '-' : `${((ns - of('bare', kind)) / 1000).toFixed(2)} µs`];
    });
    process.stdout.write(`| ${name} | ${cells.join(' | ')} |\n`);
  }
}

await main();
