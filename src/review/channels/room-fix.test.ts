import { expect, it } from 'vitest';
import { reviewFixture } from '../../testing/review.ts';

const RULES = ['chan-send-abandoned', 'chan-first-wins', 'chan-unbounded-producer'];

function program(make: string, body: string): string {
  return `package p

import "context"

func work() int { return 1 }

func f(ctx context.Context, n int) int {
	ch := ${make}
${body}
	select {
	case v := <-ch:
		return v
	case <-ctx.Done():
		return 0
	}
}
`;
}

const ONE = '\tgo func() { ch <- work() }()';

async function reportsOf(source: string): ReturnType<typeof reviewFixture> {
  return reviewFixture({ 'p/p.go': source }, RULES);
}

it.each([
  ['make(chan int)', 'make(chan int, 1)'],
  ['make(chan int, 0)', 'make(chan int, 1)'],
])('gives %s room for one proven send, after which nothing is left to report', async (before, after) => {
  const source = program(before, ONE);
  const { reports } = await reportsOf(source);
  const fix = reports[0]?.fix;
  expect(fix?.safe).toBe(true);
  let mended = source;
  for (const edit of fix?.edits ?? []) mended = mended.slice(0, edit.start) + edit.text + mended.slice(edit.end);
  expect(mended).toBe(program(after, ONE));
  expect((await reportsOf(mended)).reports).toEqual([]);
});

it.each([
  ['a sender for each item', '\tfor range n {\n\t\tgo func() { ch <- work() }()\n\t}'],
  ['a loop of sends', '\tgo func() {\n\t\tfor {\n\t\t\tch <- work()\n\t\t}\n\t}()'],
])('offers no safe fix for %s', async (_name, body) => {
  const { reports } = await reportsOf(program('make(chan int)', body));
  expect(reports).toHaveLength(1);
  expect(reports[0]?.fix?.safe ?? false).toBe(false);
});
