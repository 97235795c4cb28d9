import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ruleIds } from '../../findings/pages.ts';
import { DEFAULT_MATRIX } from './default-matrix.ts';
import { covers, globMatches, rowOf as matchingRow } from './match.ts';
import { builtIn, parseMatrix } from './matrix.ts';
import { respondSchema } from './settings.ts';
import { HOUR, MINUTE, rowOf } from './testing.ts';

const RULES = ['goroutine-growth', 'fd-growth', 'fd-leak'];
const problems = (text: string): string => {
  try {
    parseMatrix(`schema: hemostat/respond@1\n${text}`, 'm.yaml', RULES);
    return '';
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : '';
  }
};

it('is built in as a file of its own form, whose kinds all match rules', () => {
  const { matrix, warnings } = parseMatrix(DEFAULT_MATRIX, 'default', ruleIds());
  expect(warnings).toEqual([]);
  expect(matrix).toEqual(builtIn());
  const owes = (rule: string, severity: 'critical' | 'low', role: 'development' | 'operations' | 'security') =>
    matchingRow(matrix, rule, severity, role);
  expect(owes('goroutine-growth', 'critical', 'development')).toMatchObject({
    dueMs: 2 * HOUR,
    artefact: 'fix-with-test',
    proof: 'checked',
  });
  expect(owes('goroutine-growth', 'critical', 'operations')).toMatchObject({
    dueMs: 15 * MINUTE,
    artefact: 'rollback-plan',
  });
  expect(owes('goroutine-growth', 'critical', 'security')).toBeNull();
  expect(owes('syscall-never-seen', 'critical', 'security')).toMatchObject({ artefact: 'detection-rule' });
  // What a gate finds is rolled back by nobody.
  expect(owes('config-runs-as-root', 'critical', 'operations')).toBeNull();
});

it('has the published schema', () => {
  const file = join(import.meta.dirname, '../../../docs/schema/respond.schema.json');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(respondSchema()));
});

describe('a mistake has its place', () => {
  it.each([
    [
      'matrix:\n  - {kind: "*", severity: "*", role: security, due: 2h}\n  - {kind: fd-*, severity: high, role: security, due: 1h}',
      'm.yaml:4:5: matrix.1 is never reached: the row in line 3',
    ],
    [
      'matrix:\n  - {kind: fd-growht, severity: high, role: security, due: 1h}',
      'm.yaml:3:12: matrix.0.kind "fd-growht" matches no rule (did you mean fd-growth',
    ],
    [
      'matrix:\n  - {kind: fd-*, severity: high, role: security, due: 1x}',
      'm.yaml:3:55: matrix.0.due must be a duration',
    ],
    [
      'matrix:\n  - {kind: fd-*, severity: high, role: security, due: 1h, acknowledge: 2h}',
      'acknowledge is longer than due',
    ],
    ['matrix:\n  - {kind: fd-*, severity: high, role: security, due: 1h, proof: checked}', 'a note is not checked'],
    ['hours: {zone: Europe/Berln}', 'm.yaml:2:15: hours.zone "Europe/Berln" is no time zone'],
    ['hours: {zone: UTC, from: "18:00", to: "09:00"}', 'hours.to must be later than hours.from'],
    ['hours: {zone: UTC, holidays: [2026-02-30]}', 'must be a day like'],
    [
      'escalation: [{at: 1, tell: [rol]}]',
      'm.yaml:2:29: escalation.0.tell: there is no receiver "rol" (did you mean role?)',
    ],
    ['escalation: [{at: 1, tell: [role]}, {at: 1, tell: [role]}]', 'must be more than the step above'],
    ['receivers: {a: {kind: slack, url: x}}', 'url is not known'],
    ['receivers: {a: {kind: slack}}', 'must have url-env or url-file'],
    ['receivers: {role: {kind: slack, url-env: X}}', 'receivers.role cannot be'],
    ['longest-pause: 0s', 'longer than nothing'],
  ])('%s', (text, says) => {
    expect(problems(text)).toMatch(/^GuardUsageError: /);
    expect(problems(text)).toContain(says);
  });

  it('and what is right has none, with warnings for what may not be meant', () => {
    const text =
      'schema: hemostat/respond@1\nhours: {zone: Europe/Berlin}\nreceivers: {development: {kind: slack, url-env: S}, lead: {kind: slack, url-env: S}}\n';
    const { matrix, warnings } = parseMatrix(text, 'm.yaml', RULES);
    expect(matrix).toMatchObject({
      rows: builtIn().rows,
      hours: { days: [1, 2, 3, 4, 5], from: 540, to: 1080, always: ['critical'] },
      longestPauseMs: 24 * HOUR,
    });
    expect(warnings).toEqual([
      'there is no receiver operations: its reminders are only printed',
      'there is no receiver security: its reminders are only printed',
      'nothing is told to the receiver lead',
    ]);
  });
});

it('matches globs as a regular expression would, and covers what they match', () => {
  const glob = fc.array(fc.constantFrom('a', 'b', '*', '-'), { maxLength: 6 }).map((parts) => parts.join(''));
  const text = fc.array(fc.constantFrom('a', 'b', '-'), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(glob, glob, text, (wide, narrow, word) => {
      expect(globMatches(wide, word)).toBe(new RegExp(`^${wide.replaceAll('*', '.*')}$`).test(word));
      const row = (kind: string) => rowOf({ kind });
      if (covers(row(wide), row(narrow)) && globMatches(narrow, word)) expect(globMatches(wide, word)).toBe(true);
    }),
    { numRuns: 500 },
  );
});
