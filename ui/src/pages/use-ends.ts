/** The two captures that stand for the ends of a range, asked for where the page does not have them. */
import type { CaptureInfo, ServiceView } from '../../../src/watch/api/contract.ts';
import { useData } from '../context.ts';
import { askCaptures } from '../endpoints.ts';
import type { TimeRange } from '../parts/plot.tsx';
import { capturesAtEnds } from './nearest-captures.ts';

/** The service's answer has no more captures than this, the newest. */
const MOST = 200;
/** How far from an end a capture may be, ms: profiles are taken every few minutes. */
const AROUND = 15 * 60_000;

export function useEnds(
  view: ServiceView | null,
  range: TimeRange,
): { readonly base: CaptureInfo; readonly head: CaptureInfo } | null {
  const known = view?.captures ?? [];
  const oldest = known.at(-1)?.at ?? 0;
  const beyond = (time: number): boolean => known.length >= MOST && time < oldest;
  const around = (time: number) =>
    view === null || !beyond(time)
      ? null
      : askCaptures({
          environment: view.environment,
          service: view.service,
          instance: view.instance,
          from: Math.round(time - AROUND),
          to: Math.round(time + AROUND),
          limit: MOST,
        });
  const early = useData(around(range.from));
  const late = useData(around(range.to));
  if (view === null || (beyond(range.from) && early.value === null) || (beyond(range.to) && late.value === null))
    return null;
  const all = [...known, ...(early.value?.captures ?? []), ...(late.value?.captures ?? [])];
  return capturesAtEnds([...new Map(all.map((one) => [one.id, one])).values()], view.instance, range);
}
