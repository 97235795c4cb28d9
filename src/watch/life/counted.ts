/**
 * The life of what syscall counts say. It differs from that of leaks (advance.ts): a burst is there or it is not, in one
 * window, and no trend has to be waited for.
 *
 * **Opening.** The limits are made so that a window beyond them is rare enough to tell at once: the first one opens, where it is
 * confirmed. What is suspected (a profile too young to know) is a record that is shown and ends; nobody is told of it.
 * **Worsening.** An event where verdict or severity is higher than what was told.
 * **Resolving.** By windows that were counted whole and show nothing of it, QUIET of them in a row on every instance that
 * had it; so often more for a syscall that had never been seen, since one that comes once an hour is not over after a minute.
 * An instance that is gone is done with: what ran there does not run any more. Where all are gone and no window of the service
 * comes any more, `abandoned` ends it.
 * **Coming back.** `regressed`, as for leaks.
 * **Replay.** A window that is in the record already changes nothing; ids of events come from its end.
 */
import type { Finding } from '../../findings/model.ts';
import { atLeast, severityAtLeast } from '../../findings/sort.ts';
import { formatDuration } from '../../findings/units.ts';
import type { FindingEvent, FindingRecord, LifeMemory, Sighting, TargetId, TargetInfo } from '../model.ts';
import { eventId, findingId } from './identity.ts';
import type { LifeChange } from './life.ts';

/** One window of one target, held against its profile. */
export interface CountedMeasurement {
  readonly target: TargetInfo;
  /** [from, at), ms since the epoch. */
  readonly from: number;
  readonly at: number;
  readonly build: string | null;
  /** Nothing was lost and it was counted to its end: only then does it show that something is not there. */
  readonly whole: boolean;
  readonly findings: readonly Finding[];
  /** As in Measurement. */
  readonly current: ReadonlySet<TargetId>;
}

/** Windows in a row without it. */
export const QUIET = 5;
export const QUIET_NEVER_SEEN = 60;

const NEVER_SEEN = 'syscall-never-seen';
const RULES: ReadonlySet<string> = new Set(['syscall-rate-anomaly', NEVER_SEEN]);

/** Whether this life is that of the record, and advance.ts has to leave it alone. */
export function isCounted({ rule }: Pick<FindingRecord, 'rule'>): boolean {
  return RULES.has(rule);
}

const NOTHING: LifeMemory = { told: null, sightings: [] };

interface Step {
  readonly record: FindingRecord;
  readonly event: FindingEvent | null;
}

/** `records` holds at least those of the target's service; others are not looked at. */
export function advanceCounted(records: Iterable<FindingRecord>, measurement: CountedMeasurement): LifeChange {
  const { environment, service } = measurement.target;
  const left = new Map(measurement.findings.map((finding) => [finding.fingerprint, finding]));
  const steps: (Step | null)[] = [];
  for (const record of records) {
    if (record.environment !== environment || record.service !== service || !isCounted(record)) continue;
    const finding = left.get(record.fingerprint);
    left.delete(record.fingerprint);
    steps.push(finding === undefined ? unseen(record, measurement) : seen(record, measurement, finding));
  }
  for (const finding of left.values()) steps.push(seen(null, measurement, finding));
  const taken = steps.filter((step) => step !== null);
  return {
    findings: taken.map(({ record }) => record),
    events: taken.flatMap(({ event }) => (event === null ? [] : [event])),
  };
}

function seen(before: FindingRecord | null, measurement: CountedMeasurement, finding: Finding): Step | null {
  const { target, at, from, build, current } = measurement;
  const memory = before?.memory ?? NOTHING;
  const own = memory.sightings.find((one) => one.target === target.id);
  if (own !== undefined && own.measuredAt >= at) return null;
  const sighting: Sighting = {
    ...{ target: target.id, build, measuredAt: at, seenAt: at, verdict: finding.verdict, perHour: 0 },
    ...{ spanMs: at - from, snapshots: 1, load: null, inRow: (own?.inRow ?? 0) + 1, firstSpanMs: at - from, worse: 0 },
  };
  const others = memory.sightings.filter((one) => one !== own && current.has(one.target));
  const told = { verdict: finding.verdict, severity: finding.severity, perHour: 0 };
  const began = own === undefined || before?.state === 'resolved' ? from : (before?.from ?? from);
  const shown: FindingRecord = {
    id: findingId(target.environment, target.service, finding.fingerprint),
    environment: target.environment,
    service: target.service,
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    state: before?.state ?? 'open',
    // Never less certain than what was told.
    verdict:
      memory.told !== null && before !== null && finding.verdict === 'suspected' ? before.verdict : finding.verdict,
    severity: finding.severity,
    finding,
    window: '1h',
    from: began,
    to: at,
    base: null,
    head: null,
    instances: [target.id, ...others.map((one) => one.target)],
    firstSeen: before?.firstSeen ?? at,
    firstBuild: before === null ? build : before.firstBuild,
    lastMeasured: Math.max(before?.lastMeasured ?? at, at),
    lastSeen: Math.max(before?.lastSeen ?? at, at),
    lastBuild: build,
    resolvedAt: before?.resolvedAt ?? null,
    resolvedBy: before?.resolvedBy ?? null,
    acknowledged: before?.acknowledged ?? null,
    silencedUntil: before?.silencedUntil ?? null,
    memory: { told: memory.told ?? told, sightings: [sighting, ...others] },
  };
  const stands = atLeast(finding.verdict, 'confirmed');
  if (memory.told === null) {
    const quiet: FindingRecord = { ...shown, state: before?.state === 'acknowledged' ? before.state : 'open' };
    if (!stands)
      return { record: { ...quiet, memory: { told: null, sightings: shown.memory?.sightings ?? [] } }, event: null };
    return {
      record: quiet,
      event: event(quiet, 'opened', measurement, `Seen on ${target.instance}: ${finding.title}`),
    };
  }
  if (before?.state === 'resolved') {
    // What was told to be over stays so until it stands again.
    if (!stands) return null;
    const again: FindingRecord = { ...shown, state: 'regressed', memory: { told, sightings: [sighting] } };
    const says = `Seen again on ${target.instance} after it was resolved: ${finding.title}`;
    return { record: again, event: event(again, 'regressed', measurement, says) };
  }
  const last = memory.told;
  if (atLeast(last.verdict, told.verdict) && severityAtLeast(last.severity, told.severity))
    return { record: shown, event: null };
  const worse: FindingRecord = { ...shown, memory: { told, sightings: [sighting, ...others] } };
  return { record: worse, event: event(worse, 'worsened', measurement, `Worse: ${finding.title}`) };
}

/** The window does not show it. */
function unseen(record: FindingRecord, measurement: CountedMeasurement): Step | null {
  if (record.state === 'resolved') return null;
  const { target, at, current, whole } = measurement;
  const memory = record.memory ?? NOTHING;
  const own = memory.sightings.find((one) => one.target === target.id);
  if (own !== undefined && own.measuredAt >= at) return null;
  const enough = record.rule === NEVER_SEEN ? QUIET_NEVER_SEEN : QUIET;
  const missed = (own?.missed ?? 0) + (whole ? 1 : 0);
  const sightings = memory.sightings.flatMap((one): Sighting[] => {
    if (one !== own) return current.has(one.target) ? [one] : [];
    return missed >= enough ? [] : [{ ...one, measuredAt: at, inRow: 0, missed }];
  });
  if (own === undefined && sightings.length === memory.sightings.length) return null;
  const left: FindingRecord = {
    ...record,
    instances: sightings.map((one) => one.target),
    lastMeasured: Math.max(record.lastMeasured, at),
    memory: { told: memory.told, sightings },
  };
  if (sightings.length > 0) return { record: left, event: null };
  const since = formatDuration((at - record.lastSeen) / 1000);
  const says =
    own === undefined
      ? `The instance that had it is gone, and ${target.instance} does not show it.`
      : `Over on ${target.instance}: ${missed} windows in a row without it, for ${since}.`;
  const resolved: FindingRecord = { ...left, state: 'resolved', resolvedAt: at, resolvedBy: says, acknowledged: null };
  return { record: resolved, event: isTold(record) ? event(resolved, 'resolved', measurement, says) : null };
}

/** Nobody hears of the end of what nobody heard of. */
function isTold({ memory, state }: FindingRecord): boolean {
  return memory?.told != null || state === 'acknowledged';
}

/** Of a service of which nothing was counted for so long, and whose instances are gone, ms. */
const ABANDONED_MS = 3_600_000;

/** What is open of instances that are all gone: no window will ever show that it is over. */
export function abandoned(records: Iterable<FindingRecord>, current: ReadonlySet<TargetId>, now: number): LifeChange {
  const findings: FindingRecord[] = [];
  const events: FindingEvent[] = [];
  for (const record of records) {
    if (!isCounted(record) || record.state === 'resolved' || record.lastMeasured > now - ABANDONED_MS) continue;
    if (record.instances.some((id) => current.has(id))) continue;
    const says = `Every instance that had it is gone, and nothing was counted of them for ${formatDuration((now - record.lastMeasured) / 1000)}.`;
    const memory: LifeMemory = { told: record.memory?.told ?? null, sightings: [] };
    const end = { state: 'resolved', resolvedAt: now, resolvedBy: says, acknowledged: null } as const;
    findings.push({ ...record, ...end, instances: [], memory });
    if (!isTold(record)) continue;
    events.push({ id: eventId(record.id, 'resolved', now, ''), finding: record.id, at: now, kind: 'resolved', says });
  }
  return { findings, events };
}

function event(
  record: FindingRecord,
  kind: FindingEvent['kind'],
  { at, target }: CountedMeasurement,
  says: string,
): FindingEvent {
  return { id: eventId(record.id, kind, at, target.id), finding: record.id, at, kind, says };
}
