import { expect, it } from 'vitest';
import { KIND_NAMES, Kind } from './nodes.ts';
import { parseFile } from './parse.ts';
import { type NodeIndex, textOf } from './tree.ts';
import { forEachChild, listOf, walk } from './walk.ts';

const tree = parseFile('a.go', Buffer.from('package p\n\nfunc f(a, b int) { g(a, h(b)); return }\n'));
const find = (kind: number): NodeIndex => tree.kind.indexOf(kind);
const shown = (node: NodeIndex): string => `${KIND_NAMES[tree.kind[node] ?? 0]} ${textOf(tree, node)}`;

it('walks parents first, in source order, and leaves out what the visitor does not want', () => {
  const body = find(Kind.BlockStmt);
  const seen: string[] = [];
  walk(tree, body, (node) => {
    if (node !== body) seen.push(shown(node));
    return textOf(tree, node) !== 'h(b)';
  });
  expect(seen).toEqual([
    'ExprStmt g(a, h(b))',
    'CallExpr g(a, h(b))',
    'Ident g',
    'Ident a',
    'CallExpr h(b)',
    'ReturnStmt return',
  ]);
});

it('walks below the node alone, not on along the list that it is in', () => {
  const seen: string[] = [];
  walk(tree, find(Kind.ExprStmt), (node) => {
    seen.push(shown(node));
    return true;
  });
  expect(seen).not.toContain('ReturnStmt return');
  walk(tree, 0, () => expect.fail('there is no node 0'));
});

it('lists children and items', () => {
  const children: string[] = [];
  forEachChild(tree, find(Kind.Field), (child) => children.push(shown(child)));
  expect(children).toEqual(['Ident a', 'Ident b', 'Ident int']);
  const block = tree.a[find(Kind.BlockStmt)] ?? 0;
  expect(listOf(tree, block).map((statement) => textOf(tree, statement))).toEqual(['g(a, h(b))', 'return']);
  expect(listOf(tree, 0)).toEqual([]);
});
