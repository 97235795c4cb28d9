/**
 * Syscalls under watch at the size of a large node: `node bench/watch-syscalls.ts [--containers 500] [--syscalls 60]`. A synthetic
 * recording grows by one window of 60 s after another while the part of `hemostat watch` that follows it learns profiles, holds
 * windows against them and stores everything in a real history. Said per window: processor time of all threads, the longest time
 * that the event loop stood still (how late a page or a visit can be), memory, and the history's size per container and day.
 */
import { appendFileSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ContainerIdentity } from '../src/evidence/syscalls/recording.ts';
import { RecordingLines } from '../src/evidence/syscalls/write.ts';
import { randomly } from '../src/testing/random.ts';
import { startAnalyst } from '../src/watch/analyse/thread.ts';
import { systemClock } from '../src/watch/clock.ts';
import { Committer } from '../src/watch/committer.ts';
import { DEFAULT_SYSCALLS } from '../src/watch/config/defaults.ts';
import { FindingBook } from '../src/watch/finding-book.ts';
import { openDuckDbStore } from '../src/watch/history/duckdb/store.ts';
import type { Batch } from '../src/watch/history/store.ts';
import type { Candidate } from '../src/watch/syscalls/assign.ts';
import { flowsOf } from '../src/watch/syscalls/flows.ts';
import { SyscallWatch } from '../src/watch/syscalls/watch.ts';

const WINDOW_MS = 60_000;
const START = Date.UTC(2026, 2, 1);
const HOST = { name: 'node-1', kernel: '6.12.0', arch: 'amd64' };
/** Containers that run the same image. */
const REPLICAS = 10;
const PROCESSES = 2;
const LEARNED = 65;
const CHECKED = 30;

const { values } = parseArgs({
  options: { containers: { type: 'string', default: '500' }, syscalls: { type: 'string', default: '60' } },
});
const containers = Number(values.containers);
const syscalls = Number(values.syscalls);

function identity(i: number): ContainerIdentity {
  const app = `app-${Math.floor(i / REPLICAS)}`;
  return {
    cgroup: `/kubepods.slice/kubepods-pod${i}.slice/cri-containerd-${i}.scope`,
    id: i.toString(16).padStart(64, '0'),
    name: app,
    pod: `${app}-${i}`,
    namespace: 'prod',
    image: `registry.example/${app}:1.0`,
    digest: `sha256:${Math.floor(i / REPLICAS)
      .toString(16)
      .padStart(64, '0')}`,
    from: 'cri',
  };
}

const random = randomly(11);
const lines = new RecordingLines({
  host: HOST,
  windowMs: WINDOW_MS,
  sources: (['calls', 'descriptors', 'mappings', 'connects'] as const).map((aspect) => ({
    ...{ aspect, collected: true, source: 'tracepoint', says: '' },
  })),
});

function windowLines(index: number): string {
  const from = START + index * WINDOW_MS;
  return lines.window({
    ...{ from, to: from + WINDOW_MS, complete: true, lost: 0 },
    processes: Array.from({ length: containers * PROCESSES }, (_, i) => ({
      process: { pid: 1000 + i, startedAt: START - 86_400_000, comm: 'app', executable: 'app' },
      container: identity(Math.floor(i / PROCESSES)),
      calls: new Map(
        Array.from({ length: syscalls }, (_, s) => [`call_${s}`, 20 + s * 3 + random(10 + s)] as const).filter(
          ([, calls]) => calls % 7 !== 0,
        ),
      ),
      flows: {
        fdsOpened: random(100),
        fdsClosed: random(100),
        mappedBytes: random(1 << 20),
        unmappedBytes: random(1 << 20),
      },
    })),
  });
}

const dir = mkdtempSync(join(tmpdir(), 'hemostat-bench-watch-'));
const recording = join(dir, 'node-1.jsonl');
writeFileSync(recording, lines.header());
const candidates: Candidate[] = Array.from({ length: containers }, (_, i) => {
  const { pod, name } = identity(i);
  const info = { id: `t${i}`, environment: 'prod', service: name, instance: pod, url: `http://10.0.0.1:${i}` };
  return { info: { ...info, from: `kubernetes prod/${pod}`, labels: { container: name } }, process: null };
});
const current = new Set(candidates.map(({ info }) => info.id));
let now = START;
let stored = 0;
let findings = 0;
const history = join(dir, 'history');
const store = await openDuckDbStore({ dir: history });
await store.commit({ targets: candidates.map(({ info }) => info) });
const book = new FindingBook([], []);
const analyst = startAnalyst();
const committer = new Committer({
  ...{ store, clock: systemClock, plan: () => ({ deliveries: [], committed() {}, abandoned() {} }) },
  onStored: (batch: Batch) => {
    stored += batch.syscalls?.length ?? 0;
    findings += batch.findings?.length ?? 0;
  },
  onProblem: (says) => says !== null && console.error(says),
});
const watch = await SyscallWatch.open({
  config: { ...DEFAULT_SYSCALLS, recordings: [recording], learnMs: 60 * WINDOW_MS, warmUpMs: 0, windowMs: 1000 },
  ...{ dataDir: dir, host: 'other', clock: systemClock, now: () => now, store },
  candidates: () => candidates,
  buildOf: () => 'v1',
  commit: (batch) => committer.add(batch),
  counted: (measurement) => book.counted({ ...measurement, current }),
  onWindows: (target, windows, pid) => void analyst.flows(target, flowsOf(windows, pid)),
  problem: (about, says) => says !== null && console.error(about, says),
  log: () => {},
});

/**
 * Processor time of this thread between two timers that are a millisecond apart, the longest, ms: how long the event loop stands
 * still at most on a machine that does nothing else. (How long it really does so, delayed by other work, is said beside it.)
 */
class Turn {
  longest = 0;
  #timer: NodeJS.Timeout | null = null;

  begin(): void {
    this.longest = 0;
    let before = process.threadCpuUsage();
    const look = (): void => {
      const { user, system } = process.threadCpuUsage(before);
      this.longest = Math.max(this.longest, (user + system) / 1000);
      before = process.threadCpuUsage();
      this.#timer = setTimeout(look, 1);
    };
    look();
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}

const median = (numbers: readonly number[]): string =>
  ([...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN).toFixed(0);

async function phase(name: string, first: number, count: number): Promise<void> {
  let bytes = 0;
  const longs: number[] = [];
  const turns: number[] = [];
  const turn = new Turn();
  const all = monitorEventLoopDelay({ resolution: 1 });
  let cpu = 0;
  for (let i = first; i < first + count; i++) {
    const text = windowLines(i);
    bytes += text.length;
    await sleep(20);
    const before = process.cpuUsage();
    turn.begin();
    all.reset();
    all.enable();
    now = START + (i + 1) * WINDOW_MS;
    appendFileSync(recording, text);
    const wanted = (i + 1) * containers;
    while (stored < wanted) await sleep(20);
    all.disable();
    const spent = process.cpuUsage(before);
    cpu += (spent.user + spent.system) / 1000;
    longs.push(all.max / 1e6);
    turn.end();
    turns.push(turn.longest);
  }
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  console.log(
    `${name}: ${count} windows, ${Math.round(bytes / count / 1024)} KB a window; per window ${Math.round(cpu / count)} ms of CPU; longest turn of the event loop ${median(turns)} ms of CPU (median; ${Math.max(...turns).toFixed(0)} at most), with other work on the machine ${median(longs)} ms (${Math.max(...longs).toFixed(0)}); heap ${Math.round(heapUsed / 1e6)} MB, resident ${Math.round(rss / 1e6)} MB`,
  );
}

console.log(
  `${containers} containers x ${PROCESSES} processes x ${syscalls} syscalls; load ${loadavg()[0]?.toFixed(1)}`,
);
await phase('learning', 0, LEARNED);
await phase('checking', LEARNED, CHECKED);
await watch.close();
await committer.close();
await analyst.close();
await store.close();
const size = readdirSync(history, { recursive: true, encoding: 'utf8' }).reduce(
  (sum, file) => sum + statSync(join(history, file)).size,
  0,
);
const perWindow = size / (LEARNED + CHECKED) / containers;
console.log(
  `history: ${(size / 1e6).toFixed(1)} MB, ${Math.round(perWindow)} bytes a window and container, ${((perWindow * 1440) / 1e6).toFixed(1)} MB a day and container; findings ${findings}`,
);
rmSync(dir, { recursive: true, force: true });
