/**
 * The analysis itself, without threads: captures in, summaries and diagnoses out, and in between a memory of the windows
 * of each target. The thread in worker.ts runs one of these.
 */
import { diagnoseSummaries } from '../../diagnose/diagnose.ts';
import type { CaptureSummary, MetricPoint, TargetId } from '../model.ts';
import type { AnalyseInput, AnalyseOutput, WindowDiagnosis } from './analyst.ts';
import { deeperReason } from './deeper.ts';
import { limitOf, metricsOf } from './metrics.ts';
import { readParts } from './parts.ts';
import { Shapes } from './shapes.ts';
import { isNewLife, type Point, TargetMemory, WINDOW_NAMES } from './target.ts';
import { timelineOf, type Window, windowOf } from './window.ts';

/** An unpacked profile may be at most this large: the largest that were seen in practice have some 100 MiB. */
export const MAX_PROFILE = 256 * 1024 * 1024;

export interface AnalysisOptions {
  /** Bytes that one profile may unpack to. */
  readonly maxProfileBytes?: number;
}

export class Analysis {
  readonly #targets = new Map<TargetId, TargetMemory>();
  readonly #shapes = new Shapes();
  readonly #maxBytes: number;

  constructor({ maxProfileBytes = MAX_PROFILE }: AnalysisOptions = {}) {
    this.#maxBytes = maxProfileBytes;
  }

  /** What was known of a target before; replaces what is known. Oldest first. */
  remember(target: TargetId, summaries: readonly CaptureSummary[]): void {
    this.#targets.delete(target);
    for (const summary of summaries) this.#add(target, summary, null, null);
  }

  forget(target: TargetId): void {
    this.#targets.delete(target);
  }

  analyse(input: AnalyseInput): AnalyseOutput {
    const parts = readParts(input.parts, this.#maxBytes);
    const { heap, goroutines, leaks, unreadable } = parts;
    const summary: CaptureSummary = {
      capture: input.capture,
      target: input.target,
      at: input.at,
      build: input.build,
      startedAt: input.startedAt ?? parts.memstats?.ProcessStart ?? null,
      heap,
      goroutines,
      leaks,
      metrics: {
        ...latest(input.metrics),
        ...metricsOf(parts.memstats, parts.process, { forced: heap !== null }),
        ...loadOf(input),
        ...(goroutines === null ? {} : { goroutines: goroutines.total }),
      },
    };
    const { memory, point, changed } = this.#add(
      input.target,
      summary,
      parts.allocators,
      limitOf(parts.memstats, parts.process),
    );
    const windows: WindowDiagnosis[] = [];
    let shorter: Window | null = null;
    for (const name of WINDOW_NAMES) {
      const window: Window | null = windowOf(memory.rings.get(name)?.points ?? []);
      if (window === null) continue;
      if (changed.has(name) && (shorter === null || reachesFurther(window, shorter)))
        windows.push(diagnosed(name, window, memory, input));
      shorter = window;
    }
    return { summary: point, windows, deeper: deeperReason(memory, windows, input.at), unreadable };
  }

  #add(
    target: TargetId,
    summary: CaptureSummary,
    allocators: Point['allocators'],
    limit: Point['limit'],
  ): { memory: TargetMemory; point: CaptureSummary; changed: Set<string> } {
    let memory = this.#targets.get(target);
    const before = memory?.last ?? null;
    // A clock that was set back would make growth of nothing: what it has seen of the future is dropped.
    if (memory === undefined || before === null || isNewLife(before, summary) || summary.at <= before.at) {
      memory = new TargetMemory(summary.at);
      this.#targets.set(target, memory);
    }
    const shared: CaptureSummary = {
      ...summary,
      heap: summary.heap === null ? null : this.#shapes.heap(summary.heap, before?.heap ?? null),
      goroutines:
        summary.goroutines === null ? null : this.#shapes.goroutines(summary.goroutines, before?.goroutines ?? null),
      leaks: summary.leaks === null ? null : this.#shapes.goroutines(summary.leaks, before?.leaks ?? null),
    };
    const changed = new Set(memory.add({ ...shared, allocators, limit }));
    return { memory, point: shared, changed };
  }
}

/** A window that begins at nearly the same time as the shorter one would say the same again. */
function reachesFurther(window: Window, shorter: Window): boolean {
  return spanOf(window) >= 1.25 * spanOf(shorter);
}

function spanOf({ points }: Window): number {
  return (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
}

function diagnosed(
  name: WindowDiagnosis['window'],
  window: Window,
  memory: TargetMemory,
  input: AnalyseInput,
): WindowDiagnosis {
  const { points } = window;
  const first = points[0];
  const last = points.at(-1);
  const started = last?.startedAt ?? null;
  return {
    window: name,
    from: first?.at ?? input.at,
    to: last?.at ?? input.at,
    base: first?.capture ?? input.capture,
    head: last?.capture ?? input.capture,
    snapshots: points.length,
    aliveMs: input.at - (started === null ? memory.firstAt : started * 1000),
    diagnosis: diagnoseSummaries(timelineOf(window, memory, input)),
  };
}

function latest(metrics: readonly MetricPoint[]): MetricPoint['values'] {
  return metrics.at(-1)?.values ?? {};
}

/** A counter as it reads now; of a gauge the mean since the capture before, since a moment says little. */
function loadOf({ metrics, load }: AnalyseInput): { load?: number } {
  const values = metrics.flatMap((point) => point.values.load ?? []);
  const last = values.at(-1);
  if (load === null || last === undefined) return {};
  return { load: load.kind === 'counter' ? last : values.reduce((sum, value) => sum + value, 0) / values.length };
}
