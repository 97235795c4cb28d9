/**
 * The soak: a farm of services (bench/soak-farm) is watched by `hemostat watch`, with a capture of each every minute, and what
 * the server found and used is held against what the farm knows: `node bench/soak.ts [--minutes 10] [--targets 1000]
 * [--seed 1] [--metrics-every 15s] [--keep DIR]`. Prints a table; exits 1 where a goal is missed. Linux only (/proc).
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { formatBytes } from '../src/findings/units.ts';
import { findings as findingsSchema, status as statusSchema } from '../src/watch/api/contract.ts';
import { delays, judge, quantile, type Truth, visitDelay } from './soak/judge.ts';
import { freePort, type Running, startProcess, Usage } from './soak/process.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    targets: { type: 'string', default: '1000' },
    leaks: { type: 'string', default: '30' },
    loads: { type: 'string', default: '20' },
    restarts: { type: 'string', default: '5' },
    seed: { type: 'string', default: '1' },
    'metrics-every': { type: 'string', default: '15s' },
    keep: { type: 'string' },
  },
});
const minutes = Number(values.minutes);
const targets = Number(values.targets);
const ROOT = join(import.meta.dirname, '..');
/** Profiles of a target come at most this far apart: every 60 s, with the schedule's 10 % of jitter. */
const LONGEST_GAP_MS = 66_000;

const dir = values.keep ?? mkdtempSync(join(tmpdir(), 'hemostat-soak-'));
mkdirSync(dir, { recursive: true });
const log = join(dir, 'farm.log');
const running: Running[] = [];
// Ctrl-C must not leave a farm and a server behind.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void Promise.all(running.map((child) => child.stop())).then(() => process.exit(130)));
}
try {
  process.exitCode = (await soak()) ? 0 : 1;
} finally {
  for (const child of running.reverse()) await child.stop();
  if (values.keep === undefined) rmSync(dir, { recursive: true, force: true });
}

async function soak(): Promise<boolean> {
  const { leaks, loads, restarts, seed } = values;
  const numbers = [
    '--targets',
    values.targets,
    '--leaks',
    leaks,
    '--loads',
    loads,
    '--restarts',
    restarts,
    '--seed',
    seed,
  ];
  const farm = startProcess(process.execPath, [join(ROOT, 'bench', 'farm.ts'), ...numbers, '--log', log], dir, 'farm');
  running.push(farm);
  const farmUrl = await farm.line(/^http:\/\/\S+$/);
  const port = await freePort();
  const config = join(dir, 'hemostat.yaml');
  writeFileSync(config, configOf(farmUrl, port));
  const server = startProcess(join(ROOT, 'bin', 'hemostat'), ['watch', '--config', config], dir, 'server');
  running.push(server);
  const url = `http://127.0.0.1:${port}`;
  await ready(url, server);
  const usage = new Usage(server.pid);
  const farmUsage = new Usage(farm.pid);
  const began = Date.now();
  process.stderr.write(`watching ${targets} targets at ${url} for ${minutes} min, data in ${dir}\n`);
  while (Date.now() - began < minutes * 60_000) {
    await sleep(1000);
    usage.sample();
    farmUsage.sample();
    if (server.exited) throw new Error(`the server ended before its time; see ${join(dir, 'server.log')}`);
  }
  const ended = Date.now();
  const { findings } = findingsSchema.parse(await json(`${url}/api/findings`));
  const status = statusSchema.parse(await json(`${url}/api/status`));
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const truth: Truth[] = JSON.parse(readFileSync(`${log}.truth`, 'utf8'));
  // What stopping costs is not what watching costs.
  const used = { cpu: usage.cores, peak: usage.peakBytes, farm: farmUsage.cores };
  await server.stop();
  await farm.stop();

  const asked = readFileSync(log, 'utf8')
    .split('\n')
    .flatMap((line): [number, number][] => (line === '' ? [] : [JSON.parse(line)]))
    // While the server was asked what it had found, and stopped, it went on.
    .filter(([, at]) => at <= ended);
  const found = judge(truth, findings);
  const { late, gaps } = delays(asked, LONGEST_GAP_MS, ended);
  const own = visitDelay(metrics, 'profiles');
  const taken = asked.length;
  // Spread over the first minute, then one each: what there is at least with every gap as long as jitter allows.
  const least = Math.floor(targets * ((minutes * 60_000 - 60_000) / LONGEST_GAP_MS));
  const p99 = quantile(late, 0.99);
  const rows: [name: string, value: string, goal: string, ok: boolean][] = [
    [
      'captures taken',
      `${taken}, stored ${status.store.captures}`,
      `at least ${least}`,
      taken >= least && status.store.captures >= least,
    ],
    [
      'targets without a problem',
      `${status.targets.filter(({ problem }) => problem === null).length} of ${status.targets.length}`,
      'all',
      status.targets.length === targets && status.targets.every(({ problem }) => problem === null),
    ],
    [
      'delay p99, by the farm',
      `${(p99 / 1000).toFixed(2)} s (longest ${(quantile(late, 1) / 1000).toFixed(2)} s)`,
      '< 5 s',
      p99 < 5000,
    ],
    ['delay p99, by the server', own === null ? 'unknown' : `≤ ${own} s`, '≤ 5 s', own !== null && own <= 5],
    [
      'interval, by the farm',
      `median ${(quantile(gaps, 0.5) / 1000).toFixed(1)} s, p99 ${(quantile(gaps, 0.99) / 1000).toFixed(1)} s`,
      '60 s ± 10 %',
      true,
    ],
    [
      'leaks found',
      `${found.found} of ${found.leaks} (${found.confirmed} confirmed)`,
      'all',
      found.found === found.leaks,
    ],
    [
      'others found',
      `${found.others.length} of ${truth.length - found.leaks} (${found.othersConfirmed} confirmed)`,
      'none',
      found.others.length === 0,
    ],
    ['CPU', `${used.cpu.toFixed(2)} cores of ${cpus().length} (the farm ${used.farm.toFixed(2)})`, '< 1', used.cpu < 1],
    ['resident, at most', formatBytes(used.peak), '< 1 GB', used.peak < 1e9],
    [
      'on disk',
      `${formatBytes(status.store.databaseBytes)} database, ${formatBytes(status.store.blobBytes)} profiles`,
      '',
      true,
    ],
  ];
  const width = (column: 0 | 1 | 2) => Math.max(...rows.map((row) => row[column].length));
  for (const [name, value, goal, ok] of rows)
    console.log(
      `${name.padEnd(width(0))}  ${value.padEnd(width(1))}  ${goal.padEnd(width(2))}  ${ok ? 'ok' : 'MISSED'}`,
    );
  for (const line of [...found.missed, ...found.others].slice(0, 40)) console.log(line);
  for (const { about, says } of status.problems.slice(0, 10)) console.log(`problem ${about}: ${says}`);
  writeFileSync(
    join(dir, 'soak.json'),
    `${JSON.stringify({ minutes, targets, rows, found, used, findings }, null, 2)}\n`,
  );
  return rows.every(([, , , ok]) => ok);
}

function configOf(farmUrl: string, port: number): string {
  return `data_dir: ${join(dir, 'data')}
listen: 127.0.0.1:${port}
global:
  schedule:
    metrics_every: ${values['metrics-every']}
    profiles_every: 60s
    first_look: { captures: 0 }
jobs:
  - name: farm
    http_sd_configs:
      - url: ${farmUrl}/sd
    load:
      metric: http_requests_total
`;
}

async function ready(url: string, server: Running): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (server.exited) break;
    const answer = await fetch(`${url}/healthz`).catch(() => null);
    if (answer?.ok === true) return;
    await sleep(100);
  }
  throw new Error(`the server does not answer at ${url}; see ${join(dir, 'server.log')}`);
}

async function json(url: string): Promise<unknown> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return await answer.json();
}
