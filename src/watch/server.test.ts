import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { startFarm } from '../../bench/soak-farm/farm.ts';
import { parseAddress } from '../collect/address.ts';
import { findings, status } from './api/contract.ts';
import type { Schedule, WatchConfig } from './config/config.ts';
import { DEFAULT_ALERTS, DEFAULT_RETENTION, DEFAULT_SYSCALLS, defaultRespond } from './config/defaults.ts';
import { requestBackup } from './control.ts';
import { SCHEDULE } from './schedule/testing.ts';
import { WatchServer } from './server.ts';
import { targetInfo } from './targets/target.ts';

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

function freshDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-server-test-'));
  cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const FAST: Schedule = {
  ...SCHEDULE,
  metricsEveryMs: 250,
  profilesEveryMs: 500,
  budget: { captures: 10_000, bytes: 64 * 2 ** 20, pauseMs: 1e6 },
};

/** Targets by the paths that the farm answers under. */
function configOf(dataDir: string, farm: string, paths: readonly string[], source: string | null = null): WatchConfig {
  const targets = paths.map((path) => {
    const address = parseAddress(`${farm}${path}/debug/pprof/`);
    const service = path.split('/').at(-1) ?? '';
    return {
      info: targetInfo(address, { environment: 'test', service, instance: path, from: 'static', labels: {} }),
      address,
      http: { headers: [], insecure: false, timeoutMs: path.startsWith('/h/') ? 300 : 10_000 },
      schedule: FAST,
      load: { prometheus: null, metric: null },
      metricsPath: `${path}/metrics`,
      source,
      pid: null,
    };
  });
  return {
    file: null,
    dataDir,
    listen: { host: '127.0.0.1', port: 0 },
    token: null,
    discovery: [{ kind: 'static', targets }],
    labs: [],
    syscalls: DEFAULT_SYSCALLS,
    retention: DEFAULT_RETENTION,
    alerts: DEFAULT_ALERTS,
    respond: defaultRespond(),
    concurrency: 4,
    log: { level: 'error' },
  };
}

async function start(config: WatchConfig): Promise<WatchServer> {
  const server = await WatchServer.start({ config, version: '0', log: pino({ level: 'silent' }), uiDir: null });
  cleanup.push(() => server.stop());
  return server;
}

async function farm(): Promise<string> {
  const running = await startFarm({ targets: 3, leaks: 0, loads: 0, restarts: 0, seed: 1, port: 0, script: false });
  cleanup.push(() => running.close());
  return running.url;
}

async function get<T>(server: WatchServer, path: string, schema: { parse(value: unknown): T }): Promise<T> {
  const answer = await fetch(`${server.url}${path}`);
  expect(answer.status).toBe(200);
  return schema.parse(await answer.json());
}

/** Asks again until it is so; the limit is for what never happens. */
async function until<T>(ask: () => Promise<T>, done: (value: T) => boolean): Promise<T> {
  const limit = performance.now() + 120_000;
  for (;;) {
    const value = await ask();
    if (done(value)) return value;
    if (performance.now() > limit) throw new Error(`it did not become so: ${JSON.stringify(value).slice(0, 2000)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe('a server with targets of every kind', () => {
  it('watches those that are well, names what is wrong with the others, and goes on after a restart', async () => {
    const url = await farm();
    const dataDir = freshDir();
    const well = ['/t/0000', '/t/0001', '/t/0002'];
    const bad = ['garbage', 'endless', 'trickle', 'redirect', 'error', 'bomb', 'cut'];
    const config = configOf(dataDir, url, [...bad.map((name) => `/h/${name}`), ...well]);
    const server = await start(config);
    const ask = () => get(server, '/api/status', status);
    const seen = await until(
      ask,
      ({ targets, store }) =>
        store.captures >= 9 &&
        targets.every(({ from, service, spent, problem }) =>
          bad.includes(service) ? problem !== null : from === 'static' && spent.captures >= 3,
        ),
    );
    for (const { service, problem, up } of seen.targets)
      if (!bad.includes(service)) expect({ up, problem }).toEqual({ up: true, problem: null });
    expect(seen.problems.length).toBe(bad.length);
    expect(process.memoryUsage().rss).toBeLessThan(1500 * 2 ** 20);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    expect(metrics).toMatch(/hemostat_targets 10/);
    expect(metrics).toMatch(/hemostat_visits_total\{work="profiles",outcome="failed"\} [1-9]/);
    // Labels must not grow with targets.
    expect(metrics).not.toMatch(/\{[^}\n]*(garbage|"0001|\/0001)/);
    const copy = join(freshDir(), 'copy');
    expect(await requestBackup(dataDir, copy)).toBe(true);
    await server.stop();
    expect(await requestBackup(dataDir, copy)).toBe(false);

    const again = await start(configOf(dataDir, url, well));
    const after = await get(again, '/api/status', status);
    expect(after.store.captures).toBeGreaterThanOrEqual(seen.store.captures);
    // What was taken in the hour before the restart is not forgotten.
    for (const { spent } of after.targets) expect(spent.captures).toBeGreaterThanOrEqual(3);
    await again.stop();
    const copied = await start(configOf(copy, url, []));
    expect((await get(copied, '/api/status', status)).store.captures).toBeGreaterThan(8);
    expect((await get(copied, '/api/findings', findings)).schema).toBe('hemostat/findings@1');
  }, 90_000);

  it('changes its targets when it is told to, and keeps what a restart alone can change', async () => {
    const url = await farm();
    const config = configOf(freshDir(), url, ['/t/0000']);
    const server = await start(config);
    const ask = () => get(server, '/api/status', status);
    await until(ask, ({ targets }) => targets.some(({ up }) => up));
    const nowhere = join(freshDir(), 'src');
    const next = configOf(freshDir(), url, ['/t/0001'], nowhere);
    server.reconfigure(next);
    const now = await until(ask, ({ targets }) => targets.every(({ instance }) => instance === '/t/0001'));
    expect(now.problems.map(({ about, says }) => `${about}: ${says}`).join()).toMatch(/config: data_dir is /);
    const missing = (problems: readonly { readonly about: string; readonly says: string }[]) =>
      problems.find(({ about }) => about === `source ${nowhere}`);
    const { problems } = await until(ask, (answer) => missing(answer.problems) !== undefined);
    expect(missing(problems)?.says).toBe(
      `the source in ${nowhere}: there is no such directory; give the root of the Go module`,
    );
    server.reconfigure(configOf(freshDir(), url, ['/t/0001']));
    await until(ask, (answer) => missing(answer.problems) === undefined);
    server.configProblem('line 3: nonsense');
    await until(ask, ({ problems }) => problems.some(({ says }) => says === 'line 3: nonsense'));
  }, 60_000);
});

describe('what cannot work is said in one sentence', () => {
  it('a port that somebody else has', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => other.once('listening', resolve));
    cleanup.push(() => other.close());
    const address = other.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    const config = { ...configOf(freshDir(), 'http://127.0.0.1:1', []), listen: { host: '127.0.0.1', port } };
    await expect(start(config)).rejects.toThrow(/^127\.0\.0\.1:\d+ is in use already; .* --listen$/);
    // Nothing is left behind: the history can be opened.
    await start({ ...config, listen: { host: '127.0.0.1', port: 0 } });
  });

  it('an address that others can reach, without a token', async () => {
    const config = { ...configOf(freshDir(), 'http://127.0.0.1:1', []), listen: { host: '0.0.0.0', port: 0 } };
    await expect(start(config)).rejects.toThrow(/token/);
  });

  it('a directory that another server has', async () => {
    const config = configOf(freshDir(), 'http://127.0.0.1:1', []);
    await start(config);
    await expect(start(config)).rejects.toThrow(/already|another|in use/i);
  });

  it.skipIf(process.getuid?.() === 0)('a directory that cannot be written', async () => {
    const dir = join(freshDir(), 'closed');
    mkdirSync(dir);
    chmodSync(dir, 0o500);
    await expect(start(configOf(join(dir, 'data'), 'http://127.0.0.1:1', []))).rejects.toThrow(/cannot be written/);
  });
});
