/** What all readers of other tools' output share: names of syscalls as the kernel has them, and sets that grow. */
import { type ContainerIdentity, UNKNOWN_CONTAINER } from '../recording.ts';
import type { ImportedSet } from './set.ts';

/** Of one container; the kernel has some 400, and a broken file must not make more of them. */
const MAX_NAMES = 2000;
const NAME = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * `openat`, `SYS_OPENAT`, `__x64_sys_openat`, and for numbers without a name `syscall_<decimal>` as recordings have them.
 * @returns null for what is no name of a syscall
 */
export function syscallName(word: string): string | null {
  const name = word
    .trim()
    .toLowerCase()
    .replace(/^(sys_|__(x64|arm64)_sys_)/, '');
  return NAME.test(name) ? name : null;
}

export interface SetOrigin {
  readonly container: ContainerIdentity;
  readonly workload: string;
  readonly tool: string;
  readonly fromStart: boolean | null;
}

export class SetBuilder {
  readonly #origin: SetOrigin;
  readonly #names = new Set<string>();
  readonly #notes = new Set<string>();
  #wrong = 0;
  #from = Number.NaN;
  #to = Number.NaN;

  constructor(origin: SetOrigin) {
    this.#origin = origin;
  }

  add(word: string, toName: (word: string) => string | null = syscallName): void {
    const name = toName(word);
    if (name === null || (this.#names.size >= MAX_NAMES && !this.#names.has(name))) this.#wrong++;
    else this.#names.add(name);
  }

  /** @param at ms since the epoch; NaN is no time */
  seenAt(at: number): void {
    if (!Number.isFinite(at)) return;
    this.#from = Number.isNaN(this.#from) ? at : Math.min(this.#from, at);
    this.#to = Number.isNaN(this.#to) ? at : Math.max(this.#to, at);
  }

  note(sentence: string): void {
    this.#notes.add(sentence);
  }

  build(): ImportedSet {
    const notes = [...this.#notes];
    if (this.#wrong > 0) notes.push(`${this.#wrong} words that are no names of system calls were left out`);
    return {
      ...this.#origin,
      syscalls: [...this.#names].sort(),
      from: this.#from,
      to: this.#to,
      notes,
    };
  }
}

/** An identity that a file told, with empty strings for the rest. */
export function importedIdentity(known: Partial<ContainerIdentity>): ContainerIdentity {
  return { ...UNKNOWN_CONTAINER, ...known, from: 'import' };
}
