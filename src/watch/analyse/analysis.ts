/**
 * The analysis itself, without threads: captures in, summaries and diagnoses out, and in between a memory of the windows
 * of each target. The thread in worker.ts runs one of these.
 */
import { diagnoseSummaries } from '../../diagnose/diagnose.ts';
import type { Patience } from '../../diagnose/summary.ts';
import { between, type SyscallSeries } from '../../diagnose/syscall-series.ts';
import type { ProcessStats } from '../../evidence/process/process.ts';
import type { SourceReview } from '../../findings/source-review.ts';
import type { CaptureSummary, MetricPoint, TargetId, WindowName } from '../model.ts';
import { concat, thinned } from '../syscalls/flows.ts';
import type { AnalyseInput, AnalyseOutput, WindowDiagnosis } from './analyst.ts';
import { deeperReason } from './deeper.ts';
import { limitOf, metricsOf } from './metrics.ts';
import { readParts } from './parts.ts';
import { Shapes } from './shapes.ts';
import { type Extras, isNewLife, NO_EXTRAS, type Point, TargetMemory, WINDOW_NAMES } from './target.ts';
import { type Subject, timelineOf, type Window, windowOf } from './window.ts';

/** An unpacked profile may be at most this large: the largest that were seen in practice have some 100 MiB. */
export const MAX_PROFILE = 256 * 1024 * 1024;

/** Objects allocated are stored, but no window asks for them. */
const NONE = new Float64Array(0);

export interface AnalysisOptions {
  /** Bytes that one profile may unpack to. */
  readonly maxProfileBytes?: number;
  /** What is known of sources already. */
  readonly reviews?: readonly SourceReview[];
}

export class Analysis {
  readonly #targets = new Map<TargetId, TargetMemory>();
  readonly #flows = new Map<TargetId, SyscallSeries>();
  readonly #shapes = new Shapes();
  readonly #reviews = new Map<string, SourceReview>();
  readonly #maxBytes: number;

  constructor({ maxProfileBytes = MAX_PROFILE, reviews = [] }: AnalysisOptions = {}) {
    this.#maxBytes = maxProfileBytes;
    for (const review of reviews) this.#reviews.set(review.dir, review);
  }

  /** What was known of a target before; replaces what is known. Oldest first. */
  remember(target: TargetId, summaries: readonly CaptureSummary[]): void {
    this.#targets.delete(target);
    for (const summary of summaries) this.#add(target, summary, NO_EXTRAS);
  }

  /** What the kernel counted of its process; what is not after what is known is left out. */
  flows(target: TargetId, series: SyscallSeries): void {
    const known = this.#flows.get(target);
    const end = known?.at.at(-1) ?? Number.NEGATIVE_INFINITY;
    const fresh = between(series, end, Number.POSITIVE_INFINITY);
    this.#flows.set(target, thinned(known === undefined ? fresh : concat([known, fresh])));
  }

  forget(target: TargetId): void {
    this.#flows.delete(target);
    this.#targets.delete(target);
  }

  reviewed(dir: string, review: SourceReview | null): void {
    if (review === null) this.#reviews.delete(dir);
    else this.#reviews.set(dir, review);
  }

  analyse(input: AnalyseInput): AnalyseOutput {
    const parts = readParts(input.parts, this.#maxBytes);
    const { heap, goroutines, leaks, unreadable } = parts;
    const known = latest(input.metrics);
    const limit = nearerLimit(limitOf(parts.memstats, parts.process), known.limit_bytes);
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
        ...known,
        ...metricsOf(parts.memstats, parts.process, { forced: heap !== null }),
        ...(limit === null ? {} : { limit_bytes: limit.bytes }),
        ...loadOf(input),
        ...(goroutines === null ? {} : { goroutines: goroutines.total }),
      },
    };
    const { point, windows, deeper } = this.follow(summary, input, {
      ...{ allocators: parts.allocators, limit, descriptors: descriptorsOf(parts.process) },
    });
    return { summary: point, windows, deeper, unreadable };
  }

  /** The second half of `analyse`: a capture that is summarised already is remembered, and what changed is diagnosed. */
  follow(
    summary: CaptureSummary,
    subject: Subject,
    extras: Extras = NO_EXTRAS,
  ): { point: CaptureSummary; windows: WindowDiagnosis[]; deeper: string | null } {
    const { memory, point, changed } = this.#add(summary.target, summary, extras);
    const present = windowsOf(memory, subject.warmUpMs);
    const longest = present.findLast(({ name }) => changed.has(name) || memory.seen.has(name))?.name;
    const windows: WindowDiagnosis[] = [];
    const review = this.#reviews.get(subject.source ?? '') ?? null;
    // Longest first, so that a shorter one can ask it; nothing can agree with the longest, which has few looks to be wrong in.
    for (const { name, window } of present.toReversed()) {
      if (!changed.has(name)) continue;
      const seen = new Set<string>();
      const agreed = (fingerprint: string): boolean => {
        seen.add(fingerprint);
        return (
          name === longest ||
          present.some((other) => other.name !== name && memory.seen.get(other.name)?.has(fingerprint))
        );
      };
      windows.unshift(
        diagnosed(name, window, memory, { ...subject, agreed, review, flows: this.#flows.get(summary.target) ?? null }),
      );
      memory.seen.set(name, seen);
    }
    return { point, windows, deeper: deeperReason(memory, windows, summary.at) };
  }

  #add(
    target: TargetId,
    summary: CaptureSummary,
    extras: Extras,
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
    const changed = new Set(
      memory.add({ ...shared, heap: shared.heap === null ? null : { ...shared.heap, allocObjects: NONE }, ...extras }),
    );
    return { memory, point: shared, changed };
  }
}

/** The windows that have enough captures and reach further than a shorter one, shortest first. */
function windowsOf(memory: TargetMemory, warmUpMs: number | undefined): { name: WindowName; window: Window }[] {
  const present: { name: WindowName; window: Window }[] = [];
  for (const name of WINDOW_NAMES) {
    const window = windowOf(memory.rings.get(name)?.points ?? [], warmUpMs);
    const shorter = present.at(-1)?.window;
    if (window !== null && (shorter === undefined || reachesFurther(window, shorter))) present.push({ name, window });
  }
  return present;
}

/** A window that begins at nearly the same time as the shorter one would say the same again. */
function reachesFurther(window: Window, shorter: Window): boolean {
  return spanOf(window) >= 1.25 * spanOf(shorter);
}

function spanOf({ first, last }: Window): number {
  return last.at - first.at;
}

function diagnosed(
  name: WindowDiagnosis['window'],
  window: Window,
  memory: TargetMemory,
  about: Subject & {
    readonly agreed: Patience['agreed'];
    readonly review: SourceReview | null;
    readonly flows: SyscallSeries | null;
  },
): WindowDiagnosis {
  const { first, last, points } = window;
  const flows = about.flows === null ? null : between(about.flows, first.at, last.at);
  const counted = flows === null || flows.at.length === 0 ? null : flows;
  const bornAt = last.startedAt === null ? memory.firstAt : last.startedAt * 1000;
  return {
    window: name,
    from: first.at,
    to: last.at,
    base: first.capture,
    head: last.capture,
    snapshots: points.length,
    aliveMs: last.at - bornAt,
    ...(about.warmUpMs === undefined ? {} : { warmUpMs: about.warmUpMs }),
    legs: { ...legsOf(window, memory), ...(counted === null ? {} : { syscall: counted.at.length }) },
    diagnosis: diagnoseSummaries(
      {
        ...timelineOf(window, memory, about, about.agreed),
        // No capture is behind it: the windows are in the history.
        ...(counted === null ? {} : { syscallSeries: { file: '', at: last.at, data: counted } }),
      },
      null,
      about.review,
    ),
  };
}

function descriptorsOf(process: ProcessStats | null): Point['descriptors'] {
  if (process?.fdLimit === undefined && process?.fdKinds === undefined) return null;
  const { fdLimit, fdKinds } = process;
  return { ...(fdLimit === undefined ? {} : { fdLimit }), ...(fdKinds === undefined ? {} : { fdKinds }) };
}

/** Who asks whether something is gone wants to know where it was looked for. */
function legsOf({ points, first, last }: Window, memory: TargetMemory): NonNullable<WindowDiagnosis['legs']> {
  const count = (has: (point: Point) => boolean): number => points.filter(has).length;
  return {
    heap: count(({ heap }) => heap !== null),
    goroutine: count(({ goroutines }) => goroutines !== null),
    gc: count(({ metrics }) => metrics.live_heap_bytes !== undefined),
    process: count(({ metrics }) => metrics.rss_bytes !== undefined),
    // Kept for longer than the window has room for other captures.
    runtime: memory.leaks.filter(({ at }) => at >= first.at && at <= last.at).length,
  };
}

function latest(metrics: readonly MetricPoint[]): MetricPoint['values'] {
  return metrics.at(-1)?.values ?? {};
}

/** What the visit knows besides the pages is a GOMEMLIMIT in the environment: a nearer limit than theirs is that one. */
function nearerLimit(told: ReturnType<typeof limitOf>, known: number | undefined): ReturnType<typeof limitOf> {
  return known === undefined || known >= (told?.bytes ?? Infinity) ? told : { bytes: known, source: 'GOMEMLIMIT' };
}

/** A counter as it reads now; of a gauge the mean since the capture before, since a moment says little. */
function loadOf({ metrics, load }: AnalyseInput): { load?: number } {
  const values = metrics.flatMap((point) => point.values.load ?? []);
  const last = values.at(-1);
  if (load === null || last === undefined) return {};
  return { load: load.kind === 'counter' ? last : values.reduce((sum, value) => sum + value, 0) / values.length };
}
