/** Names that are the same after a crash: of findings and of the steps of their lives. */
import { createHash } from 'node:crypto';
import type { FindingEvent, FindingId, TargetId } from '../model.ts';

/** One finding per environment, service and fingerprint, however many instances have it. */
export function findingId(environment: string, service: string, fingerprint: string): FindingId {
  const identity = JSON.stringify(['hemostat/finding@1', environment, service, fingerprint]);
  return createHash('sha256').update(identity, 'utf8').digest('hex').slice(0, 16);
}

/**
 * `FINDING-KIND-AT-WHO`, from what made the event and nothing else. Alerts read the first two parts. `who` is the target
 * that was measured, or the person: two of them may do the same thing in one millisecond.
 */
export function eventId(finding: FindingId, kind: FindingEvent['kind'], at: number, who: TargetId | string): string {
  const tail = createHash('sha256').update(who, 'utf8').digest('hex').slice(0, 8);
  return `${finding}-${kind}-${Math.max(0, Math.round(at)).toString(36)}-${tail}`;
}
