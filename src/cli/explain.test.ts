import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { columns } from '../findings/layout.ts';
import { renderMarkdown } from './markdown.ts';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');

function explain(...args: string[]): { code: number | null; out: string; err: string } {
  const { status, stdout, stderr } = spawnSync(BIN, ['explain', ...args], { encoding: 'utf8' });
  return { code: status, out: stdout, err: stderr };
}

describe('hemostat explain', () => {
  it('lists every rule with its sentence', () => {
    const { code, out } = explain();
    expect(code).toBe(0);
    expect(out).toMatch(/^goroutine-blocked-send {2,}Goroutines wait/m);
    expect(out).not.toContain('\x1b');
    for (const line of out.split('\n')) expect(columns(line)).toBeLessThanOrEqual(80);
  });

  it('shows a page without colour in a pipe', () => {
    const { code, out } = explain('http-body-not-closed');
    expect(code).toBe(0);
    expect(out.split('\n')[0]).toBe('http-body-not-closed');
    expect(out).toContain('\nThe fix\n');
    expect(out).toContain('    defer resp.Body.Close()\n');
    expect(out).not.toContain('```');
    expect(out).not.toContain('\x1b');
  });

  it('prints JSON', () => {
    const List = z.object({ rules: z.array(z.object({ rule: z.string(), summary: z.string() })) });
    expect(List.parse(JSON.parse(explain('--json').out)).rules.length).toBeGreaterThan(20);
    const Page = z.object({
      rule: z.string(),
      sections: z.array(z.object({ title: z.string(), markdown: z.string() })),
    });
    const page = Page.parse(JSON.parse(explain('plateau', '--json').out));
    expect(page.rule).toBe('plateau');
    expect(page.sections.map(({ title }) => title)).toContain('The fix');
  });

  it.each([
    ['goroutine-blocked-sent', 'did you mean goroutine-blocked-send'],
    ['HTTP-body-not-closed', 'did you mean http-body-not-closed'],
    ['sync-map', 'did you mean sync-map-growth'],
    ['quux', 'there is no rule "quux"; `hemostat explain` lists all'],
    ['../growth', 'there is no rule "../growth"'],
  ])('says of %s: %s', (rule, sentence) => {
    const { code, out, err } = explain(rule);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(sentence);
    expect(err.trimEnd().split('\n')).toHaveLength(1);
  });
});

it('renders our Markdown', () => {
  const markdown = [
    '# Title',
    '',
    'A paragraph that is [linked](x.md), **bold**',
    'and `code`.',
    '## Part',
    '- one item that is long enough to be',
    '  broken',
    '- two',
    '',
    '1. first',
    '',
    '```go',
    'if x {',
    '\treturn',
    '}',
    '```',
  ].join('\n');
  expect(renderMarkdown(markdown, { width: 30, color: false, unicode: true })).toBe(
    [
      'Title',
      '',
      '  A paragraph that is linked,',
      '  bold and `code`.',
      '',
      'Part',
      '',
      '  - one item that is long',
      '    enough to be broken',
      '  - two',
      '',
      '  1. first',
      '',
      '    if x {',
      '        return',
      '    }',
      '',
    ].join('\n'),
  );
  expect(renderMarkdown('# T', { width: 30, color: true, unicode: true })).toContain('\x1b[1m');
});
