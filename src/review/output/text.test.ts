import { describe, expect, it } from 'vitest';
import type { Terminal } from '../../findings/layout.ts';
import { ROOT, rangeIn, reportAt, resultOf, sampleReview, sampleSources } from '../../testing/sample-review.ts';
import { Sources } from '../report-sources.ts';
import { writeReviewText } from './text.ts';

const PIPE: Terminal = { width: 80, color: false, unicode: true };

function text(over: Partial<Parameters<typeof writeReviewText>[1]> = {}, review = sampleReview()): string {
  return writeReviewText(review, { terminal: PIPE, details: false, root: ROOT, sources: sampleSources(), ...over });
}

describe('writeReviewText', () => {
  it('is one line for each finding that every tool can read, and a summary', () => {
    const lines = text().split('\n');
    expect(lines.slice(0, 3)).toEqual([
      'quotes/first.go:9:15: high: of two senders on results only the first is received: the other blocks for ever on this send (chan-first-wins)',
      'quotes/first.go:14:9: medium: this might not be stopped, 100 % sure: no, really (timer-not-stopped)',
      'quotes/pool.go:17:1: medium: chan-first-wins has nothing to report here, so this comment silences nothing (unused-suppression)',
    ]);
    expect(lines.slice(3)).toEqual([
      '4 findings: 1 high, 2 medium, 1 low; 1 not shown (--min-confidence low shows all); 1 silenced by a comment; 1 file with syntax errors (1 package, 2 files, 125 ms)',
      '',
    ]);
  });

  it.each([
    ['details-80', { terminal: PIPE, details: true }],
    ['details-80-ascii', { terminal: { ...PIPE, unicode: false }, details: true }],
    ['details-120-color', { terminal: { width: 120, color: true, unicode: true }, details: true }],
  ])('shows source, steps and the way out: %s', async (name, over) => {
    await expect(text(over)).toMatchFileSnapshot(`testdata/${name}.txt`);
  });

  it('says so when there is nothing', () => {
    expect(text({ details: true }, sampleReview({}, resultOf()))).toBe('no findings (1 package, 2 files, 125 ms)\n');
  });

  it('puts the caret below the operation, behind tabs, wide characters and in long lines', () => {
    const path = '/src/shop/wide.go';
    const filler = 'x'.repeat(200);
    const files = new Map([[path, `package p\n\n\t\tf("世界", ch <- 1)\n\tg("${filler}", ch <- 2, "${filler}")\n`]]);
    const report = (needle: string) => reportAt(rangeIn(path, needle, 1, files), { steps: [] });
    const review = sampleReview({}, resultOf({ reports: [report('ch <- 1'), report('ch <- 2')], files: [path] }));
    const sources = new Sources(() => Buffer.from(files.get(path) ?? ''));
    const lines = text({ details: true, sources }, review).split('\n');
    expect(lines.slice(1, 3)).toEqual(['     3 │ f("世界", ch <- 1)', '       │           ^^^^^^^']);
    const [code = '', caret = ''] = lines.slice(6, 8);
    expect(code.length).toBeLessThanOrEqual(80);
    expect(code.slice(caret.indexOf('^'), caret.lastIndexOf('^') + 1)).toBe('ch <- 2');
  });

  it('lets no escape sequence of the source through', () => {
    const path = '/src/shop/evil.go';
    const files = new Map([[path, 'package p\n\nvar x = "\u001b[2J"\n']]);
    const report = reportAt(rangeIn(path, 'x', 1, files), { message: 'clear \u001b[2J\nscreen' });
    const sources = new Sources(() => Buffer.from(files.get(path) ?? ''));
    const shown = text({ details: true, sources }, sampleReview({}, resultOf({ reports: [report] })));
    expect(shown).not.toContain('\u001b');
    expect(shown).toContain('clear \\x1b[2J screen');
  });

  it('goes on where a file is gone', () => {
    const sources = new Sources(() => {
      throw new Error('gone');
    });
    expect(text({ details: true, sources })).toContain('1. the channel is made here, without room (line 7)');
  });
});
