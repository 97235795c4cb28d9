import { expect, it } from 'vitest';
import { ROOT, rangeIn, reportAt, resultOf, sampleReview, sampleSources } from '../../testing/sample-review.ts';
import { writeGithub } from './github.ts';

it('writes an annotation for each finding, with what GitHub reads escaped', async () => {
  await expect(writeGithub(sampleReview(), ROOT, sampleSources())).toMatchFileSnapshot('testdata/github.txt');
});

it('keeps a line break and a comma of a message from ending it', () => {
  const range = rangeIn(`${ROOT}/quotes/first.go`, 'ctx.Done()');
  const report = reportAt(range, { path: `${ROOT}/a,b:c%.go`, message: 'one\r\n::error::two, 100 %', advice: '' });
  const [line = ''] = writeGithub(sampleReview({}, resultOf({ reports: [report] })), ROOT, sampleSources()).split('\n');
  expect(line).toBe(
    '::error file=a%2Cb%3Ac%25.go,line=14,endLine=14,col=9,endColumn=19,title=chan-first-wins (high confidence)::one%0D%0A::error::two, 100 %25',
  );
});
