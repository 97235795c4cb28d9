/** The parser beside go/parser: all of GOROOT, and the syntax of our own fixture. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compareParse, goFilesBelow, goroot, withOracle } from '../scripts/compare-go-parse.ts';

const FIXTURES = join(import.meta.dirname, '..', 'src', 'golang', 'testdata', 'syntax');

it('agrees with go/parser on every node, position and comment of GOROOT', { timeout: 300_000 }, async () => {
  const root = goroot('');
  const test = join(root, 'test');
  const files = [
    ...goFilesBelow(FIXTURES),
    ...goFilesBelow(join(root, 'src')),
    ...(existsSync(test) ? goFilesBelow(test) : []),
  ];
  const result = await withOracle('', (oracle) => compareParse(oracle, files));
  expect(result.accepted).toBeGreaterThan(7000);
  // Methods with type parameters are Go 1.27's; older parsers refuse them.
  expect(result.differences.filter((line) => !line.includes('method must have no type parameters'))).toEqual([]);
  expect(result.agreed).toBe(result.accepted);
});
