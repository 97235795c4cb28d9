/** One rewritten line on stderr while a long review runs; nothing where stderr is no terminal. */

/** A review that takes no longer needs no line. */
const QUIET_MS = 2000;
const STEP_MS = 100;

export interface ReviewProgress {
  /** Packages finished, of how many. */
  show(done: number, total: number): void;
  clear(): void;
}

export function reviewProgress(
  stream: { readonly isTTY?: boolean; write(text: string): unknown } = process.stderr,
  now: () => number = () => performance.now(),
): ReviewProgress {
  const began = now();
  let drawn = 0;
  let shown = false;
  return {
    show: (done, total) => {
      const at = now();
      if (stream.isTTY !== true || at - began < QUIET_MS || at - drawn < STEP_MS) return;
      drawn = at;
      shown = true;
      stream.write(`\r\x1b[Kreviewing: ${done} of ${total} packages`);
    },
    clear: () => {
      if (shown) stream.write('\r\x1b[K');
      shown = false;
    },
  };
}
