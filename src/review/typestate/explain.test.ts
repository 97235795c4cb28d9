import { expect, it } from 'vitest';
import { reviewFixture } from '../../testing/review.ts';

it('ends at the closing brace where a function falls off its end, and at the return where it has one', async () => {
  const source = `package shop

import "os"

func falls(name string) {
	f, err := os.Open(name)
	if err != nil {
		return
	}
	f.Stat()
}

func returns(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	f.Stat()
	return nil
}

func literal() func(string) {
	return func(name string) {
		f, err := os.Open(name)
		if err == nil {
			f.Stat()
		}
	}
}
`;
  const { reports } = await reviewFixture({ 'shop/shop.go': source }, ['rows-not-closed']);
  const ends = reports.map((report) => {
    const { line, column, endLine, endColumn } = report.steps.at(-1) ?? report;
    return [line, column, endLine, endColumn];
  });
  expect(ends).toEqual([
    [11, 1, 11, 2],
    [19, 2, 19, 12],
    [28, 2, 28, 3],
  ]);
});
