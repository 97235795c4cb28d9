/**
 * Kills `hemostat watch` under load, again and again, and looks whether anything was lost or doubled:
 * `node scripts/crash-test.ts [--rounds 50] [--targets 80] [--leaking 60]`. Prints one line per round and the sums, and
 * exits 1 where something was.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startFarm } from '../src/testing/profile-farm.ts';
import { status } from '../src/watch/api/contract.ts';
import { type Acknowledged, checkReceived, collect, lost, type Received, readStored } from './crash/check.ts';
import { startReceiver } from './crash/receiver.ts';
import { ServerProcess } from './crash/server.ts';

export interface CrashOptions {
  readonly rounds: number;
  readonly targets: number;
  readonly leaking: number;
  /** How long a life lasts, ms: at random between the two. */
  readonly lifeMs: readonly [number, number];
  /** Counted from when so many captures were acknowledged in it. */
  readonly capturesFirst: number;
  readonly say: (line: string) => void;
}

export interface CrashResult {
  readonly kills: number;
  readonly captures: number;
  readonly findings: number;
  readonly events: number;
  readonly received: Received;
  readonly faults: readonly string[];
  /** From start to the page, the longest, ms. */
  readonly slowestStartMs: number;
}

export async function crashTest({
  rounds,
  targets,
  leaking,
  lifeMs,
  capturesFirst,
  say,
}: CrashOptions): Promise<CrashResult> {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-crash-'));
  const log = join(dir, 'receiver.log');
  const mean = (lifeMs[0] + lifeMs[1]) / 2;
  // Leaks begin all the time, so that there is something to tell in each life.
  const everyMs = Math.max(50, (rounds * mean) / Math.max(1, leaking));
  const farm = await startFarm({ services: targets, leaking, everyMs, rate: 4 << 20 });
  const receiver = await startReceiver(log);
  const config = join(dir, 'hemostat.yaml');
  writeFileSync(join(dir, 'matrix.yaml'), MATRIX);
  writeFileSync(config, configOf(join(dir, 'data'), farm.address, receiver.url, targets));
  const acknowledged: Acknowledged = { captures: new Set(), events: new Map(), findings: new Set() };
  const faults: string[] = [];
  const began = Date.now();
  let slowestStartMs = 0;
  let server: ServerProcess | null = null;
  const start = async (): Promise<ServerProcess> => {
    const from = performance.now();
    server = await ServerProcess.start(['--config', config]);
    slowestStartMs = Math.max(slowestStartMs, performance.now() - from);
    return server;
  };
  try {
    for (let round = 1; round <= rounds; round++) {
      const life = await start();
      const found = lost(acknowledged, await readStored(life, began - 1000));
      faults.push(...found.map((fault) => `round ${round}: ${fault}`));
      await captured(life, capturesFirst);
      await sleep(lifeMs[0] + Math.random() * (lifeMs[1] - lifeMs[0]));
      await life.kill('SIGKILL');
      collect(life, acknowledged);
      say(
        `round ${round}: ${acknowledged.captures.size} captures, ${acknowledged.findings.size} findings, ${acknowledged.events.size} events acknowledged${found.length === 0 ? '' : `; LOST ${found.slice(0, 3).join(', ')}`}`,
      );
    }
    const last = await start();
    await outboxEmpty(last);
    // What is measured meanwhile is told, too: the server ends first, then nothing moves.
    await last.kill('SIGTERM');
    collect(last, acknowledged);
    const reader = await start();
    const stored = await readStored(reader, began - 1000);
    await outboxEmpty(reader);
    const after = await readStored(reader, began - 1000);
    await reader.kill('SIGKILL');
    faults.push(...lost(acknowledged, after));
    const received = checkReceived(log, after, stored.reminded);
    faults.push(...received.faults);
    return {
      kills: rounds,
      captures: acknowledged.captures.size,
      findings: stored.findings.size,
      events: received.events,
      received,
      faults,
      slowestStartMs,
    };
  } finally {
    // TypeScript does not see that start() has set it.
    await (server as ServerProcess | null)?.kill('SIGKILL');
    await receiver.close();
    await farm.close();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function captured(server: ServerProcess, count: number): Promise<void> {
  while (server.lines.filter(({ capture }) => capture !== undefined).length < count) {
    if (!server.alive) throw new Error('the server has ended by itself');
    await sleep(50);
  }
}

async function outboxEmpty(server: ServerProcess): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const { alerts } = await server.ask('/api/status', status);
    if (alerts.pending === 0) return;
    await sleep(200);
  }
  throw new Error('deliveries are still pending after a minute');
}

/** Nobody answers, and one step only: what is planned has to be told. */
const MATRIX = `schema: hemostat/respond@1
matrix: [{kind: "*", severity: "*", role: development, acknowledge: 1s, due: 3s}]
escalation: [{at: 0.5, tell: [role]}]
`;

function configOf(data: string, farm: string, webhook: string, targets: number): string {
  mkdirSync(data, { mode: 0o700 });
  const jobs = Array.from(
    { length: targets },
    (_, i) => `  - name: service${i}\n    static_configs: [{ targets: ['http://${farm}/t/${i}'] }]\n`,
  );
  return `data_dir: ${data}
listen: 127.0.0.1:0
log: { level: debug }
global:
  schedule: { metrics_every: 1s, profiles_every: 5s, first_look: { captures: 0 } }
  budget: { captures_per_hour: 36000, bytes_per_hour: 100GB, pause_per_hour: 1h }
jobs:
${jobs.join('')}alerts:
  group_wait: 1s
  rate_limit: 10000
  repeat_interval: 0s
  receivers:
    - name: ops
      webhook: { url: '${webhook}' }
      min_severity: info
respond: { matrix: matrix.yaml, min_severity: info, min_verdict: suspected, receivers: { development: [ops] } }
`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '50' },
      targets: { type: 'string', default: '80' },
      leaking: { type: 'string', default: '60' },
    },
  });
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const result = await crashTest({
    rounds: Number(values.rounds),
    targets: Number(values.targets),
    leaking: Number(values.leaking),
    lifeMs: [300, 9000],
    capturesFirst: 0,
    say,
  });
  const { received, faults } = result;
  say(
    `${result.kills} kills: ${result.captures} captures, ${result.findings} findings, ${result.events} events acknowledged or stored; ` +
      `the receiver got ${received.requests} requests, ${received.messages} messages, ${received.again} of them again with the same id and bytes, ${received.reminders} reminders of findings, ${received.owed} of clocks; ` +
      `slowest start ${(result.slowestStartMs / 1000).toFixed(1)} s`,
  );
  for (const fault of faults) say(`LOST OR DOUBLED: ${fault}`);
  say(faults.length === 0 ? 'nothing was lost, nothing doubled' : `${faults.length} faults`);
  if (faults.length > 0) process.exitCode = 1;
}

if (import.meta.main) await main();
