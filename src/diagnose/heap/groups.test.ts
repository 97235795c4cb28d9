/** Labels of groups against brute force: which groups reach an object, one by one. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HeapGraph } from './graph.ts';
import { labelGroups, NONE, SHARED, sumLabels } from './groups.ts';

const COUNT = 24;
const node = fc.integer({ min: 0, max: COUNT - 1 });
const edges = fc.array(fc.array(node, { maxLength: 3 }), { minLength: COUNT, maxLength: COUNT });
const groups = fc.array(fc.array(node, { maxLength: 3 }), { maxLength: 5 });
const some = fc.array(node, { maxLength: 4 });

function reachedBy(
  roots: readonly number[],
  to: readonly (readonly number[])[],
  stop: ReadonlySet<number>,
): Set<number> {
  const seen = new Set<number>();
  const visit = (object: number): void => {
    if (seen.has(object) || stop.has(object)) return;
    seen.add(object);
    for (const next of to[object] ?? []) visit(next);
  };
  for (const root of roots) visit(root);
  return seen;
}

test('an object has the label of the only group that reaches it, SHARED or NONE', () => {
  fc.assert(
    fc.property(edges, groups, some, some, (to, roots, excepted, opaque) => {
      const offsets = new Uint32Array(COUNT + 1);
      to.forEach((targets, i) => {
        offsets[i + 1] = (offsets[i] ?? 0) + targets.length;
      });
      const size = Float64Array.from({ length: COUNT }, (_, i) => i + 1);
      const graph = new HeapGraph({
        count: COUNT,
        size,
        offsets,
        targets: Int32Array.from(to.flat()),
        opaque: new Uint8Array(COUNT),
      });
      graph.hide(opaque);
      const except = new Uint8Array(COUNT);
      for (const object of excepted) except[object] = 1;
      const labels = labelGroups(graph, roots, except);
      const stop = new Set([...excepted, ...opaque]);
      const reach = roots.map((objects) => reachedBy(objects, to, stop));
      for (let o = 0; o < COUNT; o++) {
        const by = reach.flatMap((objects, group) => (objects.has(o) ? [group] : []));
        expect(labels[o]).toBe(by.length === 0 ? NONE : by.length === 1 ? by[0] : SHARED);
      }
      const { own, shared } = sumLabels(graph, labels, roots.length);
      const all = new Set(reach.flatMap((objects) => [...objects]));
      const bytes = [...all].reduce((sum, o) => sum + o + 1, 0);
      expect(own.reduce((sum, one) => sum + one.bytes, 0) + shared.bytes).toBe(bytes);
    }),
    { numRuns: 500 },
  );
});
