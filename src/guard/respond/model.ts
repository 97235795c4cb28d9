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
  /** From `found` to the proof; null: none is owed, so that a row can take a kind out of a wider one below it. */
  readonly dueMs: number | null;
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
  /** Names of receivers; `role` stands for the role that owes. */
  readonly tell: readonly string[];
}

/** In `tell`, for the name of the role. */
export const OWING = 'role';

export interface Matrix {
  readonly rows: readonly MatrixRow[];
  readonly hours: BusinessHours | null;
  /** The same for every clock, in order of `at`. */
  readonly escalation: readonly EscalationStep[];
  /** A clock may be paused for at most this long in all; null: without limit. */
  readonly longestPauseMs: number | null;
}

/** 16 hex digits: a hash of where it comes from and of the finding's fingerprint (identity.ts). */
export type IncidentId = string;

/** Append-only; `id` is deterministic where a machine makes it, so that a replay after a crash makes the same. */
export type ResponseEvent = {
  readonly id: string;
  readonly incident: IncidentId;
  readonly at: number;
  readonly by: string;
} /** Once more with a severity that is worse: clocks get shorter, never longer. */ & (
  | {
      readonly kind: 'found';
      readonly finding: Finding;
      /** `watch production/shop`, `gate report.json`. */
      readonly source: string;
      /** How long was watched to find it, s: as long is to be watched to see it gone. null: not known. */
      readonly seconds: number | null;
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
  /** What a reminder says and to whom: planned, and durable, before it is sent. `id` is the reminder's. */
  | {
      readonly kind: 'reminded';
      readonly round: number;
      readonly role: Role;
      readonly clock: ClockName;
      readonly step: number;
      readonly receivers: readonly string[];
      /** When it was to be told; `at` is when it was planned. */
      readonly due: number;
      readonly says: string;
    }
  /** A receiver has taken the reminder: not sent to it again. */
  | { readonly kind: 'told'; readonly reminder: string; readonly receiver: string }
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
  /** When the allowed time was used up; null where it was not. */
  readonly breachedAt: number | null;
  /** `dropped`: closed in time, without its proof; neither met nor breached. */
  readonly state: 'running' | 'paused' | 'met' | 'breached' | 'met-late' | 'dropped';
  readonly stoppedAt: number | null;
  readonly artefact: ArtefactKind | null;
  readonly proof: Proof;
}

/** An artefact of this round, with what its last check said. */
export interface ArtefactState {
  readonly artefact: Artefact;
  readonly role: Role;
  readonly by: string;
  readonly at: number;
  readonly check: { readonly at: number; readonly passed: boolean; readonly says: string } | null;
}

export interface Measured {
  readonly at: number;
  readonly flat: boolean;
  readonly says: string;
}

export interface IncidentState {
  readonly id: IncidentId;
  /** As it was when it was worst in this round. */
  readonly finding: Finding;
  /** Of that finding: how long was watched, s; null: not known. */
  readonly seconds: number | null;
  readonly source: string;
  /** In the first round. */
  readonly foundAt: number;
  /** 1 for the first. */
  readonly round: number;
  /** When this round began: `foundAt`, or when it was opened again. */
  readonly roundAt: number;
  readonly state: 'open' | 'closed';
  readonly closedAt: number | null;
  /** Of this round, in the order of roles, acknowledge before resolve. */
  readonly clocks: readonly ClockState[];
  readonly artefacts: readonly ArtefactState[];
  /** The last measurement of this round. */
  readonly measured: Measured | null;
  /** Those of earlier rounds, as they stood when these were closed: what a report counts. */
  readonly rounds: readonly Round[];
  /** All, in order of time. */
  readonly events: readonly ResponseEvent[];
}

export interface Round {
  readonly round: number;
  readonly roundAt: number;
  readonly closedAt: number;
  readonly finding: Finding;
  readonly clocks: readonly ClockState[];
  readonly artefacts: readonly ArtefactState[];
  readonly measured: Measured | null;
}

/** What is to be told now, once: the id is made of incident, round, role, clock and step. */
export interface Reminder {
  readonly id: string;
  readonly incident: IncidentId;
  readonly round: number;
  readonly role: Role;
  readonly clock: ClockName;
  readonly step: number;
  /** When it was to be told. */
  readonly at: number;
  /** Those that have not been told yet. */
  readonly receivers: readonly string[];
  readonly says: string;
  /** Its `reminded` event is there (nobody knows whether it was sent); otherwise that is to be appended first. */
  readonly planned: boolean;
}

/** Where events live. `append` is all or nothing, durable when its promise resolves; an id that is there already changes nothing. */
export interface ResponseStore {
  events(): Promise<readonly ResponseEvent[]>;
  append(events: readonly ResponseEvent[]): Promise<void>;
}
