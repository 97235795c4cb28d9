/** A fix with a test: a commit that exists, is newer than what was found, and changes code and a test of it. */
import { type Commit, type Git, gitIn, isAfter, readCommit } from './commit.ts';
import { runTests, type TestOptions } from './go-tests.ts';
import { notChecked, type Outcome, passed, refused } from './outcome.ts';

export interface FixCheck extends TestOptions {
  /** A directory in the repository. */
  readonly repository: string;
  /** A commit, as git names it. */
  readonly commit: string;
  /** The commit of the build in which it was found; null: not known, and then the commit must be younger than the finding. */
  readonly build: string | null;
  /** ms. */
  readonly foundAt: number;
  /** Runs code of the repository. */
  readonly runTests: boolean;
}

const GO_TEST = /_test\.go$/;
/** Of other languages, by the names that their runners look for. */
const OTHER_TEST =
  /(^|\/)(test_[^/]+\.py|[^/]+_test\.(py|rs|exs|cc|cpp)|[^/]+\.(test|spec)\.[cm]?[jt]sx?|[^/]+_spec\.rb|[^/]+(Test|Tests|IT)\.(java|kt|cs|scala))$|(^|\/)(tests|__tests__|src\/test)\//;
const SUPPORT = /(^|\/)testdata\//;

export async function checkFix(check: FixCheck): Promise<Outcome> {
  if (check.commit.startsWith('-') || check.commit.trim() === '')
    return refused(`${JSON.stringify(check.commit)} is no commit; attach a hash`);
  const git = gitIn(check.repository, check.env);
  const commit = await readCommit(git, check.commit);
  if (typeof commit === 'string') return notPassedOf(commit);
  const short = commit.hash.slice(0, 12);
  const old = await tooOld(git, commit, check);
  if (old !== null) return old;
  if (commit.parent === null)
    return refused(`commit ${short} has no parent: there is nothing that a test could fail on`);
  // A link or a submodule is no file of this commit: what it leads to is not for a check to read.
  const there = commit.changes.filter(({ deleted, mode }) => !deleted && mode.startsWith('100'));
  const goTests = there.filter(({ path }) => GO_TEST.test(path) && !SUPPORT.test(path));
  const tests = there.filter(({ path }) => GO_TEST.test(path) || OTHER_TEST.test(path));
  if (tests.length === 0)
    return refused(
      `commit ${short} changes no test (${count(commit.changes.length, 'file')}); a fix comes with a test that fails without it`,
    );
  const code = commit.changes.filter(
    ({ path }) => !GO_TEST.test(path) && !OTHER_TEST.test(path) && !SUPPORT.test(path),
  );
  if (code.length === 0) return refused(`commit ${short} changes only tests: there is no fix in it`);
  const [first] = tests;
  const named = `${first?.path ?? ''}${tests.length > 1 ? ` and ${tests.length - 1} more` : ''}`;
  if (!check.runTests)
    return passed(
      `commit ${short} changes code and ${named}; the test was not run (--run-tests runs it without and with the fix)`,
    );
  if (goTests.length === 0) return notChecked(`${named} is no Go test, which is all that --run-tests can run`);
  const support = commit.changes.filter(({ path }) => SUPPORT.test(path));
  const outcome = await runTests(git, commit, goTests, support, check);
  return { ...outcome, says: `commit ${short}: ${outcome.says}` };
}

async function tooOld(git: Git, commit: Commit, { build, foundAt }: FixCheck): Promise<Outcome | null> {
  const short = commit.hash.slice(0, 12);
  if (build === null) {
    // git keeps seconds.
    if (commit.committedAt + 999 >= foundAt) return null;
    return refused(
      `commit ${short} was committed before the finding was found; if it was not in that build yet, say which build that was with --build COMMIT`,
    );
  }
  const after = await isAfter(git, build, commit.hash);
  if (after === null)
    return notChecked(
      `there is no commit ${build} in this repository, so it cannot be said whether ${short} is newer than that build`,
    );
  return after ? null : refused(`commit ${short} does not come after ${build}, the build in which it was found`);
}

/** No such commit is refused; a git that cannot be run says nothing about it. */
function notPassedOf(why: string): Outcome {
  return why.startsWith('there is no commit') ? refused(why) : notChecked(why);
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'} changed`;
}
