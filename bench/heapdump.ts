/**
 * A heap dump of 1 GB: reading it, marking, the proof, and `hemostat prove` as a whole; beside viewcore (golang.org/x/debug) and goref, which read a core of the
 * same process. The heap and what it weighs is known from the process itself: MemStats after a collection.
 *
 * The peers are taken from PATH, or installed with `go install` where the module proxy has them; a core needs gdb's gcore. Where
 * they cannot be had the rows are without a peer, and the reason is on standard error.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { readProfile } from '../src/evidence/pprof/read.ts';
import type { Found } from './heapdump-work.ts';
import { type Run, repeat, runProcess } from './measure.ts';
import type { BenchRow, Measured } from './row.ts';

const HEMOSTAT = join(import.meta.dirname, '..', 'bin', 'hemostat');
/** Goroutines of bench/heap that wait for what nobody else knows. */
const LEAKED = 500;
/** MB (10^6) of heap; the dump is 1.3 times that. */
const HEAP_MB = 800;
const LEAST_OBJECTS = 10_000_000;
const LEAST_BYTES = 1_000_000_000;

const PEERS = {
  viewcore: 'golang.org/x/debug/cmd/viewcore@latest',
  grf: 'github.com/cloudwego/goref/cmd/grf@latest',
} as const;
type Peer = keyof typeof PEERS;

/** Objects and bytes of the heap, as the runtime counts them. */
interface Truth {
  readonly bytes: number;
  readonly objects: number;
}

export async function rows(): Promise<BenchRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-bench-'));
  try {
    const dump = join(dir, 'heap.dump');
    const { truth, core, exe } = await makeHeap(dir, dump);
    const { size } = statSync(dump);
    const found: Found = JSON.parse((await work('read', dump)).stdout);
    if (size < LEAST_BYTES || found.objects < LEAST_OBJECTS) throw new Error(`a dump of ${size} bytes is too small`);
    const what = `a heap dump of ${(size / 1e9).toFixed(2)} GB, ${millions(found.objects)} objects, ${millions(found.pointers)} pointers`;
    const limitMB = (2 * size) / 2 ** 20;
    const row = (does: string, seconds: number, ours: Measured, peer: BenchRow['peer'] = null): BenchRow => ({
      name: `${does} ${what}, whole process`,
      ours,
      peer,
      goal: `≤ ${seconds} s, resident ≤ 2 × the dump`,
      ok: ours.ms <= seconds * 1000 && ours.rssMB <= limitMB,
    });
    const measure = (stage: string): Promise<Measured> => repeat(3, () => checked(stage, dump, truth));
    return [
      row('read and resolve', 6, await measure('read')),
      row('read and mark', 10, await measure('mark'), await viewcore(dir, exe, core, truth)),
      row('read and prove (no dominators)', 10, await measure('proof')),
      row(
        '`hemostat prove` (proof and dominators) of',
        20,
        await repeat(3, () => command(dump, truth)),
        await goref(dir, exe, core, truth),
      ),
    ];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function millions(count: number): string {
  return `${(count / 1e6).toFixed(1)} M`;
}

function work(stage: string, dump: string): Promise<Run> {
  return runProcess(process.execPath, [join(import.meta.dirname, 'heapdump-work.ts'), stage, dump]);
}

/** A pass that loses objects would be fast for nothing. */
async function checked(stage: string, dump: string, truth: Truth): Promise<Measured> {
  const { ms, rssMB, stdout } = await work(stage, dump);
  const { objects, bytes, proven }: Found = JSON.parse(stdout);
  near(`${stage}: bytes`, bytes, truth.bytes, 0.0001);
  near(`${stage}: objects`, objects, truth.objects, 0.0001);
  if (stage === 'proof') near('proof: goroutines', proven, LEAKED, 0);
  return { ms, rssMB };
}

/** What scripts rely on of the command's JSON. */
interface Answer {
  readonly goroutines: { readonly proven: number };
  readonly heap: { readonly reachable: number };
}

async function command(dump: string, truth: Truth): Promise<Measured> {
  const { ms, rssMB, stdout } = await runProcess(HEMOSTAT, ['prove', dump, '--json', '--fail-on', 'never']);
  const { goroutines, heap }: Answer = JSON.parse(stdout);
  near('prove: goroutines', goroutines.proven, LEAKED, 0);
  near('prove: bytes', heap.reachable, truth.bytes, 0.0001);
  return { ms, rssMB };
}

function near(what: string, found: number, truth: number, tolerance: number): void {
  if (Math.abs(found - truth) > truth * tolerance) throw new Error(`${what}: ${found}, but the runtime says ${truth}`);
}

/** Runs the program until it has written its dump, and takes a core of it where that can be. */
async function makeHeap(dir: string, dump: string): Promise<{ truth: Truth; core: string | null; exe: string }> {
  const exe = join(dir, 'heap');
  const program = join(import.meta.dirname, 'heap');
  execFileSync('go', ['build', '-trimpath', '-buildvcs=false', '-o', exe, '.'], { cwd: program });
  const child = spawn(exe, [dump, String(HEAP_MB), 'wait'], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    const [bytes = 0, objects = 0] = (await firstLine(child)).split(' ').map(Number);
    return { truth: { bytes, objects }, core: takeCore(dir, child), exe };
  } finally {
    child.kill('SIGKILL');
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      if (text.includes('\n')) resolve(text.trim());
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the program ended with ${code} before its dump was there`)));
    setTimeout(() => reject(new Error('the program wrote no dump in 300 s')), 300_000).unref();
  });
}

function takeCore(dir: string, child: ChildProcess): string | null {
  try {
    execFileSync('gcore', ['-o', join(dir, 'core'), String(child.pid)], { stdio: 'ignore', timeout: 120_000 });
    return join(dir, `core.${child.pid}`);
  } catch (error) {
    return without('a core of the process', error);
  }
}

function without(what: string, error: unknown): null {
  const [first = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  process.stderr.write(`heapdump: measured without ${what}: ${first}\n`);
  return null;
}

/** The peer's program: from PATH, or installed into `dir`. */
function install(dir: string, peer: Peer): string | null {
  const bin = join(dir, 'bin');
  mkdirSync(bin, { recursive: true });
  const env = { ...process.env, PATH: `${process.env.PATH ?? ''}${delimiter}${bin}`, GOBIN: bin, GOFLAGS: '' };
  const where = (): string => execFileSync('sh', ['-c', `command -v ${peer}`], { encoding: 'utf8', env }).trim();
  try {
    return where();
  } catch {
    try {
      execFileSync('go', ['install', PEERS[peer]], { env, stdio: ['ignore', 'ignore', 'pipe'], timeout: 180_000 });
      return where();
    } catch (error) {
      return without(peer, error);
    }
  }
}

/** `viewcore breakdown` reads the core, marks, and adds up by class. It prints live bytes. */
async function viewcore(dir: string, exe: string, core: string | null, truth: Truth): Promise<BenchRow['peer']> {
  const program = core === null ? null : install(dir, 'viewcore');
  if (core === null || program === null) return null;
  try {
    const { ms, rssMB, stdout } = await runProcess(program, [core, '--exe', exe, 'breakdown']);
    const live = Number(/^\s*live\s+(\d+)/m.exec(stdout)?.[1]);
    // Everything is alive: the process has just collected. What viewcore takes for garbage it cannot follow.
    const missed = ((1 - live / truth.bytes) * 100).toFixed(1);
    return { name: `viewcore, which misses ${missed} % of the bytes`, ms, rssMB };
  } catch (error) {
    return without('viewcore', error);
  }
}

/** goref writes what each way from a root holds, as a profile; its sum is the reachable bytes. */
async function goref(dir: string, exe: string, core: string | null, truth: Truth): Promise<BenchRow['peer']> {
  const program = core === null ? null : install(dir, 'grf');
  if (core === null || program === null) return null;
  try {
    const out = join(dir, 'grf.out');
    const { ms, rssMB } = await runProcess(program, ['core', exe, core, '-o', out]);
    const { values } = readProfile(readFileSync(out)).samples;
    const bytes = values.at(-1)?.reduce((sum, value) => sum + value, 0) ?? 0;
    // The process has gone on to print before the core was taken.
    near('goref: bytes', bytes, truth.bytes, 0.001);
    return { name: 'goref', ms, rssMB };
  } catch (error) {
    return without('goref', error);
  }
}

if (import.meta.main) for (const row of await rows()) process.stdout.write(`${JSON.stringify(row)}\n`);
