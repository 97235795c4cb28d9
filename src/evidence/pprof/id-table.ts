/**
 * 64-bit ids → dense indices. Most writers number from 1, so a plain array does; some use addresses or hashes, for
 * which there is an open-addressed table over the two halves of the id.
 */
import { malformed } from './wire.ts';

/** Halves of a 64-bit column, in the order that the machine's byte order gives. */
const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
export const LOW = LITTLE_ENDIAN ? 0 : 1;
export const HIGH = LITTLE_ENDIAN ? 1 : 0;

// Differs between runs, so that no file can be made to collide.
const SEED = (Math.random() * 0x1_0000_0000) | 0;

function hash(lo: number, hi: number): number {
  let h = Math.imul(lo ^ SEED, 0x9e37_79b1) ^ Math.imul(hi + SEED, 0x85eb_ca6b);
  h ^= h >>> 15;
  h = Math.imul(h, 0x2c1b_3c6d);
  return h ^ (h >>> 13);
}

export class IdTable {
  /** direct[id] = index or -1; ids at or beyond its length are in the hash table, if that is in use. */
  readonly direct: Int32Array;
  private readonly halves: Uint32Array;
  private readonly slots: Int32Array;

  /**
   * @param ids one id per index
   * @param what for the message, e.g. `location`
   * @throws EvidenceError on id 0 and on two equal ids, which google/pprof rejects as well
   */
  constructor(ids: BigUint64Array<ArrayBuffer>, what: string) {
    const halves = new Uint32Array(ids.buffer, ids.byteOffset, ids.length * 2);
    this.halves = halves;
    let max = 0;
    for (let i = 0; i < ids.length; i++) {
      const lo = halves[2 * i + LOW] ?? 0;
      const hi = halves[2 * i + HIGH] ?? 0;
      if (lo === 0 && hi === 0) throw malformed(`${what} number ${i + 1} has the reserved id 0`, -1);
      max = Math.max(max, hi === 0 ? lo : 0xffff_ffff);
    }
    // At most 16 bytes of table per id.
    const dense = max <= 4 * ids.length + 1024;
    this.direct = new Int32Array(dense ? max + 1 : 0).fill(-1);
    this.slots = new Int32Array(dense ? 0 : 1 << Math.ceil(Math.log2(2 * ids.length + 1))).fill(-1);
    for (let i = 0; i < ids.length; i++) {
      const lo = halves[2 * i + LOW] ?? 0;
      const hi = halves[2 * i + HIGH] ?? 0;
      if (dense) {
        if (this.direct[lo] !== -1) throw malformed(`two entries have the ${what} id ${lo}`, -1);
        this.direct[lo] = i;
      } else {
        const slot = this.slot(lo, hi);
        if (this.slots[slot] !== -1) throw malformed(`two entries have the ${what} id ${ids[i] ?? 0n}`, -1);
        this.slots[slot] = i;
      }
    }
  }

  /** Index of the id, or -1. */
  find(lo: number, hi: number): number {
    if (this.slots.length === 0) return hi === 0 && lo < this.direct.length ? (this.direct[lo] ?? -1) : -1;
    return this.slots[this.slot(lo, hi)] ?? -1;
  }

  /** The slot that holds the id, or the empty one where it belongs. */
  private slot(lo: number, hi: number): number {
    const { slots, halves } = this;
    const mask = slots.length - 1;
    let slot = hash(lo, hi) & mask;
    for (;;) {
      const index = slots[slot] ?? -1;
      if (index === -1 || (halves[2 * index + LOW] === lo && halves[2 * index + HIGH] === hi)) return slot;
      slot = (slot + 1) & mask;
    }
  }
}
