/** The response clock in the server: incidents of its findings, reminders, checks of answers, and what the API asks of it. */
import type { Outcome } from '../../guard/respond/artefacts/outcome.ts';
import { artefactOf } from '../../guard/respond/identity.ts';
import type { ArtefactKind, IncidentState, ResponseEvent, Role } from '../../guard/respond/model.ts';
import type { AlertDesk } from '../alerts/alerts.ts';
import { isSilenced } from '../alerts/item.ts';
import type { Clock } from '../clock.ts';
import type { AlertsConfig } from '../config/config.ts';
import type { Batch } from '../history/store.ts';
import type { LifeChange } from '../life/life.ts';
import type { Delivery, FindingRecord, Silence } from '../model.ts';
import { ResponseBook, type Said } from './book.ts';
import { ArtefactChecks, type ChecksOptions } from './check/checks.ts';
import type { CheckQuestion } from './check/messages.ts';
import { ResponseDesk } from './desk.ts';
import { incidentOf, WATCH } from './life.ts';
import type { RespondSettings } from './settings.ts';

export interface RespondSurroundings {
  readonly events: readonly ResponseEvent[];
  readonly settings: RespondSettings;
  readonly clock: Clock;
  now(): number;
  alertsConfig(): AlertsConfig;
  /** As stored. */
  findings(): readonly FindingRecord[];
  silences(): readonly Silence[];
  /** Directory of the source of a service; null: none is configured. */
  sourceOf(environment: string, service: string): string | null;
  /** Soon, with everything else. */
  add(batch: Pick<Batch, 'responses'>): void;
  /** All that was added before is durable when it resolves. */
  flush(): Promise<void>;
  commit(batch: Pick<Batch, 'responses' | 'deliveries'>): Promise<void>;
  /** Pages ask again: for one incident, or (empty) for all. */
  tell(incident: string): void;
  problem(says: string | null): void;
  /** Tests have another one. */
  readonly ask?: ChecksOptions['ask'];
}

/** What the API asks of it. */
export interface RespondBackend {
  readonly settings: RespondSettings;
  /** As stored, and as they stand now; in the order in which they were found. */
  incidents(): readonly IncidentState[];
  incident(id: string): IncidentState | null;
  /** The finding that it is of; null where history has it no more. */
  recordOf(incident: string): FindingRecord | null;
  /** Whether an answer waits for its check. */
  isChecking(incident: string, role: Role, artefact: string): boolean;
  /** Durable when resolved; null where there is no such open incident. */
  say(incident: string, what: Said, by: string): Promise<IncidentState | null>;
  attach(
    incident: string,
    role: Role,
    kind: ArtefactKind,
    reference: string,
    note: string,
    by: string,
  ): Promise<IncidentState | null>;
  /** Checks all answers of it again, or those of a role. */
  check(incident: string, role: Role | null): IncidentState | null;
}

export class Respond implements RespondBackend {
  readonly #around: RespondSurroundings;
  readonly #book: ResponseBook;
  readonly #checks: ArtefactChecks;
  #desk: ResponseDesk | null = null;
  /** Hashing is not done again for a record that is the same. */
  readonly #incidents = new WeakMap<FindingRecord, string>();

  constructor(around: RespondSurroundings) {
    this.#around = around;
    this.#book = new ResponseBook(around.events, around.settings);
    this.#checks = new ArtefactChecks({
      question: (...asked) => this.#question(...asked),
      onOutcome: (...seen) => this.#checked(...seen),
      ...(around.ask === undefined ? {} : { ask: around.ask }),
    });
  }

  /** Once the desk of alerts is open, and findings are there. */
  start(alerts: Pick<AlertDesk, 'remind'>): void {
    const { clock, now, alertsConfig, findings, silences, commit, problem, tell } = this.#around;
    this.#desk = new ResponseDesk({
      ...{ clock, now, alerts, alertsConfig, findings, commit, problem },
      book: this.#book,
      silenced: (record) => isSilenced(record, alertsConfig(), silences(), now()),
      stored: (events) => this.stored(events),
      changed: () => tell(''),
    });
    this.#reconcile();
    for (const incident of this.incidents())
      if (incident.state === 'open')
        for (const one of incident.artefacts) if (one.check === null) this.#checks.add(incident, one);
    this.#desk.wake();
  }

  /** A change of findings with what it means for incidents: to be stored together. */
  with<T extends LifeChange>(change: T): T & Pick<Batch, 'responses'> {
    const responses = this.#book.lived(change);
    return responses.length === 0 ? change : { ...change, responses };
  }

  /** The same where a person has acknowledged a finding. */
  withAcknowledged(change: LifeChange, by: string, note: string): LifeChange & Pick<Batch, 'responses'> {
    const [record] = change.findings;
    if (record === undefined || change.events.length === 0) return change;
    return { ...change, responses: this.#book.acknowledged(record, by, note, this.#around.now()) };
  }

  /** These are durable now. */
  stored(events: readonly ResponseEvent[]): void {
    if (events.length === 0) return;
    this.#book.stored(events);
    for (const id of new Set(events.map(({ incident }) => incident))) this.#around.tell(id);
    for (const event of events) {
      if (event.kind !== 'attached') continue;
      const incident = this.incident(event.incident);
      const one = incident?.artefacts.find(
        ({ artefact, role, check }) => artefact.id === event.artefact.id && role === event.role && check === null,
      );
      if (incident !== null && one !== undefined) this.#checks.add(incident, one);
    }
    this.#desk?.wake();
  }

  /** Silences and receivers change who is reminded, too. */
  wake(): void {
    this.#desk?.wake();
  }

  configure(settings: RespondSettings): void {
    this.#book.configure(settings);
    this.#reconcile();
    this.#around.tell('');
    this.#desk?.wake();
  }

  forget(before: number): void {
    this.#book.forget(before);
  }

  answered(delivery: Delivery): string | null {
    return this.#desk?.answered(delivery) ?? null;
  }

  told(delivery: Delivery): readonly ResponseEvent[] {
    return this.#desk?.told(delivery) ?? [];
  }

  async close(): Promise<void> {
    await Promise.all([this.#desk?.close(), this.#checks.close()]);
  }

  get settings(): RespondSettings {
    return this.#book.settings;
  }

  incidents(): readonly IncidentState[] {
    return this.#book.advanced(this.#around.now()).incidents;
  }

  incident(id: string): IncidentState | null {
    return this.#book.incident(id, this.#around.now());
  }

  recordOf(incident: string): FindingRecord | null {
    for (const record of this.#around.findings()) {
      let own = this.#incidents.get(record);
      if (own === undefined) {
        own = incidentOf(record);
        this.#incidents.set(record, own);
      }
      if (own === incident) return record;
    }
    return null;
  }

  isChecking(incident: string, role: Role, artefact: string): boolean {
    return this.#checks.isUnderWay(incident, role, artefact);
  }

  async say(incident: string, what: Said, by: string): Promise<IncidentState | null> {
    const responses = this.#book.say(incident, what, by, this.#around.now());
    if (responses === null) return null;
    this.#around.add({ responses });
    await this.#around.flush();
    return this.incident(incident);
  }

  attach(
    incident: string,
    role: Role,
    kind: ArtefactKind,
    reference: string,
    note: string,
    by: string,
  ): Promise<IncidentState | null> {
    return this.say(incident, { kind: 'attached', role, artefact: artefactOf(kind, reference, note) }, by);
  }

  check(id: string, role: Role | null): IncidentState | null {
    const incident = this.incident(id);
    if (incident?.state !== 'open') return null;
    for (const one of incident.artefacts) if (role === null || one.role === role) this.#checks.add(incident, one);
    this.#around.tell(id);
    return incident;
  }

  #reconcile(): void {
    const responses = this.#book.reconcile(this.#around.findings(), this.#around.now());
    if (responses.length > 0) this.#around.add({ responses });
  }

  #question(id: string, role: Role, artefactId: string): CheckQuestion | null {
    const incident = this.incident(id);
    const artefact = incident?.artefacts.find((one) => one.artefact.id === artefactId && one.role === role);
    if (incident?.state !== 'open' || artefact === undefined) return null;
    const record = this.recordOf(id);
    const build = record?.firstBuild ?? null;
    return {
      artefact,
      incident: { ...incident, events: [], rounds: [] },
      settings: this.settings.checks,
      source: record === null ? null : this.#around.sourceOf(record.environment, record.service),
      build: build !== null && /^[0-9a-f]{40}$/.test(build) ? build : null,
    };
  }

  #checked(incident: string, role: Role, artefact: string, { passed, says }: Outcome): void {
    const said: Said = { kind: 'checked', role, artefact, passed, says };
    const responses = this.#book.say(incident, said, WATCH, this.#around.now());
    if (responses !== null) this.#around.add({ responses });
  }
}
