/**
 * Blocks of three sizes, kept on free lists. The stub runtime never frees, so nothing here is made by `new`: memory grows to the
 * largest number of streams there ever were at a time and no further, and that number has a limit.
 */

const SIZES: i32 = 3;
const FREE: usize = memory.data(SIZES * 4);
const MADE: usize = memory.data(SIZES * 4);
const USED: usize = memory.data(SIZES * 4);

export const BLOCK_STREAM: i32 = 0;
export const BLOCK_BODY: i32 = 1;
export const BLOCK_INFLATE: i32 = 2;

/** Streams, bodies, inflated bodies at a time in one VM (Envoy runs one per worker thread): 56 MiB of the 64 it may have. */
function most(kind: i32): u32 {
  return kind == BLOCK_STREAM ? 16384 : kind == BLOCK_BODY ? 8192 : 1024;
}

/** A block, filled with zeros, or 0 when as many as may be are in use. */
export function take(kind: i32, bytes: usize): usize {
  const slot = <usize>kind << 2;
  const free = load<u32>(FREE + slot);
  let block: usize;
  if (free) {
    store<u32>(FREE + slot, load<u32>(free));
    block = free;
  } else {
    const made = load<u32>(MADE + slot);
    if (made >= most(kind)) return 0;
    block = heap.alloc(bytes);
    store<u32>(MADE + slot, made + 1);
  }
  store<u32>(USED + slot, load<u32>(USED + slot) + 1);
  memory.fill(block, 0, bytes);
  return block;
}

export function give(kind: i32, block: usize): void {
  const slot = <usize>kind << 2;
  store<u32>(block, load<u32>(FREE + slot));
  store<u32>(FREE + slot, <u32>block);
  store<u32>(USED + slot, load<u32>(USED + slot) - 1);
}

export function inUse(kind: i32): u32 {
  return load<u32>(USED + (<usize>kind << 2));
}
