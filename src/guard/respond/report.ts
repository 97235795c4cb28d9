/**
 * How long it took: n, median and p90 of the time to acknowledge, to mitigate and to resolve, per kind and per role. Pure.
 *
 * Times are wall-clock time from the round's beginning, without pauses or business hours taken off: what a customer waited. What is
 * still open is not left out: it has lasted at least until now (a censored time), and quantiles are those of Kaplan and Meier
 * (J. Am. Stat. Assoc. 53, 1958), which use that; without censored times they are the usual order statistics.
 */
import type { IncidentState, Role, Round } from './model.ts';

export type Measure = 'acknowledge' | 'mitigate' | 'resolve';
export const MEASURES: readonly Measure[] = ['acknowledge', 'mitigate', 'resolve'];

/** Below this, a median is one incident's story. */
export const FEW = 10;

export interface Quantiles {
  readonly measure: Measure;
  /** Done. */
  readonly n: number;
  /** Not done when last looked at: counted as longer than what they have lasted. */
  readonly open: number;
  /** ms; null where too few are done to say. */
  readonly median: number | null;
  readonly p90: number | null;
  /** Clocks of this measure that went over their time. */
  readonly breaches: number;
}

export interface ReportGroup {
  /** A rule, or a role. */
  readonly name: string;
  readonly rounds: number;
  readonly times: readonly Quantiles[];
}

export interface ResponseReport {
  readonly schema: 'hemostat/response-report@1';
  readonly at: string;
  /** Rounds that began from here on; null: all. */
  readonly since: string | null;
  readonly incidents: number;
  /** An incident that came back has several. */
  readonly rounds: number;
  readonly open: number;
  readonly all: ReportGroup;
  readonly kinds: readonly ReportGroup[];
  readonly roles: readonly ReportGroup[];
  readonly notes: readonly string[];
}

/** One time: `done` or still lasting. */
interface Time {
  readonly ms: number;
  readonly done: boolean;
}

type Lap = Omit<Round, 'closedAt'> & { readonly closedAt: number | null };

export function makeReport(incidents: readonly IncidentState[], since: number | null, now: number): ResponseReport {
  const laps = incidents.map(lapsOf).map((list) => list.filter(({ roundAt }) => since === null || roundAt >= since));
  const all = laps.flat();
  const kinds = [...new Set(all.map(({ finding }) => finding.rule))].sort();
  const roles = (['development', 'operations', 'security'] as const).filter((role) =>
    all.some(({ clocks }) => clocks.some((clock) => clock.role === role)),
  );
  const open = all.filter(({ closedAt }) => closedAt === null).length;
  return {
    schema: 'hemostat/response-report@1',
    at: new Date(now).toISOString(),
    since: since === null ? null : new Date(since).toISOString(),
    incidents: laps.filter((list) => list.length > 0).length,
    rounds: all.length,
    open,
    all: groupOf('all', all, null, now),
    kinds: kinds.map((kind) =>
      groupOf(
        kind,
        all.filter(({ finding }) => finding.rule === kind),
        null,
        now,
      ),
    ),
    roles: roles.map((role) =>
      groupOf(
        role,
        all.filter(({ clocks }) => clocks.some((clock) => clock.role === role)),
        role,
        now,
      ),
    ),
    notes: notesOf(all.length, open),
  };
}

function lapsOf(incident: IncidentState): Lap[] {
  const { round, roundAt, closedAt, finding, clocks, artefacts, measured } = incident;
  return [...incident.rounds, { round, roundAt, closedAt, finding, clocks, artefacts, measured }];
}

function notesOf(rounds: number, open: number): string[] {
  const notes: string[] = [];
  if (rounds > 0 && rounds < FEW)
    notes.push(`n is ${rounds}: with fewer than ${FEW}, median and p90 are the story of single incidents`);
  if (open > 0)
    notes.push(`${open} still open: counted as longer than they have lasted so far (Kaplan-Meier), not left out`);
  return notes;
}

function groupOf(name: string, laps: readonly Lap[], role: Role | null, now: number): ReportGroup {
  const times = MEASURES.map((measure): Quantiles => {
    const each = laps.flatMap((lap) => timesOf(lap, measure, role, now));
    return {
      measure,
      n: each.filter(({ done }) => done).length,
      open: each.filter(({ done }) => !done).length,
      median: quantile(each, 0.5),
      p90: quantile(each, 0.9),
      breaches: laps.reduce((sum, lap) => sum + breachesOf(lap, measure, role), 0),
    };
  });
  return { name, rounds: laps.length, times };
}

/**
 * - acknowledge: each role's acknowledgement that was owed;
 * - mitigate: the proof of operations, or, of a role, of that role: from then on somebody has an answer that was checked;
 * - resolve: for a round, until it was closed and every resolve clock met; for a role, until its own clock was met.
 */
function timesOf(lap: Lap, measure: Measure, role: Role | null, now: number): Time[] {
  const own = lap.clocks.filter((clock) => role === null || clock.role === role);
  const until = (at: number | null): Time =>
    at === null ? { ms: (lap.closedAt ?? now) - lap.roundAt, done: false } : { ms: at - lap.roundAt, done: true };
  const metAt = (clock: Lap['clocks'][number]): number | null =>
    clock.state === 'met' || clock.state === 'met-late' ? clock.stoppedAt : null;
  if (measure === 'acknowledge')
    return own.filter(({ clock }) => clock === 'acknowledge').map((clock) => until(metAt(clock)));
  const resolve = own.filter(({ clock }) => clock === 'resolve');
  if (measure === 'mitigate')
    return resolve.filter((clock) => clock.role === 'operations').map((clock) => until(metAt(clock)));
  if (role !== null) return resolve.map((clock) => until(metAt(clock)));
  if (resolve.length === 0 && lap.clocks.length === 0) return [];
  // Closed without its proofs is not resolved.
  const dropped = resolve.some((clock) => metAt(clock) === null);
  return [until(dropped ? null : lap.closedAt)];
}

function breachesOf({ clocks }: Lap, measure: Measure, role: Role | null): number {
  return clocks.filter(
    (clock) =>
      (clock.state === 'breached' || clock.state === 'met-late') &&
      (role === null || clock.role === role) &&
      (measure === 'acknowledge' ? clock.clock === 'acknowledge' : clock.clock === 'resolve') &&
      (measure !== 'mitigate' || clock.role === 'operations'),
  ).length;
}

/**
 * The time by which a share `q` is done: where the product-limit estimate of what lasts longer comes to 1 − q or below; null where it
 * does not come so far. Of ties, what is done comes before what is still open.
 */
export function quantile(times: readonly Time[], q: number): number | null {
  const sorted = times.toSorted((a, b) => a.ms - b.ms || Number(b.done) - Number(a.done));
  let longer = 1;
  let atRisk = sorted.length;
  for (const { ms, done } of sorted) {
    if (done) {
      longer *= (atRisk - 1) / atRisk;
      // 1 − 0.9 is a little less than 0.1.
      if (longer <= 1 - q + 1e-12) return ms;
    }
    atRisk--;
  }
  return null;
}
