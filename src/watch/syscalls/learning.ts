/**
 * Learns the profile of one image by itself, from the windows of all instances of it, until it is ready and has seen enough
 * time; then it stays as it is. What was learned before a restart of the server is learned again from stored windows.
 */
import { createLearner, type Learner, MIN_WINDOWS } from '../../guard/baseline/learn.ts';
import type { BaselineKey, BaselineProfile } from '../../guard/baseline/model.ts';
import type { SyscallWindow, TargetId } from '../model.ts';
import { joined } from './windows.ts';

export interface LearnSettings {
  /** How much time the windows must span. */
  readonly learnMs: number;
  readonly warmUpMs: number;
}

/** Windows of a target that are given to the learner at one time: how counts of neighbours go together is learned, too. */
const TOGETHER = 10;

export class Learning {
  readonly #key: BaselineKey;
  readonly #settings: LearnSettings;
  readonly #learner: Learner;
  readonly #waiting = new Map<TargetId, SyscallWindow[]>();
  /** What the learner was given. */
  #given = { windows: 0, from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY };
  /** As it was when so many windows were given: bands of dozens of syscalls take a while. */
  #made: { readonly windows: number; readonly profile: BaselineProfile | null } = { windows: 0, profile: null };

  constructor(key: BaselineKey, settings: LearnSettings) {
    this.#key = key;
    this.#settings = settings;
    this.#learner = createLearner({ warmUpMs: settings.warmUpMs });
  }

  /** As far as it is learned; null before the first few windows. */
  get profile(): BaselineProfile | null {
    const { windows } = this.#given;
    if (windows > this.#made.windows) {
      const { digest, container } = this.#key;
      const profile = this.#learner.profiles().find(({ key }) => key.digest === digest && key.container === container);
      this.#made = { windows, profile: profile ?? null };
    }
    return this.#made.profile;
  }

  /** Windows of one target, oldest first. True when the profile is ready and has seen enough time. */
  add(target: TargetId, windows: readonly SyscallWindow[]): boolean {
    const waiting = this.#waiting.get(target) ?? [];
    waiting.push(...windows);
    this.#waiting.set(target, waiting);
    const [first] = waiting;
    const last = waiting.at(-1);
    if (waiting.length < TOGETHER || first === undefined || last === undefined) return false;
    const recording = joined(waiting);
    if (recording !== null) this.#learner.add(recording);
    this.#given = {
      windows: this.#given.windows + waiting.length,
      from: Math.min(this.#given.from, first.at),
      to: Math.max(this.#given.to, last.until),
    };
    this.#waiting.set(target, []);
    // Some were left out, so that it may need more; it never needs less.
    const { from, to, windows: given } = this.#given;
    if (given < MIN_WINDOWS || to - from < this.#settings.learnMs) return false;
    const learned = this.profile?.learned;
    return learned?.ready === true && learned.to - learned.from >= this.#settings.learnMs;
  }
}
