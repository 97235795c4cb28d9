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

/** Runs `read`; an error of that name is a refusal, as it may be. */
export function refusing(name: string, read: () => void): void {
  try {
    read();
  } catch (error) {
    if (error instanceof Error && error.name === name) throw new EvidenceError('answer', error.message);
    throw error;
  }
}
