/** When source is reviewed, and what a review adds to what is watched. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { SourceReview } from '../../findings/source-review.ts';
import { Analysis } from '../analyse/analysis.ts';
import { twiceRecorded } from '../analyse/testing.ts';
import { VirtualClock } from '../virtual-clock.testing.ts';
import { askForReview } from './ask.ts';
import type { ReviewAnswer } from './messages.ts';
import { SourceReviews } from './reviews.ts';

const LAB = join(import.meta.dirname, '../../../lab');
const MINUTE = 60_000;

let dir = '';
let home: string | undefined;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'hemostat-source-'));
  home = process.env.HEMOSTAT_CACHE;
  process.env.HEMOSTAT_CACHE = join(dir, 'cache');
});
afterEach(() => {
  if (home === undefined) delete process.env.HEMOSTAT_CACHE;
  else process.env.HEMOSTAT_CACHE = home;
  rmSync(dir, { recursive: true, force: true });
});

const never = (): AbortSignal => new AbortController().signal;

it('explains what the recorded service leaks, once the review is there', async () => {
  const source = join(LAB, 'services', 'reports');
  const answer = await askForReview(source, never());
  if (answer.kind === 'failed') throw new Error(answer.says);
  const analysis = new Analysis();
  const legsAfter = (captures: ReturnType<typeof twiceRecorded>): (readonly string[])[] =>
    captures.map((input) => {
      const [finding] = analysis.analyse(input).windows.at(-1)?.diagnosis.findings ?? [];
      return finding?.evidence.map(({ leg }) => leg) ?? [];
    });
  const inputs = twiceRecorded({ source });
  const without = legsAfter(inputs.slice(0, -1)).at(-1);
  analysis.reviewed(source, answer.review);
  const having = legsAfter(inputs.slice(-1)).at(-1);
  expect(without).toContain('goroutine');
  expect(without).not.toContain('source');
  expect(having).toContain('source');
}, 60_000);

it('says in a sentence why there is nothing to review', async () => {
  const empty = join(dir, 'empty');
  mkdirSync(empty);
  const file = join(dir, 'main.go');
  writeFileSync(file, 'package main\n');
  const stopped = AbortSignal.abort();
  const answers = await Promise.all([
    askForReview(join(dir, 'nowhere'), never()),
    askForReview(empty, never()),
    askForReview(file, never()),
    askForReview(LAB, stopped),
    askForReview(LAB, never(), 1),
  ]);
  const says = answers.map((answer) => (answer.kind === 'failed' ? answer.says : 'reviewed'));
  expect(says).toEqual([
    `the source in ${join(dir, 'nowhere')}: there is no such directory; give the root of the Go module`,
    `the source in ${empty} has no Go files; give the root of the Go module`,
    `the source in ${file} is not a directory; give the root of the Go module`,
    `the source in ${LAB} could not be reviewed: hemostat is being stopped`,
    expect.stringMatching(/could not be reviewed: it took longer than/),
  ]);
}, 60_000);

/** Reviews that end when the test says so. */
function controlled() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const asked: { dir: string; signal: AbortSignal; answer: (answer: ReviewAnswer) => void }[] = [];
  const reviews = new SourceReviews({
    clock,
    onReview: (of, review) => told.push(`${of} ${review === null ? 'forgotten' : `${review.files} files`}`),
    onProblem: (of, says) => {
      if (says !== null) told.push(`${of} ${says}`);
    },
    ask: (of, signal) => new Promise((answer) => asked.push({ dir: of, signal, answer })),
  });
  const settle = async (i: number, answer: ReviewAnswer): Promise<void> => {
    asked[i]?.answer(answer);
    await clock.advance(0);
  };
  return { clock, told, asked, reviews, settle, names: () => asked.map((one) => one.dir).join(' ') };
}

const reviewed = (of: string, files = 1): ReviewAnswer => {
  const review: SourceReview = { dir: of, files, reports: [], notes: [] };
  return { kind: 'reviewed', review };
};

it('reviews each directory once, one at a time, and again after a deploy or when asked', async () => {
  const { clock, told, reviews, settle, names } = controlled();
  reviews.want(new Set(['a', 'b']));
  expect(names()).toBe('a');
  await settle(0, reviewed('a', 3));
  expect(names()).toBe('a b');
  await settle(1, { kind: 'failed', says: 'is not there' });
  expect(told).toEqual(['a 3 files', 'b is not there']);
  // Three instances that come up with the new build, one after the other: one review.
  for (let i = 0; i < 3; i++) {
    reviews.changed('a');
    reviews.changed('nobody');
    await clock.advance(1000);
  }
  expect(names()).toBe('a b');
  await clock.advance(MINUTE);
  expect(names()).toBe('a b a');
  // A deploy while it runs is about what is there after it.
  reviews.changed('a');
  await settle(2, reviewed('a', 4));
  await clock.advance(MINUTE);
  expect(names()).toBe('a b a a');
  await settle(3, reviewed('a', 4));
  await clock.advance(10 * MINUTE);
  expect(names()).toBe('a b a a b');
  await settle(4, reviewed('b'));
  reviews.all();
  await settle(5, reviewed('a'));
  expect(names()).toBe('a b a a b a b');
  await settle(6, reviewed('b'));
  await clock.advance(100 * MINUTE);
  expect(names()).toBe('a b a a b a b');
});

it('forgets a directory that no service is built from, and ends when it is closed', async () => {
  const { told, asked, reviews, settle, names } = controlled();
  reviews.want(new Set(['a']));
  reviews.want(new Set(['b']));
  expect(asked[0]?.signal.aborted).toBe(true);
  await settle(0, reviewed('a'));
  expect(told).toEqual(['a forgotten']);
  expect(names()).toBe('a b');
  const closed = reviews.close();
  expect(asked[1]?.signal.aborted).toBe(true);
  await settle(1, reviewed('b'));
  await closed;
  reviews.all();
  expect(told).toEqual(['a forgotten']);
  expect(names()).toBe('a b');
});
