/**
 * Reminders of the response clock, at their time: the engine says what is due and when the next thing is, and a timer waits for
 * that. What is due becomes a `reminded` event and its messages in one transaction: after a crash there are both or none, and the
 * outbox of alerts sends what is there.
 *
 * Of a finding that is silenced the clocks go on, and nobody is reminded: when the silence is over, the last step is told, late.
 */
import { messageOf } from '../../collect/error.ts';
import { toldEvent } from '../../guard/respond/events.ts';
import { type Reminder, type ResponseEvent, ROLES } from '../../guard/respond/model.ts';
import type { AlertDesk } from '../alerts/alerts.ts';
import { type DueReminder, receiversOf } from '../alerts/remind.ts';
import type { Clock } from '../clock.ts';
import type { AlertsConfig } from '../config/config.ts';
import type { Batch } from '../history/store.ts';
import type { Delivery, FindingRecord } from '../model.ts';
import type { ResponseBook } from './book.ts';
import { incidentOf, WATCH } from './life.ts';

export interface DeskSurroundings {
  readonly clock: Clock;
  now(): number;
  readonly book: ResponseBook;
  readonly alerts: Pick<AlertDesk, 'remind'>;
  alertsConfig(): AlertsConfig;
  /** As stored. */
  findings(): Iterable<FindingRecord>;
  /** Whether nobody is to be told of it now. */
  silenced(record: FindingRecord): boolean;
  /** Durable when it resolves. */
  commit(batch: Pick<Batch, 'responses' | 'deliveries'>): Promise<void>;
  /** These are durable now. */
  stored(events: readonly ResponseEvent[]): void;
  /** A clock is over its time, or was told of: pages ask again. */
  changed(): void;
  problem(says: string | null): void;
}

/** The wall clock may be set while it sleeps, and a silence of the configuration may end, ms. */
const LONGEST_SLEEP_MS = 60_000;
/** After the store has not taken reminders, ms. */
const AGAIN_MS = 5_000;

export class ResponseDesk {
  readonly #around: DeskSurroundings;
  #cancel: (() => void) | null = null;
  #working: Promise<void> | null = null;
  #again = false;
  #closed = false;
  /** Until when the engine has been asked, ms: what was due before has been dealt with. */
  #looked = 0;

  constructor(around: DeskSurroundings) {
    this.#around = around;
  }

  /** Something has changed: looks now, and when the next thing is due. */
  wake(): void {
    if (this.#closed) return;
    if (this.#working !== null) {
      this.#again = true;
      return;
    }
    this.#cancel?.();
    this.#cancel = null;
    this.#working = this.#look().then((ms) => {
      this.#working = null;
      if (this.#closed) return;
      if (this.#again) {
        this.#again = false;
        this.wake();
        return;
      }
      this.#cancel = this.#around.clock.after(ms, () => this.wake());
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancel?.();
    await this.#working;
  }

  /** Why messages of reminders are not to be sent any more: all of them are answered, or told again further on. */
  answered(delivery: Delivery): string | null {
    const { book, now } = this.#around;
    const left = (delivery.reminders ?? []).some(({ id, incident }) => {
      const state = book.incident(incident, now());
      const told = state?.events.find((event) => event.id === id);
      if (state?.state !== 'open' || told?.kind !== 'reminded' || told.round !== state.round) return false;
      const { role, clock, step } = told;
      const own = state.clocks.find((each) => each.role === role && each.clock === clock);
      const further = state.events.some(
        (event) =>
          event.kind === 'reminded' &&
          event.round === told.round &&
          event.role === role &&
          event.clock === clock &&
          event.step > step,
      );
      return own !== undefined && own.stoppedAt === null && !further;
    });
    return left ? null : 'It was answered, or told again, before it was sent.';
  }

  /** What is stored with a message that its receiver has taken. */
  told({ reminders, receiver }: Delivery): ResponseEvent[] {
    const at = this.#around.now();
    return (reminders ?? []).map((one) => toldEvent(one, receiver, at, WATCH));
  }

  /** Gives how long to sleep, ms. */
  async #look(): Promise<number> {
    const { now, book, problem, changed } = this.#around;
    const { settings } = book;
    if (!settings.enabled) return LONGEST_SLEEP_MS;
    const at = now();
    const { reminders, incidents, next } = book.advanced(at);
    const records = new Map([...this.#around.findings()].map((record) => [incidentOf(record), record]));
    const states = new Map(incidents.map((incident) => [incident.id, incident]));
    const due = reminders.flatMap((reminder): DueReminder[] => {
      const record = records.get(reminder.incident);
      // What is planned has its messages in the outbox.
      if (reminder.planned || record === undefined || this.#around.silenced(record)) return [];
      const clocks = states.get(reminder.incident)?.clocks ?? [];
      const clock = clocks.find(({ role, clock: name }) => role === reminder.role && name === reminder.clock) ?? null;
      return [{ reminder: this.#addressed(reminder), clock, record }];
    });
    try {
      if (due.length > 0) await this.#tell(due, at);
      problem(null);
    } catch (error) {
      problem(`Reminders of incidents could not be stored: ${messageOf(error)}`);
      return AGAIN_MS;
    }
    const over = incidents.some(({ clocks }) =>
      clocks.some(({ breachedAt }) => breachedAt !== null && breachedAt > this.#looked && breachedAt <= at),
    );
    this.#looked = at;
    if (over) changed();
    return next === null ? LONGEST_SLEEP_MS : Math.min(Math.max(1, next - now()), LONGEST_SLEEP_MS);
  }

  async #tell(due: readonly DueReminder[], at: number): Promise<void> {
    const { alerts, alertsConfig, commit, stored } = this.#around;
    const config = alertsConfig();
    const plan = alerts.remind(due);
    const responses = due.map((one): ResponseEvent => {
      const { id, incident, round, role, clock, step, at: when, says } = one.reminder;
      const receivers = receiversOf(one, config).map(({ name }) => name);
      const by = WATCH;
      return { id, incident, at, by, kind: 'reminded', round, role, clock, step, receivers, due: when, says };
    });
    try {
      await commit({ responses, deliveries: plan.deliveries });
    } catch (error) {
      plan.abandoned();
      throw error;
    }
    stored(responses);
    plan.committed();
  }

  /** With the names of receivers for those of roles. */
  #addressed(reminder: Reminder): Reminder {
    const { receivers } = this.#around.book.settings;
    const names = reminder.receivers.flatMap((name) => {
      const role = ROLES.find((each) => each === name);
      return role === undefined ? [name] : receivers[role];
    });
    return { ...reminder, receivers: [...new Set(names)] };
  }
}
