/**
 * When which target is visited. Cheap evidence comes often and profiles rarely, each target at its own phase; failing
 * targets are asked more and more rarely; nothing is taken that the target's budget does not have room for. Runs on the
 * monotonic clock alone. It knows nothing of HTTP: `Visits` does the work.
 */
import type { Clock } from '../clock.ts';
import type { WatchTarget } from '../config/config.ts';
import type { TargetId } from '../model.ts';
import { BudgetLedger, type Cost } from './ledger.ts';
import { DueQueue } from './queue.ts';
import { Slots } from './slots.ts';
import { backOff, firstDelay, lookEvery, nextMetrics, nextProfile, phase } from './timing.ts';

export type Work = 'metrics' | 'profiles' | 'deep';

export interface VisitResult {
  /** The target answered with something that can be used. */
  readonly ok: boolean;
  readonly cost: Cost;
  /** `new`: another process than before, which gets a first look. `known`: its history is there, so it needs none. */
  readonly life?: 'new' | 'known';
}

/** What the scheduler has done for it. One call at a time for a target; must not reject. */
export interface Visits {
  /** The most that this may cost, as far as the visits before tell. Must be there in the budget. */
  estimate(target: WatchTarget, work: Work): Cost;
  /** `bytes` is what may be received at most. */
  visit(target: WatchTarget, work: Work, bytes: number): Promise<VisitResult>;
}

export interface SchedulerHooks {
  /** A visit begins so much later than it was due, ms. */
  readonly onStart?: (work: Work, delayMs: number) => void;
  readonly onRefused?: (target: WatchTarget, work: Work) => void;
}

export interface ScheduleState {
  /** Monotonic ms. */
  readonly nextProfiles: number;
  readonly failures: number;
  readonly retryAt: number | null;
  readonly spent: Cost;
  readonly budget: Cost;
}

interface Entry {
  target: WatchTarget;
  readonly ledger: BudgetLedger;
  metricsDue: number;
  profilesDue: number;
  deepDue: number | null;
  lastDeep: number;
  /** Captures of the first look still to come. */
  looks: number;
  failures: number;
  retryAt: number | null;
  busy: boolean;
  waiting: boolean;
  removed: boolean;
  /** When its last visit ended: being late because of itself is not the schedule's fault. */
  freeSince: number;
  /** Only the newest place in the queue counts. */
  ticket: number;
}

/** Deep captures of a target are this far apart at least. */
const DEEP_EVERY_MS = 10 * 60_000;
/** One visit may not take more than this, whatever the budget has: it has to be in memory. */
export const VISIT_BYTES = 160 * 2 ** 20;

export class Scheduler {
  readonly #clock: Clock;
  readonly #visits: Visits;
  readonly #hooks: SchedulerHooks;
  readonly #random: () => number;
  readonly #entries = new Map<TargetId, Entry>();
  /** Of targets that are gone: one that comes back within the hour has spent what it has spent. */
  readonly #retired = new Map<TargetId, BudgetLedger>();
  readonly #queue = new DueQueue<{ readonly entry: Entry; readonly ticket: number }>();
  readonly #ready: { readonly entry: Entry; readonly due: number }[] = [];
  readonly #slots: Slots;
  #cancelTimer: (() => void) | null = null;
  #timerAt = Number.POSITIVE_INFINITY;
  #stopped = false;
  #added = 0;
  #idle: (() => void) | null = null;

  constructor(
    visits: Visits,
    options: {
      readonly clock: Clock;
      readonly concurrency: number;
      readonly random?: () => number;
      readonly hooks?: SchedulerHooks;
    },
  ) {
    this.#visits = visits;
    this.#clock = options.clock;
    this.#random = options.random ?? Math.random;
    this.#hooks = options.hooks ?? {};
    this.#slots = new Slots(options.concurrency, options.clock, () => this.#pump());
  }

  /** The whole set of targets, new ones and changed ones included. What is not in it is visited no more. */
  set(targets: readonly WatchTarget[], spent: (id: TargetId) => readonly (Cost & { ago: number })[] = () => []): void {
    const wanted = new Map(targets.map((target) => [target.info.id, target]));
    for (const [id, entry] of this.#entries) {
      const now = wanted.get(id);
      if (now === undefined) this.#remove(id, entry);
      else this.#change(entry, now);
    }
    this.#forgetRetired();
    const fresh = targets.filter((target) => !this.#entries.has(target.info.id));
    for (const [index, target] of fresh.entries()) this.#add(target, index, fresh.length, spent(target.info.id));
    this.#arm();
  }

  state(id: TargetId): ScheduleState | null {
    const entry = this.#entries.get(id);
    if (entry === undefined) return null;
    const { profilesDue, failures, retryAt, ledger } = entry;
    const spent = ledger.spent(this.#clock.monotonic());
    return { nextProfiles: profilesDue, failures, retryAt, spent, budget: ledger.budget };
  }

  /** A deep capture of this target would help: taken soon, unless there was one lately. */
  deepen(id: TargetId): void {
    const entry = this.#entries.get(id);
    const now = this.#clock.monotonic();
    if (entry === undefined || entry.deepDue !== null || now - entry.lastDeep < DEEP_EVERY_MS) return;
    entry.deepDue = now + Math.min(1_000, entry.target.schedule.profilesEveryMs / 10);
    if (!entry.busy && !entry.waiting) this.#enqueue(entry);
    this.#arm();
  }

  set concurrency(size: number) {
    this.#slots.size = size;
  }

  /** Visits under way, and those that are due and wait for a slot. */
  get load(): { readonly running: number; readonly waiting: number } {
    return { running: this.#slots.running, waiting: this.#ready.length };
  }

  /** Begins nothing more; resolves when what is under way has ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#ready.length = 0;
    if (this.#slots.running === 0) return;
    await new Promise<void>((resolve) => {
      this.#idle = resolve;
    });
  }

  #add(target: WatchTarget, index: number, count: number, before: readonly (Cost & { ago: number })[]): void {
    const now = this.#clock.monotonic();
    const { schedule, info } = target;
    const ledger = this.#retired.get(info.id) ?? new BudgetLedger(schedule.budget);
    this.#retired.delete(info.id);
    ledger.budget = schedule.budget;
    for (const { ago, captures, bytes, pauseMs } of before) ledger.charge({ captures, bytes, pauseMs }, now - ago);
    const first = now + firstDelay(index, count, schedule.profilesEveryMs);
    const entry: Entry = {
      target,
      ledger,
      // Profiles and metrics each have phases of their own, so that no target's metrics fall on another's.
      metricsDue: first + phase(this.#added++) * schedule.metricsEveryMs,
      profilesDue: first,
      deepDue: null,
      lastDeep: Number.NEGATIVE_INFINITY,
      looks: schedule.firstLook.captures,
      failures: 0,
      retryAt: null,
      busy: false,
      waiting: false,
      removed: false,
      freeSince: Number.NEGATIVE_INFINITY,
      ticket: 0,
    };
    this.#entries.set(info.id, entry);
    this.#enqueue(entry);
  }

  #remove(id: TargetId, entry: Entry): void {
    entry.removed = true;
    entry.ticket++;
    this.#entries.delete(id);
    this.#retired.set(id, entry.ledger);
  }

  #change(entry: Entry, target: WatchTarget): void {
    const now = this.#clock.monotonic();
    const { metricsEveryMs, profilesEveryMs, budget } = target.schedule;
    entry.target = target;
    entry.ledger.budget = budget;
    // A shorter interval holds from now on, not from the end of the longer one.
    entry.metricsDue = Math.min(entry.metricsDue, now + metricsEveryMs);
    entry.profilesDue = Math.min(entry.profilesDue, now + profilesEveryMs);
    if (!entry.busy && !entry.waiting) this.#enqueue(entry);
  }

  #forgetRetired(): void {
    const now = this.#clock.monotonic();
    for (const [id, ledger] of this.#retired) {
      const { captures, bytes, pauseMs } = ledger.spent(now);
      if (ledger.reserved === null && captures === 0 && bytes === 0 && pauseMs === 0) this.#retired.delete(id);
    }
  }

  #enqueue(entry: Entry): void {
    const due =
      entry.retryAt ?? Math.min(entry.metricsDue, entry.profilesDue, entry.deepDue ?? Number.POSITIVE_INFINITY);
    this.#queue.push(due, { entry, ticket: ++entry.ticket });
  }

  #arm(): void {
    const next = this.#queue.next();
    if (this.#stopped || next === null || next >= this.#timerAt) return;
    this.#cancelTimer?.();
    this.#timerAt = next;
    this.#cancelTimer = this.#clock.after(Math.max(0, next - this.#clock.monotonic()), () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#cancelTimer = null;
      this.#collect();
    });
  }

  /** What is due goes to those that wait for a slot. */
  #collect(): void {
    const now = this.#clock.monotonic();
    for (let next = this.#queue.next(); next !== null && next <= now; next = this.#queue.next()) {
      const { due, value } = this.#queue.pop() ?? { due: 0, value: null };
      if (value === null || value.ticket !== value.entry.ticket || value.entry.busy || value.entry.waiting) continue;
      value.entry.waiting = true;
      this.#ready.push({ entry: value.entry, due });
    }
    this.#pump();
    this.#arm();
  }

  #pump(): void {
    if (this.#stopped && this.#slots.running === 0) this.#idle?.();
    while (!this.#stopped && this.#slots.free) {
      const next = this.#ready.shift();
      if (next === undefined) return;
      next.entry.waiting = false;
      if (!next.entry.removed) this.#begin(next.entry, next.due);
    }
  }

  #begin(entry: Entry, due: number): void {
    const now = this.#clock.monotonic();
    const work = this.#choose(entry, now);
    if (work === null) {
      this.#enqueue(entry);
      this.#arm();
      return;
    }
    this.#hooks.onStart?.(work, Math.max(0, now - Math.max(due, entry.freeSince)));
    entry.busy = true;
    const release = this.#slots.take();
    this.#run(entry, work)
      .catch(() => this.#ended(entry, work, { ok: false, cost: entry.ledger.reserved ?? NOTHING }))
      .finally(release);
  }

  async #run(entry: Entry, work: Work): Promise<void> {
    const result = await this.#visits.visit(entry.target, work, entry.ledger.reserved?.bytes ?? 0);
    this.#ended(entry, work, result);
  }

  /** What of that which is due fits into the budget; it is reserved then. Null: nothing, and the due times are later now. */
  #choose(entry: Entry, now: number): Work | null {
    const { target } = entry;
    if (entry.deepDue !== null && entry.deepDue <= now) {
      if (this.#reserve(entry, 'deep', now) === 0) return 'deep';
      entry.deepDue = null; // asked for again by the next capture, if it is still wanted
    }
    if (entry.profilesDue <= now) {
      const wait = this.#reserve(entry, 'profiles', now);
      if (wait === 0) return 'profiles';
      entry.profilesDue = now + wait + this.#random() * 0.1 * target.schedule.profilesEveryMs;
    }
    if (entry.metricsDue <= now) {
      const wait = this.#reserve(entry, 'metrics', now);
      if (wait === 0) return 'metrics';
      entry.metricsDue = Math.max(now + wait, nextMetrics(entry.metricsDue, now, target.schedule.metricsEveryMs));
    }
    // Back from a failure, with nothing due meanwhile.
    entry.retryAt = null;
    return null;
  }

  /** 0 where it is reserved, else how long there is no room. */
  #reserve(entry: Entry, work: Work, now: number): number {
    const cost = this.#visits.estimate(entry.target, work);
    const wait = entry.ledger.waitFor(cost, now);
    if (wait === 0) {
      // The target is asked for one thing at a time, so all that is left may be held for it.
      const bytes = Math.min(entry.ledger.left(now).bytes, VISIT_BYTES);
      if (entry.ledger.reserve({ ...cost, bytes }, now)) return 0;
    }
    this.#hooks.onRefused?.(entry.target, work);
    return Math.max(1, wait);
  }

  #ended(entry: Entry, work: Work, result: VisitResult): void {
    const now = this.#clock.monotonic();
    entry.ledger.settle(result.cost, now);
    entry.busy = false;
    entry.freeSince = now;
    const { schedule } = entry.target;
    entry.metricsDue = nextMetrics(entry.metricsDue, now, schedule.metricsEveryMs);
    if (result.ok) {
      entry.failures = 0;
      entry.retryAt = null;
      if (result.life === 'new') entry.looks = schedule.firstLook.captures;
      else if (result.life === 'known') entry.looks = 0;
      if (work !== 'metrics') this.#nextProfiles(entry, work, now);
    } else {
      entry.failures++;
      entry.retryAt = now + backOff(entry.failures, schedule.metricsEveryMs, this.#random());
      if (work === 'deep') entry.deepDue = null;
    }
    if (!entry.removed) this.#enqueue(entry);
    this.#arm();
  }

  #nextProfiles(entry: Entry, work: Work, now: number): void {
    const { profilesEveryMs, firstLook } = entry.target.schedule;
    if (work === 'deep') {
      entry.deepDue = null;
      entry.lastDeep = now;
      // It was a capture like any other, too: one that would follow at once is not needed.
      if (entry.profilesDue - now > profilesEveryMs / 4) return;
    }
    if (entry.looks > 0) entry.looks--;
    const every =
      entry.looks > 0 ? Math.min(profilesEveryMs, lookEvery(firstLook.everyMs, this.#looking())) : profilesEveryMs;
    entry.profilesDue = nextProfile(Math.min(entry.profilesDue, now), now, every, this.#random());
  }

  #looking(): number {
    let looking = 0;
    for (const entry of this.#entries.values()) if (entry.looks > 0) looking++;
    return looking;
  }
}

const NOTHING: Cost = { captures: 0, bytes: 0, pauseMs: 0 };
