/**
 * Alerts: events of findings become deliveries (in the same transaction), and a sender works the outbox off. How they are
 * grouped and held back is told in plan.ts, what a receiver sees over a crash in docs/alerts.md.
 */
import type { ResponseEvent } from '../../guard/respond/model.ts';
import type { AlertsConfig } from '../config/config.ts';
import type { LifeChange } from '../life/life.ts';
import type { Delivery, FindingRecord, Problem, Silence } from '../model.ts';
import type { DueReminder } from './remind.ts';

/** What is to be sent because of a change of findings; belongs into the batch that stores the change. */
export interface AlertPlan {
  /** Some may replace pending ones of the same id that have not been sent yet. */
  readonly deliveries: readonly Delivery[];
  /** After the commit: they may be sent now. Calls wake(). */
  committed(): void;
  /** Instead of committed(), when the commit failed: nothing was planned. */
  abandoned(): void;
}

export interface AlertDesk {
  /**
   * Pure but for what it remembers: call it right before the commit that stores `change`, and exactly one of the plan's two
   * functions after it. Plans do not overlap: the next one may be made before the commit of this one has ended.
   */
  plan(change: LifeChange): AlertPlan;
  /** The same for reminders of the response clock; nothing for those that no receiver wants. */
  remind(reminders: readonly DueReminder[]): AlertPlan;
  /** Looks for due deliveries now, and at their times from now on. */
  wake(): void;
  /** The configuration was read again. Pending deliveries to receivers that are gone are dropped, with a problem. */
  configure(config: AlertsConfig): void;
  receivers(): readonly string[];
  /** Since the store was made, as far as it remembers. */
  counts(): { readonly pending: number; readonly delivered: number; readonly dropped: number };
  problems(): readonly Problem[];
  /** Waits for what is being sent at the moment, a few seconds at most. */
  close(): Promise<void>;
}

/** What the desk needs of the server. */
export interface AlertSurroundings {
  readonly store: {
    commit(batch: {
      readonly deliveries: readonly Delivery[];
      readonly responses?: readonly ResponseEvent[];
    }): Promise<void>;
    pendingDeliveries(): Promise<Delivery[]>;
    deliveries(limit: number): Promise<Delivery[]>;
  };
  now(): number;
  /** All findings as the store has them. */
  findings(): Iterable<FindingRecord>;
  /** Those of the store that hold now; the configuration's are known. */
  silences(): readonly Silence[];
  /** Right before reminders are sent: why they are not to be, as a sentence; null: they are. */
  answered?(delivery: Delivery): string | null;
  /** What is stored with a delivery of reminders that was taken. */
  told?(delivery: Delivery): readonly ResponseEvent[];
  /** That is durable now. */
  stored?(events: readonly ResponseEvent[]): void;
  readonly log: { info(fields: object, says: string): void; warn(fields: object, says: string): void };
}

/** Reads what is pending and what was told before, and begins to work it off. */
export type OpenAlertDesk = (config: AlertsConfig, around: AlertSurroundings) => Promise<AlertDesk>;
