/** The diagnosis of a range that a person chose, from the summaries of its captures. */
import { diagnoseSummaries } from '../../diagnose/diagnose.ts';
import type { Diagnosis } from '../../findings/model.ts';
import { isNewLife, NO_EXTRAS, type Point, TargetMemory } from '../analyse/target.ts';
import { type Subject, timelineOf } from '../analyse/window.ts';
import type { CaptureSummary } from '../model.ts';

/** `summaries`: of one target, oldest first. Null where there are none. Of several lives the longest is diagnosed. */
export function diagnoseBetween(summaries: readonly CaptureSummary[], subject: Subject): Diagnosis | null {
  const points = summaries.map((summary): Point => ({ ...summary, ...NO_EXTRAS }));
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return null;
  const memory = new TargetMemory(first.at);
  for (const point of points) memory.add(point);
  // A person looks once: there is no other window to agree with, and none to wait for.
  const { patient, ...timeline } = timelineOf({ points, first, last, warmingUp: false }, memory, subject, () => true);
  const restarts = points.flatMap((point, i) => {
    const before = points[i - 1];
    return before !== undefined && isNewLife(before, point) ? [i] : [];
  });
  return diagnoseSummaries({ ...timeline, restarts });
}
