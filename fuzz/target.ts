import { EvidenceError } from '../src/evidence/error.ts';

/** What fuzz/run.ts runs: a reader with examples of what it reads. */
export interface FuzzTarget {
  /** Name in the table and for `--target`, e.g. `pprof`. */
  readonly name: string;
  /** Valid and nearly valid inputs, the ground for the mutations. Small is better: tens of KiB at most. */
  seeds(): Uint8Array[];
  /** Reads `input` as hostile data. May throw EvidenceError and nothing else. */
  run(input: Uint8Array): void;
  /** Bytes that reading `size` bytes (inflated, where gzip) may allocate, garbage included. See DEFAULT_ALLOWANCE. */
  allowance?(size: number): number;
}

/** Allowed without an `allowance` of the target: 16 MiB for tables that a reader needs anyway, and 256 B per byte of input. */
export function DEFAULT_ALLOWANCE(size: number): number {
  return 16 * 1024 * 1024 + 256 * size;
}

/** The targets that a module exports, whatever it calls them, one by one or in arrays. */
export function targetsOf(module: object): FuzzTarget[] {
  return Object.values(module)
    .flatMap((value: unknown) => (Array.isArray(value) ? value : [value]))
    .filter(isTarget);
}

function isTarget(value: unknown): value is FuzzTarget {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'seeds' in value &&
    typeof value.seeds === 'function' &&
    'run' in value &&
    typeof value.run === 'function'
  );
}

/** A seed of text. */
export function utf8(text: string): Uint8Array {
  return Buffer.from(text);
}

/** The input as text; what is no UTF-8 in it becomes U+FFFD. */
export function textOf(input: Uint8Array): string {
  return Buffer.from(input).toString('utf8');
}

/** Runs `read`; an error of these names is a refusal, as it may be. A sentence of it is one line, and not endless. */
export function refusing(names: string | readonly string[], read: () => void): void {
  try {
    read();
  } catch (error) {
    if (!(error instanceof Error && [names].flat().includes(error.name))) throw error;
    const lines = error.message.split('\n');
    if (lines.some((line) => line.length > MOST_SENTENCE)) throw new Error('a refusal is as long as what it refuses');
    throw new EvidenceError('answer', error.message);
  }
}

const MOST_SENTENCE = 1000;
