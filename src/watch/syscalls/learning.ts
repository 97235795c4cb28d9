/**
 * Learns the profile of one image by itself, from the windows of all instances of it, until it is ready and has seen enough
 * time; then it stays as it is. What was learned before a restart of the server is learned again from stored windows.
 */
import { createLearner, type Learner } from '../../guard/baseline/learn.ts';
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
  #profile: BaselineProfile | null = null;

  constructor(key: BaselineKey, settings: LearnSettings) {
    this.#key = key;
    this.#settings = settings;
    this.#learner = createLearner({ warmUpMs: settings.warmUpMs });
  }

  /** As far as it is learned; null before the first few windows. */
  get profile(): BaselineProfile | null {
    return this.#profile;
  }

  /** Windows of one target, oldest first. True when the profile is ready and has seen enough time. */
  add(target: TargetId, windows: readonly SyscallWindow[]): boolean {
    const waiting = this.#waiting.get(target) ?? [];
    waiting.push(...windows);
    this.#waiting.set(target, waiting);
    if (waiting.length < TOGETHER) return false;
    const recording = joined(waiting.splice(0));
    if (recording !== null) this.#learner.add(recording);
    const { digest, container } = this.#key;
    this.#profile =
      this.#learner.profiles().find(({ key }) => key.digest === digest && key.container === container) ?? null;
    const learned = this.#profile?.learned;
    return learned?.ready === true && learned.to - learned.from >= this.#settings.learnMs;
  }
}
