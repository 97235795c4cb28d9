/** Spreads visits over the window, samples RSS in between, and ends early when it is told to or the target is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BundleWriter } from './bundle-writer.ts';
import type { CollectHooks, CollectOptions, Phase } from './options.ts';
import { residentBytes } from './procfs.ts';
import { type Source, type Visit, visit } from './visit.ts';

export interface WindowInput {
  readonly options: CollectOptions;
  readonly hooks: CollectHooks;
  readonly writer: BundleWriter;
  /** What to visit now: asked before every visit, since a service may come back as another process. */
  readonly source: () => Promise<Source>;
  /** Aborted when the target has ended for good; its reason is one sentence. */
  readonly ended?: AbortSignal;
}

export interface WindowResult {
  readonly visits: readonly Visit[];
  readonly start: number;
  readonly end: number;
  readonly interrupted: boolean;
}

/** RSS at most every second; a short window gets about 60 points. */
const RSS_EVERY_MS = 1000;
const RSS_POINTS = 60;
const RSS_LEAST_MS = 100;

export async function runWindow(input: WindowInput): Promise<WindowResult> {
  const { options, hooks, writer, ended } = input;
  const { windowMs, snapshots, goroutineLimit, heapdump } = options;
  const start = Date.now();
  // Times of day can be set; the schedule runs on the monotonic clock.
  const began = performance.now();
  const elapsed = () => performance.now() - began;
  const stop = AbortSignal.any([hooks.signal, ended].filter((signal) => signal !== undefined));
  const rssLog = rssSampler(writer);
  const visits: Visit[] = [];
  let pid: number | null = null;
  let dumpedAt = -1;
  let lastAt = 0;

  const report = (phase: Phase) => {
    const last = visits.at(-1);
    const rss = rssLog.latest ?? last?.rss;
    hooks.onProgress?.({
      phase,
      snapshot: visits.length,
      of: snapshots,
      elapsed: elapsed(),
      remaining: Math.max(0, windowMs - elapsed()),
      ...(rss === undefined ? {} : { rss }),
      ...(last?.goroutines === undefined ? {} : { goroutines: last.goroutines }),
      ...(last?.liveHeap === undefined ? {} : { liveHeap: last.liveHeap }),
    });
  };
  const visitNow = async (dump: boolean, last: boolean) => {
    const source = await input.source();
    pid = source.pid;
    const index = visits.length;
    visits.push(await visit(source, { index, dump, goroutineLimit, heapdump, last, first: visits[0] ?? null }, writer));
    if (dump) dumpedAt = index;
    lastAt = elapsed();
  };

  const every = Math.min(RSS_EVERY_MS, Math.max(RSS_LEAST_MS, windowMs / RSS_POINTS));
  const interval = windowMs / (snapshots - 1);
  for (let index = 0; index < snapshots && !stop.aborted; index++) {
    const due = index * interval;
    while (elapsed() < due && !stop.aborted) {
      report('wait');
      if (pid !== null) rssLog.sample(pid);
      await sleep(Math.min(every, Math.max(0, due - elapsed())), undefined, { signal: stop }).catch(() => {});
    }
    if (stop.aborted) break;
    report('snapshot');
    const last = index === snapshots - 1;
    await visitNow(index === 0 || last, last);
    report('snapshot');
  }
  const interrupted = hooks.signal?.aborted === true && visits.length < snapshots;
  // The freshest state says most: unless the last visit was just now, one more before the window is closed.
  const stale = visits.length < 2 || dumpedAt !== visits.length - 1 || elapsed() - lastAt > interval / 2;
  if (interrupted && ended?.aborted !== true && stale) {
    report('last');
    await visitNow(true, true);
  }
  rssLog.close(start);
  report('done');
  return { visits, start, end: Date.now(), interrupted };
}

/** One JSON line `{at, rss}` per sample: ms since the epoch, bytes. */
function rssSampler(writer: BundleWriter) {
  const file = 'rss.jsonl';
  let stream: ReturnType<BundleWriter['stream']> | null = null;
  const sampler = {
    latest: undefined as number | undefined,
    sample(pid: number): void {
      const rss = residentBytes(pid);
      if (rss === null) return;
      stream ??= writer.stream(file);
      stream.write(`${JSON.stringify({ at: Date.now(), rss })}\n`);
      sampler.latest = rss;
    },
    close(start: number): void {
      if (stream === null) return;
      const bytes = stream.close();
      writer.list({ file, kind: 'rss', snapshot: null, at: start, ms: 0, bytes, stopsTheWorld: false });
    },
  };
  return sampler;
}
