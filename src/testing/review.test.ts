import { describe, expect, it } from 'vitest';
import { checkFixture, goObjections } from './review.ts';
import { mismatches, wantsOf } from './review-wants.ts';

const got = (line: number, message: string, confidence = 'high') => ({
  path: 'a.go',
  line,
  rule: 'some-rule',
  confidence,
  message,
});

describe('wants', () => {
  it('are met by message, or by confidence and message, each once', () => {
    const wants = wantsOf('a.go', 'x() // want "lost" `^high: kept\\b`\ny()\nz() // want "a \\"quoted\\" word"\n');
    const reports = [got(1, 'cancel is lost'), got(1, 'kept for ever'), got(3, 'a "quoted" word')];
    expect(mismatches(wants, reports)).toEqual([]);
    expect(
      mismatches(wants, [got(1, 'cancel is lost'), got(1, 'kept for ever', 'low'), got(3, 'another word')]),
    ).toEqual([
      'a.go:1: nothing reported that matches /^high: kept\\b/',
      'a.go:1: unwanted: low: kept for ever (some-rule)',
      'a.go:3: nothing reported that matches /a "quoted" word/',
      'a.go:3: unwanted: high: another word (some-rule)',
    ]);
    expect(mismatches(wantsOf('a.go', 'x() // want "lost"\n'), [got(1, 'lost'), got(1, 'lost')])).toEqual([
      'a.go:1: unwanted: high: lost (some-rule)',
    ]);
    expect(mismatches(wantsOf('a.go', 'x() // want "lost"\n'), [got(2, 'lost')])).toHaveLength(2);
    expect(mismatches(wantsOf('b.go', 'x() // want "lost"\n'), [got(1, 'lost')])).toHaveLength(2);
  });

  it.each(['x() // want lost', 'x() // want', 'x() // want "lost" later', 'x() // want "("'])('are not %s', (line) => {
    expect(() => wantsOf('a.go', line)).toThrow();
  });

  it('are not words that begin like it', () => {
    expect(wantsOf('a.go', '// wanted: "peace"\nx() // We want "y".\n')).toEqual([]);
  });
});

const LEAK = `package cart

import "context"

func Work(ctx context.Context, quick bool) error {
	ctx, cancel := context.WithCancel(ctx) // want "cancel"
	if quick {
		return nil
	}
	defer cancel()
	<-ctx.Done()
	return ctx.Err()
}
`;

describe('a fixture', () => {
  it('is in order when reports and wants agree', async () => {
    expect(await checkFixture(LEAK, ['context-cancel-lost'])).toEqual([]);
  });

  it('is not when a want is missing, too much, or for a rule that is not run', async () => {
    const unwanted = await checkFixture(LEAK.replace(/ \/\/ want.*/, ''), ['context-cancel-lost']);
    expect(unwanted).toEqual([
      expect.stringMatching(/^fixture\/fixture\.go:6: unwanted: high: .*\(context-cancel-lost\)$/),
    ]);
    const missing = ['fixture/fixture.go:6: nothing reported that matches /cancel/'];
    expect(await checkFixture(LEAK, [])).toEqual(missing);
    expect(await checkFixture(LEAK.replace('\tif quick', '\tdefer cancel()\n\tif quick'), [])).toEqual(missing);
  });

  it('is not when its syntax is wrong', async () => {
    expect(await checkFixture('package cart\n\nfunc (\n', [])).not.toEqual([]);
  });

  it('may be several packages, with a go line of their own', async () => {
    const fixture = {
      'rule/case/quit/quit.go': '// module go 1.22\npackage quit\n\nimport "os"\n\nfunc Die() { os.Exit(1) }\n',
      'rule/case/case.go': LEAK.replace('import "context"', 'import (\n\t"context"\n\n\t"fixture/rule/case/quit"\n)')
        .replace('\t\treturn nil\n', '\t\tquit.Die()\n\t\treturn nil\n')
        .replace(/ \/\/ want.*/, ''),
    };
    expect(await checkFixture(fixture, ['context-cancel-lost'])).toEqual([]);
  });

  it('is gofmt-clean Go that compiles, or objected to', () => {
    expect(goObjections([{ 'a/a.go': LEAK }, { 'b/b.go': LEAK }])).toEqual([]);
    const objections = goObjections([
      { 'a/a.go': LEAK },
      { 'b/b.go': 'package b\n\nfunc  B() {}\n' },
      { 'c/c.go': 'package c\n\nfunc C() { undefined() }\n' },
      { 'd/d_test.go': 'package d\n\nvar x int = "text"\n' },
    ]).join('\n');
    expect(objections).toMatch(/^b\/b\.go: not formatted/m);
    expect(objections).toMatch(/c\.go:3:\d+: undefined: undefined/);
    expect(objections).toMatch(/d_test\.go:3:\d+: cannot use/);
    expect(objections).not.toMatch(/a\.go/);
  });
});
