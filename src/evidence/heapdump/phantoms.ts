/**
 * Slots that a dump lists as objects and that are none. Since Go 1.22 a span of small objects ends in the bitmap of its pointers, and
 * with the Green Tea collector (standard since Go 1.26) in mark bits too; dumpobjs in runtime/heapdump.go walks over the whole span
 * all the same. On a heap of small objects that is 2 % of the bytes.
 *
 * They stay in the object table: nothing points to them, and if a Go laid its spans out otherwise, an object taken for one of
 * these would be missing from proofs. Only sums are to leave them out.
 */

import type { HeapDump } from './dump.ts';

const PAGE = 8192;
/** runtime/mgcmark_greenteagc.go: bytes of spanInlineMarkBits, on every platform; for objects from 16 bytes on. */
const INLINE_MARKS = 128;
const INLINE_MARKS_FROM = 16;

/** 1 for each such slot. */
export function phantoms(dump: HeapDump): Uint8Array {
  const { params, objects } = dump;
  const { address, size, fieldOffsets, count } = objects;
  const phantom = new Uint8Array(count);
  const layout = spanLayout(params.goVersion, params.pointerSize);
  if (layout === null) return phantom;
  // All spans of so small objects are one page: slots of a page follow each other.
  for (let o = 0; o < count; ) {
    const step = size[o] ?? 0;
    const page = Math.floor((address[o] ?? 0) / PAGE);
    let end = o + 1;
    while (end < count && size[end] === step && Math.floor((address[end] ?? 0) / PAGE) === page) end++;
    if (step > 0 && step <= layout.largest) {
      const slotEnd = (reserve: number): number => page * PAGE + Math.floor((PAGE - reserve) / step) * step;
      const marks = layout.inlineMarks && step >= INLINE_MARKS_FROM ? INLINE_MARKS : 0;
      const scanEnd = slotEnd(marks + layout.bitmap);
      // A span has pointers when an object in it has, or when nothing is alive in it.
      let real = o;
      while (real < end && (address[real] ?? 0) < scanEnd) real++;
      const pointers = real === o || (fieldOffsets[real] ?? 0) > (fieldOffsets[o] ?? 0);
      const limit = pointers ? scanEnd : slotEnd(marks);
      for (let p = end - 1; p >= o && (address[p] ?? 0) >= limit; p--) phantom[p] = 1;
    }
    o = end;
  }
  return phantom;
}

interface SpanLayout {
  /** Bytes of the largest objects whose bitmap is in the span. */
  readonly largest: number;
  /** Bytes of the bitmap: a bit per word of a page. */
  readonly bitmap: number;
  readonly inlineMarks: boolean;
}

/** runtime/mheap.go initSpan of each version; null where whole spans are objects. */
function spanLayout(goVersion: string, pointerSize: 4 | 8): SpanLayout | null {
  const [, minor] = /go1\.(\d+)/.exec(goVersion) ?? [];
  const version = Number(minor ?? Number.NaN);
  if (!(version >= 22)) return null;
  const experiment = /X:(\S*)/.exec(goVersion)?.[1]?.split(',') ?? [];
  const inlineMarks = experiment.includes('greenteagc') || (version >= 26 && !experiment.includes('nogreenteagc'));
  return { largest: pointerSize * pointerSize * 8, bitmap: PAGE / pointerSize / 8, inlineMarks };
}
