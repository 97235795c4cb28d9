/**
 * Made-up services for measuring the analysis itself: live memory and goroutines that do what a scenario says, seen through
 * the sampling of a heap profile, week after week. Used by tests and by bench/alarms.ts.
 */
import type { ClusterShape, GoroutineSummary, HeapSummary, SiteShape } from '../../diagnose/summary.ts';
import type { CaptureSummary, MetricPoint } from '../model.ts';

const MIB = 1024 * 1024;
const RATE = 512 * 1024;

/** Deterministic noise: mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

function poisson(mean: number, next: () => number): number {
  if (mean > 50) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal(next)));
  let count = 0;
  for (let product = next(); product > Math.exp(-mean); product *= next()) count++;
  return count;
}

/** What a service does at `hours` since the beginning of the simulation; anything absent is steady. */
export interface Scenario {
  /** Factor on live memory of every site: 1 is the base of some 100 MiB. */
  readonly memory?: (hours: number) => number;
  /** Bytes beyond that which one site holds. */
  readonly kept?: (hours: number) => number;
  /** Goroutines that wait for a channel, beyond the steady ones. */
  readonly parked?: (hours: number) => number;
  /** Bytes that RSS has beyond the Go heap. */
  readonly outside?: (hours: number) => number;
  /** Requests per second; memory and goroutines in flight follow it where `follows` is set. */
  readonly load?: (hours: number) => number;
  readonly follows?: boolean;
  /** Hours after which the process starts again; 0 never. */
  readonly restartEvery?: number;
}

const SITES = 30;

export class SimulatedService {
  readonly #scenario: Scenario;
  readonly #next: () => number;
  readonly #shapes: readonly SiteShape[];
  readonly #clusters: readonly ClusterShape[];
  /** Bytes of an object, and how many there are, per site. */
  readonly #size: readonly number[];
  readonly #objects: readonly number[];
  /** Sampled objects of sites whose objects stay: the same in every capture. */
  readonly #stay: readonly (number | null)[];
  readonly #target: string;
  #rss = 0;
  #allocated = 0;
  #served = 0;
  #before = 0;

  constructor(scenario: Scenario, seed: number) {
    this.#scenario = scenario;
    const next = random(seed);
    this.#next = next;
    this.#target = `simulated-${seed}`;
    this.#shapes = Array.from({ length: SITES }, (_, i) => siteShape(i));
    this.#clusters = Array.from({ length: 12 }, (_, i) => clusterShape(i));
    this.#size = this.#shapes.map(() => Math.round(48 * 2 ** (next() * 12)));
    this.#objects = this.#size.map((size) => Math.round(((0.3 + 6 * next()) * MIB) / size));
    this.#stay = this.#size.map((size, i) =>
      i % 2 === 0 ? poisson((this.#objects[i] ?? 0) * chance(size), next) : null,
    );
  }

  /** A capture at `at` (ms since the epoch), `hours` after the beginning; captures go forward in time. */
  capture(at: number, hours: number): CaptureSummary {
    const next = this.#next;
    const { memory, kept, parked, outside, load, follows, restartEvery = 0 } = this.#scenario;
    const life = restartEvery > 0 ? hours % restartEvery : hours;
    const lives = restartEvery > 0 ? Math.floor(hours / restartEvery) : 0;
    const rate = load?.(hours) ?? 100;
    const busy = follows === true ? rate / 100 : 1;
    const factor = memory?.(life) ?? 1;
    const heap = this.#heap(factor, busy, kept?.(life) ?? 0);
    const seconds = (hours - this.#before) * 3600;
    this.#before = hours;
    if (lives !== Math.floor((hours - seconds / 3600) / (restartEvery || Infinity))) this.#allocated = 0;
    this.#allocated += seconds * rate * 20_000 * (0.95 + 0.1 * next());
    this.#served += seconds * rate;
    const goroutines = this.#goroutines(busy, parked?.(life) ?? 0);
    const live = heap.live * (1 + 0.01 * normal(next)) + 4 * MIB;
    // The heap grows to twice the live one between collections, and the kernel's view lags behind.
    const wanted = 1.6 * live + 20 * MIB;
    this.#rss = this.#rss === 0 ? wanted : this.#rss + 0.5 * (wanted - this.#rss) + 2 * MIB * normal(next);
    const inuse = live * (1.15 + 0.02 * normal(next));
    const idle = Math.max(0, this.#rss - inuse);
    const metrics: MetricPoint['values'] = {
      rss_bytes: this.#rss + (outside?.(life) ?? 0),
      live_heap_bytes: live,
      heap_alloc_bytes: live,
      heap_inuse_bytes: inuse,
      heap_idle_bytes: idle,
      heap_released_bytes: idle / 4,
      heap_sys_bytes: inuse + idle,
      stack_inuse_bytes: goroutines.total * 4096,
      runtime_bytes: 6 * MIB,
      sys_bytes: this.#rss + idle / 4,
      alloc_bytes_total: this.#allocated,
      gc_cycles_total: Math.floor(this.#allocated / (100 * MIB)),
      gc_pause_ns_total: Math.floor(this.#allocated / (100 * MIB)) * 200_000 * (1 + 0.01 * next()),
      goroutines: goroutines.total,
      open_fds: 20 + poisson(10 * busy, next),
      load: this.#served,
      start_time_seconds: 1_700_000_000 + lives * restartEvery * 3600,
    };
    const capture = `${at.toString(36)}-${this.#target}`;
    const startedAt = (at - life * 3_600_000) / 1000;
    return {
      capture,
      target: this.#target,
      at,
      build: 'simulated',
      startedAt,
      heap: heap.summary,
      goroutines,
      leaks: null,
      metrics,
    };
  }

  #heap(factor: number, busy: number, kept: number): { summary: HeapSummary; live: number } {
    const next = this.#next;
    const bytes = new Float64Array(SITES);
    const objects = new Float64Array(SITES);
    const variance = new Float64Array(SITES);
    let live = 0;
    for (let i = 0; i < SITES; i++) {
      const size = this.#size[i] ?? 1;
      // Every third site is what requests in flight hold.
      const share = i % 3 === 2 ? busy * (1 + 0.1 * normal(next)) : 1;
      const own = (this.#objects[i] ?? 0) * factor * Math.max(0, share);
      const more = i === 1 ? kept / size : 0;
      live += (own + more) * size;
      const p = chance(size);
      const stayed = this.#stay[i] ?? null;
      const sampled = stayed !== null && factor === 1 ? stayed : poisson((own + more) * p, next);
      objects[i] = sampled / p;
      bytes[i] = (sampled * size) / p;
      variance[i] = ((sampled * (1 - p)) / p ** 2) * size * size;
    }
    const allocBytes = Float64Array.from({ length: SITES }, (_, i) => this.#allocated * (((i * 7) % 13) / 200));
    return {
      live,
      summary: {
        ...{ sites: this.#shapes, bytes, objects, variance, allocBytes, allocObjects: allocBytes },
        ...{ rest: { sites: 0, bytes: 0, allocBytes: 0 }, floor: 0, common: ['main.main'], sender: null },
      },
    };
  }

  #goroutines(busy: number, parked: number): GoroutineSummary {
    const count = Float64Array.from(this.#clusters, (_, i) =>
      i < 6 ? 1 + i * 2 : i === 6 ? Math.round(parked) + 2 : poisson((i - 5) * 4 * busy, this.#next),
    );
    return { clusters: this.#clusters, count, total: count.reduce((sum, value) => sum + value, 0), floor: 0 };
  }
}

/** Of an object of that size to be sampled. */
function chance(size: number): number {
  return 1 - Math.exp(-size / RATE);
}

function siteShape(i: number): SiteShape {
  const where = {
    function: `example.com/shop/part${i % 7}.(*Store).put${i}`,
    file: `/src/part${i % 7}/store.go`,
    line: 20 + i,
  };
  return {
    ...{ key: `heap ${i}`, kind: 'heap', where, owned: true, via: '', allocator: '' },
    ...{ functions: [where.function, 'main.main'], poolUsers: [], stack: [{ ...where, owner: 'user' }] },
  };
}

function clusterShape(i: number): ClusterShape {
  const where = {
    function: `example.com/shop/part${i % 7}.(*Worker).run${i}`,
    file: `/src/part${i % 7}/worker.go`,
    line: 50 + i,
  };
  return {
    ...{ key: `cluster ${i}`, state: i < 7 ? 'chan receive' : 'select', where, owned: true, entry: where },
    ...{ functions: [where.function], stack: [{ ...where, owner: 'user' }] },
  };
}
