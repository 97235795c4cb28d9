/** A simulated service as the pages of net/http/pprof and of the Prometheus client. */
import { gzipSync } from 'node:zlib';
import type { Profile } from '../../src/evidence/pprof/profile.ts';
import { encodeProfile } from '../../src/evidence/pprof/write.ts';
import type { Simulation } from './simulate.ts';
import { recordedMetrics, SPECIAL, stackOf } from './template.ts';

const MIB = 2 ** 20;
/** A service's other metrics: the same for all, as they do not matter. */
const OTHER_METRICS = recordedMetrics();

/** Collections: when the last one was, and how many there were, as far as it can be told without running the program. */
export interface Collections {
  /** ms after the farm's start. */
  forcedAt: number;
  forced: number;
}

export function heapPage(simulation: Simulation, now: number): Buffer {
  return packed(heapProfile(simulation), now);
}

export function heapProfile(simulation: Simulation): Profile {
  const { heap } = simulation.template;
  return { ...heap, samples: { ...heap.samples, values: simulation.heapColumns() } };
}

export function goroutinePage(simulation: Simulation, now: number): Buffer {
  return packed(goroutineProfile(simulation), now);
}

export function goroutineProfile(simulation: Simulation): Profile {
  const { goroutine } = simulation.template;
  return { ...goroutine, samples: { ...goroutine.samples, values: [simulation.goroutines] } };
}

/** The fastest compression: the runtime's own is fast, too. */
function packed(profile: Profile, now: number): Buffer {
  return gzipSync(encodeProfile({ ...profile, timeNanos: BigInt(Math.round(now * 1e6)), durationNanos: 0n }), {
    level: 1,
  });
}

/** debug=2: every goroutine on its own. */
export function dumpPage(simulation: Simulation, ms: number): string {
  const { template, character, startedAt } = simulation;
  const { goroutine, goroutineSamples } = template;
  const creator = character.kind === 'steady' ? '' : SPECIAL[character.kind].creator;
  const minutes = Math.max(0, Math.floor((ms - startedAt) / 60_000));
  const blocks: string[] = [];
  let id = 1;
  for (let sample = 0; sample < simulation.goroutines.length; sample++) {
    const frames = stackOf(goroutine, sample);
    const state = stateOf(frames.map(({ name }) => name));
    const shown = frames.filter(({ name }) => !name.startsWith('runtime.'));
    const calls = shown.map(({ name, file, line }) => `${name}(...)\n\t${file}:${line} +0x1d`).join('\n');
    const count = simulation.goroutines[sample] ?? 0;
    const isSpecial = goroutineSamples.has(sample);
    const by = isSpecial
      ? `created by ${creator} in goroutine 1\n\t/src/main.go:10 +0x2f`
      : 'created by main.main in goroutine 1\n\t/src/main.go:9 +0x2f';
    for (let i = 0; i < count; i++, id++) {
      // The first ones have waited longest; nobody who serves a request waits for long.
      const waited = isSpecial && character.kind !== 'load' ? Math.floor(minutes * (1 - i / count)) : 0;
      const wait = waited > 0 && state !== 'running' ? `, ${waited} minutes` : '';
      blocks.push(`goroutine ${id} [${state}${wait}]:\n${calls}\n${by}\n`);
    }
  }
  return blocks.join('\n');
}

function stateOf(names: readonly string[]): string {
  if (names.includes('runtime.chanrecv')) return 'chan receive';
  if (names.includes('runtime.chansend')) return 'chan send';
  if (names.includes('runtime.selectgo')) return 'select';
  if (names.includes('runtime.netpollblock')) return 'IO wait';
  if (names.includes('time.Sleep')) return 'sleep';
  if (names.includes('runtime.semacquire1')) return 'semacquire';
  return names.includes('runtime.gopark') ? 'sync.Cond.Wait' : 'running';
}

/** runtime.MemStats of this moment; bytes. */
function memstats(simulation: Simulation, collections: Collections, ms: number) {
  const { live, character, goroutines } = simulation;
  const count = goroutines.reduce((sum, n) => sum + n, 0);
  // The heap doubles (GOGC=100) and falls back; a forced collection begins it anew.
  const everyMs = (live / character.garbage) * 1000;
  const sinceStart = ms - simulation.startedAt;
  const since = Math.min(ms - collections.forcedAt, sinceStart) % everyMs;
  const cycles = Math.floor(sinceStart / everyMs) + collections.forced;
  const alloc = live + (character.garbage * since) / 1000;
  const inuse = alloc * 1.08 + 2 * MIB;
  const sys = live * 2.3 + 16 * MIB;
  const released = Math.max(0, (sys - inuse) * 0.3);
  const stack = count * 8192 + MIB;
  const runtime = { mspan: live * 0.008, mcache: 38_400, buckets: 2 * MIB, gc: live * 0.03 + 4 * MIB, other: 2 * MIB };
  const total = sys + stack + runtime.mspan + runtime.mcache + runtime.buckets + runtime.gc + runtime.other;
  const allocated = (character.garbage * sinceStart) / 1000 + live;
  return {
    alloc,
    inuse,
    sys,
    released,
    stack,
    runtime,
    total,
    allocated,
    cycles,
    count,
    next: live * 2,
    sinceGc: since,
  };
}

export function metricsPage(simulation: Simulation, collections: Collections, ms: number, now: number): string {
  const stats = memstats(simulation, collections, ms);
  const pause = stats.cycles * 0.0003;
  const gauges: Record<string, number> = {
    go_goroutines: stats.count,
    go_threads: 12,
    go_memstats_alloc_bytes: stats.alloc,
    go_memstats_buck_hash_sys_bytes: stats.runtime.buckets,
    go_memstats_gc_sys_bytes: stats.runtime.gc,
    go_memstats_heap_alloc_bytes: stats.alloc,
    go_memstats_heap_idle_bytes: stats.sys - stats.inuse,
    go_memstats_heap_inuse_bytes: stats.inuse,
    go_memstats_heap_objects: stats.alloc / 120,
    go_memstats_heap_released_bytes: stats.released,
    go_memstats_heap_sys_bytes: stats.sys,
    go_memstats_last_gc_time_seconds: (now - stats.sinceGc) / 1000,
    go_memstats_mcache_inuse_bytes: stats.runtime.mcache / 2,
    go_memstats_mcache_sys_bytes: stats.runtime.mcache,
    go_memstats_mspan_inuse_bytes: stats.runtime.mspan * 0.8,
    go_memstats_mspan_sys_bytes: stats.runtime.mspan,
    go_memstats_next_gc_bytes: stats.next,
    go_memstats_other_sys_bytes: stats.runtime.other,
    go_memstats_stack_inuse_bytes: stats.stack,
    go_memstats_stack_sys_bytes: stats.stack,
    go_memstats_sys_bytes: stats.total,
    process_max_fds: 65_536,
    process_open_fds: 40 + stats.count / 10,
    process_resident_memory_bytes: stats.total - stats.released + 15 * MIB,
    process_start_time_seconds: (now - ms + simulation.startedAt) / 1000,
    process_virtual_memory_bytes: stats.total + 1200 * MIB,
  };
  const counters: Record<string, number> = {
    go_memstats_alloc_bytes_total: stats.allocated,
    go_memstats_frees_total: (stats.allocated - stats.alloc) / 120,
    go_memstats_mallocs_total: stats.allocated / 120,
    process_cpu_seconds_total: (ms - simulation.startedAt) / 10_000,
  };
  const lines = [
    '# TYPE go_gc_duration_seconds summary',
    'go_gc_duration_seconds{quantile="0"} 4.6e-05',
    'go_gc_duration_seconds{quantile="0.5"} 0.00028',
    'go_gc_duration_seconds{quantile="1"} 0.0011',
    `go_gc_duration_seconds_sum ${pause}`,
    `go_gc_duration_seconds_count ${stats.cycles}`,
    '# TYPE go_info gauge',
    'go_info{version="go1.23.4"} 1',
    ...Object.entries(gauges).map(([name, value]) => `# TYPE ${name} gauge\n${name} ${number(value)}`),
    ...Object.entries(counters).map(([name, value]) => `# TYPE ${name} counter\n${name} ${number(value)}`),
    '# HELP http_requests_total Requests served.\n# TYPE http_requests_total counter',
    `http_requests_total{code="200"} ${Math.round(simulation.requestsAt(ms) * 0.99)}`,
    `http_requests_total{code="500"} ${Math.round(simulation.requestsAt(ms) * 0.01)}`,
  ];
  return `${lines.join('\n')}\n${OTHER_METRICS}`;
}

/** heap?debug=1 without samples: the counters at its end, as runtime/pprof writes them. */
export function trailerPage(simulation: Simulation, collections: Collections, ms: number, now: number): string {
  const stats = memstats(simulation, collections, ms);
  const sizes: Record<string, number> = {
    Alloc: stats.alloc,
    TotalAlloc: stats.allocated,
    Sys: stats.total,
    Lookups: 0,
    Mallocs: stats.allocated / 120,
    Frees: (stats.allocated - stats.alloc) / 120,
    HeapAlloc: stats.alloc,
    HeapSys: stats.sys,
    HeapIdle: stats.sys - stats.inuse,
    HeapInuse: stats.inuse,
    HeapReleased: stats.released,
    HeapObjects: stats.alloc / 120,
  };
  const { mspan, mcache, buckets, gc, other } = stats.runtime;
  const line = (name: string, value: number) => `# ${name} = ${Math.round(value)}`;
  const pair = (name: string, used: number, sys: number) => `# ${name} = ${Math.round(used)} / ${Math.round(sys)}`;
  return `${[
    'heap profile: 0: 0 [0: 0] @ heap/1048576',
    '',
    '# runtime.MemStats',
    ...Object.entries(sizes).map(([name, value]) => line(name, value)),
    pair('Stack', stats.stack, stats.stack),
    pair('MSpan', mspan * 0.8, mspan),
    pair('MCache', mcache / 2, mcache),
    line('BuckHashSys', buckets),
    line('GCSys', gc),
    line('OtherSys', other),
    line('NextGC', stats.next),
    line('LastGC', (now - stats.sinceGc) * 1e6),
    `# PauseNs = [${Array.from({ length: 256 }, (_, i) => (i < stats.cycles ? 300_000 : 0)).join(' ')}]`,
    line('NumGC', stats.cycles),
    line('NumForcedGC', collections.forced),
    '# GCCPUFraction = 0.002',
    '# DebugGC = false',
    line('MaxRSS', stats.total),
  ].join('\n')}\n`;
}

/** Sizes are whole bytes, times are not. */
function number(value: number): string {
  return value > 1e12 || Number.isInteger(value) || value < 1000 ? String(value) : String(Math.round(value));
}

/** What the index page of net/http/pprof links to. */
export const INDEX = `<html>
<head><title>/debug/pprof/</title></head>
<body>
/debug/pprof/<br>
<table>
${['allocs', 'block', 'goroutine', 'heap', 'mutex', 'threadcreate'].map((name) => `<tr><td>1</td><td><a href='${name}?debug=1'>${name}</a></td></tr>`).join('\n')}
<tr><td></td><td><a href='profile?debug=1'>profile</a></td></tr>
</table>
</body>
</html>
`;
