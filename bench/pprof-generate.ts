/**
 * A large CPU profile like those of big services: 500 000 samples of depth 20, every stack different, over 20 000
 * locations in 6 000 functions. No labels: with a `bytes` label on each sample, as heap profiles have it, go tool pprof
 * takes ten times as long, and the comparison would say little. Written to a file: node bench/pprof-generate.ts FILE [SAMPLES]
 */
import { writeFileSync } from 'node:fs';
import { ProfileBuilder } from '../src/evidence/pprof/builder.ts';
import { writeProfile } from '../src/evidence/pprof/write.ts';

const DEPTH = 20;
const LOCATIONS = 20_000;
const FUNCTIONS = 6_000;

/** Numerical Recipes' linear congruential generator: the same file every time. */
function random(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 0x1_0000_0000) * below);
  };
}

export function generateProfile(samples: number): Uint8Array {
  const next = random(7);
  const builder = new ProfileBuilder({
    sampleTypes: [
      { type: 'samples', unit: 'count' },
      { type: 'cpu', unit: 'nanoseconds' },
    ],
    periodType: { type: 'cpu', unit: 'nanoseconds' },
    period: 10_000_000,
    timeNanos: 1_700_000_000_000_000_000n,
  });
  const mapping = builder.mapping({
    start: 0x40_0000n,
    limit: 0x400_0000n,
    offset: 0n,
    filename: '/usr/local/bin/service',
    buildId: 'c0ffee',
    hasFunctions: true,
    hasFilenames: true,
    hasLineNumbers: true,
    hasInlineFrames: true,
  });
  const functions = Array.from({ length: FUNCTIONS }, (_, f) =>
    builder.fn({
      name: `example.com/shop/internal/package${f % 211}.(*Type${f % 17}).Method${f}`,
      filename: `example.com/shop/internal/package${f % 211}/file${f % 13}.go`,
    }),
  );
  const fn = (): number => functions[next(FUNCTIONS)] ?? 0;
  const locations = Array.from({ length: LOCATIONS }, (_, l) => {
    const address = BigInt(0x40_0000 + l * 37);
    const lines = [{ fn: fn(), line: 1 + next(900) }];
    // One in five has a call inlined into it.
    if (l % 5 === 0) lines.unshift({ fn: fn(), line: 1 + next(900) });
    return builder.location(address, lines, mapping);
  });
  const stack = new Array<number>(DEPTH);
  for (let s = 0; s < samples; s++) {
    // Near the root few locations, near the leaf many, as in a real call tree.
    for (let d = 0; d < DEPTH; d++) stack[d] = locations[next(Math.max(40, LOCATIONS >> (d >> 1)))] ?? 0;
    const count = 1 + next(3) * next(40);
    builder.sample(stack, [count, count * 10_000_000]);
  }
  return writeProfile(builder.finish());
}

const [, , file, samples] = process.argv;
if (import.meta.main && file !== undefined) writeFileSync(file, generateProfile(Number(samples ?? 500_000)));
