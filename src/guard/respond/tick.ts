/**
 * One tick of the response clock: what is due is planned in the store, then sent, then noted as told. Whatever stops it in
 * between, the next tick sends the same reminder, with the same id, to those who have not taken it.
 */
import { advance } from './clock.ts';
import { plannedEvents, toldEvent } from './events.ts';
import type { IncidentState, Matrix, Reminder, ResponseStore } from './model.ts';

/** Null where the receiver has taken it; otherwise why not, as the end of a sentence. */
export type Send = (reminder: Reminder, receiver: string, incident: IncidentState) => Promise<string | null>;

export interface Ticked {
  /** As they stand afterwards. */
  readonly incidents: readonly IncidentState[];
  readonly sent: readonly { readonly reminder: Reminder; readonly receiver: string }[];
  /** What will be tried again, one sentence each. */
  readonly failures: readonly string[];
}

/** @param by who notes it, e.g. `guard respond tick` */
export async function tick(
  store: ResponseStore,
  matrix: Matrix,
  now: () => number,
  send: Send,
  by: string,
): Promise<Ticked> {
  const at = now();
  const { incidents, reminders } = advance(await store.events(), matrix, at);
  await store.append(plannedEvents(reminders, at, by));
  const byId = new Map(incidents.map((incident) => [incident.id, incident]));
  const sent: { reminder: Reminder; receiver: string }[] = [];
  const failures: string[] = [];
  for (const reminder of reminders) {
    const incident = byId.get(reminder.incident);
    if (incident === undefined) continue;
    for (const receiver of reminder.receivers) {
      const why = await send(reminder, receiver, incident);
      if (why !== null) {
        failures.push(`${receiver} was not told of incident ${reminder.incident}: ${why}; it is tried again`);
        continue;
      }
      // One by one: what was taken by a receiver must not be sent to it again because another hangs.
      await store.append([toldEvent(reminder, receiver, now(), by)]);
      sent.push({ reminder, receiver });
    }
  }
  return { incidents: advance(await store.events(), matrix, now()).incidents, sent, failures };
}
