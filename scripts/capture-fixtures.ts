/**
 * Captures the text fixtures anew from real Go toolchains:
 *
 *     node scripts/capture-fixtures.ts            all of them, some three minutes and 1 GB of toolchains
 *     node scripts/capture-fixtures.ts 1.27.1     only that toolchain's
 *
 * Needs Go ≥ 1.21 (it downloads the other toolchains through GOPROXY) on linux/amd64. The captured programs are in
 * src/evidence/{goroutines,gctrace,memstats}/testdata/capture and are built with -trimpath in a temporary directory, so that
 * no path of this machine gets into the files.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const EVIDENCE = join(import.meta.dirname, '..', 'src', 'evidence');

/** Every form of a trace line has its oldest and a later toolchain here. */
const TRACE_VERSIONS = [
  '1.10.8',
  '1.12.17',
  '1.13.15',
  '1.14.15',
  '1.16.15',
  '1.18.10',
  '1.19.13',
  '1.23.4',
  '1.26.8',
  '1.27.1',
];
const DUMP_VERSIONS = ['1.19.13', '1.21.13', '1.23.4', '1.25.3', '1.26.8', '1.27.1'];
/** SIGQUIT prints every runtime goroutine with its registers: 100 KB each, so not for all. */
const SIGQUIT_VERSIONS = ['1.19.13', '1.23.4', '1.27.1'];
const BUBBLE_VERSIONS = ['1.25.3', '1.27.1'];
const MINUTES_VERSION = '1.26.8';
const THROW_VERSION = '1.27.1';
const PROCESS_VERSIONS = ['1.23.4', '1.26.8'];

interface Run {
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs to the end, however it ends; a program that panics as it was told to is no failure, one that cannot start is. */
function run(command: string, args: readonly string[], cwd: string, env: Record<string, string>): Run {
  const result = spawnSync(command, args, {
    cwd,
    env: { ...process.env, GOFLAGS: '', CGO_ENABLED: '0', ...env },
    encoding: 'utf8',
    timeout: 300_000,
    maxBuffer: 64 << 20,
  });
  if (result.error !== undefined) throw result.error;
  return result;
}

function go(version: string, args: readonly string[], cwd: string, env: Record<string, string> = {}): Run {
  return run('go', args, cwd, { GOTOOLCHAIN: `go${version}`, ...env });
}

function traces(version: string, work: string): void {
  cpSync(join(EVIDENCE, 'gctrace', 'testdata', 'capture', 'main.go'), join(work, 'main.go'));
  // Go 1.10 knows neither modules nor -trimpath, and without a module the go command does not switch toolchains.
  const goroot = go(version, ['env', 'GOROOT'], work).stdout.trim();
  // GOENV: the user's settings may hold flags that this toolchain does not know.
  const old = { GO111MODULE: 'off', GOENV: 'off', GOROOT: goroot, GOTOOLCHAIN: 'local' };
  const built = run(join(goroot, 'bin', 'go'), ['build', '-o', 'program', 'main.go'], work, old);
  const env = { GODEBUG: 'gctrace=1,scavtrace=1', GOMAXPROCS: '2' };
  if (built.stderr !== '') throw new Error(`Go ${version}: ${built.stderr}`);
  const { stdout, stderr } = run(join(work, 'program'), [], work, env);
  if (stdout === '') throw new Error(`Go ${version}: ${stderr}`);
  const out = join(EVIDENCE, 'gctrace', 'testdata');
  writeFileSync(join(out, `go${version}.log`), stderr);
  writeFileSync(join(out, `go${version}.json`), stdout);
}

function dumps(version: string, work: string): void {
  cpSync(join(EVIDENCE, 'goroutines', 'testdata', 'capture'), work, { recursive: true });
  const built = go(version, ['build', '-trimpath', '-o', 'program', '.'], work);
  if (built.stderr !== '') throw new Error(`Go ${version}: ${built.stderr}`);
  const raw = join(work, 'raw');
  mkdirSync(raw);
  const program = (args: readonly string[], traceback: string): string => {
    // Labels are printed by default only where the main module says go 1.27 or later.
    const env = { GODEBUG: 'tracebacklabels=1', GOTRACEBACK: traceback };
    return run(join(work, 'program'), ['-dir', raw, ...args], work, env).stderr;
  };
  const goroutines = join(EVIDENCE, 'goroutines', 'testdata', `go${version}`);
  mkdirSync(goroutines, { recursive: true });
  const keep = (folder: string, name: string): void => {
    mkdirSync(folder, { recursive: true });
    cpSync(join(raw, name), join(folder, name));
  };

  const sigquit = program([], 'all');
  keep(goroutines, 'debug2.txt');
  keep(goroutines, 'truth.json');
  if (SIGQUIT_VERSIONS.includes(version)) writeFileSync(join(goroutines, 'sigquit.txt'), sigquit);
  const memstats = join(EVIDENCE, 'memstats', 'testdata', `go${version}`);
  keep(memstats, 'heap-debug1.txt');
  keep(memstats, 'vars.json');
  if (PROCESS_VERSIONS.includes(version)) {
    const folder = join(EVIDENCE, 'process', 'testdata', `go${version}`);
    for (const name of ['status', 'stat', 'smaps', 'smaps_rollup', 'truth']) {
      keep(folder, name === 'truth' ? 'truth.json' : `${name}.txt`);
    }
    // The program's own path is a temporary directory.
    const smaps = readFileSync(join(folder, 'smaps.txt'), 'utf8');
    writeFileSync(join(folder, 'smaps.txt'), smaps.replaceAll(work, '/srv/orders'));
  }
  writeFileSync(join(goroutines, 'panic.txt'), program(['-end', 'panic'], 'all'));
  writeFileSync(join(goroutines, 'deadlock.txt'), program(['-end', 'deadlock'], 'all'));
  if (version === THROW_VERSION) {
    keep(goroutines, 'leak-debug2.txt');
    writeFileSync(join(goroutines, 'throw.txt'), program(['-end', 'throw'], 'system'));
    writeFileSync(join(goroutines, 'crash.txt'), program(['-end', 'panic'], 'crash'));
  }
  if (version === MINUTES_VERSION) {
    program(['-park', '130s'], 'all');
    cpSync(join(raw, 'debug2.txt'), join(goroutines, 'minutes.txt'));
  }
  if (BUBBLE_VERSIONS.includes(version)) {
    // asynctimerchan: the module is of a Go that did not have bubbles yet.
    const env = { DUMP: join(goroutines, 'bubble.txt'), GODEBUG: 'asynctimerchan=0,tracebacklabels=1' };
    const { stdout } = go(version, ['test', '-trimpath', '-count=1', '-run', 'TestBubble', '.'], work, env);
    if (!stdout.startsWith('ok')) throw new Error(`Go ${version}: ${stdout}`);
  }
}

function metrics(work: string): void {
  cpSync(join(EVIDENCE, 'memstats', 'testdata', 'capture'), work, { recursive: true });
  const done = go('1.26.8', ['run', '-trimpath', '.', join(EVIDENCE, 'memstats', 'testdata')], work);
  if (done.stderr !== '') throw new Error(done.stderr);
}

function inTemporary(what: string, task: (work: string) => void): void {
  process.stderr.write(`${what}\n`);
  const work = mkdtempSync(join(tmpdir(), 'capture-'));
  try {
    task(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const only = process.argv[2];
for (const version of TRACE_VERSIONS) {
  if (only === undefined || only === version) inTemporary(`traces of Go ${version}`, (work) => traces(version, work));
}
for (const version of DUMP_VERSIONS) {
  if (only === undefined || only === version) inTemporary(`dumps of Go ${version}`, (work) => dumps(version, work));
}
if (only === undefined) inTemporary('metrics pages', metrics);
