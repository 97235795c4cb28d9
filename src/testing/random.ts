/**
 * For tests: whole numbers in [0, below), the same for the same seed (xorshift32), so that a case that failed is found again by the
 * seed that the failure names.
 */
export function randomly(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
