import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allocatorsByLine, hiddenAllocators, readSymbols } from './allocators.ts';

const text = (lines: string): Uint8Array => new TextEncoder().encode(lines);

describe('hiddenAllocators', () => {
  it('gives the address below the leaf that is named', () => {
    const found = hiddenAllocators(
      text(`heap profile: 2: 300 [2: 300] @ heap/1048576
1: 200 [1: 200] @ 0x40a000 0x413b51 0x500011 0x500100
#\t0x500010\tmain.put+0x10\t/app/main.go:12
#\t0x5000ff\tmain.main+0x1f\t/app/main.go:30

1: 100 [1: 100] @ 0x500055
#\t0x500054\tmain.direct+0x4\t/app/main.go:20

`),
    );
    // The second record hides nothing.
    expect(found).toEqual([{ function: 'main.put', line: 12, address: '0x413b50', inuse: 200 }]);
    const symbols = readSymbols(text('num_symbols: 1\n0x413b50 runtime.mapassign_faststr\n'));
    expect(allocatorsByLine(found, symbols)).toEqual(new Map([['main.put\x0012', ['runtime.mapassign_faststr']]]));
  });

  it('gives nothing for what is no heap text', () => {
    expect(hiddenAllocators(text('<html>'))).toEqual([]);
    expect(readSymbols(text('<html>'))).toEqual(new Map());
  });
});

/** The program prints its heap?debug=1, then the answer of its own /debug/pprof/symbol for the addresses that we ask. */
describe.each(['local', 'go1.19.13', 'go1.23.4', 'go1.27.1'])('a real program run by %s', (go) => {
  it('tells a map from a slice and from an object', () => {
    const cwd = join(import.meta.dirname, 'testdata', 'allocators');
    const env = { ...process.env, GOTOOLCHAIN: go, GOFLAGS: '' };
    const output = execFileSync('go', ['run', '.'], {
      cwd,
      env,
      maxBuffer: 1 << 26,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [heap = '', symbols = ''] = output.toString('utf8').split('=== symbols\n');
    const byLine = allocatorsByLine(hiddenAllocators(text(heap)), readSymbols(text(symbols)));
    const allocator = (name: string): string =>
      [...byLine].find(([key]) => key.startsWith(`${name}\0`))?.[1].join() ?? '';
    expect(allocator('main.growMap')).toContain('mapassign');
    // Older Go begins most samples at the caller of growslice and newobject, so that there is nothing hidden.
    if (go !== 'local' && go !== 'go1.27.1') return;
    expect(allocator('main.growSlice')).toContain('runtime.growslice');
    expect(allocator('main.makeObjects')).toMatch(/runtime\.(newobject|mallocgc)/);
  }, 120_000);
});
