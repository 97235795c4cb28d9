/**
 * All incidents in memory: as the next event needs them (what is on its way to the store included), and as everybody else sees
 * them (what is stored). Only the second is shown to anybody, and reminded of.
 */
import { type Advanced, advance } from '../../guard/respond/clock.ts';
import { missing } from '../../guard/respond/events.ts';
import { eventId } from '../../guard/respond/identity.ts';
import type { IncidentId, IncidentState, ResponseEvent } from '../../guard/respond/model.ts';
import type { LifeChange } from '../life/life.ts';
import type { FindingRecord } from '../model.ts';
import { acknowledgement, incidentOf, lifeResponses, reconciled, WATCH } from './life.ts';
import type { RespondSettings } from './settings.ts';

/** What a person or a check says; who and when come with it. */
export type Said = ResponseEvent extends infer T
  ? T extends ResponseEvent
    ? Omit<T, 'id' | 'incident' | 'at' | 'by'>
    : never
  : never;

export class ResponseBook {
  readonly #next = new Log();
  readonly #stored = new Log();
  #settings: RespondSettings;

  constructor(events: readonly ResponseEvent[], settings: RespondSettings) {
    this.#settings = settings;
    this.#next.add(events);
    this.#stored.add(events);
  }

  get settings(): RespondSettings {
    return this.#settings;
  }

  configure(settings: RespondSettings): void {
    this.#settings = settings;
  }

  /** What a change of findings means; to be stored with it. */
  lived(change: LifeChange): ResponseEvent[] {
    if (!this.#settings.enabled) return [];
    // One by one: an event may open what the next one closes.
    return change.events.flatMap((event) =>
      this.#take(
        lifeResponses({ ...change, events: [event] }, (id) => this.#latest(id, event.at), this.#settings),
        event.at,
      ),
    );
  }

  /** A person has acknowledged the finding itself: see acknowledgement. Nothing where it has no open incident. */
  acknowledged(record: FindingRecord, by: string, note: string, at: number): ResponseEvent[] {
    if (this.#latest(incidentOf(record), at)?.state !== 'open') return [];
    return this.#take([acknowledgement(record, by, note, at)], at);
  }

  /** What is missing beside the findings as they are. */
  reconcile(records: Iterable<FindingRecord>, now: number): ResponseEvent[] {
    if (!this.#settings.enabled) return [];
    return [...records].flatMap((record) =>
      this.#take(reconciled(record, this.#latest(incidentOf(record), now), this.#settings, now), now),
    );
  }

  /** What somebody says to an incident; null where it is not there or not open. */
  say(incident: IncidentId, what: Said, by: string, at: number): ResponseEvent[] | null {
    if (this.#latest(incident, at)?.state !== 'open') return null;
    const id = eventId(incident, at, by, JSON.stringify(what));
    return this.#take([{ id, incident, at, by, ...what }], at);
  }

  /** These are durable now. */
  stored(events: readonly ResponseEvent[]): void {
    this.#next.add(events);
    this.#stored.add(events);
  }

  /** As stored. */
  advanced(now: number): Advanced {
    return advance(this.#stored.all, this.#settings.matrix, now);
  }

  /** As stored; null where there is none. */
  incident(id: IncidentId, now: number): IncidentState | null {
    return this.#stored.incident(id, this.#settings, now);
  }

  /** History has dropped what was closed before. */
  forget(before: number): void {
    for (const log of [this.#next, this.#stored])
      for (const id of log.incidents())
        if (log.of(id).every(({ at }) => at < before) && log.incident(id, this.#settings, before)?.state === 'closed')
          log.drop(id);
  }

  #latest(id: IncidentId, now: number): IncidentState | null {
    return this.#next.incident(id, this.#settings, now);
  }

  /** The events that are new, and that incidents which they answer are closed. */
  #take(events: readonly ResponseEvent[], at: number): ResponseEvent[] {
    const fresh = this.#next.add(events);
    const closed = [...new Set(fresh.map(({ incident }) => incident))].flatMap((id) => {
      const incident = this.#latest(id, at);
      return incident === null ? [] : closing(incident, at);
    });
    return [...fresh, ...this.#next.add(closed)];
  }
}

/** Nothing is owed any more, and it is measured flat: that closes it, whoever looks. */
function closing(incident: IncidentState, at: number): ResponseEvent[] {
  const { id, round, state, measured } = incident;
  if (state !== 'open' || measured?.flat !== true || missing(incident).length > 0) return [];
  const says = `nothing is owed any more, and it is flat: ${measured.says}`;
  return [{ id: eventId(id, round, 'closed'), incident: id, at, by: WATCH, kind: 'closed', says }];
}

/** Events in the order in which they came, each id once. */
class Log {
  readonly #ids = new Set<string>();
  readonly #byIncident = new Map<IncidentId, ResponseEvent[]>();

  /** Those that were not there. */
  add(events: readonly ResponseEvent[]): ResponseEvent[] {
    const fresh: ResponseEvent[] = [];
    for (const event of events) {
      if (this.#ids.has(event.id)) continue;
      this.#ids.add(event.id);
      fresh.push(event);
      const own = this.#byIncident.get(event.incident);
      if (own === undefined) this.#byIncident.set(event.incident, [event]);
      else own.push(event);
    }
    return fresh;
  }

  get all(): readonly ResponseEvent[] {
    return [...this.#byIncident.values()].flat();
  }

  of(incident: IncidentId): readonly ResponseEvent[] {
    return this.#byIncident.get(incident) ?? [];
  }

  incidents(): readonly IncidentId[] {
    return [...this.#byIncident.keys()];
  }

  incident(id: IncidentId, { matrix }: RespondSettings, now: number): IncidentState | null {
    return advance(this.of(id), matrix, now).incidents[0] ?? null;
  }

  drop(incident: IncidentId): void {
    for (const { id } of this.of(incident)) this.#ids.delete(id);
    this.#byIncident.delete(incident);
  }
}
