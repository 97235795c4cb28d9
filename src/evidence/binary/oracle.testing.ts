/** For tests only: testdata/oracle built by real Go versions, and what the Go runtime says about each such program. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Executable } from './executable.ts';

const SOURCE = join(import.meta.dirname, 'testdata', 'oracle');
const GO = existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : 'go';

export interface Build {
  /** GOTOOLCHAIN: `local` or `go1.27.1`. */
  readonly go: string;
  /** What is special: arguments of go build. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** go with a toolchain; stdout. `input` is its stdin. */
export function runGo(args: readonly string[], { go = 'local', env = {}, cwd = SOURCE, input = '' } = {}): string {
  return execFileSync(GO, args, {
    cwd,
    env: { ...process.env, GOFLAGS: '', GOWORK: 'off', GOTOOLCHAIN: go, ...env },
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 170_000,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** Path of the program, built once on this machine. */
export function buildOracle(build: Build): string {
  const files = ['main.go', 'go.mod'].map((name) => readFileSync(join(SOURCE, name)));
  const key = [runGo(['env', 'GOVERSION'], build), JSON.stringify(build), ...files];
  const hash = createHash('sha256');
  for (const part of key) hash.update(part).update('\0');
  const dir = join(tmpdir(), `hemostat-test-${hash.digest('hex').slice(0, 16)}`);
  const binary = join(dir, 'oracle');
  if (existsSync(binary)) return binary;
  mkdirSync(dir, { recursive: true });
  for (const name of ['main.go', 'go.mod']) copyFileSync(join(SOURCE, name), join(dir, name));
  const partial = `${binary}.${process.pid}`;
  runGo(['build', '-buildvcs=false', ...(build.flags ?? []), '-o', partial, '.'], { ...build, cwd: dir });
  renameSync(partial, binary);
  return binary;
}

/** The lines of the program by their first word, without it; see testdata/oracle/main.go. */
export type Facts = ReadonlyMap<string, readonly (readonly string[])[]>;

/** Runs the program; with a path it writes its heap dump there. */
export function runOracle(binary: string, dump?: string): Facts {
  const output = execFileSync(binary, dump === undefined ? [] : [dump], { encoding: 'utf8', maxBuffer: 1 << 28 });
  const facts = new Map<string, string[][]>();
  for (const line of output.trim().split('\n')) {
    const [kind = '', ...rest] = line.split('\t');
    const rows = facts.get(kind) ?? [];
    facts.set(kind, rows);
    rows.push(rest);
  }
  return facts;
}

/** How far the process lies from the executable, by the functions that the program names with their addresses. */
export function biasOf(facts: Facts, { pclntab }: Executable): number {
  const entries = new Map<string, number>();
  for (let i = 0; i < pclntab.functionCount; i++) entries.set(pclntab.name(i), pclntab.entries[i] ?? 0);
  const biases = new Set(
    (facts.get('entry') ?? []).map(([address, name = '']) => Number(address) - (entries.get(name) ?? Number.NaN)),
  );
  const [bias, ...others] = biases;
  if (bias === undefined || others.length > 0) throw new Error(`functions moved by ${[...biases].join(', ')}`);
  return bias;
}

/** The runtime prints `[...]` for type arguments. */
export function asPrinted(name: string): string {
  return name.replace(/\[.*\]/, '[...]');
}
