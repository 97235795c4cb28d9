/** Source review as the command line uses it: patterns to reports, with threads and a cache. */
import { availableParallelism } from 'node:os';
import type { LoadOptions } from '../golang/load.ts';
import { readEnvironment } from '../golang/load-environment.ts';
import { cacheDirectory, makeCacheDirectory } from './cache-directory.ts';
import { hashOf, toolDigest } from './cache-key.ts';
import { type Manifest, makeManifest, manifestHolds } from './cache-manifest.ts';
import { type CacheStore, openCacheStore, pruneCache } from './cache-store.ts';
import { reviewPackages } from './packages.ts';
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
  const key = hashOf(['whole', setup.setupDigest, ...patterns]);

  const known = store === null ? null : unchanged(store, key);
  if (known !== null) {
    const { packages } = known.stats;
    options.onProgress?.(packages, packages);
    return { ...known, stats: { ...known.stats, fromCache: packages, seconds: secondsSince(began) } };
  }

  const found = reviewPackages(patterns, loadOptions(options));
  const run = new Run(found, setup, options.onProgress ?? (() => {}));
  const workers = Math.min(options.workers ?? Math.min(availableParallelism(), MAX_WORKERS), found.packages.length);
  if (workers <= 0) run.inThisThread(options.signal);
  else await runPool(run, { setup, workers, signal: options.signal });
  const result = run.result([...notes, ...found.notes], began);
  if (store !== null && directory !== null && run.complete) {
    // A review of one moment: made before anything was read, it does not hold if something was written meanwhile.
    const manifest = makeManifest(found.stats.values(), beganMs);
    if (manifest !== null) store.write(key, JSON.stringify({ manifest, result } satisfies Whole));
    pruneCache(directory);
  }
  return result;
}

/** A whole review as it is remembered. */
interface Whole {
  readonly manifest: Manifest;
  readonly result: ReviewResult;
}

function unchanged(store: CacheStore, key: string): ReviewResult | null {
  const text = store.read(key);
  if (text === null) return null;
  const whole: Whole = JSON.parse(text);
  return manifestHolds(whole.manifest) ? whole.result : null;
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
  const load = loadOptions(options);
  let directory = options.cache === 'off' ? null : cacheDirectory(process.env, process.platform);
  if (directory !== null && !makeCacheDirectory(directory)) {
    notes.push(`${directory} cannot be made, so nothing is remembered; set HEMOSTAT_CACHE to a directory, or to off.`);
    directory = null;
  }
  const environment = readEnvironment(process.env);
  const setupDigest = hashOf([toolDigest(), JSON.stringify(load), JSON.stringify(environment), ...[...rules].sort()]);
  return { load, rules, cacheDirectory: directory, setupDigest };
}
