/** The fixes of the resource rules: what they make of a file is formatted, compiles the same, and is not reported again. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { reviewFixture } from '../../testing/review.ts';

interface Fixed {
  readonly safe: boolean | null;
  readonly source: string;
}

/** Applies the fixes of all reports of one rule, the last one first. */
async function fixed(source: string, rule: string): Promise<Fixed> {
  const { reports } = await reviewFixture({ 'shop/shop.go': source }, [rule]);
  let text = Buffer.from(source);
  let safe: boolean | null = null;
  const fixes = reports.flatMap((report) => report.fix ?? []);
  for (const fix of fixes) safe = fix.safe && safe !== false;
  const edits = fixes.flatMap((fix) => [...fix.edits]).sort((a, b) => b.start - a.start);
  for (const { start, end, text: put } of edits) {
    text = Buffer.concat([text.subarray(0, start), Buffer.from(put), text.subarray(end)]);
  }
  return { safe, source: text.toString() };
}

const BODY = `package shop

import "net/http"

func status(url string) (int, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	} // no answer
	return resp.StatusCode, nil
}
`;

const CANCEL = `package shop

import (
	"context"
	"time"
)

func work(ctx context.Context) error {
	var cancel context.CancelFunc
	ctx, cancel = context.WithTimeout(ctx, time.Second) // not long
	return run(ctx)
}

func run(ctx context.Context) error { return ctx.Err() }
`;

describe('fixes', () => {
  it('closes a body after the error is checked', async () => {
    const { safe, source } = await fixed(BODY, 'body-not-closed');
    expect(safe).toBe(true);
    expect(source).toBe(BODY.replace('no answer\n', 'no answer\n\tdefer resp.Body.Close()\n'));
    expect(execFileSync('gofmt', { input: source, encoding: 'utf8' })).toBe(source);
    expect((await reviewFixture({ 'shop/shop.go': source }, ['body-not-closed'])).reports).toEqual([]);
  });

  it('defers a cancel function that nothing mentions', async () => {
    const { safe, source } = await fixed(CANCEL, 'context-cancel-lost');
    expect(safe).toBe(true);
    expect(source).toBe(CANCEL.replace('not long\n', 'not long\n\tdefer cancel()\n'));
    expect((await reviewFixture({ 'shop/shop.go': source }, ['context-cancel-lost'])).reports).toEqual([]);
  });

  it('names a cancel function that is thrown away, but only as a suggestion', async () => {
    const before = CANCEL.replace('\tvar cancel context.CancelFunc\n', '').replace('ctx, cancel =', 'c, _ :=');
    const { safe, source } = await fixed(before, 'context-cancel-lost');
    expect(safe).toBe(false);
    expect(source).toContain('c, cancel := context.WithTimeout(ctx, time.Second) // not long\n\tdefer cancel()\n');
  });

  it('is careful where the context leaves the function', async () => {
    const before = CANCEL.replace('return run(ctx)', 'go run(ctx)\n\treturn nil');
    expect((await fixed(before, 'context-cancel-lost')).safe).toBe(false);
  });

  it.each([
    ['a loop', BODY.replace('\tresp,', '\tfor {\n\tresp,').replace('StatusCode, nil\n', 'StatusCode, nil\n}\n')],
    ['a check that goes on', BODY.replace('return 0, err', 'url = ""')],
    ['no check', BODY.replace(/\tif err[^}]*\}[^\n]*\n/, '\t_ = err\n')],
    [
      'a response that is returned elsewhere',
      BODY.replace('\treturn resp', '\tif url == "" {\n\t\tpanic(resp)\n\t}\n\treturn resp'),
    ],
  ])('offers nothing for a body in %s', async (_where, source) => {
    expect((await fixed(source, 'body-not-closed')).safe).toBeNull();
  });
});
