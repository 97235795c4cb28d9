/**
 * Real heap dumps for tests: builds one of the Go programs in src/diagnose/heap/testdata/programs (or any other) with a
 * toolchain, runs it, and hands out its dump with what the program says is true of its goroutines. Programs compute
 * that by construction; none of it comes from hemostat.
 */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const exec = promisify(execFile);

/** The module with the programs `kinds` and `random`. */
export const PROGRAMS: string = join(import.meta.dirname, '..', 'diagnose', 'heap', 'testdata', 'programs');

const goroutineTruth = z.object({
  id: z.number(),
  /** What it waits for, in the program's words: `send-unbuffered`, `cond`, `chain-leaked`, `holder-sleeping` … */
  kind: z.string(),
  /** It can never run again, whatever happens. */
  leaked: z.boolean(),
  why: z.string(),
  /** The runtime's wait reason in a goroutine dump just before the heap dump, e.g. `chan receive (nil chan)`. */
  state: z.string(),
  /** The runtime's goroutineleak profile, taken after the dump, reports it. */
  runtimeLeaked: z.boolean().default(false),
  /** Bytes of a buffer that only its frame refers to. */
  payload: z.number().default(0),
  /** Number of the random graph it belongs to. */
  case: z.number().default(0),
});

const truthDocument = z.object({
  goVersion: z.string(),
  goroutines: z.array(goroutineTruth),
  /** Payload bytes that only leaked goroutines reach; the runtime's own objects (stacks, channels, closures) are not in it. */
  heldBytes: z.number().default(0),
  cases: z.number().default(0),
  /** There is a goroutineleak profile: Go 1.27, or 1.26 with its experiment. */
  runtimeAsked: z.boolean().default(false),
});

export type HeapTruth = z.infer<typeof truthDocument>;

export interface HeapProgram {
  /** Directory of the main package, below `module`: `kinds`, `random`. */
  readonly program: string;
  /** Directory with go.mod; PROGRAMS by default. */
  readonly module?: string;
  /** As in GOTOOLCHAIN: `go1.19.13`; `local` is the installed Go. */
  readonly toolchain: string;
  /** Beside `-dump FILE`, which is added: `['-seed', '7']`. */
  readonly args?: readonly string[];
  /** Of build and run: `{ GOEXPERIMENT: 'goroutineleakprofile' }`, `{ GOMAXPROCS: '1' }`. */
  readonly env?: Readonly<Record<string, string>>;
  /** Flags of go build beside -trimpath: `['-ldflags=-s -w']`. */
  readonly buildFlags?: readonly string[];
}

export interface HeapProgramRun {
  /** Path of the heap dump. Kept for other tests: do not change it. */
  readonly dump: string;
  /** Path of the executable. */
  readonly binary: string;
  readonly truth: HeapTruth;
}

/** Where builds and dumps are kept between tests and runs; safe to delete. */
const CACHE = join(tmpdir(), 'hemostat-heap-programs');

const GO = spawnSync('go', ['version']).status === 0 ? 'go' : '/usr/local/go/bin/go';

const obtainable = new Map<string, boolean>();

/** True where this toolchain is installed or can be downloaded: tests skip where it is not. */
export function hasToolchain(toolchain: string): boolean {
  let known = obtainable.get(toolchain);
  if (known === undefined) {
    const env = { ...process.env, GOTOOLCHAIN: toolchain };
    known = spawnSync(GO, ['version'], { cwd: tmpdir(), env, timeout: 180_000 }).status === 0;
    obtainable.set(toolchain, known);
  }
  return known;
}

/** Builds and runs a program, or takes what an earlier call with the same sources and arguments left. Minutes at worst, when a toolchain compiles its library. */
export async function runHeapProgram(wanted: HeapProgram): Promise<HeapProgramRun> {
  const module = wanted.module ?? PROGRAMS;
  const flags = ['-trimpath', ...(wanted.buildFlags ?? [])];
  const environment = { ...process.env, GOTOOLCHAIN: wanted.toolchain, GOFLAGS: '', GOWORK: 'off', ...wanted.env };
  const version = (await exec(GO, ['env', 'GOVERSION'], { cwd: module, env: environment })).stdout.trim();
  const buildKey = keyOf([sourcesOf(module), version, wanted.program, JSON.stringify([flags, wanted.env ?? {}])]);
  const binary = join(CACHE, buildKey, wanted.program.replaceAll('/', '-'));
  if (!existsSync(binary)) {
    await intoPlace(join(CACHE, buildKey), async (directory) => {
      const output = join(directory, wanted.program.replaceAll('/', '-'));
      const args = ['build', ...flags, '-o', output, `./${wanted.program}`];
      await exec(GO, args, { cwd: module, env: environment, timeout: 300_000 });
    });
  }
  const args = wanted.args ?? [];
  const run = join(CACHE, keyOf([buildKey, ...args]));
  const dump = join(run, 'heap.dump');
  const truth = join(run, 'truth.json');
  if (!existsSync(dump)) {
    await intoPlace(run, async (directory) => {
      const all = ['-dump', join(directory, 'heap.dump'), ...args];
      const { stdout } = await exec(binary, all, {
        cwd: directory,
        env: environment,
        timeout: 120_000,
        maxBuffer: 1 << 28,
      });
      truthDocument.parse(JSON.parse(stdout));
      writeFileSync(join(directory, 'truth.json'), stdout);
    });
  }
  return { dump, binary, truth: truthDocument.parse(JSON.parse(readFileSync(truth, 'utf8'))) };
}

/** Fills a directory under another name and renames it: whoever sees it sees all of it, and two that fill it do no harm. */
async function intoPlace(path: string, fill: (directory: string) => Promise<void>): Promise<void> {
  const draft = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  mkdirSync(draft, { recursive: true, mode: 0o700 });
  try {
    await fill(draft);
    if (!existsSync(path)) renameSync(draft, path);
    forgetOld();
  } catch (error) {
    // Somebody else was first: theirs is as good.
    if (!existsSync(path)) throw error;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

/** Dumps of sources that have changed since, or of drafts that were cut off, are not for ever. */
function forgetOld(): void {
  const yesterday = Date.now() - 24 * 3600 * 1000;
  for (const name of readdirSync(CACHE)) {
    const path = join(CACHE, name);
    const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (made < yesterday) rmSync(path, { recursive: true, force: true });
  }
}

/** Paths and contents of all Go sources of a module. */
function sourcesOf(module: string): string {
  const hash = createHash('sha256');
  const files = readdirSync(module, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.go') || file.endsWith('go.mod'))
    .sort();
  for (const file of files)
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(module, file)))
      .update('\0');
  return hash.digest('hex');
}

function keyOf(parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 24);
}
