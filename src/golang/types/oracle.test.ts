/** Types against go/types on a few packages of the standard library; scripts/compare-go-types.ts does all of them. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { compareTypes, goRoot } from '../../../scripts/compare-go-types.ts';

const root = goRoot();

describe.skipIf(root === '')('go/types', () => {
  test('agrees on expressions and members of packages with generics, embedding and constants', async () => {
    const patterns = [
      'bufio',
      'context',
      'encoding/json',
      'iter',
      'maps',
      'slices',
      'sort',
      'sync',
      'testing/fstest',
      'time',
    ];
    const found = await compareTypes(patterns, { dir: join(root, 'src'), tests: true });
    expect(found.expressions).toBeGreaterThan(100_000);
    expect(found.claimed / found.expressions).toBeGreaterThan(0.995);
    expect(found.same / found.claimed).toBeGreaterThan(0.9999);
    expect(found.membersSame / found.members).toBeGreaterThan(0.995);
  });
});
