import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findProjectFile, PROJECT_FILE } from '../findings/project-file.ts';
import { isProblem, NO_CONFIG, parseConfig } from './config.ts';
import { excluder, loadConfig } from './config-file.ts';

const IDS = ['chan-first-wins', 'timer-not-stopped', 'unused-suppression'];

describe('parseConfig', () => {
  it('reads all there is', () => {
    const text = `# ours
review:
  rules:
    chan-first-wins: medium
    timer-not-stopped: off
    unused-suppression: false
  exclude: [internal/gen/**, "**/*_mock.go"]
  tests: false
  goos: linux
  goarch: arm64
  tags: [integration]
  fail-on: medium
  min-confidence: low
`;
    expect(parseConfig(text, IDS)).toEqual({
      rules: { 'chan-first-wins': 'medium', 'timer-not-stopped': 'off', 'unused-suppression': 'off' },
      exclude: ['internal/gen/**', '**/*_mock.go'],
      tests: false,
      goos: 'linux',
      goarch: 'arm64',
      tags: ['integration'],
      'fail-on': 'medium',
      'min-confidence': 'low',
    });
  });

  it.each(['', '# nothing yet\n', 'review: {}\n', '{}'])('takes %j for the defaults', (text) => {
    expect(parseConfig(text, IDS)).toEqual(NO_CONFIG);
  });

  it.each([
    ['review:\n  rule: {}\n', 2, 3, /^rule is not known in review \(did you mean rules\?\); known: rules, exclude, /],
    ['rewiev: {}\n', 1, 1, /^rewiev is not known \(did you mean review\?\)/],
    [
      'review:\n  rules:\n    chan-frist-wins: high\n',
      3,
      5,
      /^there is no rule chan-frist-wins \(did you mean chan-first-wins\?\)$/,
    ],
    [
      'review:\n  rules:\n    chan-first-wins: hgih\n',
      3,
      22,
      /^review\.rules\.chan-first-wins must be one of off, low, medium, high and not "hgih"$/,
    ],
    ['review:\n  goos: lunix\n', 2, 9, /^there is no GOOS lunix \(did you mean linux\?\)$/],
    ['review:\n  goos: linux\n  goarch: amd46\n', 3, 11, /^there is no GOARCH amd46 \(did you mean amd64/],
    ['review:\n  tests: maybe\n', 2, 10, /^review\.tests must be true or false and not "maybe"$/],
    ['review:\n  exclude: gen\n', 2, 12, /^review\.exclude must be a list and not "gen"$/],
    ['review:\n  exclude:\n    - gen\n    - 7\n', 4, 7, /^review\.exclude\.1 must be a text and not 7$/],
    ['review:\n  fail-on: sometimes\n', 2, 12, /must be one of high, medium, low, never/],
    ['review: yes please\n', 1, 9, /^review must be a map of keys and values and not "yes please"$/],
    ['- review\n', 1, 1, /^the file must be a map of keys and values$/],
    ['review:\n  tests: true\n  tests: false\n', 3, 3, /[Mm]ap keys must be unique/],
    ['review:\n\ttests: true\n', 2, 1, /[Tt]ab/],
    ['review: [', 1, 10, /./],
    ['review:\n  goos:\n', 2, 8, /^review\.goos must be a text, and has no value$/],
  ])('says what is wrong with %j, and where', (text, line, column, says) => {
    const problem = parseConfig(text, IDS);
    expect(problem).toEqual({ line, column, message: expect.stringMatching(says) });
    if (isProblem(problem)) expect(problem.message).not.toContain('\n');
  });

  it('survives what is no YAML that anybody would write', () => {
    for (const text of [
      '\0',
      '%YAML 9.9\n---\n',
      '&a [*a]',
      '? ? ? x',
      'a: &x {b: *x}',
      '!!binary x',
      '"',
      '--- a\n--- b\n',
    ])
      expect(() => parseConfig(text, IDS)).not.toThrow();
    const bomb = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`).join('\n');
    expect(parseConfig(`a0: &a0 x\n${bomb}\n`, IDS)).toMatchObject({
      message: 'the file refers to itself too often (aliases)',
    });
  });
});

describe('the file', () => {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-config-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const deep = join(dir, 'repo', 'service', 'internal');
  mkdirSync(deep, { recursive: true });

  it('is the nearest one up to the repository, or to the module where there is none', () => {
    writeFileSync(join(dir, PROJECT_FILE), '');
    expect(findProjectFile(deep)).toBeNull();
    writeFileSync(join(dir, 'repo', 'service', 'go.mod'), 'module x\n');
    writeFileSync(join(dir, 'repo', PROJECT_FILE), '');
    expect(findProjectFile(deep)).toBeNull();
    mkdirSync(join(dir, 'repo', '.git'));
    expect(findProjectFile(deep)).toBe(join(dir, 'repo', PROJECT_FILE));
    writeFileSync(join(dir, 'repo', 'service', PROJECT_FILE), '');
    expect(findProjectFile(deep)).toBe(join(dir, 'repo', 'service', PROJECT_FILE));
  });

  it('is one sentence with the place where it is wrong, and exit 2', () => {
    const path = join(dir, 'wrong.yaml');
    writeFileSync(path, 'review:\n  tests: maybe\n');
    const thrown = expect.objectContaining({
      name: 'UsageError',
      message: 'wrong.yaml:2:10: review.tests must be true or false and not "maybe"',
    });
    expect(() => loadConfig(path, IDS, 'wrong.yaml')).toThrow(thrown);
    expect(() => loadConfig(join(dir, 'none.yaml'), IDS, 'none.yaml')).toThrow('none.yaml cannot be read (ENOENT)');
  });

  it('excludes by glob, relative to itself; a directory with all below it', () => {
    const excluded = excluder(['internal/gen/', '**/*_mock.go', './vendor', 'cmd/*/main.go'], '/repo');
    const paths = [
      'internal/gen/a.go',
      'internal/gen/deep/b.go',
      'a_mock.go',
      'x/y/a_mock.go',
      'vendor/x/y.go',
      'cmd/a/main.go',
    ];
    expect(paths.filter((path) => !excluded(`/repo/${path}`))).toEqual([]);
    expect(['internal/general.go', 'mock.go', 'cmd/a/b/main.go'].filter((path) => excluded(`/repo/${path}`))).toEqual(
      [],
    );
  });
});
