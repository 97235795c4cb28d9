/** Go source: whatever it is given, the parser answers with a sound tree. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createNames } from '../src/golang/names.ts';
import { createTreeBuilder } from '../src/golang/parse.ts';
import { faultOfTree } from '../src/testing/golang-tree.ts';
import { DEFAULT_ALLOWANCE, type FuzzTarget } from './target.ts';

const ROOT = join(import.meta.dirname, '..');
/** Pieces of a file: mutations of small inputs reach more. */
const PIECE = 4 << 10;

const names = createNames();

export const golang: FuzzTarget = {
  name: 'golang',
  seeds() {
    const everything = readFileSync(join(ROOT, 'src', 'golang', 'testdata', 'syntax', 'everything.go'));
    const probe = readFileSync(join(ROOT, 'probe', 'hemostat.go'));
    const pieces: Uint8Array[] = [everything];
    for (let at = 0; at < probe.length; at += PIECE) pieces.push(probe.subarray(at, at + PIECE));
    return pieces;
  },
  // The parser's columns are there from the first input on.
  allowance: (size) => DEFAULT_ALLOWANCE(size) + (16 << 20),
  run(input) {
    for (const bodies of ['parse', 'skip'] as const) {
      const builder = createTreeBuilder(names, { bodies });
      builder.add('a.go', input);
      builder.add('b.go', input.subarray(input.length >> 1));
      const fault = faultOfTree(builder.finish());
      if (fault !== '') throw new Error(`bodies ${bodies}: ${fault}`);
    }
  },
};
