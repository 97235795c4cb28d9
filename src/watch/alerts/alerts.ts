/** Alerts: events of findings become deliveries (in the same transaction), and a sender works the outbox off. */
import type { AlertsConfig } from '../config/config.ts';
import type { Delivery, FindingEvent, FindingRecord, Problem, Silence } from '../model.ts';

/** Pure: what is to be sent because of these events. Called before the commit that stores the events. */
export type PlanDeliveries = (input: {
  readonly config: AlertsConfig;
  readonly findings: readonly FindingRecord[];
  readonly events: readonly FindingEvent[];
  readonly silences: readonly Silence[];
  /** Deliveries of the last hour and all pending ones: for grouping and rate limits. */
  readonly recent: readonly Delivery[];
  readonly now: number;
}) => readonly Delivery[];

export interface AlertSender {
  /** Looks for due deliveries now, and at their times from now on. */
  wake(): void;
  problems(): readonly Problem[];
  close(): Promise<void>;
}
