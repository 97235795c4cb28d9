import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProfileBuilder } from './builder.ts';
import { callTree } from './call-tree.ts';
import { fold } from './fold.ts';
import { expandFrames, functionName } from './frames.ts';
import { rawText } from './go-pprof.testing.ts';
import { merge } from './merge.ts';
import type { Profile } from './profile.ts';
import { readProfile } from './read.ts';
import { subtract } from './subtract.ts';
import { top } from './top.ts';
import { encodeProfile, writeProfile } from './write.ts';

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -1000n, max: 1000n }),
);
const small = fc.integer({ min: -1000, max: 1000 });
const text = fc.string({ unit: fc.constantFrom('a', 'ü', '.', '(', '漢', '\n'), maxLength: 4 });

interface Shape {
  readonly value: fc.Arbitrary<number | bigint>;
}

function profiles({ value }: Shape): fc.Arbitrary<Profile> {
  const label = fc.oneof(fc.record({ key: text, str: text }), fc.record({ key: text, num: int64, unit: text }));
  const line = fc.record({ fn: fc.nat(4), line: fc.nat(5), column: fc.nat(2) });
  const location = fc.record({
    address: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    lines: fc.array(line, { maxLength: 3 }),
  });
  return fc
    .record({
      names: fc.array(text, { minLength: 5, maxLength: 5 }),
      locations: fc.array(location, { minLength: 1, maxLength: 6 }),
      samples: fc.array(
        fc.record({
          stack: fc.array(fc.nat(5), { maxLength: 6 }),
          values: fc.tuple(value, value),
          labels: fc.array(label, { maxLength: 3 }),
        }),
        { maxLength: 8 },
      ),
      timeNanos: int64,
      comments: fc.array(text, { maxLength: 2 }),
    })
    .map(({ names, locations, samples, timeNanos, comments }) => {
      const sampleTypes = [
        { type: 'n', unit: 'count' },
        { type: 'v', unit: 'bytes' },
      ];
      const builder = new ProfileBuilder({
        sampleTypes,
        timeNanos,
        comments,
        periodType: { type: 'v', unit: 'bytes' },
      });
      const mapping = builder.mapping({
        start: 0n,
        limit: 2n ** 64n - 1n,
        offset: 0n,
        filename: '/bin/x',
        buildId: '',
        hasFunctions: true,
        hasFilenames: false,
        hasLineNumbers: false,
        hasInlineFrames: false,
      });
      const functions = names.map((name, i) => builder.fn({ name: `f${i}${name}`, filename: `${i % 2}.go` }));
      const rows = locations.map(({ address, lines }) =>
        builder.location(
          address,
          lines.map((one) => ({ ...one, fn: functions[one.fn] ?? 0 })),
          mapping,
        ),
      );
      for (const { stack, values, labels } of samples) {
        builder.sample(
          stack.map((l) => rows[l % rows.length] ?? 0),
          values,
          labels,
        );
      }
      return builder.finish();
    });
}

const exact = profiles({ value: int64 });
const whole = profiles({ value: small });

/** What a profile says, whatever its numbering: weights of stacks with their labels. */
function contents(profile: Profile): string[] {
  const raw = rawText(merge([profile]));
  const lines = new Map<string, string>();
  for (const part of raw.slice(raw.indexOf('\nLocations'), raw.indexOf('\nMappings')).split(/\n(?= *\d+: 0x)/)) {
    const [, id = '', rest = ''] = /^ *(\d+): (.*)$/s.exec(part) ?? [];
    lines.set(id, rest);
  }
  return raw
    .slice(raw.indexOf('\nn/count'), raw.indexOf('\nLocations'))
    .split(/\n(?= +-?\d+ +-?\d+:)/)
    .slice(1)
    .map((sample) =>
      sample.replace(/: ([\d ]*)/, (_, ids: string) =>
        ids
          .trim()
          .split(' ')
          .map((id) => `<${lines.get(id)}>`)
          .join(''),
      ),
    )
    .sort();
}

describe('properties', () => {
  it('what is written is read again, to the last number', () => {
    fc.assert(
      fc.property(exact, (profile) => {
        const again = readProfile(writeProfile(profile));
        expect(again).toEqual(profile);
        expect(encodeProfile(again)).toEqual(encodeProfile(profile));
      }),
    );
  });

  it('the order of a merge does not matter', () => {
    fc.assert(
      fc.property(exact, exact, (a, b) => {
        expect(contents(merge([a, b]))).toEqual(contents(merge([b, a])));
      }),
    );
  });

  it('a merge of merges is a merge', () => {
    fc.assert(
      fc.property(whole, whole, whole, (a, b, c) => {
        expect(contents(merge([merge([a, b]), c]))).toEqual(contents(merge([a, merge([b, c])])));
      }),
    );
  });

  it('a profile minus itself is nothing', () => {
    fc.assert(
      fc.property(exact, (profile) => {
        expect(subtract(profile, profile, { mode: 'base' }).samples.count).toBe(0);
      }),
    );
  });

  it('a profile minus another plus the other is the profile', () => {
    fc.assert(
      fc.property(whole, whole, (a, b) => {
        expect(contents(merge([subtract(a, b, { mode: 'base' }), b]))).toEqual(contents(a));
      }),
    );
  });

  it('top, tree, folded stacks and frames agree', () => {
    fc.assert(
      fc.property(whole, (profile) => {
        const sum = (numbers: Iterable<number>): number => Array.from(numbers).reduce((a, b) => a + b, 0);
        const rows = top(profile, 1);
        const tree = callTree(profile, 1);
        const stacked = Array.from(profile.samples.values[1] ?? []).filter(
          (_, s) => profile.samples.stackOffsets[s] !== profile.samples.stackOffsets[s + 1],
        );
        expect(sum(rows.map(({ flat }) => flat))).toBe(sum(stacked));
        expect(sum(tree.flat)).toBe(sum(stacked));
        expect(sum(tree.cum.filter((_, row) => tree.parent[row] === -1))).toBe(sum(stacked));
        expect(sum(fold(profile, 1).map((line) => Number(line.slice(line.lastIndexOf(' ')))))).toBe(sum(stacked));
        for (let row = 0; row < tree.count; row++) expect(tree.parent[row]).toBeLessThan(row);
        for (const { label, cum } of rows) {
          // By definition: the samples that have the function anywhere.
          const frames = expandFrames(profile);
          const has = (s: number): boolean => {
            const k = frames.stackOfSample[s] ?? 0;
            return frames.frameFunction
              .subarray(frames.frameOffsets[k], frames.frameOffsets[k + 1])
              .some((f) => (f < 0 ? '[x]' : functionName(profile, f)) === label);
          };
          const values = Array.from(profile.samples.values[1] ?? []);
          expect([label, sum(values.filter((_, s) => has(s)))]).toEqual([label, cum]);
        }
      }),
    );
  });
});
