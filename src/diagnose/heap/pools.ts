/**
 * What sits in sync.Pools: per pool, per processor, in use or in the victim cache (sync/pool.go, poolqueue.go).
 *
 * A pool is known by its shape: a pointer to an array with one poolLocal per processor, and that number beside it. So no
 * symbols are needed, and pools that are fields of other objects are found as well.
 */
import type { HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { Contents } from './contents.ts';
import { HeapGraph } from './graph.ts';
import { type Amount, labelGroups, sumLabels } from './groups.ts';
import type { RuntimeLayout } from './layouts.ts';
import type { Names } from './names.ts';
import type { Proof } from './proof.ts';
import { Marker } from './reach.ts';

export interface PooledObject {
  readonly object: ObjectIndex;
  /** The processor whose cache has it. */
  readonly processor: number;
  /** In the victim cache: dropped at the next collection unless somebody gets it. */
  readonly victim: boolean;
}

export interface Pool {
  /** Address of the sync.Pool: a global, or a place inside `object`. */
  readonly address: number;
  readonly object: ObjectIndex; // or -1
  readonly objects: readonly PooledObject[];
  /** What only this pool holds. */
  readonly holds: Amount;
  /** Bytes that go with the largest pooled object alone, and which that is; -1 where the pool is empty. */
  readonly largest: { readonly object: ObjectIndex; readonly bytes: number };
  /** Pooled objects that have a finalizer. */
  readonly finalized: readonly ObjectIndex[];
}

/** More processors than Go supports. */
const MAX_PROCESSORS = 1 << 16;
/** Elements of a ring that are looked at: dequeueLimit of poolqueue.go is 2^30. */
const MAX_RING = 1 << 20;
/** Pooled objects whose own bytes are told apart, per dump. */
const MAX_TOLD_APART = 100_000;

interface FoundPool {
  readonly address: number;
  readonly object: ObjectIndex;
  readonly objects: PooledObject[];
  readonly arrays: ObjectIndex[];
}

/** All pools that hold something, most bytes first. */
export function poolLedger(proof: Proof, names: Names): Pool[] {
  const { dump, layout, graph } = proof;
  if (layout === null) return [];
  const found = new PoolFinder(dump, layout, names).all().filter((pool) => pool.objects.length > 0);
  if (found.length === 0) return [];
  // Without the arrays of the pools: what is then reachable has another holder.
  const hidden = new HeapGraph({ ...graph, opaque: Uint8Array.from(graph.opaque) });
  hidden.hide(found.flatMap((pool) => pool.arrays));
  const live = liveWithout(proof, hidden);
  const seeds = found.map((pool) => pool.objects.map(({ object }) => object));
  const { own } = sumLabels(hidden, labelGroups(hidden, seeds, live), found.length);
  const each = perObject(hidden, seeds, live);
  const finalized = new Set(dump.finalizers.map(({ objectIndex }) => objectIndex));
  return found
    .map(({ address, object, objects }, i): Pool => {
      let largest = { object: -1, bytes: -1 };
      for (const pooled of objects) {
        const bytes = each.get(pooled.object) ?? 0;
        if (bytes > largest.bytes) largest = { object: pooled.object, bytes };
      }
      return {
        address,
        object,
        objects,
        holds: own[i] ?? { objects: 0, bytes: 0 },
        largest,
        finalized: objects.map((pooled) => pooled.object).filter((pooled) => finalized.has(pooled)),
      };
    })
    .sort((a, b) => b.holds.bytes - a.holds.bytes);
}

function liveWithout({ dump, roots }: Proof, graph: HeapGraph): Uint8Array {
  const marker = new Marker(graph);
  for (const block of [...dump.data, ...dump.bss]) for (const target of block.fieldTarget) marker.add(target);
  for (const root of dump.otherRoots) marker.add(root.target);
  for (const { funcvalIndex } of dump.finalizers) marker.add(funcvalIndex);
  for (let g = 0; g < dump.goroutines.count; g++) {
    roots.visit(g, 'held', (object) => marker.add(object));
    marker.drain();
  }
  marker.drain();
  return marker.marked;
}

/** Bytes that go with each pooled object and with no other. */
function perObject(graph: HeapGraph, seeds: readonly ObjectIndex[][], live: Uint8Array): Map<ObjectIndex, number> {
  const objects = seeds.flat().slice(0, MAX_TOLD_APART);
  const labels = labelGroups(
    graph,
    objects.map((object) => [object]),
    live,
  );
  const { own } = sumLabels(graph, labels, objects.length);
  return new Map(objects.map((object, i) => [object, own[i]?.bytes ?? 0]));
}

/** A place that may be a pool with that array. */
interface Claim {
  readonly address: number;
  readonly owner: ObjectIndex;
  /** Address of the array, and its length. */
  readonly array: number;
  readonly processors: number;
  readonly victim: boolean;
}

class PoolFinder {
  readonly #dump: HeapDump;
  readonly #layout: RuntimeLayout;
  readonly #contents: Contents;
  readonly #names: Names;
  /** Whether an object looks like an array of poolLocal. */
  readonly #arrays = new Map<ObjectIndex, boolean>();
  /** By array. */
  readonly #claims = new Map<ObjectIndex, Claim[]>();

  constructor(dump: HeapDump, layout: RuntimeLayout, names: Names) {
    this.#names = names;
    this.#dump = dump;
    this.#layout = layout;
    this.#contents = new Contents(dump);
  }

  all(): FoundPool[] {
    const { data, bss, objects } = this.#dump;
    for (const block of [...data, ...bss]) {
      for (let e = 0; e < block.fieldTarget.length; e++) {
        this.#pointer(block, -1, block.fieldAt[e] ?? 0, block.fieldTarget[e] ?? -1);
      }
    }
    for (let o = 0; o < objects.count; o++) {
      const end = objects.fieldOffsets[o + 1] ?? 0;
      for (let e = objects.fieldOffsets[o] ?? 0; e < end; e++) {
        const target = objects.fieldTarget[e] ?? -1;
        if (target < 0 || !this.#looksLikeLocals(target)) continue;
        const block = {
          address: objects.address[o] ?? 0,
          size: objects.size[o] ?? 0,
          contentOffset: objects.contentOffset[o] ?? 0,
        };
        this.#pointer(block, o, objects.fieldAt[e] ?? 0, target);
      }
    }
    return this.#decide();
  }

  /**
   * `local` and `victim` are two words each: a pool whose victims alone are there looks like one that begins at them. Of
   * the claims to an array that wins which explains a second array too, then which a symbol begins at, then the victim.
   */
  #decide(): FoundPool[] {
    const arraysAt = new Map<number, number>();
    for (const { address } of [...this.#claims.values()].flat())
      arraysAt.set(address, (arraysAt.get(address) ?? 0) + 1);
    const rank = ({ address, victim }: Claim): number =>
      4 * (arraysAt.get(address) ?? 0) + (this.#names.global(address)?.offset === 0 ? 2 : 0) + (victim ? 1 : 0);
    const pools = new Map<number, FoundPool>();
    for (const [array, claims] of this.#claims) {
      const best = claims.reduce((a, b) => (rank(b) > rank(a) ? b : a));
      const pool = pools.get(best.address) ?? { address: best.address, object: best.owner, objects: [], arrays: [] };
      pools.set(best.address, pool);
      pool.arrays.push(array);
      this.#collect(pool, best, array);
    }
    return [...pools.values()];
  }

  /** Whether the pointer at byte `at` of a block is `local` or `victim` of a pool; if so, notes what it holds. */
  #pointer(
    block: { address: number; size: number; contentOffset: number },
    owner: ObjectIndex,
    at: number,
    target: ObjectIndex,
  ): void {
    if (target < 0 || !this.#looksLikeLocals(target)) return;
    const { pool } = this.#layout;
    for (const victim of [false, true]) {
      const start = at - (victim ? pool.victim : pool.local);
      if (start < 0 || start + pool.size > block.size) continue;
      const [array, processors, other, otherCount] = victim
        ? this.#words(block.contentOffset + start, [pool.victim, pool.victimSize, pool.local, pool.localSize])
        : this.#words(block.contentOffset + start, [pool.local, pool.localSize, pool.victim, pool.victimSize]);
      if (array === undefined || processors === undefined || other === undefined || otherCount === undefined) continue;
      // Both halves are an array and its length, or both empty.
      if (processors < 1 || processors > MAX_PROCESSORS || otherCount > MAX_PROCESSORS) continue;
      if ((other === 0) !== (otherCount === 0) || (other !== 0 && !this.#isArray(other, otherCount))) continue;
      if (!this.#isArray(array, processors)) continue;
      const object = this.#dump.objectAt(array);
      const claims = this.#claims.get(object) ?? [];
      this.#claims.set(object, claims);
      claims.push({ address: block.address + start, owner, array, processors, victim });
    }
  }

  #words(offset: number, at: readonly number[]): number[] {
    if (!this.#contents.seek(offset, this.#layout.pool.size)) return [];
    return at.map((field) => this.#contents.word(field));
  }

  /** An array of `processors` poolLocals begins at `address`. */
  #isArray(address: number, processors: number): boolean {
    const { objects } = this.#dump;
    const object = this.#dump.objectAt(address);
    if (object < 0 || !this.#looksLikeLocals(object)) return false;
    const inside = address - (objects.address[object] ?? 0);
    // Since Go 1.22 an object with pointers may begin with its type.
    if (inside !== 0 && inside !== 8) return false;
    const bytes = inside + processors * this.#layout.poolLocal.size;
    const slot = objects.size[object] ?? 0;
    // Size classes are at most a quarter apart, and large objects are whole pages.
    return bytes <= slot && slot <= bytes * 1.25 + 8192;
  }

  /**
   * By the places of its pointers: an interface (whose type is not traced) and two pointers, every poolLocal.size bytes,
   * and nothing else.
   */
  #looksLikeLocals(object: ObjectIndex): boolean {
    const known = this.#arrays.get(object);
    if (known !== undefined) return known;
    const { fieldOffsets, fieldAt, size } = this.#dump.objects;
    const { poolLocal } = this.#layout;
    const first = fieldOffsets[object] ?? 0;
    const count = (fieldOffsets[object + 1] ?? 0) - first;
    if (count < 3 || count % 3 !== 0 || (size[object] ?? 0) < poolLocal.size) return false;
    const word = this.#dump.params.pointerSize;
    const places = [poolLocal.private + word, poolLocal.head, poolLocal.tail];
    const base = (fieldAt[first] ?? 0) - (poolLocal.private + word);
    let fits = base === 0 || base === 8;
    for (let i = 0; fits && i < count; i++) {
      fits = fieldAt[first + i] === base + Math.floor(i / 3) * poolLocal.size + (places[i % 3] ?? 0);
    }
    this.#arrays.set(object, fits);
    return fits;
  }

  #collect(pool: FoundPool, { array, processors, victim }: Claim, arrayObject: ObjectIndex): void {
    const { objects } = this.#dump;
    const { poolLocal } = this.#layout;
    const word = this.#dump.params.pointerSize;
    const start = (objects.contentOffset[arrayObject] ?? 0) + array - (objects.address[arrayObject] ?? 0);
    for (let processor = 0; processor < processors; processor++) {
      const at = start + processor * poolLocal.size;
      if (!this.#contents.seek(at, poolLocal.size)) return;
      const privateValue = this.#contents.word(poolLocal.private + word);
      // The head is the newest ring; older ones follow by prev (head and prev are the producer's side).
      let ring = this.#contents.word(poolLocal.head);
      this.#add(pool, privateValue, processor, victim);
      for (const seen = new Set<number>(); ring !== 0 && !seen.has(ring); ) {
        seen.add(ring);
        ring = this.#ring(pool, ring, processor, victim);
      }
    }
  }

  /** Adds the elements of one poolChainElt; returns the address of the one before it, 0 for none. */
  #ring(pool: FoundPool, address: number, processor: number, victim: boolean): number {
    const { poolChainElt } = this.#layout;
    const { objects, params } = this.#dump;
    const word = params.pointerSize;
    const element = this.#dump.objectAt(address);
    if (!this.#contents.seekObject(element, poolChainElt.size)) return 0;
    const values = this.#contents.word(poolChainElt.vals);
    const length = this.#contents.word(poolChainElt.vals + word);
    const next = this.#contents.word(poolChainElt.prev);
    const ring = this.#dump.objectAt(values);
    if (ring < 0 || length > MAX_RING) return next;
    const start = (objects.contentOffset[ring] ?? 0) + values - (objects.address[ring] ?? 0);
    for (let i = 0; i < length; i++) {
      // An empty slot has no type; the value beside it may be stale.
      if (!this.#contents.seek(start + i * 2 * word, 2 * word)) break;
      if (this.#contents.word(0) !== 0) this.#add(pool, this.#contents.word(word), processor, victim);
    }
    return next;
  }

  #add(pool: FoundPool, address: number, processor: number, victim: boolean): void {
    const object = address === 0 ? -1 : this.#dump.objectAt(address);
    if (object >= 0) pool.objects.push({ object, processor, victim });
  }
}
