/** Which lines are new since a revision, by git: what --new-from-rev and --new-from-merge-base compare with. */
import { execFile } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { ReviewUsageError } from './report-error.ts';

export interface Changes {
  /** Whether one of the lines [first, last] of a file is new. An absolute path. */
  touches(path: string, first: number, last: number): boolean;
}

/** Lines [first, last], 1-based. */
interface Span {
  readonly first: number;
  readonly last: number;
}

/**
 * What the working tree around `dir` (staged or not, and files that git does not know yet) has that `revision` has not.
 * Before the first commit, all that is there. Submodules are other repositories: nothing in them is new.
 * @throws ReviewUsageError where there is no repository, no git, or no such revision.
 */
export async function changesSince(dir: string, revision: string, signal?: AbortSignal): Promise<Changes> {
  const git = (...args: string[]): Promise<string> => run(dir, args, signal);
  const commit = await commitOf(git, revision, dir);
  // Options first: a user's configuration must not change what is printed.
  const diff = await git(
    ...['-c', 'core.quotePath=false', 'diff', '--unified=0', '--no-color', '--no-ext-diff', '--no-textconv', '-M'],
    ...['--src-prefix=a/', '--dst-prefix=b/', '--ignore-submodules', commit, '--', ':(top,glob)**/*.go'],
  );
  const top = resolve(dir, (await git('rev-parse', '--show-cdup')).trim());
  const untracked = await git(
    ...['ls-files', '--others', '--exclude-standard', '--full-name', '-z', '--', ':(top,glob)**/*.go'],
  );
  const spans = parseDiff(diff);
  for (const path of untracked.split('\0')) {
    if (path !== '') spans.set(path, [{ first: 1, last: Number.MAX_SAFE_INTEGER }]);
  }
  // Either side may go through a symbolic link.
  const byPath = new Map([...spans].map(([path, lines]) => [real(join(top, path)), lines]));
  return {
    touches: (path, first, last) =>
      byPath.get(real(path))?.some((span) => span.first <= last && first <= span.last) ?? false,
  };
}

/** The revision where HEAD left `branch`. */
export async function mergeBase(dir: string, branch: string, signal?: AbortSignal): Promise<string> {
  const git = (...args: string[]): Promise<string> => run(dir, args, signal);
  const commit = await commitOf(git, branch, dir);
  try {
    return (await git('merge-base', 'HEAD', commit)).trim();
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new ReviewUsageError(`HEAD and ${branch} have no common ancestor (a shallow clone? fetch its history)`);
  }
}

type Git = (...args: string[]) => Promise<string>;

async function commitOf(git: Git, revision: string, dir: string): Promise<string> {
  try {
    await git('rev-parse', '--git-dir');
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    throw new ReviewUsageError(`${dir} is not in a git repository, so there is no ${revision} to compare with`);
  }
  try {
    if (revision.startsWith('-')) throw new GitError('not a revision');
    return (await git('rev-parse', '--verify', '--quiet', `${revision}^{commit}`)).trim();
  } catch (error) {
    if (!(error instanceof GitError)) throw error;
    // Before the first commit all is new, or a hook that compares with HEAD would forbid it: the empty tree stands for it.
    if (revision === 'HEAD') return (await git('hash-object', '-t', 'tree', '/dev/null')).trim();
    throw new ReviewUsageError(
      `${revision} is not a revision that this git repository has (a shallow clone? fetch it)`,
    );
  }
}

/** New lines by path from the top of the repository, from a diff without context. */
export function parseDiff(diff: string): Map<string, Span[]> {
  const spans = new Map<string, Span[]>();
  let current: Span[] = [];
  // Lines of a hunk that are still to come: what they hold must not be taken for a header.
  let body = 0;
  for (const line of diff.split('\n')) {
    if (body > 0) {
      // `\ No newline at end of file` is no line of either side.
      if (!line.startsWith('\\')) body--;
      continue;
    }
    if (line.startsWith('+++ ')) {
      current = [];
      const path = unquote(line.slice('+++ '.length));
      if (path.startsWith('b/')) spans.set(path.slice(2), current);
      continue;
    }
    const hunk = /^@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (hunk === null) continue;
    const [, gone = '1', first = '1', count = '1'] = hunk;
    body = Number(gone) + Number(count);
    if (Number(count) > 0) current.push({ first: Number(first), last: Number(first) + Number(count) - 1 });
  }
  return spans;
}

/** Git ends names that hold a space with a tab, and writes odd ones as a C string. */
function unquote(name: string): string {
  if (!name.startsWith('"')) return name.replace(/\t$/, '');
  const bytes: number[] = [];
  for (const [token, octal, escaped] of name.slice(1, name.lastIndexOf('"')).matchAll(/\\([0-7]{3})|\\(.)|[^\\]+/g)) {
    if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else if (escaped !== undefined) bytes.push(...Buffer.from(ESCAPES[escaped] ?? escaped));
    else bytes.push(...Buffer.from(token));
  }
  return Buffer.from(bytes).toString('utf8');
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** Git ran and said no. */
class GitError extends ReviewUsageError {}

/** Bytes of a diff at most: a million lines. */
const MAX_OUTPUT = 256 << 20;

function run(dir: string, args: readonly string[], signal: AbortSignal | undefined): Promise<string> {
  return new Promise((done, fail) => {
    // It only reads: no lock is taken that a commit in another window would wait for.
    const env = { ...process.env, GIT_OPTIONAL_LOCKS: '0', LC_ALL: 'C' };
    const options = { cwd: dir, env, maxBuffer: MAX_OUTPUT, ...(signal === undefined ? {} : { signal }) };
    execFile('git', args, options, (error, stdout, stderr) => {
      if (error === null) done(stdout);
      else if (error.code === 'ENOENT')
        fail(new ReviewUsageError('git was not found; install it to compare with a revision'));
      else
        fail(
          new GitError(
            `git ${args.find((arg) => /^[a-z]/.test(arg)) ?? ''} failed: ${stderr.trim().split('\n')[0] ?? ''}`,
          ),
        );
    });
  });
}
