/**
 * The nouns of the response clock. An incident is one finding that somebody has to answer; its clocks say who owes what by
 * when. Everything follows from the matrix and an append-only list of events by pure functions (clock.ts); nothing here reads
 * a clock. Times are ms since the epoch, durations are ms.
 */
import type { Finding, Severity } from '../../findings/model.ts';

export type Role = 'development' | 'operations' | 'security';
export const ROLES: readonly Role[] = ['development', 'operations', 'security'];

/** What is to be shown, each checked by artefacts.ts and not believed. */
export type ArtefactKind =
  /** A commit that exists and touches a test: the test fails before it and passes after it. */
  | 'fix-with-test'
  /** A plan that names the last signed digest with a flat heap and a clean baseline. */
  | 'rollback-plan'
  /** A detection rule that loads (Falco, CEL, NetworkPolicy). */
  | 'detection-rule'
  /** A sentence and a link. */
  | 'note';

/** What ends a clock. `measured`: the leak is measured flat again; `checked`: the artefact passed its check; `said`: a person says so. */
export type Proof = 'measured' | 'checked' | 'said';

/** One cell of the matrix: the first row (from the top) that matches a finding gives the clock of a role. */
export interface MatrixRow {
  /** Rule id or a glob (`goroutine-*`); `*` is all. */
  readonly kind: string;
  readonly severity: Severity | '*';
  readonly role: Role;
  /** From `found` to acknowledgement by that role; null: none is owed. */
  readonly acknowledgeMs: number | null;
  /** From `found` to the artefact. */
  readonly dueMs: number;
  readonly artefact: ArtefactKind;
  readonly proof: Proof;
}

export interface BusinessHours {
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly zone: string;
  /** 1 is Monday … 7 is Sunday. */
  readonly days: readonly number[];
  /** Minutes after local midnight, [from, to). */
  readonly from: number;
  readonly to: number;
  /** `2026-12-25`: not worked. */
  readonly holidays: readonly string[];
  /** Severities whose clocks run at any hour all the same. */
  readonly always: readonly Severity[];
}

export interface EscalationStep {
  /** Share of the time used up, e.g. 0.5, 0.8, 1 (the breach), 1.5. */
  readonly at: number;
  /** Names of receivers. */
  readonly tell: readonly string[];
}

export interface Matrix {
  readonly rows: readonly MatrixRow[];
  readonly hours: BusinessHours | null;
  /** The same for every clock, in order of `at`. */
  readonly escalation: readonly EscalationStep[];
  /** A clock may be paused for at most this long in all; null: without limit. */
  readonly longestPauseMs: number | null;
}

/** 16 hex digits: a hash of where it comes from and the finding's fingerprint and opening. */
export type IncidentId = string;

/** Append-only; `id` is deterministic where a machine makes it, so that a replay after a crash makes the same. */
export type ResponseEvent = {
  readonly id: string;
  readonly incident: IncidentId;
  readonly at: number;
  readonly by: string;
} & (
  | {
      readonly kind: 'found';
      readonly finding: Finding;
      /** `watch production/shop`, `gate report.json`. */
      readonly source: string;
    }
  | { readonly kind: 'acknowledged'; readonly role: Role; readonly note: string }
  | { readonly kind: 'attached'; readonly role: Role; readonly artefact: Artefact }
  | {
      readonly kind: 'checked';
      readonly role: Role;
      readonly artefact: string;
      readonly passed: boolean;
      readonly says: string;
    }
  /** By measurement, at that moment: flat again (or not any more). */
  | { readonly kind: 'measured'; readonly flat: boolean; readonly says: string }
  | { readonly kind: 'paused'; readonly role: Role | null; readonly why: string }
  | { readonly kind: 'resumed'; readonly role: Role | null }
  /** What a reminder said and to whom; planned before it is sent. */
  | {
      readonly kind: 'reminded';
      readonly role: Role;
      readonly clock: ClockName;
      readonly step: number;
      readonly receivers: readonly string[];
    }
  | { readonly kind: 'closed'; readonly says: string }
  /** The finding came back: the same incident goes on in a new round, with new clocks. */
  | { readonly kind: 'reopened'; readonly says: string }
);

export interface Artefact {
  /** Hash of what it says. */
  readonly id: string;
  readonly kind: ArtefactKind;
  /** A commit, a digest, a path, a URL: as the kind needs. */
  readonly reference: string;
  readonly note: string;
}

export type ClockName = 'acknowledge' | 'resolve';

/** One clock of one role, as it stands at `now`. */
export interface ClockState {
  readonly role: Role;
  readonly clock: ClockName;
  readonly startedAt: number;
  readonly allowedMs: number;
  /** Time that counted so far: without pauses and, where they apply, outside business hours. */
  readonly usedMs: number;
  /** When it breaches if nothing changes; null while paused or once it has stopped. */
  readonly dueAt: number | null;
  readonly state: 'running' | 'paused' | 'met' | 'breached' | 'met-late';
  readonly stoppedAt: number | null;
  readonly artefact: ArtefactKind | null;
  readonly proof: Proof;
}

export interface IncidentState {
  readonly id: IncidentId;
  readonly finding: Finding;
  readonly source: string;
  readonly foundAt: number;
  readonly round: number;
  readonly state: 'open' | 'closed';
  readonly closedAt: number | null;
  readonly clocks: readonly ClockState[];
  readonly events: readonly ResponseEvent[];
}

/** What is to be told now, once: the id is made of incident, round, role, clock and step. */
export interface Reminder {
  readonly id: string;
  readonly incident: IncidentId;
  readonly role: Role;
  readonly clock: ClockName;
  readonly step: number;
  /** When it was to be told. */
  readonly at: number;
  readonly receivers: readonly string[];
  readonly says: string;
}

/** Where events live. `append` is all or nothing, durable when its promise resolves; an id that is there already changes nothing. */
export interface ResponseStore {
  events(): Promise<readonly ResponseEvent[]>;
  append(events: readonly ResponseEvent[]): Promise<void>;
}
