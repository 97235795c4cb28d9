import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { changesSince, mergeBase, parseDiff } from './revision.ts';

const dir = mkdtempSync(join(tmpdir(), 'hemostat-revision-'));
const repo = join(dir, 'repo');
const ENV = {
  ...process.env,
  HOME: dir,
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@example.com',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@example.com',
};

function git(...args: string[]): string {
  return execFileSync('git', args, { cwd: repo, encoding: 'utf8', env: ENV, stdio: ['ignore', 'pipe', 'pipe'] }).trim();
}

/** A file of lines `1` to `count`, with `over` in place of some. */
function write(name: string, count: number, over: Record<number, string> = {}): void {
  const lines = Array.from({ length: count }, (_, i) => `// ${over[i + 1] ?? i + 1}\n`);
  writeFileSync(join(repo, name), lines.join(''));
}

beforeAll(() => {
  mkdirSync(join(repo, 'cmd', 'a b'), { recursive: true });
  git('init', '-q', '-b', 'main');
  // What a user may have set must not change what is read.
  git('config', 'diff.noprefix', 'true');
  git('config', 'diff.mnemonicPrefix', 'true');
  git('config', 'color.ui', 'always');
  git('config', 'core.quotePath', 'true');
  for (const name of ['changed.go', 'staged.go', 'old name.go', 'same.go', 'cut.go', 'cmd/a b/ümlaut "q".go'])
    write(name, 20);
  writeFileSync(join(repo, '.gitignore'), 'ignored.go\n');
  git('add', '.');
  git('commit', '-q', '-m', 'base');
  git('tag', 'base');

  write('changed.go', 20, { 3: 'new', 10: 'new', 11: 'new' });
  write('staged.go', 20, { 5: 'staged' });
  git('add', 'staged.go');
  write('staged.go', 20, { 5: 'staged', 7: 'and not staged' });
  git('mv', 'old name.go', 'new name.go');
  write('new name.go', 20, { 20: 'new' });
  write('cmd/a b/ümlaut "q".go', 20, { 2: 'new' });
  write('cut.go', 12);
  write('cmd/a b/untracked.go', 3);
  write('ignored.go', 3);
  write('notes.txt', 3);
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function newLines(name: string, revision = 'base', from = repo): Promise<number[]> {
  const changes = await changesSince(from, revision);
  return Array.from({ length: 20 }, (_, i) => i + 1).filter((line) => changes.touches(join(repo, name), line, line));
}

const ALL = Array.from({ length: 20 }, (_, i) => i + 1);

it('takes everything for new before the first commit', async () => {
  const unborn = join(dir, 'unborn');
  mkdirSync(unborn);
  execFileSync('git', ['init', '-q'], { cwd: unborn, env: ENV });
  writeFileSync(join(unborn, 'staged.go'), 'package a\n');
  execFileSync('git', ['add', 'staged.go'], { cwd: unborn, env: ENV });
  writeFileSync(join(unborn, 'untracked.go'), 'package a\n');
  const changes = await changesSince(unborn, 'HEAD');
  for (const name of ['staged.go', 'untracked.go']) expect(changes.touches(join(unborn, name), 1, 1)).toBe(true);
  await expect(changesSince(unborn, 'main')).rejects.toThrow('not a revision');
  await expect(mergeBase(unborn, 'main')).rejects.toThrow('not a revision');
});

describe('changesSince', () => {
  it('sees lines that are new, staged or not', async () => {
    expect(await newLines('changed.go')).toEqual([3, 10, 11]);
    expect(await newLines('staged.go')).toEqual([5, 7]);
    expect(await newLines('same.go')).toEqual([]);
    expect(await newLines('cut.go')).toEqual([]);
  });

  it('follows a rename, and takes spaces, quotes and letters beyond ASCII in names', async () => {
    expect(await newLines('new name.go')).toEqual([20]);
    expect(await newLines('cmd/a b/ümlaut "q".go')).toEqual([2]);
  });

  it('takes a file that git does not know for new, unless it is ignored', async () => {
    expect(await newLines('cmd/a b/untracked.go')).toEqual(ALL);
    expect(await newLines('ignored.go')).toEqual([]);
  });

  it('is the same from a directory below, and through a symbolic link', async () => {
    expect(await newLines('changed.go', 'base', join(repo, 'cmd', 'a b'))).toEqual([3, 10, 11]);
    const link = join(dir, 'link');
    symlinkSync(repo, link);
    const changes = await changesSince(link, 'base');
    expect(changes.touches(join(link, 'changed.go'), 9, 10)).toBe(true);
    expect(changes.touches(join(link, 'changed.go'), 4, 9)).toBe(false);
  });

  it('says in one sentence what cannot be compared', async () => {
    const sentence = (says: string) =>
      expect.objectContaining({ name: 'UsageError', message: expect.stringContaining(says) });
    await expect(changesSince(dir, 'main')).rejects.toEqual(sentence('is not in a git repository'));
    await expect(changesSince(repo, 'no-such')).rejects.toEqual(sentence('no-such is not a revision'));
    await expect(changesSince(repo, '--output=/tmp/x')).rejects.toEqual(sentence('--output=/tmp/x is not a revision'));
    await expect(mergeBase(repo, 'nowhere')).rejects.toEqual(sentence('nowhere is not a revision'));
    const path = process.env.PATH;
    process.env.PATH = '/nonexistent';
    try {
      await expect(changesSince(repo, 'base')).rejects.toEqual(sentence('git was not found'));
    } finally {
      process.env.PATH = path;
    }
  });
});

describe('mergeBase', () => {
  it('is where HEAD left the branch', async () => {
    git('checkout', '-q', '-b', 'feature');
    git('add', '.');
    git('commit', '-q', '-m', 'feature');
    git('checkout', '-q', 'main');
    renameSync(join(repo, 'same.go'), join(repo, 'moved.go'));
    git('add', '-A');
    git('commit', '-q', '-m', 'main goes on');
    git('checkout', '-q', 'feature');
    const base = await mergeBase(repo, 'main');
    expect(base).toBe(git('rev-parse', 'base'));
    expect(await newLines('changed.go', base)).toEqual([3, 10, 11]);
    expect(await newLines('same.go', base)).toEqual([]);
  });

  it('says where there is none', async () => {
    git('checkout', '-q', '--orphan', 'lonely');
    git('commit', '-q', '-m', 'another beginning', '--allow-empty');
    await expect(mergeBase(repo, 'main')).rejects.toThrow(/have no common ancestor/);
  });
});

it('does not take what a file holds for a header of the diff', () => {
  const diff = `diff --git a/x.go b/x.go
--- a/x.go
+++ b/x.go
@@ -1,0 +2,2 @@ func f()
+++ b/y.go
+@@ -1 +100,5 @@
@@ -7 +9 @@
-old
\\ No newline at end of file
+new
\\ No newline at end of file
diff --git a/gone.go b/gone.go
--- a/gone.go
+++ /dev/null
@@ -1,2 +0,0 @@
-a
-b
`;
  expect([...parseDiff(diff)]).toEqual([
    [
      'x.go',
      [
        { first: 2, last: 3 },
        { first: 9, last: 9 },
      ],
    ],
  ]);
});
