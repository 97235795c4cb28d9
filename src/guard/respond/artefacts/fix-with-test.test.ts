/** Commits of a real repository, tests run by the real go. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkFix, type FixCheck } from './fix-with-test.ts';

const FOUND = Date.UTC(2026, 10, 23, 9);
const LEAKS = 'package hub\n\nfunc Drain(items []int) []int {\n\treturn items\n}\n';
const FIXED = 'package hub\n\nfunc Drain(items []int) []int {\n\treturn nil\n}\n';
const TEST =
  'package hub\n\nimport "testing"\n\nfunc TestDrainKeepsNothing(t *testing.T) {\n\tif Drain([]int{1}) != nil {\n\t\tt.Fatal("kept")\n\t}\n}\n';

let repository: string;
const commits = new Map<string, string>();

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: repository, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** A commit with these files on top of another one. */
function commit(name: string, onto: string | null, files: Readonly<Record<string, string>>, at = FOUND + 60_000): void {
  if (onto !== null) git('checkout', '-q', '--detach', commits.get(onto) ?? onto);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(repository, path)), { recursive: true });
    writeFileSync(join(repository, path), text);
  }
  git('add', '--all');
  const date = new Date(at).toISOString();
  execFileSync('git', ['-c', 'user.name=ada', '-c', 'user.email=ada@example.com', 'commit', '-q', '-m', name], {
    cwd: repository,
    env: { ...process.env, GIT_AUTHOR_DATE: date, GIT_COMMITTER_DATE: date },
  });
  commits.set(name, git('rev-parse', 'HEAD'));
}

beforeAll(() => {
  repository = mkdtempSync(join(tmpdir(), 'hemostat-fix-test-'));
  git('init', '-q');
  commit(
    'leak',
    null,
    { 'svc/go.mod': 'module example.com/svc\n\ngo 1.24\n', 'svc/hub/hub.go': LEAKS },
    FOUND - 60_000,
  );
  commit('fix', 'leak', { 'svc/hub/hub.go': FIXED, 'svc/hub/hub_test.go': TEST });
  commit('no test', 'leak', { 'svc/hub/hub.go': FIXED });
  commit('only test', 'leak', { 'svc/hub/hub_test.go': TEST });
  const vain = TEST.replace('!= nil', '== nil && len([]int{}) > 0');
  commit('vain test', 'leak', { 'svc/hub/hub.go': FIXED, 'svc/hub/hub_test.go': vain });
  commit('no fix', 'leak', { 'svc/hub/hub.go': `${LEAKS}// later\n`, 'svc/hub/hub_test.go': TEST });
  const api = 'package hub\n\nimport "testing"\n\nfunc TestClose(t *testing.T) { Close() }\n';
  commit('new name', 'leak', { 'svc/hub/hub.go': `${FIXED}\nfunc Close() {}\n`, 'svc/hub/hub_test.go': api });
  commit('old', 'leak', { 'svc/hub/hub.go': FIXED, 'svc/hub/hub_test.go': TEST }, FOUND - 30_000);
  commit('python', 'leak', { 'app.py': 'x = 1\n', 'tests/test_app.py': 'def test(): pass\n' });
  git('checkout', '-q', '--detach', commits.get('leak') ?? '');
  mkdirSync(join(repository, 'svc/hub'), { recursive: true });
  symlinkSync('/dev/zero', join(repository, 'svc/hub/hub_test.go'));
  commit('link', null, { 'svc/hub/hub.go': FIXED });
  // The test tells what it finds in its environment: only where nothing is hidden there does it fail without the fix.
  const nosy = TEST.replace('"testing"', '(\n\t"os"\n\t"testing"\n)').replace(
    '!= nil',
    '!= nil && os.Getenv("CI_TOKEN") != ""',
  );
  commit('nosy test', 'leak', { 'svc/hub/hub.go': FIXED, 'svc/hub/hub_test.go': nosy });
  git('checkout', '-q', '--detach', commits.get('leak') ?? '');
}, 60_000);

afterAll(() => rmSync(repository, { recursive: true, force: true }));

async function says(name: string, changes: Partial<FixCheck> = {}): Promise<string> {
  const { passed, known, says } = await checkFix({
    repository,
    commit: commits.get(name) ?? name,
    build: null,
    foundAt: FOUND,
    runTests: false,
    env: process.env,
    timeoutMs: 60_000,
    progress: () => undefined,
    ...changes,
  });
  const short = (text: string): string => text.replaceAll(/\b[0-9a-f]{12,40}\b/g, '#');
  return `${passed ? 'passed' : known ? 'refused' : 'unknown'}: ${short(says)}`;
}

describe('a commit', () => {
  it.each([
    ['fix', 'passed: commit # changes code and svc/hub/hub_test.go; the test was not run'],
    ['python', 'passed: commit # changes code and tests/test_app.py'],
    ['no test', 'refused: commit # changes no test (1 file changed)'],
    ['only test', 'refused: commit # changes only tests: there is no fix in it'],
    ['link', 'refused: commit # changes no test'],
    ['leak', 'refused: commit # was committed before the finding was found'],
    ['old', 'refused: commit # was committed before the finding was found'],
    ['0123456789abcdef', 'refused: there is no commit # in this repository'],
    ['--exec=true', 'refused: "--exec=true" is no commit'],
    ['HEAD:svc', 'refused: there is no commit HEAD:svc in this repository'],
  ])('%s: %s', async (name, expected) => {
    expect(await says(name)).toContain(expected.replace('0123456789abcdef', '#'));
  });

  it('comes after the build in which it was found', async () => {
    const build = commits.get('leak') ?? '';
    expect(await says('old', { build })).toMatch(/^passed/);
    expect(await says('fix', { build: commits.get('old') ?? '' })).toMatch(/^refused: commit # does not come after/);
    expect(await says('fix', { build: commits.get('fix') ?? '' })).toMatch(/^refused/);
    expect(await says('fix', { build: 'deadbeef' })).toMatch(/^unknown/);
  });

  it('is no command of the repository: nothing is fetched, whatever its settings name', async () => {
    const config: readonly [string, string][] = [
      ['core.repositoryformatversion', '1'],
      ['extensions.partialclone', 'origin'],
      ['remote.origin.promisor', 'true'],
      ['remote.origin.url', 'ssh://nowhere.invalid/x'],
      ['protocol.ssh.allow', 'always'],
    ];
    const other = mkdtempSync(join(tmpdir(), 'hemostat-fix-test-'));
    try {
      execFileSync('git', ['init', '-q', other]);
      const ran = join(other, 'ran');
      for (const [key, value] of [...config, ['core.sshCommand', `touch ${ran}; false`]])
        execFileSync('git', ['config', key ?? '', value ?? ''], { cwd: other });
      expect(await says('0123456789abcdef0123456789abcdef01234567', { repository: other })).toBe(
        'refused: there is no commit # in this repository',
      );
      expect(existsSync(ran)).toBe(false);
    } finally {
      rmSync(other, { recursive: true, force: true });
    }
  });

  it('is of the repository that was named, also from a hook of another', async () => {
    const env = { ...process.env, GIT_DIR: '/nowhere', GIT_OBJECT_DIRECTORY: '/nowhere' };
    expect(await says('fix', { env })).toMatch(/^passed/);
  });

  it('is not checked where there is no repository, or no git', async () => {
    expect(await says('fix', { repository: tmpdir() })).toBe('unknown: not checked: this is no git repository');
    expect(await says('fix', { env: { PATH: '/nowhere' } })).toBe('unknown: not checked: git cannot be run (ENOENT)');
  });
});

describe('its test', () => {
  it('fails without the fix and passes with it, and the repository stays as it was', async () => {
    const before = [
      git('status', '--porcelain', '--ignored'),
      git('worktree', 'list'),
      ...readdirSync(join(repository, '.git')),
    ];
    const temporary = readdirSync(tmpdir()).filter(
      (name) => name.startsWith('hemostat-fix-') && !repository.endsWith(name),
    );
    expect(await says('fix', { runTests: true })).toBe(
      'passed: commit #: TestDrainKeepsNothing fails without the fix and passes with it',
    );
    const after = [
      git('status', '--porcelain', '--ignored'),
      git('worktree', 'list'),
      ...readdirSync(join(repository, '.git')),
    ];
    expect(after).toEqual(before);
    expect(
      readdirSync(tmpdir()).filter((name) => name.startsWith('hemostat-fix-') && !repository.endsWith(name)),
    ).toEqual(temporary);
  }, 60_000);

  it.each([
    ['vain test', 'TestDrainKeepsNothing passes without the fix, too'],
    ['no fix', 'with the fix, TestDrainKeepsNothing still fails'],
    ['nosy test', 'TestDrainKeepsNothing passes without the fix, too'],
    ['new name', 'without the fix, the test does not run (does not compile), so it has not been seen to fail'],
  ])(
    '%s: %s',
    async (name, expected) => {
      const env = { ...process.env, CI_TOKEN: 'secret' };
      expect(await says(name, { runTests: true, env })).toContain(`refused: commit #: ${expected}`);
    },
    60_000,
  );

  it('is not checked without go, nor where it is no Go test', async () => {
    const git = dirname(execFileSync('which', ['git'], { encoding: 'utf8' }).trim());
    expect(await says('fix', { runTests: true, env: { PATH: git } })).toMatch(
      /unknown: commit #: not checked: go cannot be run/,
    );
    expect(await says('python', { runTests: true })).toMatch(/^unknown: .*is no Go test/);
  }, 60_000);
});
