import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { FIX } from '../src/diagnose/rules.ts';
import { ruleIds, rulePage, SECTIONS, sectionOf } from '../src/findings/pages.ts';
import { GUARD_RULES } from '../src/guard/rules.ts';
import { RULES } from '../src/review/registry.ts';
import { COMMENT_RULES } from '../src/review/suppress-apply.ts';

const SOURCE_RULES = new Set(RULES.map((rule) => rule.id));

/** Names that are written small begin one, too. */
const SENTENCE = /^([A-Z]|kube-apiserver |vendor\/).*\.$/;

it('documents every rule that diagnose, review and guard know, and no other', () => {
  const aboutComments = COMMENT_RULES.map(({ id }) => id);
  const guard = GUARD_RULES.map(({ id }) => id);
  expect(ruleIds()).toEqual([...Object.keys(FIX), ...SOURCE_RULES, ...aboutComments, ...guard].sort());
});

it('gives every rule of guard one id, and says in one line what it is and what to do', () => {
  expect(new Set(GUARD_RULES.map(({ id }) => id)).size).toBe(GUARD_RULES.length);
  for (const { id, summary, fix } of GUARD_RULES) {
    expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(summary, id).toMatch(SENTENCE);
    expect(summary, id).not.toContain('\n');
    expect(fix.length, id).toBeGreaterThan(20);
  }
});

describe.each(ruleIds())('docs/rules/%s.md', (rule) => {
  const page = rulePage(rule);
  const markdown = page?.markdown ?? '';

  // Examples of source rules are run by src/review/harness.test.ts.
  const sections = SOURCE_RULES.has(rule) ? [...SECTIONS, 'Bad', 'Good'] : SECTIONS;

  it('has a heading, a sentence that says it all, and its sections in order', () => {
    expect(markdown.split('\n')[0]).toBe(`# ${rule}`);
    expect(page?.summary).toMatch(SENTENCE);
    expect(page?.summary.length).toBeLessThanOrEqual(130);
    expect([...markdown.matchAll(/^## (.*)$/gm)].map((match) => match[1])).toEqual(sections);
    for (const title of SECTIONS) expect(sectionOf(markdown, title).length).toBeGreaterThan(40);
  });

  it('has code that is valid Go and formatted with gofmt', () => {
    for (const [, code = ''] of markdown.matchAll(/^```go\n([\s\S]*?)^```$/gm)) {
      expect(execFileSync('gofmt', { input: code, encoding: 'utf8' })).toBe(code);
    }
  });

  it('keeps its lines short', () => {
    expect(markdown.split('\n').filter((line) => line.length > 121)).toEqual([]);
  });
});

it('does not look for pages outside its folder', () => {
  expect(rulePage('../growth')).toBeNull();
  expect(rulePage('no-such-rule')).toBeNull();
});
