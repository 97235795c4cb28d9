/** Fuzz target of binding: whatever the parser makes of the input, its identifiers are bound, and the columns hold together. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { bind } from '../src/golang/bind.ts';
import { parseFile } from '../src/golang/parse.ts';
import { checkBindings } from '../src/testing/bindings.ts';
import type { FuzzTarget } from './target.ts';

const SCOPES = join(import.meta.dirname, '../src/golang/testdata/bind/scopes.txt');

export const bindTarget: FuzzTarget = {
  name: 'golang-bind',
  // In pieces of a few declarations: what is broken in one should not hide the others.
  seeds: () =>
    readFileSync(SCOPES, 'utf8')
      .replace(/\$(\w+|-)/g, '')
      .split(/\n(?=func |type |var )/)
      .map((piece, index) => Buffer.from(index === 0 ? piece : `package p\n${piece}\n`)),
  run(input) {
    checkBindings(bind(parseFile('a.go', input)));
  },
  // A tree has about 40 bytes a node and a node per 1 to 8 bytes; bindings add 30 bytes a node.
  allowance: (size) => 32 * 1024 * 1024 + 1024 * size,
};
