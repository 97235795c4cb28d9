/** What a commit of a git repository is and changes, read without touching the repository or its work tree. */
import { NO_FETCH, passedOn } from './environment.ts';
import { type ProgramOptions, type Ran, runProgram } from './program.ts';

export interface Commit {
  /** The whole hash. */
  readonly hash: string;
  /** The first parent; null for the first commit. */
  readonly parent: string | null;
  /** ms, by the committer's clock. */
  readonly committedAt: number;
  readonly changes: readonly Change[];
}

export interface Change {
  /** From the repository's root. */
  readonly path: string;
  readonly deleted: boolean;
  /** As git has it: `100644`; and the blob. */
  readonly mode: string;
  readonly blob: string;
}

/** No fsmonitor, no hooks, no attributes of the machine: the repository may be somebody else's. */
const QUIET = [
  ...['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '-c', 'core.attributesFile=/dev/null'],
  '--no-optional-locks',
];
const TIMEOUT_MS = 60_000;

export type Git = (
  args: readonly string[],
  more?: { readonly input?: string; readonly index?: string },
) => Promise<Ran>;

export function gitIn(repository: string, env: ProgramOptions['env']): Git {
  return (args, { input, index } = {}) =>
    runProgram('git', [...QUIET, ...args], {
      cwd: repository,
      env: { ...passedOn(env), ...NO_FETCH, ...(index === undefined ? {} : { GIT_INDEX_FILE: index }) },
      timeoutMs: TIMEOUT_MS,
      ...(input === undefined ? {} : { input }),
    });
}

/** @returns a sentence where there is no such commit, or git cannot say */
export async function readCommit(git: Git, name: string): Promise<Commit | string> {
  const found = await git(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
  if (found.failure !== '') return `git cannot be run (${found.failure})`;
  const hash = found.stdout.trim();
  if (found.code !== 0 || !/^[0-9a-f]{40,64}$/.test(hash)) {
    const inside = await git(['rev-parse', '--git-dir']);
    return inside.code === 0 ? `there is no commit ${name} in this repository` : 'this is no git repository';
  }
  const head = await git(['log', '-1', '--no-show-signature', '--format=%ct %P', hash]);
  const [seconds = '', parent] = head.stdout.trim().split(' ');
  if (head.code !== 0 || !/^\d+$/.test(seconds)) return `git cannot read commit ${hash.slice(0, 12)}`;
  if (parent === undefined) return { hash, parent: null, committedAt: Number(seconds) * 1000, changes: [] };
  const tree = await git(['diff-tree', '-r', '-z', '--no-renames', '--full-index', '--no-ext-diff', parent, hash]);
  if (tree.code !== 0) return `git cannot compare commit ${hash.slice(0, 12)} with its parent`;
  return { hash, parent, committedAt: Number(seconds) * 1000, changes: changesOf(tree.stdout) };
}

/** `:100644 100755 BLOB BLOB M\0path\0`, again and again (git-diff-tree, "raw output format"). */
function changesOf(raw: string): Change[] {
  const fields = raw.split('\0');
  const changes: Change[] = [];
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [, mode = '', , blob = '', status = ''] = (fields[i] ?? '').split(' ');
    changes.push({ path: fields[i + 1] ?? '', deleted: status === 'D', mode, blob });
  }
  return changes;
}

/** Whether `older` is an ancestor of `newer`, and another commit; null where `older` is not known. */
export async function isAfter(git: Git, older: string, newer: string): Promise<boolean | null> {
  const commit = await readCommit(git, older);
  if (typeof commit === 'string') return null;
  if (commit.hash === newer) return false;
  return (await git(['merge-base', '--is-ancestor', commit.hash, newer])).code === 0;
}
