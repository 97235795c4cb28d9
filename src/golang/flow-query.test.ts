import { expect, it } from 'vitest';
import { bind } from './bind.ts';
import { EdgeKind, ExitKind, type Flow } from './flow.ts';
import { buildFlow } from './flow-build.ts';
import { decisionsOn, leavable, shortestWay } from './flow-query.ts';
import { parseFile } from './parse.ts';
import { type Tree, textOf } from './tree.ts';

function flowOf(statements: string): { tree: Tree; flow: Flow } {
  const tree = parseFile('f.go', new TextEncoder().encode(`package p\nfunc f() {\n${statements}\n}\n`));
  const bindings = bind(tree);
  return { tree, flow: buildFlow(tree, bindings, bindings.functions[0] ?? 0, { neverReturns: () => ExitKind.None }) };
}

it('finds a shortest way and what was decided on it', () => {
  const { tree, flow } = flowOf('for a() {\nif b && c {\nreturn\n}\n}\nd()\n');
  const target = flow.nodes.find((node) => textOf(tree, node) === 'return') ?? 0;
  const way = shortestWay(flow, 0, (block) => block === flow.blockOf(target));
  const says = decisionsOn(flow, way ?? []).map(({ node, kind }) => [textOf(tree, node), kind === EdgeKind.True]);
  expect(says).toEqual([
    ['a()', true],
    ['b', true],
    ['c', true],
  ]);
  expect(shortestWay(flow, 0, (block) => block === 0)).toEqual([]);
  expect(
    shortestWay(
      flow,
      0,
      (block) => block === flow.blockOf(target),
      () => false,
    ),
  ).toBeNull();
});

it('tells from where a function can be left', () => {
  const { tree, flow } = flowOf('if a {\nx()\nfor {\ny()\n}\n}\nz()\n');
  const can = leavable(flow);
  const by = new Map([...flow.nodes].map((node) => [textOf(tree, node), can[flow.blockOf(node)]]));
  expect(Object.fromEntries(by)).toEqual({ a: 1, 'x()': 0, 'y()': 0, 'z()': 1 });
});
