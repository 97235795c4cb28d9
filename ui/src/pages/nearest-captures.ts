/** The captures that stand for the ends of a range. */
import type { CaptureInfo } from '../../../src/watch/api/contract.ts';

/** Kind of the part to draw as a flame graph: the heap where it is there. */
export function flamePart(capture: CaptureInfo): string | null {
  const kept = capture.parts.filter((part) => part.kept).map((part) => part.kind);
  return ['heap', 'heap-debug1', 'goroutine', 'goroutineleak', 'profile'].find((kind) => kept.includes(kind)) ?? null;
}

/**
 * The captures of one instance nearest to both ends, two different ones, the earlier first; null where there are not two.
 */
export function capturesAtEnds(
  captures: readonly CaptureInfo[],
  instance: string,
  range: { readonly from: number; readonly to: number },
): { base: CaptureInfo; head: CaptureInfo } | null {
  const own = captures
    .filter(
      (capture) => capture.target === instance && capture.reason !== 'opened' && capture.parts.some((p) => p.kept),
    )
    .toSorted((a, b) => a.at - b.at);
  const closest = (time: number, but?: CaptureInfo): CaptureInfo | undefined =>
    own
      .filter((capture) => capture !== but)
      .reduce<CaptureInfo | undefined>(
        (best, one) => (best === undefined || Math.abs(one.at - time) < Math.abs(best.at - time) ? one : best),
        undefined,
      );
  const head = closest(range.to);
  const base = closest(range.from, head);
  if (base === undefined || head === undefined) return null;
  return base.at <= head.at ? { base, head } : { base: head, head: base };
}
