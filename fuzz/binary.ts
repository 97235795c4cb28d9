/** The reader of Go executables: headers, symbols, function table and types. */
import { readExecutable } from '../src/evidence/binary/executable.ts';
import { tinyExecutable } from '../src/evidence/binary/tiny.testing.ts';
import type { FuzzTarget } from './target.ts';

export const target: FuzzTarget = {
  name: 'executable',
  seeds: () =>
    [16, 19, 25, 26, 27].flatMap((minor) =>
      [
        { pointerSize: 8, bigEndian: false, minor },
        { pointerSize: 8, bigEndian: false, minor, pie: true, stripped: true },
        { pointerSize: 8, bigEndian: true, minor, pie: true },
        { pointerSize: 4, bigEndian: true, minor },
      ].map((options) => tinyExecutable({ ...options, pointerSize: options.pointerSize === 8 ? 8 : 4 }).bytes),
    ),
  run(input) {
    const read = (offset: number, length: number): Uint8Array => input.subarray(offset, offset + length);
    const { symbols, pclntab, types, module } = readExecutable({ size: input.length, read }, 'input');
    symbols?.dataSymbols();
    for (let i = 0; i < Math.min(symbols?.count ?? 0, 100); i++) symbols?.symbolAt((symbols.address[i] ?? 0) + 1);
    for (const entry of pclntab.entries.subarray(0, 20)) {
      pclntab.functionAt(entry + 20);
      pclntab.positionsAt(entry + 20);
    }
    for (let i = 0; i < 100; i++) types?.typeAt((module?.types ?? 0) + 8 * i);
  },
};
