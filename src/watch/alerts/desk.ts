/**
 * The alert desk: plans around the server's commits, and works the outbox off, one delivery of a receiver at a time and in
 * order. A delivery is settled in the store right after its answer; between the two a crash makes it go out once more, with
 * the same id and the same bytes (docs/alerts.md).
 */
import { messageOf } from '../../collect/error.ts';
import type { ResponseEvent } from '../../guard/respond/model.ts';
import type { AlertsConfig, Receiver } from '../config/config.ts';
import type { Delivery, Problem } from '../model.ts';
import { REFRESH_MS, refreshBody } from './alertmanager.ts';
import type { AlertDesk, AlertPlan, AlertSurroundings, OpenAlertDesk } from './alerts.ts';
import { type AlertItem, isSilenced, itemsOf } from './item.ts';
import { Outbox } from './outbox.ts';
import { type Draft, overdueItems, planDeliveries } from './plan.ts';
import { type DueReminder, planReminders } from './remind.ts';
import { type Outcome, send } from './send.ts';

/** Deliveries of the past that are read at the start: who was told what. */
const REMEMBERED = 50_000;
/** A refusal is tried again this often in case that the receiver is only being set up. */
const REFUSALS = 5;
const CLOSING_MS = 5000;
/** setTimeout takes no more than 2³¹ ms; the clock may be set, too. */
const LONGEST_SLEEP_MS = 30_000;

/** For tests: how long things take, ms. */
export interface AlertPace {
  readonly retryMs: number;
  readonly longestRetryMs: number;
  /** How often it is looked for what should have been told. */
  readonly checkMs: number;
  readonly refreshMs: number;
  /** In [0, 1): spreads retries. */
  random(): number;
}

const PACE: AlertPace = {
  retryMs: 1000,
  longestRetryMs: 300_000,
  checkMs: 15_000,
  refreshMs: REFRESH_MS,
  random: Math.random,
};

export const openAlertDesk: OpenAlertDesk = async (config, around) => openPacedAlertDesk(config, around, PACE);

export async function openPacedAlertDesk(
  config: AlertsConfig,
  around: AlertSurroundings,
  pace: AlertPace,
): Promise<AlertDesk> {
  const [past, pending] = await Promise.all([around.store.deliveries(REMEMBERED), around.store.pendingDeliveries()]);
  const desk = new Desk(config, around, pace, new Outbox(past, pending));
  desk.start();
  return desk;
}

/** What became of a delivery, and what is stored with that. */
interface Settled {
  readonly delivery: Delivery;
  readonly told: readonly ResponseEvent[];
}

class Desk implements AlertDesk {
  readonly #around: AlertSurroundings;
  readonly #pace: AlertPace;
  readonly #outbox: Outbox;
  #config: AlertsConfig;
  /** Receivers that something is being sent to. */
  readonly #busy = new Map<string, Promise<void>>();
  /** By receiver, `store`: what is wrong now. */
  readonly #problems = new Map<string, Problem>();
  /** Settled in memory; the store has not taken it yet. */
  readonly #unsaved = new Map<string, Settled>();
  #timer: NodeJS.Timeout | undefined;
  #ticker: NodeJS.Timeout | undefined;
  #refresher: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | null = null;
  #saveAgain: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(config: AlertsConfig, around: AlertSurroundings, pace: AlertPace, outbox: Outbox) {
    this.#config = config;
    this.#around = around;
    this.#pace = pace;
    this.#outbox = outbox;
  }

  start(): void {
    this.#ticker = setInterval(() => this.#tick(), this.#pace.checkMs);
    this.#refresher = setInterval(() => this.#refresh(), this.#pace.refreshMs);
    this.#tick();
    this.#refresh();
    this.wake();
  }

  plan: AlertDesk['plan'] = ({ findings, events }) => this.#plan(itemsOf(events, findings));

  #plan(items: readonly AlertItem[], config = this.#config): AlertPlan {
    const { now, silences } = this.#around;
    const outbox = this.#outbox;
    const drafts: Draft[] =
      items.length === 0
        ? []
        : planDeliveries({
            config,
            items,
            silences: silences(),
            drafts: outbox.drafts().filter(({ delivery }) => delivery.dueAt > now()),
            due: (receiver) => outbox.due(receiver),
            told: (receiver, finding) => outbox.told(receiver, finding),
            now: now(),
          });
    return this.#planned(drafts);
  }

  remind(reminders: readonly DueReminder[]): AlertPlan {
    const outbox = this.#outbox;
    const due = (receiver: string): readonly number[] => outbox.due(receiver);
    return this.#planned(planReminders({ config: this.#config, reminders, due, now: this.#around.now() }));
  }

  #planned(drafts: readonly Draft[]): AlertPlan {
    const outbox = this.#outbox;
    outbox.begin(drafts);
    return {
      deliveries: drafts.map((draft) => draft.delivery),
      committed: () => {
        outbox.committed(drafts);
        this.wake();
      },
      abandoned: () => {
        outbox.abandoned(drafts);
        this.wake();
      },
    };
  }

  wake(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    const now = this.#around.now();
    let next = now + LONGEST_SLEEP_MS;
    for (const receiver of this.#config.receivers) {
      if (this.#busy.has(receiver.name)) continue;
      const heads = this.#outbox.heads(receiver.name);
      // Made in the future: the clock was set back, and the time that it waits for may be far away.
      const head = heads.find(({ dueAt, createdAt }) => dueAt <= now || createdAt > now);
      if (head === undefined) {
        next = Math.min(next, ...heads.map(({ dueAt }) => dueAt));
        continue;
      }
      const work = this.#deliver(receiver, head).finally(() => {
        this.#busy.delete(receiver.name);
        this.wake();
      });
      this.#busy.set(receiver.name, work);
    }
    this.#timer = setTimeout(() => this.wake(), next - now);
  }

  async #deliver(receiver: Receiver, delivery: Delivery): Promise<void> {
    this.#outbox.seal(delivery.id);
    const answered = delivery.reminders === undefined ? null : (this.#around.answered?.(delivery) ?? null);
    if (answered !== null) {
      await this.#drop([delivery], answered);
      this.#around.log.info({ receiver: receiver.name, delivery: delivery.id }, answered);
      return;
    }
    const outcome = await send(receiver, delivery.id, delivery.body);
    await this.#settle(receiver, this.#after(delivery, outcome, receiver), outcome);
  }

  #after(delivery: Delivery, outcome: Outcome, receiver: Receiver): Delivery {
    const attempts = delivery.attempts + 1;
    const now = this.#around.now();
    if (outcome.kind === 'delivered') return { ...delivery, attempts, state: 'delivered', deliveredAt: now };
    const lastError = `The receiver ${receiver.name} did not take it: ${outcome.says}.`;
    if (outcome.kind === 'refused' && attempts >= REFUSALS)
      return { ...delivery, attempts, state: 'dropped', lastError };
    const { retryMs, longestRetryMs, random } = this.#pace;
    const pause = Math.min(longestRetryMs, retryMs * 2 ** Math.min(attempts - 1, 30)) * (0.75 + 0.5 * random());
    const asked = outcome.kind === 'later' ? (outcome.waitMs ?? 0) : 0;
    // An hour at most: a receiver that asks for more is asked again then.
    return { ...delivery, attempts, lastError, dueAt: now + Math.max(pause, Math.min(asked, 3_600_000)) };
  }

  async #settle(receiver: Receiver, delivery: Delivery, outcome: Outcome): Promise<void> {
    const { log } = this.#around;
    this.#outbox.settle(delivery);
    const taken = outcome.kind === 'delivered' && delivery.reminders !== undefined;
    const told = taken ? (this.#around.told?.(delivery) ?? []) : [];
    this.#unsaved.set(delivery.id, { delivery, told });
    await this.#save();
    const fields = {
      receiver: receiver.name,
      delivery: delivery.id,
      events: delivery.events,
      attempts: delivery.attempts,
    };
    if (outcome.kind === 'delivered') {
      this.#problems.delete(receiver.name);
      log.info(fields, 'alert delivered');
      return;
    }
    const lost = delivery.state === 'dropped' ? ' The message was given up after several tries.' : '';
    this.#problem(receiver.name, `Alerts to ${receiver.name} do not get through: ${outcome.says}.${lost}`);
    log.warn(
      { ...fields, error: outcome.says },
      delivery.state === 'dropped' ? 'alert given up' : 'alert not delivered',
    );
  }

  /** What the store does not take now is tried again; meanwhile this process knows what was delivered. */
  async #save(): Promise<void> {
    const rows = [...this.#unsaved.values()];
    if (rows.length === 0) return;
    try {
      const responses = rows.flatMap(({ told }) => told);
      const deliveries = rows.map(({ delivery }) => delivery);
      await this.#around.store.commit({ deliveries, ...(responses.length === 0 ? {} : { responses }) });
      for (const row of rows) if (this.#unsaved.get(row.delivery.id) === row) this.#unsaved.delete(row.delivery.id);
      if (responses.length > 0) this.#around.stored?.(responses);
      this.#problems.delete('store');
    } catch (error) {
      const says = `The store does not take what became of ${rows.length} alerts: ${messageOf(error)}`;
      this.#problem('store', says);
      this.#around.log.warn({ alerts: rows.length }, says);
      clearTimeout(this.#saveAgain);
      if (!this.#closed) this.#saveAgain = setTimeout(() => void this.#save(), 5 * this.#pace.retryMs);
    }
  }

  #problem(about: string, says: string): void {
    const since = this.#problems.get(about)?.since ?? this.#around.now();
    this.#problems.set(about, { about: 'alerts', since, says });
  }

  /** Tells what should have been told by now, and drops what nobody can be told any more. */
  #tick(): void {
    if (this.#closed || this.#ticking !== null) return;
    this.#ticking = this.#tellOverdue()
      .catch((error: unknown) => {
        const says = `Reminders could not be stored: ${messageOf(error)}`;
        this.#problem('store', says);
        this.#around.log.warn({}, says);
      })
      .finally(() => {
        this.#ticking = null;
      });
  }

  async #tellOverdue(): Promise<void> {
    const { now, silences, findings, store } = this.#around;
    this.#outbox.forget(now());
    await this.#dropOrphans();
    for (const receiver of this.#config.receivers) {
      const input = {
        config: { ...this.#config, receivers: [receiver] },
        silences: silences(),
        told: (name: string, finding: string) => this.#outbox.told(name, finding),
        now: now(),
      };
      const plan = this.#plan(overdueItems(receiver, findings(), input), input.config);
      if (plan.deliveries.length === 0) continue;
      try {
        await store.commit({ deliveries: plan.deliveries });
      } catch (error) {
        plan.abandoned();
        throw error;
      }
      plan.committed();
    }
  }

  async #dropOrphans(): Promise<void> {
    const names = new Set(this.receivers());
    const orphans = this.#outbox.pending().filter(({ receiver }) => !names.has(receiver) && !this.#busy.has(receiver));
    if (orphans.length === 0) return;
    for (const [receiver, own] of Map.groupBy(orphans, (delivery) => delivery.receiver)) {
      const lastError = `The receiver ${receiver} is not in the configuration any more.`;
      this.#problem(receiver, `${lastError} ${orphans.length} messages that waited for it were given up.`);
      await this.#drop(own, lastError);
    }
    this.#around.log.warn({ deliveries: orphans.map((each) => each.id) }, 'alerts given up: no such receiver any more');
  }

  async #drop(deliveries: readonly Delivery[], lastError: string): Promise<void> {
    for (const delivery of deliveries) {
      const dropped: Delivery = { ...delivery, state: 'dropped', lastError };
      this.#outbox.settle(dropped);
      this.#unsaved.set(dropped.id, { delivery: dropped, told: [] });
    }
    await this.#save();
  }

  /** Alertmanager forgets what it does not hear of. */
  #refresh(): void {
    const { now, findings, silences } = this.#around;
    for (const receiver of this.#config.receivers) {
      if (receiver.kind !== 'alertmanager') continue;
      const open = [...findings()].filter((record) => {
        const told = this.#outbox.told(receiver.name, record.id);
        const here = record.state !== 'resolved' && told !== null && told.kind !== 'resolved';
        return here && !isSilenced(record, this.#config, silences(), now());
      });
      if (open.length === 0) continue;
      void send(receiver, null, refreshBody(open, this.#config.pageUrl, now())).then((outcome) => {
        if (outcome.kind === 'delivered') return;
        this.#problem(receiver.name, `Alerts to ${receiver.name} do not get through: ${outcome.says}.`);
        this.#around.log.warn({ receiver: receiver.name, error: outcome.says }, 'open alerts not refreshed');
      });
    }
  }

  configure(config: AlertsConfig): void {
    this.#config = config;
    this.#problems.clear();
    this.#tick();
    this.wake();
  }

  receivers(): readonly string[] {
    return this.#config.receivers.map((receiver) => receiver.name);
  }

  counts(): { readonly pending: number; readonly delivered: number; readonly dropped: number } {
    return this.#outbox.counts();
  }

  problems(): readonly Problem[] {
    return [...this.#problems.values()];
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of [this.#timer, this.#saveAgain]) clearTimeout(timer);
    for (const timer of [this.#ticker, this.#refresher]) clearInterval(timer);
    const work = Promise.allSettled([...this.#busy.values(), this.#ticking]);
    const patience = Promise.withResolvers<void>();
    const limit = setTimeout(patience.resolve, CLOSING_MS);
    await Promise.race([work, patience.promise]);
    clearTimeout(limit);
    await this.#save();
  }
}
