/** The command as a user has it: the real launcher, real files, real git. */
import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { rulePage } from '../findings/pages.ts';
import { isProblem, parseConfig } from '../review/config.ts';
import { RULES } from '../review/registry.ts';
import { COMMENT_RULES } from '../review/suppress-apply.ts';
import { reviewProgress } from './review-progress.ts';

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const dir = mkdtempSync(join(tmpdir(), 'hemostat-review-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

const GIT = {
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

function run(cwd: string, ...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const env = { ...process.env, ...GIT, HEMOSTAT_CACHE: join(dir, 'cache') };
  const { status, stdout, stderr } = spawnSync(HEMOSTAT, ['review', ...args], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { code: status, stdout, stderr };
}

let made = 0;
function project(files: Record<string, string>): string {
  const root = join(dir, `p${made++}`);
  mkdirSync(root);
  for (const [name, text] of Object.entries({ 'go.mod': 'module example.com/p\n\ngo 1.26\n', ...files }))
    put(root, name, text);
  return root;
}

function put(root: string, name: string, text: string): void {
  mkdirSync(join(root, name, '..'), { recursive: true });
  writeFileSync(join(root, name), text);
}

const BODY = `package p

import "net/http"

func fetch(url string) (int, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, nil
}
`;
const FIXED = BODY.replace('\treturn resp', '\tdefer resp.Body.Close()\n\treturn resp');
const HEAD = /^fetch\.go:6:15: high: resp\.Body .* \(body-not-closed\)$/m;

describe('hemostat review', () => {
  it('says what leaks, and exits 1', () => {
    const root = project({ 'fetch.go': BODY });
    const { code, stdout, stderr } = run(root);
    expect({ code, stderr }).toEqual({ code: 1, stderr: '' });
    expect(stdout).toMatch(HEAD);
    expect(stdout).toMatch(/\n1 finding: 1 high \(1 package, 1 file, [\d.]+ m?s\)\n$/);
    expect(stdout.split('\n')).toHaveLength(3);
    // The pattern, a directory and a file are all ways to name it; so is where it runs from.
    expect(run(root, './...', '-details').stdout).toContain('     6 │ resp, err := http.Get(url)\n');
    expect(run(root, 'fetch.go').stdout).toMatch(HEAD);
    expect(run(join(root, '..'), `./${root.slice(dir.length + 1)}`).stdout).toMatch(/^p\d+\/fetch\.go:6:15: high: /);
    expect(run(root, '--fail-on', 'never').code).toBe(0);
  });

  it('finds nothing in what is mended, and exits 0', () => {
    const { code, stdout } = run(project({ 'fetch.go': FIXED }));
    expect(stdout).toMatch(/^no findings \(1 package, 1 file, /);
    expect(code).toBe(0);
  });

  it('prints JSON, SARIF and annotations, with one dash or two', () => {
    const root = project({ 'fetch.go': BODY });
    const Json = z.object({
      schema: z.literal('hemostat/review@1'),
      findings: z.tuple([z.object({ rule: z.string() })]),
    });
    for (const option of ['--json', '-json'])
      expect(Json.parse(JSON.parse(run(root, option).stdout)).findings[0].rule).toBe('body-not-closed');
    const Sarif = z.object({ runs: z.tuple([z.object({ results: z.tuple([z.object({ ruleId: z.string() })]) })]) });
    // A pattern behind --sarif is no file.
    for (const args of [['--sarif'], ['--sarif', './...'], ['--sarif', '-']])
      expect(Sarif.parse(JSON.parse(run(root, ...args).stdout)).runs[0].results[0].ruleId).toBe('body-not-closed');
    const both = run(root, '-sarif', 'out.sarif', '--github');
    expect(both.stdout).toMatch(/^::error file=fetch\.go,line=6,endLine=6,col=15,endColumn=28,title=body-not-closed/);
    expect(Sarif.parse(JSON.parse(readFileSync(join(root, 'out.sarif'), 'utf8'))).runs[0].results).toHaveLength(1);
    expect(existsSync(join(root, './...'))).toBe(false);
  });

  it.each([
    [['--json', '--sarif'], '--json and --sarif both print'],
    [['--json', '--github'], '--json and --github both print'],
    [['--github', '--sarif', '-'], '--github and --sarif both print'],
  ])('prints one document: %j', (args, says) => {
    const { code, stdout, stderr } = run(project({ 'fetch.go': BODY }), ...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(says);
  });

  it('runs the rules that are asked for, and knows what they are called', () => {
    const root = project({ 'fetch.go': BODY });
    expect(run(root, '--disable', 'body-not-closed').code).toBe(0);
    expect(run(root, '--only', 'context-cancel-lost,lock-not-released').code).toBe(0);
    expect(run(root, '--only', 'body-not-closed').code).toBe(1);
    expect(run(root, '--only', 'body-not-closd')).toEqual({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^hemostat: --only: there is no rule "body-not-closd"; did you mean body-not-closed.*\? hemostat review --list lists all\n$/,
      ),
    });
  });

  it('lists the rules; each has a page', () => {
    const { stdout, code } = run(dir, '--list', '--json');
    const { rules } = z
      .object({
        schema: z.literal('hemostat/rules@1'),
        rules: z.array(z.object({ rule: z.string(), summary: z.string() })),
      })
      .parse(JSON.parse(stdout));
    expect(code).toBe(0);
    expect(rules.map(({ rule }) => rule)).toEqual([...RULES, ...COMMENT_RULES].map(({ id }) => id).sort());
    for (const { rule, summary } of rules) {
      expect(rulePage(rule)?.rule, `docs/rules/${rule}.md`).toBe(rule);
      expect(summary).toMatch(/^[A-Z].*\.$/);
    }
    const text = run(dir, '--list').stdout;
    for (const { rule } of rules) expect(text).toContain(`${rule}  `);
  });

  it('follows .hemostat.yaml, and the command line wins', () => {
    const root = project({
      'fetch.go': BODY,
      'gen/fetch.go': BODY,
      '.hemostat.yaml': 'review:\n  rules: {body-not-closed: medium}\n  exclude: [gen]\n',
    });
    const { code, stdout } = run(root);
    expect(stdout).toMatch(/^fetch\.go:6:15: medium: .*\n1 finding: 1 medium \(/);
    expect(code).toBe(0);
    expect(run(root, '--fail-on', 'medium').code).toBe(1);
    expect(run(root, '--no-config').stdout).toContain('2 findings: 2 high');
    put(root, 'other.yaml', 'review:\n  rules:\n    body-not-closed: sure\n');
    expect(run(root, '--config', 'other.yaml')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'hemostat: other.yaml:3:22: review.rules.body-not-closed must be one of off, low, medium, high and not "sure"\n',
    });
    put(root, '.hemostat.yaml', 'review:\n  rules: {body-not-closed: off}\n');
    expect(run(root).code).toBe(0);
    expect(run(root, '--enable', 'body-not-closed').code).toBe(1);
  });

  it('leaves alone what a comment silences, and says where one silences nothing', () => {
    const root = project({
      'fetch.go': BODY.replace('(url)\n\tif', '(url) //nolint:body-not-closed // a test server\n\tif'),
      'other.go': 'package p\n\n//hemostat:ignore body-not-closed long gone\nfunc other() {}\n',
    });
    const { code, stdout } = run(root);
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /^other\.go:3:1: medium: body-not-closed has nothing to report here.* \(unused-suppression\)\n/,
    );
    expect(stdout).toContain('1 finding: 1 medium; 1 silenced by a comment (');
  });
});

describe('--new-from-rev and --new-from-merge-base', () => {
  it('show what is new only', () => {
    const root = project({ 'fetch.go': BODY });
    const git = (...args: string[]) => execFileSync('git', args, { cwd: root, env: { ...process.env, ...GIT } });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'base');
    git('checkout', '-q', '-b', 'feature');
    put(root, 'new file.go', BODY.replace('fetch', 'again'));
    const { code, stdout } = run(root, '--new-from-rev', 'HEAD');
    expect(stdout).toMatch(/^new file\.go:6:15: .*\n1 finding: 1 high; 1 on lines that are not new \(/);
    expect(code).toBe(1);
    git('add', '.');
    git('commit', '-q', '-m', 'feature');
    expect(run(root, '--new-from-rev', 'HEAD').code).toBe(0);
    expect(run(root, '--new-from-merge-base', 'main').stdout).toMatch(/^new file\.go:6:15: /);
    expect(run(root, '--new-from-merge-base', 'nope').stderr).toMatch(/^hemostat: nope is not a revision that .*\n$/);
    expect(run(project({ 'fetch.go': BODY }), '--new-from-rev', 'HEAD')).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^hemostat: .* is not in a git repository, so there is no HEAD to compare with\n$/),
    });
  });
});

describe('--fix and --diff', () => {
  it('mend what can be mended safely, and nothing else', () => {
    const root = project({ 'fetch.go': BODY });
    const shown = run(root, '--diff');
    expect(shown).toMatchObject({ code: 0, stderr: 'hemostat: 1 finding would be fixed; --fix does it\n' });
    expect(readFileSync(join(root, 'fetch.go'), 'utf8')).toBe(BODY);

    const { code, stdout, stderr } = run(root, '--fix');
    expect(readFileSync(join(root, 'fetch.go'), 'utf8')).toBe(FIXED);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringMatching(/^fetch\.go:6: fixed: .* \(body-not-closed\)\n$/),
    });
    expect(stdout).toMatch(/^no findings /);
    expect(execFileSync('gofmt', ['-l', '.'], { cwd: root, encoding: 'utf8' })).toBe('');
    expect(run(root, '--fix').stderr).toBe('hemostat: nothing that can be fixed safely\n');

    put(root, 'fetch.go', BODY);
    execFileSync('git', ['apply'], {
      cwd: root,
      input: shown.stdout,
      env: { ...process.env, GIT_CEILING_DIRECTORIES: dir },
    });
    expect(readFileSync(join(root, 'fetch.go'), 'utf8')).toBe(FIXED);
  });
});

describe('what cannot be read', () => {
  it('is named line by line, and the rest is reviewed', () => {
    const root = project({ 'fetch.go': BODY, 'broken.go': 'package p\n\nfunc f( {\n' });
    const { code, stdout, stderr } = run(root);
    expect(stdout).toMatch(HEAD);
    expect(stdout).toContain('1 file with syntax errors (');
    expect(stderr).toMatch(/^broken\.go:3:9: syntax error: .*\n/);
    expect(code).toBe(1);
    const { problems } = z
      .object({ problems: z.array(z.object({ file: z.string() })) })
      .parse(JSON.parse(run(root, '--json').stdout));
    expect(problems[0]?.file).toBe('broken.go');
    put(root, 'binary.go', '\0\u0001\0'.repeat(1000));
    expect(run(root).stderr.split('\n').length).toBeLessThan(12);
  });

  it('is exit 3 where there is nothing at all, and exit 2 where it was named wrongly', () => {
    const sentence = /^hemostat: [^\n]+\n$/;
    expect(run(project({}))).toEqual({
      code: 3,
      stdout: '',
      stderr: expect.stringMatching(/no Go file could be read for \.\/\.\.\./),
    });
    const onlyTests = run(project({ 'a_test.go': 'package p\n' }), '--no-tests');
    expect(onlyTests).toMatchObject({ code: 3, stderr: expect.stringContaining('tests, which are left out') });
    for (const args of [
      ['./nowhere'],
      ['nowhere.go'],
      ['--goos', 'plan10'],
      ['--jobs', '0'],
      ['--fail-on', 'x'],
      ['--fix', '--diff'],
      ['--config', 'no.yaml'],
    ]) {
      const { code, stdout, stderr } = run(project({ 'fetch.go': BODY }), ...args);
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toMatch(sentence);
      expect(stderr).not.toMatch(/internal error| {4}at /);
    }
  });
});

describe('a place that cannot be written to', () => {
  const launch = (cwd: string, cache: string, stdout: number | 'pipe') =>
    spawnSync(HEMOSTAT, ['review'], {
      cwd,
      env: { ...process.env, HEMOSTAT_CACHE: cache },
      encoding: 'utf8',
      timeout: 60_000,
      stdio: ['ignore', stdout, 'pipe'],
    });

  it.runIf(existsSync('/dev/full'))('is one sentence, and not the exit code of findings', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = launch(project({ 'fetch.go': BODY }), join(dir, 'cache'), full);
    closeSync(full);
    expect({ status, stderr }).toEqual({
      status: 74,
      stderr: 'hemostat: standard output cannot be written (ENOSPC)\n',
    });
  });

  it('costs the cache, and is not given as the reason why nothing could be read', () => {
    const root = project({ 'fetch.go': BODY });
    const cache = join(root, 'go.mod');
    const reviewed = launch(root, cache, 'pipe');
    expect(reviewed.stdout).toMatch(HEAD);
    expect(reviewed.stderr).toMatch(/cannot be made, so nothing is remembered/);
    const { status, stderr } = launch(project({}), cache, 'pipe');
    expect(status).toBe(3);
    expect(stderr).toMatch(/no Go file could be read for \.\/\.\.\.: .*matched no packages/);
  });
});

describe('docs/source-review-usage.md', () => {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'source-review-usage.md'), 'utf8');
  const fences = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, kind, text]) => ({
    kind,
    text: text ?? '',
  }));

  it('shows a configuration that is one', () => {
    const text = fences.find(({ kind, text: yaml }) => kind === 'yaml' && yaml.startsWith('review:'))?.text ?? '';
    const ids = [...RULES, ...COMMENT_RULES].map(({ id }) => id);
    const config = parseConfig(text, ids);
    expect(isProblem(config), JSON.stringify(config)).toBe(false);
    // Every key that there is.
    expect(Object.keys(config).sort()).toEqual(
      ['exclude', 'fail-on', 'goarch', 'goos', 'min-confidence', 'rules', 'tags', 'tests'].sort(),
    );
  });

  it('names options that there are', () => {
    const { stdout } = run(dir, '--help');
    const named = new Set([...page.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([option]) => option));
    const others = new Set(['--yes', '--source']);
    expect([...named].filter((option) => !stdout.includes(`${option} `) && !others.has(option))).toEqual([]);
  });

  it('gives editors a pattern that matches what is printed', () => {
    const task = fences.find(({ kind }) => kind === 'json')?.text ?? '';
    const [, pattern = ''] = /"regexp": (".*")/.exec(task) ?? [];
    const [, file, line, column, message, code] =
      new RegExp(String(JSON.parse(pattern))).exec(run(project({ 'fetch.go': BODY })).stdout.split('\n')[0] ?? '') ??
      [];
    expect([file, line, column, code]).toEqual(['fetch.go', '6', '15', 'body-not-closed']);
    expect(message).toMatch(/^resp\.Body/);
  });
});

describe('the progress line', () => {
  it('appears on a terminal after two seconds, and goes away', () => {
    const written: string[] = [];
    let now = 0;
    const at = (isTTY: boolean) =>
      reviewProgress({ isTTY, write: (text: string) => void written.push(text) }, () => now);
    const piped = at(false);
    now = 5000;
    piped.show(1, 10);
    piped.clear();
    expect(written).toEqual([]);
    const line = at(true);
    line.show(1, 10);
    now += 2000;
    line.show(5, 10);
    now += 50;
    line.show(6, 10);
    now += 50;
    line.show(7, 10);
    line.clear();
    line.clear();
    expect(written).toEqual(['\r\x1b[Kreviewing: 5 of 10 packages', '\r\x1b[Kreviewing: 7 of 10 packages', '\r\x1b[K']);
  });
});
