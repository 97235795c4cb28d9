/** The table of runtime layouts against the DWARF of binaries that each toolchain builds. */
import { describe, expect, test } from 'vitest';
import { hasToolchain } from '../../testing/heapdump-lab.ts';
import { layoutOf } from '../../testing/runtime-layout.ts';
import { knownMinors, layoutFor, slotSize } from './layouts.ts';

const params = (goVersion: string, pointerSize: 4 | 8) => ({
  goVersion,
  pointerSize,
  bigEndian: false,
  heapStart: 0,
  heapEnd: 0,
  arch: 'amd64',
  cpus: 1,
});

describe('layouts', () => {
  test.each([
    ['1.19.13', 'amd64', 8],
    ['1.23.4', 'amd64', 8],
    ['1.26.8', 'amd64', 8],
    ['1.27.1', 'amd64', 8],
    // One pointer size, one layout: arm64 is that of amd64.
    ['1.26.8', 'arm64', 8],
    ['1.26.8', '386', 4],
  ] as const)(
    'go%s for %s is as its DWARF says',
    (version, arch, pointerSize) => {
      if (!hasToolchain(`go${version}`)) return;
      expect(layoutFor(params(`go${version}`, pointerSize))).toEqual(layoutOf(version, arch));
    },
    300_000,
  );

  test('every minor from 1.19 to 1.27 is there, others are not guessed', () => {
    expect(knownMinors()).toEqual({ oldest: 19, newest: 27 });
    for (let minor = 19; minor <= 27; minor++) {
      for (const pointerSize of [4, 8] as const)
        expect(layoutFor(params(`go1.${minor}.1`, pointerSize))).not.toBeNull();
    }
    expect(layoutFor(params('go1.18.10', 8))).toBeNull();
    expect(layoutFor(params('go1.28.1', 8))).toBeNull();
    expect(layoutFor(params('', 8))).toBeNull();
    expect(layoutFor(params('go1.27-devel_0123abcd X:goroutineleakprofile', 8))).not.toBeNull();
  });

  test('sudogs are in the size classes that dumps show', () => {
    expect(slotSize(88)).toBe(96);
    expect(slotSize(104)).toBe(112);
    expect(slotSize(1)).toBe(8);
  });
});
