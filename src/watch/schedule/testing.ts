/** For tests: targets as the schedule sees them, and visits that take what they are told to. */
import { parseAddress } from '../../collect/address.ts';
import type { Schedule, WatchTarget } from '../config/config.ts';
import { targetInfo } from '../targets/target.ts';
import type { VirtualClock } from '../virtual-clock.testing.ts';
import type { Cost } from './ledger.ts';
import type { VisitResult, Visits, Work } from './scheduler.ts';

export const SCHEDULE: Schedule = {
  metricsEveryMs: 15_000,
  profilesEveryMs: 300_000,
  firstLook: { captures: 0, everyMs: 60_000 },
  budget: { captures: 60, bytes: 1e9, pauseMs: 5000 },
  warmUpMs: 300_000,
  goroutineLimit: 10_000,
};

export function target(name: string, schedule: Partial<Schedule> = {}): WatchTarget {
  const address = parseAddress(`http://127.0.0.1:1/${name}`);
  return {
    info: targetInfo(address, { environment: 'test', service: name, instance: name, from: 'test', labels: {} }),
    address,
    http: { headers: [], insecure: false, timeoutMs: 1000 },
    schedule: { ...SCHEDULE, ...schedule },
    load: { prometheus: null, metric: null },
    source: null,
    pid: null,
  };
}

export interface Visited {
  readonly target: string;
  readonly work: Work;
  /** Virtual ms. */
  readonly began: number;
  readonly ended: number;
  readonly cost: Cost;
}

export interface Behaviour {
  readonly ms: number;
  readonly ok: boolean;
  /** What it estimates, and what it takes in the end: never more than the estimate but for bytes, which have a bound. */
  readonly estimate: Cost;
  readonly takes: Cost;
  readonly life?: VisitResult['life'];
}

/** Visits in virtual time. */
export class FakeVisits implements Visits {
  readonly visited: Visited[] = [];
  readonly running = new Map<string, number>();
  overlapped = false;
  /** Visits that have begun. */
  turn = 0;
  readonly #clock: VirtualClock;
  readonly #behave: (target: WatchTarget, work: Work) => Behaviour;

  constructor(clock: VirtualClock, behave: (target: WatchTarget, work: Work) => Behaviour) {
    this.#clock = clock;
    this.#behave = behave;
  }

  estimate(target: WatchTarget, work: Work): Cost {
    return this.#behave(target, work).estimate;
  }

  async visit(target: WatchTarget, work: Work, bytes: number): Promise<VisitResult> {
    const { ms, ok, takes, life } = this.#behave(target, work);
    this.turn++;
    const name = target.info.service;
    const began = this.#clock.monotonic();
    if (this.running.has(name)) this.overlapped = true;
    this.running.set(name, began);
    await new Promise<void>((resolve) => this.#clock.after(ms, resolve));
    this.running.delete(name);
    const cost = { ...takes, bytes: Math.min(takes.bytes, bytes) };
    this.visited.push({ target: name, work, began, ended: this.#clock.monotonic(), cost });
    return { ok, cost, ...(life === undefined ? {} : { life }) };
  }
}
