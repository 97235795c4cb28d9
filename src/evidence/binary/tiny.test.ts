/** Layouts that no toolchain at hand writes or runs, and damage to all of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../error.ts';
import { readExecutable } from './executable.ts';
import type { ByteSource } from './source.ts';
import { type TinyOptions, tinyExecutable } from './tiny.testing.ts';

function sourceOf(bytes: Uint8Array): ByteSource {
  return { size: bytes.byteLength, read: (offset, length) => bytes.subarray(offset, offset + length) };
}

const CASES: (TinyOptions & { name: string })[] = [16, 18, 19, 20, 25, 26, 27].flatMap((minor) => [
  { name: `go1.${minor} amd64`, pointerSize: 8, bigEndian: false, minor },
  { name: `go1.${minor} amd64, position-independent`, pointerSize: 8, bigEndian: false, minor, pie: true },
  {
    name: `go1.${minor} amd64, position-independent and stripped`,
    pointerSize: 8,
    bigEndian: false,
    minor,
    pie: true,
    stripped: true,
  },
  { name: `go1.${minor} s390x, stripped`, pointerSize: 8, bigEndian: true, minor, stripped: true },
  { name: `go1.${minor} s390x, position-independent`, pointerSize: 8, bigEndian: true, minor, pie: true },
  { name: `go1.${minor} 386`, pointerSize: 4, bigEndian: false, minor },
  { name: `go1.${minor} mips`, pointerSize: 4, bigEndian: true, minor },
]);

describe.each(CASES)('a program of $name', (options) => {
  it('is read', () => {
    const tiny = tinyExecutable(options);
    const { pclntab, symbols, types, module, buildInfo } = readExecutable(sourceOf(tiny.bytes), 'tiny');
    expect(buildInfo?.goVersion).toBe(`go1.${options.minor}`);
    expect(module).toMatchObject({ text: tiny.text, data: tiny.cache });
    expect(pclntab.functionAt(tiny.text + 70)).toEqual({
      function: 'main.work',
      entry: tiny.text + 64,
      file: '/app/main.go',
      line: 10,
    });
    expect(pclntab.positionsAt(tiny.text + 20)).toEqual([
      { function: 'main.inner', file: '/app/main.go', line: 20 },
      { function: 'main.main', file: '/app/main.go', line: 10 },
    ]);
    expect(pclntab.positionsAt(tiny.text + 32)).toEqual([{ function: 'main.main', file: '/app/main.go', line: 11 }]);
    expect(pclntab.positionsAt(tiny.text + 3 * 64)).toEqual([]);
    expect(pclntab.indexAt(tiny.text - 1)).toBe(-1);
    const order = { name: 'main.Order', size: 600, kind: 25, direct: false };
    expect(types?.typeAt(tiny.orderType)).toMatchObject(order);
    expect(types?.typeAt(tiny.pointerType)).toMatchObject({ name: '*main.Order', kind: 22, direct: true });
    expect(types?.typeAt(tiny.orderType + 1)).toBeNull();
    expect(types?.typeAt(0)).toBeNull();
    if (options.stripped === true) expect(symbols).toBeNull();
    else {
      expect(symbols?.dataSymbols()[0]).toEqual({ name: 'main.cache', address: tiny.cache, size: 16 });
      expect(symbols?.name(symbols.symbolAt(tiny.cache + 15))).toBe('main.cache');
      expect(symbols?.symbolAt(tiny.text - 1)).toBe(-1);
    }
  });

  it('is refused or read where bytes are damaged, and nothing else', () => {
    const { bytes } = tinyExecutable(options);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length), (at, byte, cut) => {
        const damaged = Buffer.from(bytes);
        damaged[at] = byte;
        try {
          const { pclntab } = readExecutable(sourceOf(damaged.subarray(0, Math.max(cut, bytes.length / 2))), 'tiny');
          for (const entry of pclntab.entries) pclntab.positionsAt(entry);
        } catch (error) {
          if (!(error instanceof EvidenceError)) throw error;
        }
      }),
      { numRuns: 300 },
    );
  });
});
