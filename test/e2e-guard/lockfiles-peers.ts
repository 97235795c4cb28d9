/** What npm and go say about the very same files: an honest peer gets the newest npm that is here, and the one of PATH. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from '../../src/testing/npm-audit.ts';
import type { NpmRegistry } from '../../src/testing/npm-registry.ts';
import { GO } from '../../src/testing/sumdb.ts';
import { environment, run } from './lockfiles-hemostat.ts';

export interface PeerSaid {
  readonly name: string;
  readonly exit: number;
  readonly said: string;
}

export interface Npm {
  readonly version: string;
  readonly program: readonly string[];
}

/** scripts/guard-tools.ts puts it there. */
const NEWEST = join(
  import.meta.dirname,
  '..',
  '..',
  '.cache',
  'tools',
  'npm',
  'node_modules',
  'npm',
  'bin',
  'npm-cli.js',
);

/** The newest first. */
export async function findNpms(directory: string): Promise<Npm[]> {
  const programs = [...(existsSync(NEWEST) ? [[process.execPath, NEWEST]] : []), ['npm']];
  const found: Npm[] = [];
  for (const program of programs) {
    const [command = '', ...args] = program;
    const { exit, stdout } = await run(command, [...args, '--version'], {
      cwd: directory,
      env: environment({ directory }),
    });
    const version = stdout.trim();
    if (exit === 0 && !found.some((one) => one.version === version)) found.push({ version, program });
  }
  if (found.length === 0) throw new Error('npm is not in PATH, and `make e2e-guard` needs it as a peer');
  return found;
}

/** A fresh copy of the project for each npm; `scripts`: install scripts run, as they do for most people. */
export interface NpmProject {
  readonly directory: string;
  readonly npmrc: string;
  readonly scripts: boolean;
  /** A file that the install script of the attacker's package writes. */
  readonly mark: string;
}

/** `npm ci`, then `npm audit signatures`: the order that npm documents, since it audits what is installed. */
export async function askNpm(
  npms: readonly Npm[],
  registry: NpmRegistry,
  make: () => Promise<NpmProject>,
): Promise<PeerSaid> {
  const answers: PeerSaid[] = [];
  for (const npm of npms) answers.push(await askOne(npm, registry, await make()));
  const [newest, ...older] = answers;
  if (newest === undefined) throw new Error('no npm was asked');
  const others = older.map(({ name, exit, said }) =>
    exit === newest.exit && said === newest.said ? `${name}: the same` : `${name}: ${said} (exit ${exit})`,
  );
  return { ...newest, said: [newest.said, ...others].join('; ') };
}

async function askOne({ version, program }: Npm, registry: NpmRegistry, project: NpmProject): Promise<PeerSaid> {
  const { directory, npmrc, scripts, mark } = project;
  const options = {
    directory,
    registry: registry.url,
    trustedRoot: registry.sigstore.trustedRoot,
    npmrc,
    program,
    env: { npm_config_fetch_retries: '0', HOME: join(directory, '.home'), E2E_MARK: mark },
    timeoutMs: 120_000,
  };
  const installed = await runNpm(['ci', ...(scripts ? [] : ['--ignore-scripts'])], options);
  const ran = existsSync(mark) ? 'the install script had run before; ' : '';
  if (installed.code !== 0)
    return { name: `npm ${version}`, exit: installed.code ?? -1, said: `${ran}npm ci: ${errorOf(installed.stderr)}` };
  const audit = await runNpm(['audit', 'signatures'], options);
  const said = audit.code === 0 || audit.stdout.trim() !== '' ? flat(audit.stdout) : errorOf(audit.stderr);
  return { name: `npm ${version}`, exit: audit.code ?? -1, said: `${ran}${said}` };
}

/** Addresses and times are others in every run. */
function flat(text: string): string {
  return text
    .replace(/^audited .*$/m, '')
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'http://registry')
    .replace(/\b(SHA256:|sha512-)[\w+/]+=*/g, '$1…')
    .replace(/\b[0-9a-f]{40,}\b/g, '…')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join('. ')
    .replace(/[.:]\. /g, ': ')
    .slice(0, 300);
}

function errorOf(stderr: string): string {
  const lines = stderr
    .split('\n')
    .filter((line) => /^npm (error|ERR!)/.test(line) && !/A complete log|_logs/.test(line));
  return flat(lines.map((line) => line.replace(/^npm (error|ERR!)\s*/, '')).join('\n')) || 'it failed without a word';
}

/** `go mod download`, then `go mod verify`, with what is in `env` (module cache, proxy, database). */
export async function askGo(
  directory: string,
  env: Readonly<Record<string, string>>,
  commands: readonly (readonly string[])[] = [
    ['mod', 'download'],
    ['mod', 'verify'],
  ],
): Promise<PeerSaid> {
  const said: string[] = [];
  for (const args of commands) {
    const { exit, stdout, stderr } = await run(GO, args, { cwd: directory, env: environment({ directory, env }) });
    const words = flat(`${stdout}\n${stderr.replace(/^go: downloading .*$/gm, '')}`).replaceAll(directory, '.');
    said.push(`go ${args.join(' ')}: ${words || 'nothing'}`);
    if (exit !== 0) return { name: await goVersion(directory), exit, said: said.join('; ') };
  }
  return { name: await goVersion(directory), exit: 0, said: said.join('; ') };
}

async function goVersion(directory: string): Promise<string> {
  const { stdout } = await run(GO, ['env', 'GOVERSION'], { cwd: directory, env: environment({ directory }) });
  return stdout.trim().replace(/^go/, 'go ');
}
