/** Source review as the command line uses it: patterns to reports, with threads and a cache. */
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { makeDirectory } from '../findings/make-directory.ts';
import type { LoadOptions } from '../golang/load.ts';
import { readEnvironment, readText } from '../golang/load-environment.ts';
import { cacheDirectory } from './cache-directory.ts';
import { hashOf, toolDigest } from './cache-key.ts';
import { type Manifest, makeManifest, manifestHolds } from './cache-manifest.ts';
import { type CacheStore, openCacheStore, pruneCache } from './cache-store.ts';
import { type AbsentImport, reviewPackages, stillAbsent } from './packages.ts';
import { runPool } from './pool.ts';
import { RULES } from './registry.ts';
import type { ReviewOptions, ReviewResult } from './result.ts';
import type { ReviewerSetup } from './reviewer.ts';
import { Run, secondsSince } from './run.ts';

/** More threads share memory bandwidth rather than add to it, and each has a heap of its own. */
const MAX_WORKERS = 8;
/**
 * Reviews the packages that `patterns` name (`./...`, `./cart`, a directory, a file); none: the one in `cwd`.
 * @throws UsageError (by name) when a pattern names nothing; the reason of `options.signal` when that aborts
 */
export async function review(patterns: readonly string[], options: ReviewOptions): Promise<ReviewResult> {
  const beganMs = Date.now();
  const began = performance.now();
  options.signal?.throwIfAborted();
  const notes: string[] = [];
  const setup = setupOf(options, notes);
  const directory = setup.cacheDirectory;
  const store = directory === null ? null : openCacheStore(directory);
  const load = loadOptions(options);
  const key = hashOf(['whole', setup.setupDigest, JSON.stringify(load), rootsAbove(options.cwd), ...patterns]);

  const known = store === null ? null : unchanged(store, key, load);
  if (known !== null) {
    const { packages } = known.stats;
    options.onProgress?.(packages, packages);
    return { ...known, stats: { ...known.stats, fromCache: packages, seconds: secondsSince(began) } };
  }

  const found = reviewPackages(patterns, load);
  const run = new Run(found, setup, options.onProgress ?? (() => {}));
  const workers = Math.min(options.workers ?? Math.min(availableParallelism(), MAX_WORKERS), found.packages.length);
  if (workers <= 0) run.inThisThread(options.signal);
  else await runPool(run, { setup, workers, signal: options.signal });
  const reviewed = run.result([...found.notes, ...notes], began);
  const result = { ...reviewed, notes: [...reviewed.notes, ...absentNotes(found.absent)] };
  if (store !== null && directory !== null) {
    // What could not be read leaves no trace in a manifest, so nobody would notice when it can be.
    const whole = run.complete && reviewed.notes.length === 0;
    const manifest = whole ? makeManifest(found.stats.values(), beganMs) : null;
    if (manifest !== null) {
      store.write(key, JSON.stringify({ manifest, absent: found.absent, result } satisfies Whole));
    }
    pruneCache(directory);
  }
  return result;
}

/** Names at most. */
const MOST_ABSENT = 3;

/** "No findings" in a fresh clone must not be taken for an answer. The standard library needs not be there. */
function absentNotes(absent: readonly AbsentImport[]): string[] {
  const paths = [...new Set(absent.map(({ importPath }) => importPath))];
  const ours = paths.filter((path) => path.split('/')[0]?.includes('.')).sort();
  if (ours.length === 0) return [];
  const named = ours.slice(0, MOST_ABSENT).join(', ') + (ours.length > MOST_ABSENT ? ', …' : '');
  const count = ours.length === 1 ? 'one imported package is' : `${ours.length} imported packages are`;
  const them = ours.length === 1 ? 'it' : 'them';
  return [`${count} not on this machine (${named}): what depends on ${them} is not reported; run go mod download`];
}

/** A whole review as it is remembered. */
interface Whole {
  readonly manifest: Manifest;
  readonly absent: readonly AbsentImport[];
  readonly result: ReviewResult;
}

function unchanged(store: CacheStore, key: string, load: LoadOptions): ReviewResult | null {
  const text = store.read(key);
  if (text === null) return null;
  const whole: Whole = JSON.parse(text);
  return manifestHolds(whole.manifest) && stillAbsent(whole.absent, load) ? whole.result : null;
}

/** Directories above with a go.mod or go.work: a new one changes what a pattern means, and a manifest knows only what was there. */
function rootsAbove(cwd: string): string {
  const roots: string[] = [];
  for (let dir = cwd; ; dir = dirname(dir)) {
    for (const name of ['go.mod', 'go.work']) if (existsSync(join(dir, name))) roots.push(join(dir, name));
    if (dir === dirname(dir)) return roots.join('\n');
  }
}

export function loadOptions(options: Omit<ReviewOptions, 'cache'>): LoadOptions {
  return {
    cwd: options.cwd,
    tests: options.tests ?? true,
    ...(options.goos === undefined ? {} : { goos: options.goos }),
    ...(options.goarch === undefined ? {} : { goarch: options.goarch }),
    ...(options.tags === undefined ? {} : { tags: options.tags }),
  };
}

export function setupOf(options: ReviewOptions, notes: string[]): ReviewerSetup {
  const rules = options.rules ?? RULES.map((rule) => rule.id);
  // Not where from and which packages: the same package has one answer.
  const { cwd: _cwd, tests: _tests, ...platform } = loadOptions(options);
  let directory = options.cache === 'off' ? null : cacheDirectory(process.env, process.platform);
  if (directory !== null && !makeDirectory(directory)) {
    notes.push(`${directory} cannot be made, so nothing is remembered; set HEMOSTAT_CACHE to a directory, or to off.`);
    directory = null;
  }
  const environment = readEnvironment(process.env);
  const version = environment.goroot === null ? '' : readText(join(environment.goroot, 'VERSION'));
  const parts = [toolDigest(), JSON.stringify(platform), JSON.stringify(environment), version ?? ''];
  const setupDigest = hashOf([...parts, ...[...rules].sort()]);
  return { load: loadOptions(options), rules, cacheDirectory: directory, setupDigest };
}
