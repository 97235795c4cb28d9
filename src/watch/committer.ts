/**
 * Writes what was measured into the store, about once a second, each time all of it in one transaction. What the store
 * cannot take now is tried again; only what is stored is told to anybody.
 */
import { messageOf } from '../collect/error.ts';
import type { AlertPlan } from './alerts/alerts.ts';
import type { Clock } from './clock.ts';
import type { Batch, HistoryStore } from './history/store.ts';
import type { LifeChange } from './life/life.ts';
import { PendingRows } from './pending.ts';

export interface CommitterOptions {
  readonly store: Pick<HistoryStore, 'commit'>;
  readonly clock: Clock;
  /** What is to be sent because of a change; see AlertDesk. */
  readonly plan: (change: LifeChange) => AlertPlan;
  /** After each transaction, with what is durable now and how long it took, ms. */
  readonly onStored: (batch: Batch, ms: number) => void;
  /** One sentence while the store cannot be written; null when it can again. */
  readonly onProblem: (says: string | null) => void;
}

const EVERY_MS = 1_000;
const RETRY_CAP_MS = 30_000;

export class Committer {
  readonly #options: CommitterOptions;
  #pending = new PendingRows();
  #running: Promise<boolean> | null = null;
  #cancel: (() => void) | null = null;
  #failures = 0;
  #lost = 0;
  /** Why the last transaction failed. */
  #says = '';
  #closed = false;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Will be stored soon. */
  add(batch: Batch): void {
    this.#pending.add(batch);
    this.#schedule(EVERY_MS);
  }

  /** Stores all that was added before; throws with one sentence where the store cannot take it now. */
  async flush(): Promise<void> {
    // What runs already may have begun before the last row was added.
    if (this.#running !== null) await this.#running;
    if (this.#pending.empty) return;
    if (!(await this.#run())) throw new Error(this.#says);
  }

  /** Tries once more, and gives up what cannot be stored. Null, or one sentence how much that was. */
  async close(): Promise<string | null> {
    this.#closed = true;
    this.#cancel?.();
    try {
      await this.flush();
      return null;
    } catch (error) {
      return `what was measured last is lost: ${messageOf(error)}`;
    }
  }

  #schedule(ms: number): void {
    if (this.#cancel !== null || this.#closed || this.#running !== null) return;
    this.#cancel = this.#options.clock.after(ms, () => {
      this.#cancel = null;
      void this.#run();
    });
  }

  #run(): Promise<boolean> {
    this.#running ??= this.#write().finally(() => {
      this.#running = null;
      if (!this.#pending.empty) this.#schedule(this.#pause());
    });
    return this.#running;
  }

  #pause(): number {
    return this.#failures === 0 ? EVERY_MS : Math.min(EVERY_MS * 2 ** this.#failures, RETRY_CAP_MS);
  }

  async #write(): Promise<boolean> {
    const { store, plan, onStored, onProblem } = this.#options;
    const began = performance.now();
    const rows = this.#pending.take();
    const { findings, events } = rows;
    const planned = events.length === 0 ? null : plan({ findings, events });
    const batch: Batch = planned === null ? rows : { ...rows, deliveries: planned.deliveries };
    try {
      await store.commit(batch);
    } catch (error) {
      planned?.abandoned();
      this.#failures++;
      this.#lost += this.#pending.putBack(rows);
      const lost = this.#lost === 0 ? '' : `; ${this.#lost} rows of measurements had to be let go`;
      this.#says = `${messageOf(error)}${lost}`;
      onProblem(this.#says);
      return false;
    }
    planned?.committed();
    if (this.#failures > 0) onProblem(null);
    this.#failures = 0;
    this.#lost = 0;
    onStored(batch, performance.now() - began);
    return true;
  }
}
