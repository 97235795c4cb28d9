/** Findings, matrices and events for tests of the response clock. */
import type { Finding, Severity } from '../../findings/model.ts';
import { eventId, incidentId } from './identity.ts';
import type { BusinessHours, Matrix, MatrixRow, ResponseEvent, ResponseStore } from './model.ts';

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export function findingOf(severity: Severity = 'critical', changes: Partial<Finding> = {}): Finding {
  return {
    rule: 'goroutine-growth',
    verdict: 'confirmed',
    severity,
    title: 'shop.(*Hub).Run leaks goroutines: +120/h',
    where: { function: 'shop.(*Hub).Run', file: 'hub.go', line: 12 },
    subject: { service: 'shop', instance: 'shop-0' },
    count: 1200,
    growth: null,
    holds: null,
    chain: [],
    evidence: [{ leg: 'goroutine', says: '120 more goroutines per hour', numbers: [], captures: [] }],
    fix: { text: 'Close the channel.' },
    fingerprint: '00112233445566aa',
    ...changes,
  };
}

export const INCIDENT = incidentId('test', findingOf().fingerprint);

export function rowOf(changes: Partial<MatrixRow> = {}): MatrixRow {
  return {
    kind: '*',
    severity: '*',
    role: 'development',
    acknowledgeMs: null,
    dueMs: 2 * HOUR,
    artefact: 'fix-with-test',
    proof: 'checked',
    ...changes,
  };
}

export function matrixOf(rows: readonly MatrixRow[] = [rowOf()], changes: Partial<Matrix> = {}): Matrix {
  return {
    rows,
    hours: null,
    escalation: [
      { at: 0.5, tell: ['role'] },
      { at: 1, tell: ['role', 'lead'] },
    ],
    longestPauseMs: null,
    ...changes,
  };
}

export function hoursOf(changes: Partial<BusinessHours> = {}): BusinessHours {
  return {
    zone: 'Europe/Berlin',
    days: [1, 2, 3, 4, 5],
    from: 9 * 60,
    to: 17 * 60,
    holidays: [],
    always: [],
    ...changes,
  };
}

type Rest<T> = T extends unknown ? Omit<T, 'id' | 'incident' | 'at' | 'by'> : never;

let serial = 0;

/** An event of INCIDENT. */
export function event(at: number, rest: Rest<ResponseEvent>): ResponseEvent {
  return { id: eventId('test', serial++), incident: INCIDENT, at, by: 'ada', ...rest };
}

export function found(at: number, severity: Severity = 'critical'): ResponseEvent {
  return event(at, { kind: 'found', finding: findingOf(severity), source: 'test', seconds: 600 });
}

/** In memory, with the laws of a store. */
export function memoryStore(events: ResponseEvent[] = []): ResponseStore {
  return {
    events: async () => [...events],
    append: async (more) => {
      for (const one of more) if (!events.some(({ id }) => id === one.id)) events.push(one);
    },
  };
}
