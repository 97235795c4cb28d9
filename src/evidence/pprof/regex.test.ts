import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { goPprof } from './go-pprof.testing.ts';
import { compileRegex } from './regex.ts';

const TEXTS = [
  '',
  'main.run',
  'main.(*Store).Put',
  'MAIN.RUN',
  'runtime.mallocgc',
  'runtime/pprof.Do',
  'a',
  'aaa',
  'aaaa',
  'ab',
  'abab',
  'a\nb',
  'a.b',
  'ab_9 x',
  'äöü',
  'ÄÖÜ',
  '漢字',
  'operator new[]',
  'x{2}',
  'foo-bar]',
  '$^',
  'tab\there',
  'line1\nline2\n',
  'ſ',
  'K',
  'ß',
];

const PATTERNS = [
  '',
  'main',
  '^main\\.',
  'Put$',
  '^$',
  '(?i)main',
  '(?i)ÄÖ',
  '(?i:MAIN)\\.run',
  'MAIN(?i)\\.run',
  '(?i)main(?-i)\\.RUN',
  '^(runtime\\..*|malloc)$',
  'a*',
  '^a+$',
  '^a{3}$',
  '^a{2,3}$',
  '^a{4,}$',
  '^(ab)+$',
  '^(?:ab){2}$',
  '^a?b',
  '^a*?b',
  'a.b',
  '(?s)a.b',
  '^b',
  '(?m)^b',
  '(?m)a$',
  'a$',
  '\\Aa\\nb\\z',
  '\\bStore\\b',
  '\\Brun',
  '\\d',
  '\\D',
  '^\\w+$',
  '\\W',
  '\\s',
  '^\\S+$',
  '[a-c]b',
  '[^a-z]',
  '[]a]',
  '[^]a]+$',
  '[a\\]-]',
  '[\\d_]',
  '[\\w.]+\\(',
  '[[:upper:]]',
  '[[:^alpha:]]',
  '[[:alpha:][:digit:]]{3}',
  '\\pL',
  '\\PL',
  '\\p{Han}',
  '\\p{^Lu}',
  '^\\p{Lu}+$',
  '[\\p{Lu}\\d]',
  '\\x61',
  '\\x{6f22}',
  '\\Q(*Store)\\E',
  '\\Qa.b',
  '\\t',
  '\\.',
  'x{2}',
  'x\\{2}',
  'a{,2}',
  '{',
  'a|b|^$',
  '(|a)b',
  '()',
  '(?P<name>main)\\.(?P<rest>.*)',
  '(?<name>main)',
  'operator new(\\[\\])?',
  '(a|b)*c|(a|ab)*c',
  '(?i)s',
  '(?i)k',
  '(?U)a+',
  '^(a*)*$',
  '^(a|b)*?\\n?',
  '\\$\\^',
  '[a-\\x{7a}]+\\.',
  '\\101',
  // Wrong ones:
  '(',
  ')',
  '*a',
  'a**',
  'a{3,2}',
  'a{1001}',
  '(?=a)',
  '(?!a)',
  '(a)\\1',
  '[b-a]',
  '[a',
  '[[:nope:]]',
  '\\pX',
  '\\p{Nope}',
  '\\y',
  'a\\',
  '(?z)a',
  '(?i',
  '((((a{100}){100}){100}){100})',
  '(?P<>a)',
];

const PROGRAM = `package main

import (
	"encoding/json"
	"os"
	"regexp"
)

func main() {
	var in struct{ Patterns, Texts []string }
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	out := make([]string, 0)
	for _, p := range in.Patterns {
		re, err := regexp.Compile(p)
		s := ""
		for _, t := range in.Texts {
			switch {
			case err != nil:
				s = "error"
			case re.MatchString(t):
				s += "1"
			default:
				s += "0"
			}
		}
		out = append(out, s)
	}
	json.NewEncoder(os.Stdout).Encode(out)
}
`;

function goAnswers(): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-regex-'));
  try {
    writeFileSync(join(dir, 'main.go'), PROGRAM);
    const input = JSON.stringify({ Patterns: PATTERNS, Texts: TEXTS });
    const output: unknown = JSON.parse(
      execFileSync('go', ['run', 'main.go'], {
        cwd: dir,
        input,
        encoding: 'utf8',
        env: { ...process.env, GO111MODULE: 'off' },
      }),
    );
    return Array.isArray(output) ? output.map(String) : [];
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function ourAnswer(pattern: string): string {
  try {
    const matcher = compileRegex(pattern);
    return TEXTS.map((text) => (matcher.test(text) ? '1' : '0')).join('');
  } catch (error) {
    expect(error).toBeInstanceOf(SyntaxError);
    return 'error';
  }
}

describe.skipIf(goPprof === '')("expressions, against Go's regexp", () => {
  let answers: string[] = [];
  beforeAll(() => {
    answers = goAnswers();
  });
  it.each(PATTERNS.map((pattern, i) => [pattern, i] as const))('%s', (pattern, i) => {
    expect(ourAnswer(pattern)).toBe(answers[i]);
  });
});

describe('hostile expressions', () => {
  it('take time by the length, not by the possibilities', () => {
    const matcher = compileRegex('^(a+)+$');
    // A backtracking matcher takes 2^20000 steps and never returns.
    expect(matcher.test(`${'a'.repeat(20_000)}b`)).toBe(false);
  });

  it('say where they are wrong', () => {
    expect(() => compileRegex('main\\.(run')).toThrow(
      'a `(` without `)` at character 11 of the expression main\\.(run',
    );
    expect(() => compileRegex('a(?=b)')).toThrow(/unknown kind of group/);
  });

  it('are refused where they are too large or too deep', () => {
    expect(() => compileRegex(`${'('.repeat(5000)}a${')'.repeat(5000)}`)).toThrow(/nest too deeply/);
    expect(() => compileRegex('((((){1000}){1000}){1000}){1000}')).toThrow(/too large/);
  });
});
