import { type Cluster, FLAG, type GoroutineDump } from './dump.ts';

/** Upper bounds (minutes, exclusive) of all wait classes but the last: <1, 1–4, 5–14, 15–59, ≥60. */
const WAIT_BOUNDS = [1, 5, 15, 60] as const;

/** Flags that tell clusters apart. `scan` is a moment of the GC; `locked` is a property of one goroutine. */
const DISTINGUISHING = FLAG.nilChan | FLAG.leaked | FLAG.durable | FLAG.system;

interface Growing {
  readonly state: string;
  flags: number;
  readonly stack: number;
  readonly creator: number;
  count: number;
  readonly waits: [number, number, number, number, number];
  maxWaitMinutes: number;
  example: number;
}

/**
 * Goroutines that share stack, state and creator. Largest first, then longest waiting, then by goroutine id. The example
 * is the one that has waited longest.
 */
export function clusters(dump: GoroutineDump): Cluster[] {
  const pairs = new Map<number, number>();
  const keys = new Map<number, number>();
  const found: Growing[] = [];
  for (let g = 0; g < dump.count; g++) {
    const stack = dump.stack[g] ?? 0;
    const creator = dump.creator[g] ?? -1;
    const state = dump.state[g] ?? 0;
    const flags = dump.flags[g] ?? 0;
    // Two steps, so that the product of two indices stays exact below 2^53.
    const pair = indexOf(pairs, stack * (dump.frames.count + 1) + creator + 1);
    const key = indexOf(keys, (pair * dump.states.length + state) * 64 + (flags & DISTINGUISHING));
    let cluster = found[key];
    if (cluster === undefined) {
      const text = dump.states[state] ?? '';
      cluster = {
        state: text,
        flags,
        stack,
        creator,
        count: 0,
        waits: [0, 0, 0, 0, 0],
        maxWaitMinutes: -1,
        example: 0,
      };
      found.push(cluster);
    }
    const minutes = dump.waitMinutes[g] ?? 0;
    const wait = waitClass(minutes);
    cluster.count++;
    cluster.flags |= flags;
    cluster.waits[wait]++;
    if (minutes > cluster.maxWaitMinutes) {
      cluster.maxWaitMinutes = minutes;
      cluster.example = dump.id[g] ?? 0;
    }
  }
  return found.sort((a, b) => b.count - a.count || b.maxWaitMinutes - a.maxWaitMinutes || a.example - b.example);
}

function indexOf(known: Map<number, number>, key: number): number {
  const index = known.get(key);
  if (index !== undefined) return index;
  known.set(key, known.size);
  return known.size - 1;
}

function waitClass(minutes: number): 0 | 1 | 2 | 3 | 4 {
  if (minutes < WAIT_BOUNDS[0]) return 0;
  if (minutes < WAIT_BOUNDS[1]) return 1;
  if (minutes < WAIT_BOUNDS[2]) return 2;
  return minutes < WAIT_BOUNDS[3] ? 3 : 4;
}
