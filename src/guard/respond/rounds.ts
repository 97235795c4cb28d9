/** The events of one incident, told apart by rounds: from `found` (or `reopened`) to `closed`. Pure. */
import type { Finding } from '../../findings/model.ts';
import { severityAtLeast } from '../../findings/sort.ts';
import type { ArtefactState, IncidentId, Measured, ResponseEvent, Role } from './model.ts';

type Of<K extends ResponseEvent['kind']> = Extract<ResponseEvent, { kind: K }>;

/** The finding as it was from an instant on; `seconds` as in `found`. */
export interface Sighting {
  readonly at: number;
  readonly finding: Finding;
  readonly seconds: number | null;
}

/** What happened in one round, in order of time. */
export interface RoundEvents {
  readonly round: number;
  readonly roundAt: number;
  readonly closedAt: number | null;
  /** How bad it was from each instant on: the first is at `roundAt`, each of the others is worse than the one before. */
  readonly found: readonly Sighting[];
  /** All others but for openings and closings. */
  readonly events: readonly ResponseEvent[];
}

export interface IncidentEvents {
  readonly id: IncidentId;
  readonly source: string;
  readonly foundAt: number;
  /** At least one; only the last may be open. */
  readonly rounds: readonly RoundEvents[];
  readonly events: readonly ResponseEvent[];
}

/** By incident, in the order in which they were found. What is later than `now` has not happened; an id counts once. */
export function incidentsOf(events: readonly ResponseEvent[], now: number): IncidentEvents[] {
  const seen = new Set<string>();
  const byIncident = new Map<IncidentId, ResponseEvent[]>();
  for (const event of events) {
    if (event.at > now || seen.has(event.id)) continue;
    seen.add(event.id);
    const list = byIncident.get(event.incident);
    if (list === undefined) byIncident.set(event.incident, [event]);
    else list.push(event);
  }
  const incidents = [...byIncident].map(([id, list]) => incidentOf(id, list)).filter((one) => one !== null);
  return incidents.sort((a, b) => a.foundAt - b.foundAt);
}

/** Null for events of an incident that was never found: a journal may have lost its beginning. */
function incidentOf(id: IncidentId, list: readonly ResponseEvent[]): IncidentEvents | null {
  // Sorting is stable: what was written first comes first within one ms.
  const events = list.toSorted((a, b) => a.at - b.at);
  const first = events.find((event): event is Of<'found'> => event.kind === 'found');
  if (first === undefined) return null;
  const rounds: RoundEvents[] = [];
  let open: {
    round: number;
    roundAt: number;
    found: Sighting[];
    events: ResponseEvent[];
  } | null = { round: 1, roundAt: first.at, found: [first], events: [] };
  let worst: Sighting = first;
  for (const event of events) {
    // A clock that was set back between two machines: nothing is answered before it is found.
    const at = Math.max(event.at, first.at);
    if (event.kind === 'reopened') {
      if (open === null) open = { round: rounds.length + 1, roundAt: at, found: [{ ...worst, at }], events: [] };
      continue;
    }
    if (open === null) {
      // The finding as it came back, told right before or with `reopened`.
      if (event.kind === 'found') worst = event;
      continue;
    }
    if (event.kind === 'closed') {
      rounds.push({ ...open, closedAt: at });
      open = null;
    } else if (event.kind === 'found') {
      if (isWorse(event.finding, worst.finding)) {
        worst = event;
        open.found.push({ ...worst, at });
      }
    } else open.events.push(at === event.at ? event : { ...event, at });
  }
  if (open !== null) rounds.push({ ...open, closedAt: null });
  return { id, source: first.source, foundAt: first.at, rounds, events };
}

function isWorse(a: Finding, b: Finding): boolean {
  return !severityAtLeast(b.severity, a.severity);
}

/** Instants from which on a role was asked to stand still, and to go on; they do not overlap. An open one ends at Infinity. */
export function pausesOf({ events }: RoundEvents, role: Role): { readonly from: number; readonly to: number }[] {
  const pauses: { from: number; to: number }[] = [];
  let since: number | null = null;
  for (const event of events) {
    if ((event.kind !== 'paused' && event.kind !== 'resumed') || (event.role !== null && event.role !== role)) continue;
    if (event.kind === 'paused') since ??= event.at;
    else if (since !== null) {
      pauses.push({ from: since, to: event.at });
      since = null;
    }
  }
  if (since !== null) pauses.push({ from: since, to: Infinity });
  return pauses;
}

/** The last measurement. */
export function measuredOf({ events }: RoundEvents): Measured | null {
  const last = events.findLast((event): event is Of<'measured'> => event.kind === 'measured');
  return last === undefined ? null : { at: last.at, flat: last.flat, says: last.says };
}

/** Since when it has been measured flat without a break; null where it is not. */
export function flatSince({ events }: RoundEvents): number | null {
  let since: number | null = null;
  for (const event of events) if (event.kind === 'measured') since = event.flat ? (since ?? event.at) : null;
  return since;
}

/** What was attached, in order, each with its last check. One that is attached again stands where it was first. */
export function artefactsOf({ events }: RoundEvents): ArtefactState[] {
  const states = new Map<string, ArtefactState>();
  for (const event of events) {
    if (event.kind === 'attached') {
      const key = `${event.role} ${event.artefact.id}`;
      const { role, by, at, artefact } = event;
      if (!states.has(key)) states.set(key, { artefact, role, by, at, check: null });
    } else if (event.kind === 'checked') {
      const key = `${event.role} ${event.artefact}`;
      const state = states.get(key);
      const { at, passed, says } = event;
      if (state !== undefined) states.set(key, { ...state, check: { at, passed, says } });
    }
  }
  return [...states.values()];
}
