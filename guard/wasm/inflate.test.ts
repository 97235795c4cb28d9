/** The filter's inflate beside node:zlib: a call at the end of data by chance is found in whatever way it is compressed and cut. */
import { randomBytes } from 'node:crypto';
import { constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, expect, it } from 'vitest';
import { randomly } from '../../src/testing/random.ts';
import { buildFilter } from './build.ts';
import { ProxyWasmHost } from './host.ts';

const SEED = Number(process.env.HEMOSTAT_SEED ?? 1);
const { Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE } = constants;
const STRATEGIES = [Z_DEFAULT_STRATEGY, Z_FILTERED, Z_FIXED, Z_HUFFMAN_ONLY, Z_RLE];

let host: ProxyWasmHost;
beforeAll(() => {
  host = new ProxyWasmHost(new WebAssembly.Module(buildFilter().bytes));
  host.configure('');
});

/** Runs, repeats near and far, and noise: what makes short and long codes, and distances up to the whole window. */
function dataOf(random: (below: number) => number): Buffer {
  const parts: Buffer[] = [];
  for (let n = random(6); n >= 0; n--) {
    const kind = random(4);
    if (kind === 0) parts.push(Buffer.alloc(random(70_000), 32 + random(32)));
    else if (kind === 1) parts.push(Buffer.from(randomBytes(random(5000)).toString('base64')));
    else if (kind === 2) parts.push(Buffer.from('the quick brown fox; '.repeat(random(3000))));
    else parts.push(...parts.slice(0, 2));
  }
  return Buffer.concat(parts);
}

it('gives what zlib compressed, at every level and strategy', () => {
  const random = randomly(SEED);
  for (let i = 0; i < 150; i++) {
    const data = dataOf(random);
    // Only whole output shows the call at its end, at the right place.
    const body = Buffer.concat([data, Buffer.from('\neval(x)')]);
    const options = {
      level: random(10),
      strategy: STRATEGIES[random(STRATEGIES.length)] ?? Z_DEFAULT_STRATEGY,
      windowBits: 9 + random(7),
      memLevel: 1 + random(9),
    };
    const way = random(3);
    const packed =
      way === 0 ? gzipSync(body, options) : way === 1 ? deflateSync(body, options) : deflateRawSync(body, options);
    const request: Uint8Array[] = [];
    const largest = 1 + random(20_000);
    for (let at = 0; at < packed.length; ) {
      const size = 1 + random(largest);
      request.push(packed.subarray(at, at + size));
      at += size;
    }
    host.log.length = 0;
    const requestHeaders = { 'content-type': 'text/plain', 'content-encoding': way === 0 ? 'gzip' : 'deflate' };
    const { verdict } = host.exchange({ requestHeaders, request });
    const end = body.length - 2;
    expect([i, options, verdict]).toEqual([i, options, 'eval;class=text']);
    expect(host.log[0]).toContain(`at byte ${end - 1}, findings in all: `);
  }
});

it('survives a changed byte anywhere: an answer, no trap, no more memory', () => {
  const packed = gzipSync(dataOf(randomly(SEED + 1)).subarray(0, 20_000), { level: 9 });
  const before = host.memoryBytes;
  for (let at = 0; at < Math.min(packed.length, 3000); at++) {
    const broken = Buffer.from(packed);
    broken[at] = (broken[at] ?? 0) ^ (1 << (at % 8));
    const { verdict } = host.exchange({
      requestHeaders: { 'content-type': 'text/plain', 'content-encoding': 'gzip' },
      request: [broken],
    });
    expect(verdict).toMatch(/^(clean|not-seen;reason=[a-z+]+|(eval|atob).*)$/);
  }
  expect(host.memoryBytes).toBe(before);
});
