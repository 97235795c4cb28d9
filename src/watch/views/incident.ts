/** An incident as the page shows it. Pure. */
import { missing } from '../../guard/respond/events.ts';
import type { ClockState, IncidentState, Matrix } from '../../guard/respond/model.ts';
import { owedBy } from '../../guard/respond/remind.ts';
import { sentenceOf } from '../../guard/respond/text.ts';
import type { IncidentDetail, IncidentView } from '../api/contract.ts';
import type { FindingRecord } from '../model.ts';

/** A clock that has used so much of its time breaches soon. */
export const SOON = 0.8;

export function incidentView(state: IncidentState, record: FindingRecord | null): IncidentView {
  const { id, finding, round, foundAt, roundAt, closedAt, measured } = state;
  const clocks = state.clocks.map((clock) => ({ ...clock, owes: owesOf(clock) }));
  return {
    ...{ id, round, foundAt, roundAt, closedAt, clocks, state: state.state },
    finding: record?.id ?? null,
    ...placeOf(state, record),
    rule: finding.rule,
    severity: finding.severity,
    verdict: finding.verdict,
    title: record?.state === 'resolved' || record === null ? finding.title : record.finding.title,
    urgency: state.state === 'closed' ? null : urgencyOf(state.clocks),
    dueAt: state.state === 'closed' ? null : dueOf(state.clocks),
    measured: measured === null ? null : { ...measured },
    silencedUntil: record?.silencedUntil ?? null,
  };
}

export function incidentDetailView(
  state: IncidentState,
  record: FindingRecord | null,
  matrix: Matrix,
  isChecking: (role: IncidentState['artefacts'][number]['role'], artefact: string) => boolean,
  now: number,
): IncidentDetail {
  return {
    now,
    incident: incidentView(state, record),
    fix: state.finding.fix.text,
    missing: state.state === 'open' ? missing(state) : [],
    longestPauseMs: matrix.longestPauseMs,
    artefacts: state.artefacts.map(({ artefact, role, by, at, check }) => ({
      ...artefact,
      ...{ role, by, at },
      checking: isChecking(role, artefact.id),
      check: check === null ? null : { ...check },
    })),
    events: state.events.map((event) => ({
      ...{ id: event.id, at: event.at, by: event.by, kind: event.kind },
      says: sentenceOf(event),
    })),
  };
}

/** Over their time first, the longest over before; then what breaches next; closed ones last, the newest before. */
export function compareIncidents(a: IncidentView, b: IncidentView): number {
  return (
    Number(a.state === 'closed') - Number(b.state === 'closed') ||
    (a.state === 'closed'
      ? (b.closedAt ?? 0) - (a.closedAt ?? 0)
      : (a.dueAt ?? Infinity) - (b.dueAt ?? Infinity) || 0) ||
    b.foundAt - a.foundAt ||
    (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
  );
}

export function countsOf(all: readonly IncidentView[]): {
  open: number;
  breached: number;
  soon: number;
  closed: number;
} {
  const open = all.filter(({ state }) => state === 'open');
  return {
    open: open.length,
    breached: open.filter(({ urgency }) => urgency === 'breached').length,
    soon: open.filter(({ urgency }) => urgency === 'soon').length,
    closed: all.length - open.length,
  };
}

function owesOf({ artefact, proof }: ClockState): string {
  return artefact === null ? 'an acknowledgement' : owedBy({ artefact, proof });
}

function urgencyOf(clocks: readonly ClockState[]): NonNullable<IncidentView['urgency']> {
  const open = clocks.filter(({ stoppedAt }) => stoppedAt === null);
  if (open.some(({ state }) => state === 'breached')) return 'breached';
  const running = open.filter(({ state }) => state === 'running');
  if (running.some(({ usedMs, allowedMs }) => usedMs >= SOON * allowedMs)) return 'soon';
  return running.length > 0 ? 'running' : open.length > 0 ? 'paused' : 'answered';
}

function dueOf(clocks: readonly ClockState[]): number | null {
  const times = clocks.flatMap(({ stoppedAt, breachedAt, dueAt }) =>
    stoppedAt === null ? [breachedAt ?? dueAt ?? Infinity] : [],
  );
  const first = Math.min(...times);
  return Number.isFinite(first) ? first : null;
}

/** Where the finding is gone from history, what its incident said it came from: `watch ENVIRONMENT/SERVICE`. */
function placeOf({ source, finding }: IncidentState, record: FindingRecord | null) {
  if (record !== null) return { environment: record.environment, service: record.service };
  const [, environment = ''] = /^watch (.*)\/[^/]*$/.exec(source) ?? [];
  return { environment, service: finding.subject.service };
}
