/** Large views for tests and measurements, always the same for the same numbers. */
import type { FlameView } from '../../../src/watch/api/contract.ts';

/**
 * A call tree with `rows` rows that fork as those of real services do: one to six callees, one of them with most of the
 * weight. Some paths are gone in the head, some new, most changed a little.
 */
export function syntheticView(rows: number, options: { readonly compared?: boolean } = {}): FlameView {
  const compared = options.compared ?? true;
  let seed = 12345;
  const random = (): number => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return seed / 2 ** 32;
  };
  const strings = ['all', '', '/src/shop/store.go', '/usr/local/go/src/runtime/x.go'];
  for (let i = 0; i < 4000; i++) {
    if (i % 3 === 0) strings.push(`example.com/shop/internal/p${i % 40}.(*Store).method${i}`);
    else strings.push(i % 3 === 1 ? `net/http.(*conn).serve${i}` : `runtime.f${i}`);
  }
  const [parent, fn, file, line, inlined, depth] = [[-1], [0], [1], [0], [0], [0]];
  const [headFlat, baseFlat] = [[0], [0]];
  for (let round = 0; parent.length < rows; round++) {
    // In the order of the rows it would be wide and flat: often a young row goes on, so that stacks get 40 deep.
    const young = random() < 0.7 ? Math.max(0, parent.length - 1 - Math.floor(random() * 3000)) : round;
    const open = round < 20 || (depth[young] ?? 0) > 60 ? round : young;
    const callees = 1 + Math.floor(random() ** 2 * 6) + (round < 20 ? 3 : 0);
    for (let i = 0; i < callees && parent.length < rows; i++) {
      parent.push(open);
      depth.push((depth[open] ?? 0) + 1);
      const name = 4 + Math.floor(random() * 4000);
      fn.push(name);
      file.push(name % 3 === 1 ? 2 : 3);
      line.push(1 + Math.floor(random() * 500));
      inlined.push(random() < 0.15 ? 1 : 0);
      const value = Math.floor(Math.exp(random() * 14) * 64);
      const gone = compared && random() < 0.06;
      headFlat.push(gone ? 0 : value);
      const before = random() < 0.06 ? 0 : Math.floor(value * (0.4 + random()));
      baseFlat.push(compared ? before : 0);
    }
  }
  const up = (flat: readonly number[]): number[] => {
    const cum = [...flat];
    for (let row = cum.length - 1; row > 0; row--) {
      const above = parent[row] ?? 0;
      cum[above] = (cum[above] ?? 0) + (cum[row] ?? 0);
    }
    return cum;
  };
  const variance = headFlat.map((value, row) => ((value + (baseFlat[row] ?? 0)) * 50_000) / 2);
  return {
    title: compared ? 'before → after' : 'after',
    unit: 'bytes',
    sampleType: 'inuse_space',
    sampleTypes: [
      { type: 'inuse_space', unit: 'bytes' },
      { type: 'inuse_objects', unit: 'count' },
    ],
    head: 'after',
    base: compared ? 'before' : null,
    strings,
    parent,
    function: fn,
    file,
    line,
    inlined,
    head_cum: up(headFlat),
    head_flat: headFlat,
    base_cum: up(baseFlat),
    base_flat: baseFlat,
    noise: up(variance).map((sum) => Math.round(Math.sqrt(sum))),
    cutShare: 0,
  };
}
