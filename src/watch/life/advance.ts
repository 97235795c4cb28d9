/**
 * From one measurement to the next.
 *
 * **One record.** A finding is one record per environment, service and fingerprint, over all instances and windows and for
 * as long as the store lasts. What each instance measured is remembered in it as a *sighting*; the record shows the worst.
 *
 * **What counts.** Of the windows that show a finding, the most certain one, then the longest, then the costliest (pick.ts).
 * Windows that reach back behind the last restart speak of a process that is gone, and are not listened to.
 *
 * **Opening.** A record is made as soon as anything is suspected, and shown; nobody is told. It *opens*, with an event,
 * when its verdict is confirmed or proven and it stands:
 * - a proof (a heap dump, the runtime's leak profile) stands at once: it does not rest on a trend;
 * - so does a window of 45 minutes and more: it is no noise of a moment;
 * - anything else must be confirmed by two measurements of one instance in a row;
 * - and by a process that is younger than twice its time to warm up (ten minutes where nobody says), also in a window half
 *   as long again as the first that confirmed it: caches fill and pools warm up then, and that levels off while a leak goes on.
 * Until then the record's verdict is `suspected`, whatever its finding says: so the page does not call confirmed what one
 * measurement said.
 *
 * **Worsening.** An event where the verdict or the severity is higher than what was told, or the rate has doubled with its
 * whole interval above what was told; in two measurements in a row, a proof at once. What was told only ever goes up within
 * one life of the finding, so that one which swings is told of a few times and not for ever.
 *
 * **Resolving is by measurement, not by time.** An instance is done with when a window shows that nothing grows there any
 * more (clear.ts): as long as the one that showed it, all of it after the last sighting, of one process, with as many
 * snapshots that looked at the same leg, under at least half the load where load is known, and with nothing in it that
 * could hide it. The record resolves when every instance that had it is done with. A target that does not answer leaves it
 * open. One that discovery does not name any more is done with when an instance of another build shows such a window: the
 * process is gone and so is its build. Gone without a deploy proves nothing, and leaves it open.
 *
 * **Withdrawing.** What was only suspected, and told to nobody, is weaker than that: when the same window goes on, with as
 * many snapshots and more, and twice in a row does not suspect it any more, it was a chance of that moment and goes.
 *
 * **Coming back.** Seen again after it was resolved, by the rules for opening: `regressed`, with the build. An
 * acknowledgement was for the life before and ended with it.
 *
 * **Replay.** A measurement of a target that is already in the record changes nothing. Event ids come from the finding, the
 * kind, the time and the target of the measurement: made again after a crash they are the same. Times of a record never run
 * backwards when the clock does; what stands in a row is counted, not timed.
 */
import { atLeast, severityAtLeast } from '../../findings/sort.ts';
import { formatDuration, formatRate } from '../../findings/units.ts';
import type { WindowDiagnosis } from '../analyse/analyst.ts';
import type { FindingEvent, FindingRecord, LifeMemory, Sighting } from '../model.ts';
import { clearingWindow, snapshotsOf } from './clear.ts';
import { isCounted } from './counted.ts';
import { eventId, findingId } from './identity.ts';
import type { LifeChange, Measurement } from './life.ts';
import { isWhole, loadOf, type Pick, picksOf, rateOf, spanOf } from './pick.ts';

/** A window as long as this stands alone, ms. */
const LONG_MS = 45 * 60_000;
/** Where nobody says how long a process warms up, ms. */
const WARM_UP_MS = 5 * 60_000;
/** A process younger than so many times that may still do so. */
const YOUNG = 2;
const GOES_ON = 1.5;

type Told = NonNullable<LifeMemory['told']>;

const NOTHING: LifeMemory = { told: null, sightings: [] };

/** A step of one record, before it is known what else the measurement does. */
interface Step {
  readonly record: FindingRecord;
  readonly event: FindingEvent | null;
}

/** `records` holds at least those of the measurement's service; others are not looked at. */
export function advance(records: Iterable<FindingRecord>, measurement: Measurement): LifeChange {
  const { environment, service } = measurement.target;
  const windows = measurement.windows.filter(isWhole);
  if (windows.length === 0) return { findings: [], events: [] };
  const picks = picksOf(windows);
  const steps: Step[] = [];
  for (const record of records) {
    if (record.environment !== environment || record.service !== service || isCounted(record)) continue;
    const pick = picks.get(record.fingerprint);
    picks.delete(record.fingerprint);
    const step = pick === undefined ? unseen(record, measurement, windows) : seen(record, measurement, pick);
    if (step !== null) steps.push(step);
  }
  for (const pick of picks.values()) {
    const step = seen(newRecord(measurement, pick), measurement, pick);
    if (step !== null) steps.push(step);
  }
  return {
    findings: steps.map((step) => step.record),
    events: steps.flatMap((step) => (step.event === null ? [] : [step.event])),
  };
}

function newRecord(measurement: Measurement, pick: Pick): FindingRecord {
  const { finding } = pick;
  const { environment, service } = measurement.target;
  return {
    id: findingId(environment, service, finding.fingerprint),
    environment,
    service,
    fingerprint: finding.fingerprint,
    rule: finding.rule,
    state: 'open',
    verdict: 'suspected',
    ...measuredBy(pick),
    instances: [],
    firstSeen: measurement.at,
    firstBuild: measurement.build,
    lastMeasured: measurement.at,
    lastSeen: measurement.at,
    lastBuild: measurement.build,
    resolvedAt: null,
    resolvedBy: null,
    acknowledged: null,
    silencedUntil: null,
    memory: NOTHING,
  };
}

function seen(record: FindingRecord, measurement: Measurement, pick: Pick): Step | null {
  const memory = record.memory ?? NOTHING;
  const before = memory.sightings.find((sighting) => sighting.target === measurement.target.id);
  if (before?.measuredAt === measurement.at) return null;
  const sighting = sight(before, memory, measurement, pick);
  // A present instance carries the finding on; those that discovery does not name any more need not be remembered.
  const others = memory.sightings.filter((other) => other !== before && measurement.current.has(other.target));
  const sightings = [sighting, ...others].sort(worstFirst);
  const stands = isStanding(sighting, pick);
  const { told } = memory;
  // What was told to be resolved stays so until it stands again; until then this is only remembered.
  if (record.state === 'resolved' && told !== null && !stands)
    return { record: { ...record, memory: { told, sightings } }, event: null };
  const showsThis = sightings[0] === sighting || !sightings.some((each) => each.target === record.instances[0]);
  const here: FindingRecord = {
    ...record,
    ...(showsThis ? shownBy(record, pick) : {}),
    instances: sightings.map((each) => each.target),
    lastMeasured: Math.max(record.lastMeasured, measurement.at),
    lastSeen: Math.max(record.lastSeen, measurement.at),
    lastBuild: measurement.build,
    memory: { told, sightings },
  };
  if (stands && (told === null || record.state === 'resolved')) return opens(record, here, measurement, pick);
  // What nobody was told of may come and go without a word.
  if (record.state === 'resolved')
    return { record: { ...here, state: 'open', resolvedAt: null, resolvedBy: null }, event: null };
  return told !== null && isWorse(sighting, told)
    ? worsens(here, told, measurement, pick)
    : { record: here, event: null };
}

function opens(before: FindingRecord, here: FindingRecord, measurement: Measurement, pick: Pick): Step {
  const again = before.state === 'resolved';
  const kind = again && before.memory?.told ? 'regressed' : 'opened';
  const opened: FindingRecord = {
    ...here,
    ...shownBy(here, pick),
    verdict: pick.finding.verdict,
    state: kind === 'regressed' ? 'regressed' : here.state === 'acknowledged' ? 'acknowledged' : 'open',
    // Of one that has come back it stays known when it was thought to be over.
    ...(kind === 'opened' ? { resolvedAt: null, resolvedBy: null } : {}),
    memory: { told: tellingOf(pick), sightings: here.memory?.sightings ?? [] },
  };
  return { record: opened, event: event(opened, kind, measurement, openingSentence(opened, kind, measurement)) };
}

function worsens(here: FindingRecord, told: Told, measurement: Measurement, pick: Pick): Step {
  const now = tellingOf(pick);
  const raised: Told = {
    verdict: atLeast(now.verdict, told.verdict) ? now.verdict : told.verdict,
    severity: severityAtLeast(now.severity, told.severity) ? now.severity : told.severity,
    perHour: Math.max(now.perHour, told.perHour),
  };
  const sightings = (here.memory?.sightings ?? []).map((each) => ({ ...each, worse: 0 }));
  const record: FindingRecord = {
    ...here,
    ...shownBy(here, pick),
    verdict: raised.verdict,
    memory: { told: raised, sightings },
  };
  return { record, event: event(record, 'worsened', measurement, worseSentence(told, now, pick)) };
}

function tellingOf({ finding }: Pick): Told {
  return { verdict: finding.verdict, severity: finding.severity, perHour: rateOf(finding) };
}

/** What the page shows of a record: never less certain than what was told. */
function shownBy(record: FindingRecord, pick: Pick): Partial<FindingRecord> {
  if (record.memory?.told != null && !atLeast(pick.finding.verdict, record.verdict) && record.state !== 'resolved')
    return {};
  return measuredBy(pick);
}

/** What a record has from the window that it was measured over. */
function measuredBy({ finding, window }: Pick) {
  return {
    severity: finding.severity,
    finding,
    window: window.window,
    from: window.from,
    to: window.to,
    base: window.base,
    head: window.head,
  };
}

function sight(before: Sighting | undefined, memory: LifeMemory, measurement: Measurement, pick: Pick): Sighting {
  const { finding, shortest } = pick;
  const sure = atLeast(finding.verdict, 'confirmed');
  const inRow = sure ? (before?.inRow ?? 0) + 1 : 0;
  const span = spanOf(pick.window);
  const worse = memory.told !== null && exceeds(pick, memory.told);
  return {
    target: measurement.target.id,
    build: measurement.build,
    measuredAt: measurement.at,
    seenAt: shortest.to,
    verdict: finding.verdict,
    perHour: rateOf(finding),
    spanMs: spanOf(shortest),
    snapshots: snapshotsOf(shortest, finding),
    load: loadOf(shortest),
    inRow,
    firstSpanMs: inRow > 1 ? (before?.firstSpanMs ?? span) : span,
    worse: worse ? (before?.worse ?? 0) + 1 : 0,
  };
}

function isStanding(sighting: Sighting, { finding, window }: Pick): boolean {
  if (finding.verdict === 'proven') return true;
  if (finding.verdict !== 'confirmed') return false;
  if (spanOf(window) >= LONG_MS) return true;
  if (sighting.inRow < 2) return false;
  return window.aliveMs >= YOUNG * (window.warmUpMs ?? WARM_UP_MS) || spanOf(window) >= GOES_ON * sighting.firstSpanMs;
}

function exceeds({ finding }: Pick, told: Told): boolean {
  if (!atLeast(finding.verdict, 'confirmed')) return false;
  if (!atLeast(told.verdict, finding.verdict) || !severityAtLeast(told.severity, finding.severity)) return true;
  return told.perHour > 0 && rateOf(finding) >= 2 * told.perHour && (finding.growth?.low ?? 0) > told.perHour;
}

function isWorse(sighting: Sighting, told: Told): boolean {
  return sighting.worse >= 2 || (sighting.verdict === 'proven' && told.verdict !== 'proven');
}

function worstFirst(a: Sighting, b: Sighting): number {
  if (a.verdict !== b.verdict) return atLeast(a.verdict, b.verdict) ? -1 : 1;
  return b.perHour - a.perHour || (a.target < b.target ? -1 : 1);
}

/** The measurement does not show it: on this instance, or on any that the new build replaced, it may be over. */
function unseen(record: FindingRecord, measurement: Measurement, windows: readonly WindowDiagnosis[]): Step | null {
  const memory = record.memory ?? NOTHING;
  const own = memory.sightings.find((sighting) => sighting.target === measurement.target.id);
  if (own?.measuredAt === measurement.at) return null;
  if (record.state === 'resolved') return own === undefined ? null : { record: without(record, own), event: null };
  const done = new Map<Sighting, WindowDiagnosis>();
  for (const sighting of memory.sightings) {
    const replaced = !measurement.current.has(sighting.target) && isOtherBuild(sighting.build, measurement.build);
    if (sighting !== own && !replaced) continue;
    const window =
      clearingWindow(record, sighting, windows) ?? (sighting === own ? withdrawingWindow(record, own, windows) : null);
    if (window !== null) done.set(sighting, window);
  }
  if (own === undefined && done.size === 0) return null;
  const sightings = memory.sightings
    .filter((sighting) => !done.has(sighting))
    .map((sighting) =>
      sighting === own
        ? { ...own, measuredAt: measurement.at, inRow: 0, worse: 0, missed: missedBy(record, own, windows) }
        : sighting,
    );
  const left: FindingRecord = {
    ...record,
    instances: sightings.map((sighting) => sighting.target),
    lastMeasured: Math.max(record.lastMeasured, measurement.at),
    memory: { told: memory.told, sightings },
  };
  if (sightings.length > 0) return { record: left, event: null };
  const says = resolvingSentence(record, measurement, [...done.values()]);
  const resolved: FindingRecord = {
    ...left,
    state: 'resolved',
    resolvedAt: measurement.at,
    resolvedBy: says,
    acknowledged: null,
  };
  // What nobody was told of and nobody took in hand goes without a word.
  const quiet = memory.told === null && record.state !== 'acknowledged';
  return { record: resolved, event: quiet ? null : event(resolved, 'resolved', measurement, says) };
}

/** In a row: measurements whose window of that name looked as closely as the one that suspected it, and did not. */
function missedBy(record: FindingRecord, own: Sighting, windows: readonly WindowDiagnosis[]): number {
  return (own.missed ?? 0) + (sameWindow(record, own, windows) === undefined ? 0 : 1);
}

const WITHDRAWN_AFTER = 2;

function withdrawingWindow(
  record: FindingRecord,
  own: Sighting,
  windows: readonly WindowDiagnosis[],
): WindowDiagnosis | null {
  if (record.memory?.told != null || record.state !== 'open' || own.verdict !== 'suspected') return null;
  const window = sameWindow(record, own, windows);
  return window !== undefined && missedBy(record, own, windows) >= WITHDRAWN_AFTER ? window : null;
}

function sameWindow(
  record: FindingRecord,
  own: Sighting,
  windows: readonly WindowDiagnosis[],
): WindowDiagnosis | undefined {
  return windows.find(
    (window) =>
      window.window === record.window &&
      window.to > own.seenAt &&
      snapshotsOf(window, record.finding) >= Math.max(1, own.snapshots),
  );
}

/** A resolved one was seen and did not stand: the row begins anew. */
function without(record: FindingRecord, sighting: Sighting): FindingRecord {
  const { told, sightings } = record.memory ?? NOTHING;
  return { ...record, memory: { told, sightings: sightings.filter((other) => other !== sighting) } };
}

function isOtherBuild(a: string | null, b: string | null): boolean {
  return a !== null && b !== null && a !== b;
}

function event(
  record: FindingRecord,
  kind: FindingEvent['kind'],
  { at, target }: Measurement,
  says: string,
): FindingEvent {
  return { id: eventId(record.id, kind, at, target.id), finding: record.id, at, kind, says };
}

function openingSentence(record: FindingRecord, kind: 'opened' | 'regressed', measurement: Measurement): string {
  const { title } = record.finding;
  const where = `${measurement.target.instance}${inBuild(measurement.build)}`;
  if (kind === 'regressed') return `Seen again on ${where} after it was resolved: ${title}.`;
  const first = record.firstBuild === null ? '' : `, first seen in build ${record.firstBuild}`;
  return `Seen on ${measurement.target.instance}${first}: ${title}.`;
}

function worseSentence(before: Told, now: Told, { finding }: Pick): string {
  const says: string[] = [];
  if (!atLeast(before.verdict, now.verdict)) says.push(`${now.verdict} (was ${before.verdict})`);
  if (!severityAtLeast(before.severity, now.severity)) says.push(`severity ${now.severity} (was ${before.severity})`);
  if (before.perHour > 0 && now.perHour >= 2 * before.perHour)
    says.push(`${formatRate(now.perHour)} (was ${formatRate(before.perHour)})`);
  return `Worse: ${says.length === 0 ? 'it grows faster' : says.join(', ')}. ${finding.title}.`;
}

/** What was measured that resolved it; the longest window speaks. */
function resolvingSentence(
  record: FindingRecord,
  { target, build }: Measurement,
  windows: readonly WindowDiagnosis[],
): string {
  const [window] = [...windows].sort((a, b) => spanOf(b) - spanOf(a));
  const place = record.finding.where.function === '' ? '' : ` at ${record.finding.where.function}`;
  const over = window === undefined ? '' : ` over ${formatDuration(spanOf(window) / 1000)}`;
  const count = window === undefined ? 0 : snapshotsOf(window, record.finding);
  const rate = rateOf(record.finding);
  const was = rate > 0 ? `; it had grown by ${formatRate(rate)}` : '';
  return `Nothing grows${place} any more on ${target.instance}${inBuild(build)}${over} (${count} snapshots)${was}.`;
}

function inBuild(build: string | null): string {
  return build === null ? '' : ` in build ${build}`;
}
