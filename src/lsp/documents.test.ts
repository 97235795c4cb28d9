import { describe, expect, it } from 'vitest';
import type { Finding } from '../findings/model.ts';
import { sampleReview } from '../testing/sample-review.ts';
import { Documents, type OpenDocument } from './documents.ts';

const [FINDING] = sampleReview().findings;

/** Documents whose reviews end when the test says so. */
function harness() {
  const reviews: { text: string; path: string; end: (findings?: readonly Finding[], error?: Error) => void }[] = [];
  const published: string[] = [];
  const failures: unknown[] = [];
  let wake = (): void => {};
  const documents = new Documents({
    review: (document, sources) => {
      const { promise, resolve, reject } = Promise.withResolvers<readonly Finding[]>();
      const text = sources.text(document.path)?.line(1) ?? '';
      reviews.push({
        text,
        path: document.path,
        end: (findings = [], error) => (error === undefined ? resolve(findings) : reject(error)),
      });
      wake();
      return promise;
    },
    publish: (document) => void published.push(`${document.path}@${document.version}`),
    failed: (_: OpenDocument, error) => void failures.push(error),
  });
  /** The nth review that was begun; waits for it. */
  const review = async (n: number) => {
    for (;;) {
      const begun = reviews[n];
      if (begun !== undefined) return begun;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      await promise;
    }
  };
  return { documents, reviews, review, published, failures };
}

describe('Documents', () => {
  it('reviews what is typed once it is, and throws away what is found for an older text', async () => {
    const { documents, review, published, reviews } = harness();
    documents.open('file:///a.go', '/a.go', 1, 'one');
    const first = await review(0);
    for (const [i, text] of ['two', 'three', 'four'].entries()) documents.change('file:///a.go', i + 2, text);
    first.end(FINDING === undefined ? [] : [FINDING]);
    const second = await review(1);
    expect(documents.get('file:///a.go')).toMatchObject({ version: 4, reviewed: -1, findings: [] });
    second.end(FINDING === undefined ? [] : [FINDING]);
    await Promise.resolve();
    await Promise.resolve();
    expect(reviews.map(({ text }) => text)).toEqual(['one', 'four']);
    expect(published).toEqual(['/a.go@4']);
    documents.stop();
  });

  it('lets one review end before the next begins, and goes on after one that fails', async () => {
    const { documents, review, reviews, failures } = harness();
    documents.open('file:///p/a.go', '/p/a.go', 1, 'a');
    documents.open('file:///p/b.go', '/p/b.go', 1, 'b');
    const first = await review(0);
    expect(reviews).toHaveLength(1);
    const broken = new Error('broken');
    first.end([], broken);
    (await review(1)).end();
    expect(failures).toEqual([broken]);
    // A change is felt in the other open files of the package.
    documents.change('file:///p/a.go', 2, 'a2');
    (await review(2)).end();
    (await review(3)).end();
    expect(reviews.map(({ path }) => path)).toEqual(['/p/a.go', '/p/b.go', '/p/a.go', '/p/b.go']);
    documents.stop();
  });

  it('forgets a file that is closed', async () => {
    const { documents, review, published } = harness();
    documents.open('file:///a.go', '/a.go', 1, 'one');
    const first = await review(0);
    expect(documents.close('file:///a.go')?.path).toBe('/a.go');
    expect(documents.close('file:///a.go')).toBeUndefined();
    first.end();
    documents.change('file:///a.go', 2, 'two');
    documents.open('file:///b.go', '/b.go', 1, 'b');
    expect((await review(1)).path).toBe('/b.go');
    expect(published).toEqual([]);
    documents.stop();
  });
});
