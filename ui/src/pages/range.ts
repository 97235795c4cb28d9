/** The time that a page is about, as its address says it: one of the presets up to now, or from–to. */
import type { Place } from '../router.ts';

export const PRESETS = [
  ['1h', 3_600_000],
  ['6h', 21_600_000],
  ['24h', 86_400_000],
  ['7d', 604_800_000],
  ['30d', 2_592_000_000],
] as const;
export type Preset = (typeof PRESETS)[number][0];

export interface PageRange {
  readonly from: number;
  readonly to: number;
  /** Null: zoomed. */
  readonly preset: Preset | null;
}

const DEFAULT: Preset = '1h';

/** Bad numbers in the address count as none. */
export function rangeAt(place: Pick<Place, 'query'>, now: number): PageRange {
  const from = Number(place.query.from);
  const to = Number(place.query.to);
  if (from > 0 && to > from) return { from, to, preset: null };
  const preset = PRESETS.find(([name]) => name === place.query.range) ?? PRESETS.find(([name]) => name === DEFAULT);
  const [name, span] = preset ?? PRESETS[0];
  return { from: now - span, to: now, preset: name };
}

/**
 * What to draw of a preset's range: from the first measurement on, where that leaves most of it empty (the server is
 * young). `firstAt`: ms, or null where nothing was measured.
 */
export function drawnRange(range: PageRange, firstAt: number | null): { from: number; to: number } {
  const { from, to, preset } = range;
  if (preset === null || firstAt === null || firstAt < from + (to - from) / 2) return { from, to };
  // A little air before it, and never less than a minute.
  const lead = (to - firstAt) * 0.03;
  return { from: Math.max(from, Math.min(firstAt - lead, to - 60_000)), to };
}
