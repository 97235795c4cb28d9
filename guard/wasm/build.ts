/**
 * Compiles guard/wasm/assembly into guard/wasm/build/hemostat-body.wasm. The same sources and compiler give the same bytes, so the
 * file is not committed: it is made where it is needed (make wasm, prepack, the tests) and its digest printed.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const HERE = import.meta.dirname;
const SOURCES = join(HERE, 'assembly');
const BUILD = join(HERE, 'build');
const COMPILER = dirname(fileURLToPath(import.meta.resolve('assemblyscript/package.json')));
/** Where the filter is after buildFilter(). */
const FILTER = join(BUILD, 'hemostat-body.wasm');

/**
 * stub: nothing is freed, because nothing is allocated while requests run. No assertions: what they would say cannot be printed in
 * a proxy. 1024 pages: a VM never holds more than 64 MiB. _initialize: so that Envoy decides when the start code runs.
 */
const OPTIONS = [
  '--runtime',
  'stub',
  '-O3',
  '--converge',
  '--noAssert',
  '--exportStart',
  '_initialize',
  '--use',
  'abort=assembly/abort/abort',
  '--maximumMemory',
  '1024',
];

export interface BuiltFilter {
  readonly path: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** SHA-256, hex: what Envoy's `sha256` and Istio's `sha256` want. */
  readonly sha256: string;
}

/** Compiles, unless what is there was made of the same sources by the same compiler. */
export function buildFilter(): BuiltFilter {
  const key = keyOfSources();
  const stamp = join(BUILD, 'sources.sha256');
  try {
    if (readFileSync(stamp, 'utf8') === key) return readFilter();
  } catch {
    // Not built yet.
  }
  mkdirSync(BUILD, { recursive: true });
  // A name of its own: tests in several processes may build at a time.
  const temporary = `${FILTER}.${process.pid}.tmp`;
  compile('assembly/index.ts', temporary);
  renameSync(temporary, FILTER);
  writeFileSync(`${stamp}.${process.pid}.tmp`, key);
  renameSync(`${stamp}.${process.pid}.tmp`, stamp);
  return readFilter();
}

/** Compiles a filter to compare with, anew: they are small. */
export function buildPeer(name: 'empty' | 'trap'): string {
  mkdirSync(BUILD, { recursive: true });
  const path = join(BUILD, `${name}.wasm`);
  compile(`assembly/peers/${name}.ts`, path);
  return path;
}

function compile(entry: string, path: string): void {
  // As a program: the compiler's types declare a console of their own, for every file of ours.
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(COMPILER, 'bin', 'asc.js'), entry, 'assembly/abort.ts', '--outFile', relative(HERE, path), ...OPTIONS],
    { cwd: HERE, encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`guard/wasm: ${entry} does not compile: ${stderr}`);
}

function readFilter(): BuiltFilter {
  const bytes = new Uint8Array(readFileSync(FILTER));
  return { path: FILTER, bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function keyOfSources(): string {
  const hash = createHash('sha256')
    .update(readFileSync(join(COMPILER, 'package.json')))
    .update(`${OPTIONS.join(' ')}\n`);
  for (const name of readdirSync(SOURCES)
    .filter((entry) => entry.endsWith('.ts'))
    .sort())
    hash.update(`${name}\n`).update(readFileSync(join(SOURCES, name)));
  return hash.digest('hex');
}

if (process.argv[1] === import.meta.filename) {
  const { path, bytes, sha256 } = buildFilter();
  process.stdout.write(`${relative(process.cwd(), path)}  ${bytes.length} bytes  sha256:${sha256}\n`);
}
