/** What the CI system says of the run: which commit, which branch, and where its log is. */
export interface CiRun {
  /** Empty where nobody says. */
  readonly project: string;
  readonly commit: string;
  readonly branch: string;
  /** Of the run's page; null where there is none. */
  readonly link: string | null;
}

type Variables = Readonly<Record<string, string | undefined>>;

/** GitHub Actions, GitLab CI, Jenkins; others can set HEMOSTAT_CI_LINK, and GIT_COMMIT and GIT_BRANCH as Jenkins does. */
export function ciRun(env: Variables): CiRun {
  const one = (...names: readonly string[]): string =>
    names.map((name) => env[name] ?? '').find((value) => value !== '') ?? '';
  const repository = one('GITHUB_REPOSITORY');
  const run = one('GITHUB_RUN_ID');
  const github =
    repository === '' || run === ''
      ? ''
      : `${one('GITHUB_SERVER_URL') || 'https://github.com'}/${repository}/actions/runs/${run}`;
  const link = one('HEMOSTAT_CI_LINK') || github || one('CI_JOB_URL', 'CI_PIPELINE_URL', 'BUILD_URL');
  return {
    project: one('GITHUB_REPOSITORY', 'CI_PROJECT_PATH', 'JOB_NAME'),
    commit: one('GITHUB_SHA', 'CI_COMMIT_SHA', 'GIT_COMMIT'),
    branch: one('GITHUB_HEAD_REF', 'GITHUB_REF_NAME', 'CI_COMMIT_REF_NAME', 'GIT_BRANCH'),
    link: /^https?:\/\//.test(link) && URL.canParse(link) ? link : null,
  };
}
