/**
 * What the desk remembers of deliveries: which wait and in what order, which may still take more, what each receiver was
 * told last. The store has the truth; this is filled from it at the start and follows what is committed.
 *
 * One delivery is changed by two sides, the planner that puts more into it and the sender. They never do so at once: what
 * is being committed is not sent, and what was taken to be sent takes nothing more (`sealed`). What an earlier process
 * left behind is sealed from the beginning, because nobody knows whether it had been sent.
 */
import type { Delivery, FindingId } from '../model.ts';
import { readEventId } from './item.ts';
import type { Draft, Told } from './plan.ts';

const HOUR_MS = 3_600_000;

interface Entry {
  delivery: Delivery;
  /** What it is made from while it may take more. */
  draft: Draft | null;
  /** What is to become of it while a commit is under way. */
  committing: Draft | null;
  /** Not in the store yet: an abandoned plan leaves nothing of it. */
  fresh: boolean;
}

export class Outbox {
  /** In the order in which they were made, which the clock may not agree with. */
  readonly #pending = new Map<string, Entry>();
  readonly #told = new Map<string, Map<FindingId, Told>>();
  readonly #due = new Map<string, Map<string, number>>();
  readonly #counts = { delivered: 0, dropped: 0 };

  /** `past` in any order; those that are pending in it may be in `pending`, too. */
  constructor(past: readonly Delivery[], pending: readonly Delivery[]) {
    const all = new Map([...past, ...pending].map((delivery) => [delivery.id, delivery]));
    for (const delivery of [...all.values()].sort(byAge)) {
      this.#remember(delivery);
      if (delivery.state === 'pending')
        this.#pending.set(delivery.id, { delivery, draft: null, committing: null, fresh: false });
      else this.#counts[delivery.state]++;
    }
  }

  told(receiver: string, finding: FindingId): Told | null {
    return this.#told.get(receiver)?.get(finding) ?? null;
  }

  due(receiver: string): readonly number[] {
    return [...(this.#due.get(receiver)?.values() ?? [])];
  }

  /** Those that may take more now. */
  drafts(): Draft[] {
    return [...this.#pending.values()].flatMap(({ draft, committing }) =>
      draft === null || committing !== null ? [] : [draft],
    );
  }

  counts(): { pending: number; delivered: number; dropped: number } {
    return { pending: this.#pending.size, ...this.#counts };
  }

  pending(): Delivery[] {
    return [...this.#pending.values()].map((entry) => entry.delivery);
  }

  /** The drafts are about to be committed. */
  begin(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      const entry = this.#pending.get(draft.delivery.id);
      if (entry !== undefined) entry.committing = draft;
      else
        this.#pending.set(draft.delivery.id, { delivery: draft.delivery, draft: null, committing: draft, fresh: true });
      this.#remember(draft.delivery);
    }
  }

  committed(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      const entry = this.#pending.get(draft.delivery.id);
      if (entry?.committing !== draft) continue;
      entry.delivery = draft.delivery;
      entry.draft = draft;
      entry.committing = null;
      entry.fresh = false;
    }
  }

  abandoned(drafts: readonly Draft[]): void {
    for (const draft of drafts) {
      const { id, receiver, events } = draft.delivery;
      const entry = this.#pending.get(id);
      if (entry?.committing !== draft) continue;
      entry.committing = null;
      const kept = entry.fresh ? [] : entry.delivery.events;
      if (entry.fresh) {
        this.#pending.delete(id);
        this.#due.get(receiver)?.delete(id);
      }
      // Told of it was nobody; what was told before that is found again by overdueItems at worst once more.
      for (const event of events.filter((each) => !kept.includes(each))) {
        const read = readEventId(event);
        if (read !== null) this.#told.get(receiver)?.delete(read.finding);
      }
    }
  }

  /**
   * The first of the receiver, whatever its time: later ones wait behind it, so that a resolution does not overtake what it
   * resolves. Reminders have a row of their own, before that of alerts. Those that are being committed are left out, with all
   * behind them.
   */
  heads(receiver: string): Delivery[] {
    const rows: { reminders: Entry | null; alerts: Entry | null } = { reminders: null, alerts: null };
    for (const entry of this.#pending.values()) {
      if (entry.delivery.receiver !== receiver) continue;
      rows[entry.delivery.reminders === undefined ? 'alerts' : 'reminders'] ??= entry;
    }
    return [rows.reminders, rows.alerts].flatMap((entry) =>
      entry === null || entry.committing !== null ? [] : [entry.delivery],
    );
  }

  /** From now on it takes nothing more. */
  seal(id: string): void {
    const entry = this.#pending.get(id);
    if (entry !== undefined) entry.draft = null;
  }

  /** What became of it; the caller commits it. */
  settle(delivery: Delivery): void {
    const entry = this.#pending.get(delivery.id);
    if (entry === undefined) return;
    if (delivery.state === 'pending') entry.delivery = delivery;
    else {
      this.#pending.delete(delivery.id);
      this.#counts[delivery.state]++;
      this.#due.get(delivery.receiver)?.set(delivery.id, delivery.deliveredAt ?? delivery.dueAt);
    }
  }

  /** Forgets when messages were due that the rate limit does not count any more. */
  forget(now: number): void {
    for (const due of this.#due.values()) for (const [id, at] of due) if (at < now - HOUR_MS) due.delete(id);
  }

  #remember(delivery: Delivery): void {
    const { receiver, id, events, createdAt, dueAt, deliveredAt } = delivery;
    const due = this.#due.get(receiver) ?? new Map<string, number>();
    this.#due.set(receiver, due.set(id, deliveredAt ?? dueAt));
    const told = this.#told.get(receiver) ?? new Map<FindingId, Told>();
    this.#told.set(receiver, told);
    for (const event of events) {
      const read = readEventId(event);
      if (read !== null) told.set(read.finding, { kind: read.kind, at: Math.max(createdAt, dueAt) });
    }
  }
}

/** In the order in which they were made. */
function byAge(a: Delivery, b: Delivery): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}
