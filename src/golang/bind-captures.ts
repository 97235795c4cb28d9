/** Which variables of enclosing functions each function literal uses, itself or in a literal within it. */
import type { NodeIndex } from './tree.ts';

/**
 * Captures are passed on to enclosing literals, so that n literals within each other that all use n variables are n²
 * entries. Nobody writes that; entries after this many are left out. (bytes: 4 each, and about 40 while they are made)
 */
const MOST_CAPTURES = 1_000_000;

export interface Captures {
  readonly captureStart: Int32Array;
  readonly captures: Int32Array;
}

/**
 * Sorts captures by function: entry i of `functions` gets those of captures[captureStart[i] .. captureStart[i + 1]].
 * `pairs` are [literal, object]: a use of `object`, declared in the function func[object], directly within `literal`.
 */
export function sortCaptures(
  functions: Int32Array,
  enclosing: Int32Array,
  func: Int32Array,
  pairs: readonly number[],
): Captures {
  const captureStart = new Int32Array(functions.length + 1);
  if (pairs.length === 0) return { captureStart, captures: new Int32Array(0) };
  const position = new Map<NodeIndex, number>();
  for (const [index, node] of functions.entries()) position.set(node, index);
  // An entry is index of the function × objects + object: unique, and a safe integer.
  const entries = new Set<number>();
  for (let i = 0; i < pairs.length; i += 2) {
    const object = pairs[i + 1] ?? 0;
    let literal = pairs[i] ?? 0;
    while (literal !== 0 && literal !== func[object] && entries.size < MOST_CAPTURES) {
      const index = position.get(literal);
      if (index !== undefined) {
        const entry = index * func.length + object;
        if (entries.has(entry)) break;
        entries.add(entry);
        captureStart[index + 1] = (captureStart[index + 1] ?? 0) + 1;
      }
      literal = enclosing[literal] ?? 0;
    }
  }
  for (let i = 0; i < functions.length; i++) {
    captureStart[i + 1] = (captureStart[i + 1] ?? 0) + (captureStart[i] ?? 0);
  }
  const captures = new Int32Array(entries.size);
  const filled = captureStart.slice();
  for (const entry of entries) {
    const index = Math.floor(entry / func.length);
    const at = filled[index] ?? 0;
    captures[at] = entry % func.length;
    filled[index] = at + 1;
  }
  return { captureStart, captures };
}
