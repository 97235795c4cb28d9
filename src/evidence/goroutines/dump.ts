/**
 * A goroutine dump (debug=2, SIGQUIT, panic) as columns. One row per goroutine; stacks are interned, since a leak is
 * ten thousand times the same stack.
 */

export type StackIndex = number;
export type FrameIndex = number;

export interface FrameTable {
  readonly count: number;
  /** Fully qualified function without arguments, e.g. `main.(*Store).Put`. */
  readonly function: readonly string[];
  readonly file: readonly string[];
  readonly line: Int32Array;
}

export interface GoroutineDump {
  readonly count: number;
  /** Goroutine id (exact below 2^53). */
  readonly id: Float64Array;
  /** Index into `states`: the wait reason or status, e.g. `chan send`, `select`, `IO wait`, `running`. */
  readonly state: Int32Array;
  readonly states: readonly string[];
  /** Bits of FLAG. */
  readonly flags: Uint8Array;
  /** Whole minutes waited; 0 below one minute or where not waiting. */
  readonly waitMinutes: Int32Array;
  readonly stack: Int32Array; // StackIndex
  /** FrameIndex of the `created by` line, or -1 (main, elided). */
  readonly creator: Int32Array;
  /** Goroutine id of the creator (`in goroutine N`, Go ≥ 1.21), or -1. */
  readonly creatorId: Float64Array;
  /** Index into `labelSets`, or -1. */
  readonly labels: Int32Array;
  readonly labelSets: readonly ReadonlyMap<string, string>[];
  /** CSR: stack s is stackFrames[stackOffsets[s] .. stackOffsets[s+1]), leaf first. */
  readonly stackOffsets: Uint32Array;
  readonly stackFrames: Int32Array;
  /** Per stack: 1 where frames were left out (`...additional frames elided...`). */
  readonly stackElided: Uint8Array;
  readonly frames: FrameTable;
  /** True where the text ended inside a goroutine (the runtime cuts debug=2 at 64 MB). */
  readonly truncated: boolean;
}

export const FLAG = { nilChan: 1, leaked: 2, durable: 4, scan: 8, locked: 16, system: 32 } as const;

/** Goroutines that share stack, state and creator; arguments and addresses ignored. */
export interface Cluster {
  readonly state: string;
  readonly flags: number;
  readonly stack: StackIndex;
  readonly creator: FrameIndex;
  readonly count: number;
  /** Histogram of wait time: [<1 min, 1–4, 5–14, 15–59, ≥ 60]. */
  readonly waits: readonly [number, number, number, number, number];
  readonly maxWaitMinutes: number;
  /** One goroutine id of the cluster, to look at. */
  readonly example: number;
}
