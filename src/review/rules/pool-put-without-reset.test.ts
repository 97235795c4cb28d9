import { expect, test } from 'vitest';
import { exampleOf, reviewFixture } from '../../testing/review.ts';

test('offers to reset after Get, as a suggestion', async () => {
  const source = exampleOf('pool-put-without-reset', 'Bad');
  const { reports } = await reviewFixture({ 'bad/bad.go': source }, ['pool-put-without-reset']);
  const fix = reports[0]?.fix;
  expect(fix?.safe).toBe(false);
  const edit = fix?.edits[0];
  if (edit === undefined) throw new Error('no edit');
  const mended = Buffer.concat([
    Buffer.from(source).subarray(0, edit.start),
    Buffer.from(edit.text),
    Buffer.from(source).subarray(edit.end),
  ]).toString();
  expect(mended).toContain('Get().(*bytes.Buffer)\n\tbuf.Reset()\n\tdefer');
  expect((await reviewFixture({ 'bad/bad.go': mended }, ['pool-put-without-reset'])).reports).toEqual([]);
});
