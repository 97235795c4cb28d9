/**
 * In which order packages are reviewed: a package after those that it imports, so that facts flow to dependents, and
 * among those that could start, the one with the most bytes still waiting behind it.
 */

/** Index of a package in the list that the schedule was made from. */
export type PackageIndex = number;

export interface ScheduleInput {
  readonly importPath: string;
  readonly imports: readonly string[];
  /** Bytes of source, which is what a package costs. */
  readonly bytes: number;
}

export interface Schedule {
  /**
   * Imports of each package that are themselves in the list, direct ones, ascending. Import cycles, which Go forbids but
   * files in the middle of an edit may have, are cut where a walk in list order meets them.
   */
  readonly imports: readonly Int32Array[];
  /** A package whose imports have all finished, or -1: nothing to start now. Each is given out once. */
  next(): PackageIndex;
  /** It is done, well or not. */
  finish(index: PackageIndex): void;
  /** How many there are. */
  readonly packages: number;
  /** Not yet finished. */
  readonly left: number;
  /** Everything that a package imports, directly or not, ascending. */
  visibleFrom(index: PackageIndex): Int32Array;
}

/** `packages`: import paths are unique; the order decides nothing but ties and where cycles are cut. */
export function createSchedule(packages: readonly ScheduleInput[]): Schedule {
  const imports = cutCycles(directImports(packages));
  const dependents: number[][] = packages.map(() => []);
  for (const [index, list] of imports.entries()) for (const target of list) dependents[target]?.push(index);
  const order = topologicalOrder(imports, dependents);
  const weight = weights(packages, dependents, order);

  const missing = Int32Array.from(imports, (list) => list.length);
  const ready = new Heap(weight);
  for (let index = 0; index < packages.length; index++) if (missing[index] === 0) ready.push(index);
  const finished = new Uint8Array(packages.length);
  let left = packages.length;
  const visible: (Int32Array | undefined)[] = [];

  return {
    imports,
    packages: packages.length,
    next: () => ready.pop(),
    finish(index) {
      if (finished[index] === 1) return;
      finished[index] = 1;
      left--;
      for (const dependent of dependents[index] ?? []) {
        const remaining = (missing[dependent] ?? 0) - 1;
        missing[dependent] = remaining;
        if (remaining === 0) ready.push(dependent);
      }
    },
    get left() {
      return left;
    },
    visibleFrom(index) {
      let all = visible[index];
      if (all === undefined) {
        all = reachable(imports, index);
        visible[index] = all;
      }
      return all;
    },
  };
}

function directImports(packages: readonly ScheduleInput[]): Int32Array[] {
  const byPath = new Map(packages.map((pkg, index) => [pkg.importPath, index]));
  return packages.map((pkg, index) => {
    const targets = new Set<number>();
    for (const path of pkg.imports) {
      const target = byPath.get(path);
      if (target !== undefined && target !== index) targets.add(target);
    }
    return Int32Array.from(targets).sort();
  });
}

/** Drops every edge that leads back to a package on the walk's own path. The walk has a stack of its own. */
function cutCycles(imports: readonly Int32Array[]): Int32Array[] {
  const NEW = 0;
  const OPEN = 1;
  const DONE = 2;
  const state = new Uint8Array(imports.length);
  const kept: number[][] = imports.map(() => []);
  for (let root = 0; root < imports.length; root++) {
    if (state[root] !== NEW) continue;
    const path = [root];
    const cursor = [0];
    state[root] = OPEN;
    while (path.length > 0) {
      const at = path[path.length - 1] ?? 0;
      const position = cursor[cursor.length - 1] ?? 0;
      const target = imports[at]?.[position];
      if (target === undefined) {
        state[at] = DONE;
        path.pop();
        cursor.pop();
        continue;
      }
      cursor[cursor.length - 1] = position + 1;
      if (state[target] === OPEN) continue;
      kept[at]?.push(target);
      if (state[target] === NEW) {
        state[target] = OPEN;
        path.push(target);
        cursor.push(0);
      }
    }
  }
  return kept.map((list) => Int32Array.from(list));
}

function topologicalOrder(imports: readonly Int32Array[], dependents: readonly (readonly number[])[]): number[] {
  const missing = imports.map((list) => list.length);
  const order = missing.flatMap((count, index) => (count === 0 ? [index] : []));
  for (let at = 0; at < order.length; at++) {
    for (const dependent of dependents[order[at] ?? 0] ?? []) {
      missing[dependent] = (missing[dependent] ?? 0) - 1;
      if (missing[dependent] === 0) order.push(dependent);
    }
  }
  return order;
}

/** Bytes on the longest way from a package through its dependents. */
function weights(
  packages: readonly ScheduleInput[],
  dependents: readonly (readonly number[])[],
  order: readonly number[],
): Float64Array {
  const weight = new Float64Array(packages.length);
  for (let at = order.length - 1; at >= 0; at--) {
    const index = order[at] ?? 0;
    let behind = 0;
    for (const dependent of dependents[index] ?? []) behind = Math.max(behind, weight[dependent] ?? 0);
    weight[index] = behind + (packages[index]?.bytes ?? 0);
  }
  return weight;
}

function reachable(imports: readonly Int32Array[], from: number): Int32Array {
  const seen = new Set<number>();
  const stack = [from];
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    for (const target of imports[at] ?? []) {
      if (seen.has(target)) continue;
      seen.add(target);
      stack.push(target);
    }
  }
  return Int32Array.from(seen).sort();
}

/** A binary heap of indices, the heaviest first, the lower index first among equals. */
class Heap {
  readonly #weight: Float64Array;
  readonly #items: number[] = [];

  constructor(weight: Float64Array) {
    this.#weight = weight;
  }

  push(item: number): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#before(item, items[above] ?? 0)) break;
      items[at] = items[above] ?? 0;
      at = above;
    }
    items[at] = item;
  }

  /** -1 when empty. */
  pop(): number {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (top === undefined || last === undefined) return -1;
    const size = items.length;
    if (size === 0) return top;
    let at = 0;
    for (;;) {
      let below = 2 * at + 1;
      if (below >= size) break;
      if (below + 1 < size && this.#before(items[below + 1] ?? 0, items[below] ?? 0)) below++;
      if (!this.#before(items[below] ?? 0, last)) break;
      items[at] = items[below] ?? 0;
      at = below;
    }
    items[at] = last;
    return top;
  }

  #before(a: number, b: number): boolean {
    const difference = (this.#weight[a] ?? 0) - (this.#weight[b] ?? 0);
    return difference > 0 || (difference === 0 && a < b);
  }
}
