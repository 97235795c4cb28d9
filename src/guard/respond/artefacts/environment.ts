/** What git and go are told of the environment: what they need, and nothing that a commit's code should not find there. Pure. */
import type { ProgramOptions } from './program.ts';

/**
 * Where programs, caches and settings are, how a network is reached, and what go is told by `go help environment`. Tokens of a CI,
 * addresses of webhooks and GIT_DIR of a hook that this runs in are not among them. GOAUTH names commands and passwords.
 */
const PASSED = new RegExp(
  `^(${[
    'PATH|HOME|USER|LOGNAME|LANG|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|XDG_(CACHE|CONFIG)_HOME|SSL_CERT_(FILE|DIR)|SYSTEMROOT|USERPROFILE|LOCALAPPDATA',
    'HTTPS?_PROXY|NO_PROXY|https?_proxy|no_proxy',
    'CGO_[A-Z_]+|CC|CXX|AR|PKG_CONFIG(_PATH)?',
    'GO(111MODULE|AMD64|ARCH|ARM|ARM64|BIN|CACHE|CACHEPROG|COVERDIR|DEBUG|ENV|EXPERIMENT|FIPS140|FLAGS|GCFLAGS|INSECURE|MAXPROCS|MEMLIMIT|MODCACHE|NOPROXY|NOSUMDB|OS|PATH|PRIVATE|PROXY|ROOT|SUMDB|TELEMETRYDIR|TMPDIR|TOOLCHAIN|TRACEBACK|VCS|WORK)',
  ].join('|')})$`,
);

export function passedOn(env: ProgramOptions['env']): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => PASSED.test(name)));
}

/**
 * A repository's own settings may name commands, which git runs to fetch objects that a partial clone lacks, as when it is asked
 * for a commit that is not there. Nothing is fetched to check a commit, and no ref takes the place of another object.
 */
export const NO_FETCH = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_ALLOW_PROTOCOL: 'none',
  GIT_NO_LAZY_FETCH: '1',
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_ATTR_NOSYSTEM: '1',
} as const;
