/**
 * The newest windows of one target, as one recording, for those who hold the next one against what came before. A profile may be
 * made of longer windows than are counted: so many short ones as make one of the profile's become one, and as many of these are kept
 * as the statistics look back on, whatever their length.
 */
import type { SyscallRecording } from '../../evidence/syscalls/recording.ts';
import { asOneWindow, gather, type Piece, wholeOf } from './gather.ts';

/** Windows of the profile's length that are kept: a level is a mean over some 31, and needs 15 to say anything. */
const KEPT = 40;
/** Short windows with a longer pause between them are not joined; as src/guard/baseline/frames.ts has it. */
const GAP = 0.25;

export class Recent {
  /** Windows that are long enough; null: none yet. */
  #done: SyscallRecording | null = null;
  /** Short ones that will become one. */
  #open: SyscallRecording[] = [];

  get isEmpty(): boolean {
    return this.#done === null && this.#open.length === 0;
  }

  clear(): void {
    this.#done = null;
    this.#open = [];
  }

  /** `windowMs`: length of the profile's windows; NaN where there is none. */
  add(window: SyscallRecording, windowMs: number): void {
    const from = startOf(window);
    const last = this.#open.at(-1);
    if (last !== undefined && !(from - endOf(last) < GAP * windowMs)) this.#close();
    this.#open.push(window);
    const [first = window] = this.#open;
    const length = endOf(window) - startOf(first);
    // One more like it would be further from the length than this is.
    const next = length + endOf(window) - from;
    if (!(Math.abs(next - windowMs) < Math.abs(length - windowMs))) this.#close();
  }

  /** All of it, oldest first; null where there is nothing. */
  recording(): SyscallRecording | null {
    if (this.#open.length === 0) return this.#done;
    return gather([...(this.#done === null ? [] : [wholeOf(this.#done)]), ...this.#open.map(wholeOf)]);
  }

  #close(): void {
    const [first, ...others] = this.#open;
    const open = others.length === 0 ? (first ?? null) : gather(this.#open.map(wholeOf));
    this.#open = [];
    if (open === null) return;
    const closed = others.length === 0 ? open : asOneWindow(open);
    const before = this.#done === null ? [] : [newest(this.#done, KEPT - 1)];
    this.#done = gather([...before, wholeOf(closed)]);
  }
}

function newest(recording: SyscallRecording, count: number): Piece {
  const to = recording.windows.from.length;
  return { ...wholeOf(recording), from: Math.max(0, to - count), to };
}

function startOf({ windows }: SyscallRecording): number {
  return windows.from[0] ?? 0;
}

function endOf({ windows }: SyscallRecording): number {
  return windows.to.at(-1) ?? 0;
}
