/**
 * Go's settings as `go env` would give them, without running go: the environment, then the user's go/env file, then
 * GOROOT/go.env, then the defaults.
 */
import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { parseGoVersion } from './modfile.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface GoEnvironment {
  /** Null: no toolchain here; the standard library's declarations are then unknown. */
  readonly goroot: string | null;
  /** Minor version of that toolchain, e.g. 26; null without one. */
  readonly minor: number | null;
  readonly modCache: string;
  readonly gopath: string;
  readonly goos: string;
  readonly goarch: string;
  /** The user's CGO_ENABLED: null if not said. */
  readonly cgo: boolean | null;
  /** From GOFLAGS: `mod`, `vendor`, `readonly` or ''. */
  readonly mod: string;
  /** From GOFLAGS' -tags, and experiments of GOEXPERIMENT. */
  readonly tags: readonly string[];
  /** `off`, a path, or '' for a search upwards. */
  readonly work: string;
  /** GOTOOLCHAIN: `local`, `auto`, `path`, a version, or ''. */
  readonly toolchain: string;
  readonly moduleMode: boolean;
}

/** The settings that hold for `variables` (process.env, or what a caller sets instead). */
export function readEnvironment(variables: Variables): GoEnvironment {
  const home = variables.HOME ?? variables.USERPROFILE ?? homedir();
  const user = readSettings(userFile(variables, home));
  const said = (name: string): string => variables[name] || user.get(name) || '';
  const goroot = findGoroot(said('GOROOT'), variables);
  const defaults = goroot === null ? new Map<string, string>() : readSettings(join(goroot, 'go.env'));
  const get = (name: string): string => said(name) || defaults.get(name) || '';

  const gopath = get('GOPATH').split(delimiter)[0] || join(home, 'go');
  const flags = parseFlags(get('GOFLAGS'));
  const cgo = get('CGO_ENABLED');
  const experiments = get('GOEXPERIMENT')
    .split(',')
    .filter((name) => name !== '' && name !== 'none');
  return {
    goroot,
    minor: goroot === null ? null : gorootMinor(goroot),
    modCache: get('GOMODCACHE') || join(gopath, 'pkg', 'mod'),
    gopath,
    goos: get('GOOS') || HOST_OS[process.platform] || process.platform,
    goarch: get('GOARCH') || HOST_ARCH[process.arch] || process.arch,
    cgo: cgo === '' ? null : cgo === '1',
    mod: flags.get('mod') ?? '',
    tags: [
      ...(flags.get('tags') ?? '').split(/[,\s]+/).filter((tag) => tag !== ''),
      ...experiments.map((name) => `goexperiment.${name.toLowerCase()}`),
    ],
    work: get('GOWORK'),
    toolchain: get('GOTOOLCHAIN'),
    moduleMode: get('GO111MODULE') !== 'off',
  };
}

/** Where a setting's value comes from. */
export interface GoSetting {
  readonly value: string;
  /** `the environment`, a file, or '' where nobody sets it. */
  readonly from: string;
}

/** Any of go's settings by name, as `go env NAME` finds it but for the defaults that are built into the go command. */
export function goSettingsOf(variables: Variables): (name: string) => GoSetting {
  const home = variables.HOME ?? variables.USERPROFILE ?? homedir();
  const user = userFile(variables, home);
  const fromUser = readSettings(user);
  const goroot = findGoroot(variables.GOROOT || fromUser.get('GOROOT') || '', variables);
  const shipped = goroot === null ? null : join(goroot, 'go.env');
  const fromGoroot = readSettings(shipped);
  return (name) => {
    const said = variables[name];
    if (said) return { value: said, from: 'the environment' };
    const set = fromUser.get(name);
    if (set) return { value: set, from: user ?? '' };
    return { value: fromGoroot.get(name) ?? '', from: fromGoroot.has(name) ? (shipped ?? '') : '' };
  };
}

/** Minor version of the Go tree at `goroot` by its VERSION file; null for a development tree without one. */
export function gorootMinor(goroot: string): number | null {
  const version = readText(join(goroot, 'VERSION'));
  return version === null ? null : (parseGoVersion(version.split(/\s/)[0] ?? '')?.[1] ?? null);
}

/** A file's text, null if it cannot be read. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}

export const HOST_OS: Readonly<Record<string, string>> = { win32: 'windows', sunos: 'solaris' };
export const HOST_ARCH: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  loong64: 'loong64',
  mipsel: 'mipsle',
};

function userFile(variables: Variables, home: string): string | null {
  const named = variables.GOENV;
  if (named === 'off') return null;
  if (named) return named;
  if (process.platform === 'win32') return variables.AppData ? join(variables.AppData, 'go', 'env') : null;
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'go', 'env');
  return join(variables.XDG_CONFIG_HOME || join(home, '.config'), 'go', 'env');
}

/** Lines of NAME=value; others are passed over. */
function readSettings(path: string | null): Map<string, string> {
  const settings = new Map<string, string>();
  for (const line of (path === null ? null : readText(path))?.split('\n') ?? []) {
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*?)\r?$/.exec(line);
    if (match !== null) settings.set(match[1] ?? '', match[2] ?? '');
  }
  return settings;
}

/** Blank-separated flags, quotes around a whole flag allowed: `-mod=mod '-tags=a b'`. */
function parseFlags(text: string): Map<string, string> {
  const flags = new Map<string, string>();
  for (const match of text.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)) {
    const flag = /^--?([^=]+)=(.*)$/s.exec(match[1] ?? match[2] ?? match[3] ?? '');
    if (flag !== null) flags.set(flag[1] ?? '', (flag[2] ?? '').replace(/^(['"])(.*)\1$/s, '$2'));
  }
  return flags;
}

function findGoroot(said: string, variables: Variables): string | null {
  if (said !== '') return isGoroot(said) ? said : null;
  for (const directory of (variables.PATH ?? '').split(delimiter)) {
    if (directory === '') continue;
    for (const name of ['go', 'go.exe']) {
      try {
        const goroot = dirname(dirname(realpathSync(join(directory, name))));
        if (isGoroot(goroot)) return goroot;
      } catch {
        // Not in this directory of the PATH.
      }
    }
  }
  const usual = [
    '/usr/local/go',
    '/usr/lib/go',
    '/usr/lib/golang',
    '/opt/homebrew/opt/go/libexec',
    'C:\\Program Files\\Go',
  ];
  return [...usual, ...versioned('/usr/lib')].find(isGoroot) ?? null;
}

/** /usr/lib/go-1.26 and the like, newest first. */
function versioned(directory: string): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => /^go-1\.\d+$/.test(name))
      .sort((a, b) => Number(b.slice(5)) - Number(a.slice(5)))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

function isGoroot(path: string): boolean {
  return existsSync(join(path, 'src', 'runtime', 'runtime.go'));
}
