import { describe, expect, it } from 'vitest';
import { rulePage } from '../findings/pages.ts';
import { allFixtures, checkFixture, exampleOf, type Fixture, goObjections } from '../testing/review.ts';
import { wantsOf } from '../testing/review-wants.ts';
import { RULES } from './registry.ts';

// One rule alone: vitest run src/review/harness.test.ts -t pool-use-after-put
describe.each(RULES.map((rule) => rule.id))('%s', (id) => {
  it('has a page with a bad example that wants something and a good one that does not', () => {
    expect(rulePage(id)).not.toBeNull();
    expect(wantsOf('bad', exampleOf(id, 'Bad')).length).toBeGreaterThan(0);
    expect(exampleOf(id, 'Good')).toContain('package ');
    expect(wantsOf('good', exampleOf(id, 'Good'))).toEqual([]);
  });

  it.each([...allFixtures(id)])('reports what is wanted: %s', async (_name, fixture) => {
    expect(await checkFixture(fixture, [id])).toEqual([]);
  });
});

it('has each rule once', () => {
  const ids = RULES.map((rule) => rule.id);
  expect(ids).toEqual([...new Set(ids)].sort());
});

it('has fixtures that gofmt and the Go compiler accept', () => {
  const fixtures: Fixture[] = RULES.flatMap((rule) => [...allFixtures(rule.id).values()]);
  if (fixtures.length > 0) expect(goObjections(fixtures)).toEqual([]);
});
