import { execFile, spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TargetError } from './error.ts';
import { findScenario, listScenarios, prepareLab, type Scenario } from './lab.ts';

const LAB = join(import.meta.dirname, '..', '..', 'lab');
const scratch = mkdtempSync(join(tmpdir(), 'hemostat-lab-'));
const go = spawnSync('go', ['version']).status === 0 ? 'go' : '/usr/local/go/bin/go';
const hasGo = spawnSync(go, ['version'], { cwd: LAB }).status === 0;
const exec = promisify(execFile);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe('scenarios.json', () => {
  const scenarios = listScenarios();

  test('has every scenario that was promised, under a name of its own', () => {
    const names = scenarios.map((s) => s.name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((_, i) => scenarios[i]?.kind === 'leaking')).toEqual([
      'unbuffered-send',
      'receiver-gone',
      'buffer-full',
      'context-not-cancelled',
      'afterfunc-pile-up',
      'global-map',
      'sync-map-sessions',
      'pool-kept-after-put',
      'pool-oversized',
      'pool-finalizer',
      'closure-drags-heap',
      'http-body-not-closed',
      'ticker-not-stopped',
      'mutex-deadlock',
      'rwmutex-writer-stuck',
      'waitgroup-missing-done',
      'cond-no-signal',
      'select-no-exit',
      'nil-channel',
      'leak-through-global',
      'handler-allocates',
      'pool-pinning-large-buffers',
      'offheap-mmap',
      'rejected-files-open',
      'clients-blocked',
    ]);
    expect(names.filter((_, i) => scenarios[i]?.kind === 'healthy')).toEqual([
      'steady',
      'load-follows',
      'churn',
      'bounded-cache-warm-up',
      'burst-that-drains',
      'shared-pool-across-goroutines',
      'steady-syscalls',
    ]);
  });

  test.each(scenarios)('$name: kind, service, load metric and declared function fit the sources', (scenario) => {
    const sources = sourcesOf(scenario);
    expect('rule' in scenario.expect).toBe(scenario.kind === 'leaking');
    if (scenario.loadMetric !== undefined) {
      expect([...sources.values()].join()).toContain(`expvar.NewInt("${scenario.loadMetric}")`);
    }
    if ('rule' in scenario.expect) {
      const declared = scenario.expect.function.replace(/^main\./, '').replace(/\.func\d+$/, '');
      expect(sources.get(scenario.expect.file)).toMatch(new RegExp(`^func ${declaration(declared)}\\(`, 'm'));
    }
  });

  test('no service is left without a scenario', () => {
    expect(new Set(scenarios.map((s) => s.service))).toEqual(new Set(readdirSync(join(LAB, 'services'))));
  });
});

describe('prepareLab', () => {
  test('an unknown name is wrong usage and names the nearest', () => {
    expect(() => findScenario('unbufered-send')).toThrow(
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining('unbuffered-send') }),
    );
    expect(() => findScenario('zzzzzzzzzzzzzzzz')).toThrow('hemostat lab list');
  });

  test('says what to do when Go is missing', async () => {
    const failed = prepareLab('steady', { go: join(scratch, 'no-such-go') });
    await expect(failed).rejects.toThrow(TargetError);
    await expect(failed).rejects.toThrow('Go is not installed');
  });

  test('a failing build is one sentence with what the compiler said, and leaves nothing in the cache', async () => {
    const broken = join(scratch, 'go-that-fails');
    writeFileSync(
      broken,
      '#!/bin/sh\n[ "$1" = version ] && { echo go version go1.0 test/none; exit; }\n' +
        'echo "# example.com/x" >&2; echo "main.go:3:1: syntax error" >&2; exit 1\n',
    );
    chmodSync(broken, 0o755);
    const cache = join(scratch, 'cache-fails');
    const failed = withCache(cache, () => prepareLab('steady', { go: broken }));
    await expect(failed).rejects.toThrow(/go-that-fails build in .*lab failed: main.go:3:1: syntax error$/);
    expect(readdirSync(cache, { recursive: true }).filter((name) => String(name).includes('orders'))).toEqual([]);
  });

  test.skipIf(!hasGo)('two builds at once end in one runnable file, and the third only takes it', async () => {
    const cache = join(scratch, 'cache');
    const [a, b] = await withCache(cache, () => Promise.all([prepareLab('steady'), prepareLab('steady')]));
    expect(a.argv).toEqual(b.argv);
    expect(a.argv[0]?.startsWith(cache)).toBe(true);
    const files = readdirSync(cache, { recursive: true, withFileTypes: true }).filter((f) => f.isFile());
    expect(files.map((f) => f.name)).toEqual(['orders']);
    expect(spawnSync(a.argv[0] ?? '', ['-h']).status).toBe(0);
  });
});

describe.skipIf(!hasGo)('with the installed Go', () => {
  const bin = join(scratch, 'installed');
  beforeAll(() => buildAll(bin, {}));

  test('gofmt and go vet have nothing to say', async () => {
    const goroot = (await exec(go, ['env', 'GOROOT'], { cwd: LAB })).stdout.trim();
    expect((await exec(join(goroot, 'bin', 'gofmt'), ['-l', '.'], { cwd: LAB })).stdout).toBe('');
    await exec(go, ['vet', './...'], { cwd: LAB, timeout: 170_000 });
  });

  test('every service profiles the declared function, counts its load and ends by itself', async () => {
    const problems = await inParallel(listScenarios(), 8, async (scenario) => {
      // The heap profile is a sample: the function is as good as sure to be in it after 8 s, and surer after 30.
      for (const life of [8, 30]) {
        const seen = await visit(bin, scenario, life);
        if (seen.problem !== null) return `${scenario.name}: ${seen.problem}`;
        if (seen.declared) return null;
      }
      return `${scenario.name}: the declared function is in no profile`;
    });
    expect(problems.filter((problem) => problem !== null)).toEqual([]);
  }, 170_000);
});

describe('with Go 1.19.13', async () => {
  const env = { GOTOOLCHAIN: 'go1.19.13' };
  const obtained = hasGo && (await goVersion(env)).includes('go1.19.13');

  test.skipIf(!obtained)(
    'every service builds, answers and ends by itself',
    async () => {
      const bin = join(scratch, 'go1.19');
      await buildAll(bin, env);
      const problems = await inParallel(listScenarios(), 10, async (scenario) => {
        const { problem } = await visit(bin, scenario, 2);
        return problem === null ? null : `${scenario.name}: ${problem}`;
      });
      expect(problems.filter((problem) => problem !== null)).toEqual([]);
    },
    300_000,
  );
});

/** Runs the service for `life` seconds, and polls its profiles until the declared function is in one of them. */
async function visit(
  bin: string,
  scenario: Scenario,
  life: number,
): Promise<{ problem: string | null; declared: boolean }> {
  const child = spawn(join(bin, scenario.service), ['-life', `${life}s`, ...(scenario.args ?? [])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  let log = '';
  const url = new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const found = /^listening on (http:\S+)\n/m.exec(log)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('close', () => reject(new Error(`it ended before it listened: ${log}`)));
  });
  // What leaks descriptors shows in no profile.
  let declared = scenario.kind === 'healthy' || !scenario.legs.some((leg) => leg === 'heap' || leg === 'goroutine');
  let complete = false;
  try {
    const base = await url;
    const index = await textOf(`${base}/debug/pprof/`);
    const vars: unknown = JSON.parse(await textOf(`${base}/debug/vars`));
    const counted = scenario.loadMetric === undefined || (isRecord(vars) && scenario.loadMetric in vars);
    complete = index.includes('goroutine') && isRecord(vars) && 'memstats' in vars && counted;
    while (!declared) {
      const heap = await textOf(`${base}/debug/pprof/heap?gc=1&debug=1`);
      const goroutines = await textOf(`${base}/debug/pprof/goroutine?debug=1`);
      declared = names(scenario, heap) || names(scenario, goroutines);
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  } catch (error) {
    // The service may end between two requests; before the first answers it may not.
    if (!complete) {
      child.kill();
      await ended;
      return { problem: String(error), declared };
    }
  }
  const status = await ended;
  return { problem: complete && status === 0 ? null : `exit ${status}, profiles complete: ${complete}`, declared };
}

/** Whether a debug=1 profile has a frame of the declared function in the declared file. */
function names(scenario: Scenario, profile: string): boolean {
  if (!('rule' in scenario.expect)) return false;
  const { file, function: name } = scenario.expect;
  return profile.split('\n').some((line) => line.includes(`\t${name}+0x`) && line.includes(`/${file}:`));
}

async function textOf(url: string): Promise<string> {
  const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.text();
}

/** `main` packages only: go build -o DIR/ drops the others. */
async function buildAll(bin: string, env: Record<string, string>): Promise<void> {
  await exec(go, ['build', '-buildvcs=false', '-o', `${bin}/`, './services/...'], {
    cwd: LAB,
    env: { ...process.env, ...env },
    timeout: 240_000,
  });
}

async function goVersion(env: Record<string, string>): Promise<string> {
  try {
    const { stdout } = await exec(go, ['version'], { cwd: LAB, env: { ...process.env, ...env }, timeout: 120_000 });
    return stdout;
  } catch {
    return '';
  }
}

async function inParallel<T, R>(items: readonly T[], workers: number, task: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items];
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) results.push(await task(item));
  };
  await Promise.all(Array.from({ length: workers }, work));
  return results;
}

/** With our cache elsewhere. Go would move its own with it and compile the standard library again, so that one stays. */
async function withCache<T>(directory: string, task: () => Promise<T>): Promise<T> {
  const before = process.env.XDG_CACHE_HOME;
  if (hasGo) process.env.GOCACHE ??= spawnSync(go, ['env', 'GOCACHE'], { cwd: LAB, encoding: 'utf8' }).stdout.trim();
  process.env.XDG_CACHE_HOME = directory;
  try {
    return await task();
  } finally {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  }
}

function sourcesOf(scenario: Scenario): Map<string, string> {
  const directory = join(LAB, 'services', scenario.service);
  return new Map(readdirSync(directory).map((file) => [file, readFileSync(join(directory, file), 'utf8')]));
}

/** `(*shipper).enqueue` as the start of its declaration: `(s *shipper) enqueue`, escaped for a regular expression. */
function declaration(name: string): string {
  const method = /^\(\*(\w+)\)\.(\w+)$/.exec(name);
  return method === null ? name : `\\(\\w+ \\*${method[1]}\\) ${method[2]}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
