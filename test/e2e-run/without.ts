/**
 * What is missing is said in one sentence, and the rest works: without root, without tracefs (in a mount namespace that has none)
 * and without bpftrace (not in PATH), for `guard baseline collect`, `guard baseline watch`, `diagnose --pid` and `watch`.
 */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareLab } from '../../src/collect/lab.ts';
import { findProgram } from '../../src/collect/syscalls/kernel.ts';
import type { Diagnosis } from '../../src/findings/model.ts';
import { fleet, status } from '../../src/watch/api/contract.ts';
import { openChecks } from './checks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'src', 'cli', 'main.ts');
const TRACING = '/sys/kernel/tracing';
/** In a mount namespace of its own, so that nobody else misses it. */
const HIDE = `umount -l ${TRACING} 2>/dev/null; umount -l /sys/kernel/debug 2>/dev/null; exec "$@"`;

interface Without {
  readonly name: string;
  /** What the sentence must have. */
  readonly says: RegExp;
  /** Before the command. */
  readonly as: readonly string[];
  readonly path: string;
  readonly skip: string;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const checks = openChecks();
const scratch = mkdtempSync(join(tmpdir(), 'hemostat-e2e-without-'));
chmodSync(scratch, 0o777);
const children = new Set<ChildProcess>();

async function main(): Promise<void> {
  if (process.geteuid?.() !== 0) return checks.skip('without root, tracefs, bpftrace', 'only root can take them away');
  const { pid, url } = await service();
  const nothing = join(scratch, 'bin');
  mkdirSync(nothing);
  const perfOnly = join(scratch, 'perf-only');
  mkdirSync(perfOnly);
  const perf = findProgram('perf');
  if (perf !== null) symlinkSync(perf, join(perfOnly, 'perf'));
  const path = process.env.PATH ?? '';
  const all: readonly Without[] = [
    {
      ...{ name: 'without root', says: /needs root \(CAP_SYS_ADMIN\)/, path },
      as: ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'],
      skip: findProgram('setpriv') === null ? 'setpriv is not installed' : '',
    },
    {
      ...{ name: 'without tracefs', says: /mount -t tracefs/, path },
      as: ['unshare', '--mount', '--', 'sh', '-c', HIDE, 'sh'],
      skip: canUnshare() ? '' : 'a mount namespace cannot be made here',
    },
    {
      ...{ name: 'without bpftrace', says: /bpftrace is not installed/, as: [], path: nothing },
      skip: existsSync(`${TRACING}/events`) ? '' : 'tracefs is not mounted, which is said first',
    },
  ];
  for (const one of all) {
    if (one.skip !== '') checks.skip(one.name, one.skip);
    else await without(one, pid, url);
  }
  if (perf === null) checks.skip('without bpftrace perf counts', 'perf is not installed');
  else if (existsSync(`${TRACING}/events`))
    await checks.check('without bpftrace perf counts, and says what it costs', async () => {
      const out = join(scratch, 'perf.jsonl');
      const args = ['guard', 'baseline', 'collect', '--pid', pid, '--window', '2s', '--for', '5s', '-o', out];
      const { code, stdout, stderr } = await hemostat(args, [], perfOnly);
      if (code !== 0 || !/perf trace counts instead/.test(stderr)) throw new Error(`${code}: ${stderr}`);
      if (!/^kiosk|^ {2}(openat|write|futex|read)/m.test(stdout)) throw new Error(`no calls in ${stdout}`);
      return stderr.split('\n')[0] ?? '';
    });
}

async function without({ name, says, as, path }: Without, pid: string, url: string): Promise<void> {
  const out = join(scratch, `${name.replaceAll(' ', '-')}.jsonl`);
  const alone = ({ code, stdout, stderr }: Outcome, expected: number): string => {
    if (code !== expected || stdout !== '' || !says.test(stderr) || stderr.trim().split('\n').length !== 1)
      throw new Error(`exit ${code}; stdout ${JSON.stringify(stdout.slice(0, 200))}; stderr ${stderr}`);
    return stderr.trim();
  };
  await checks.check(`${name} collect says so in one sentence and leaves no file`, async () => {
    const sentence = alone(await hemostat(['guard', 'baseline', 'collect', '--pid', pid, '-o', out], as, path), 3);
    if (existsSync(out)) throw new Error(`${out} is there`);
    return sentence;
  });
  await checks.check(`${name} baseline watch says so in one sentence`, async () => {
    const profiles = join(scratch, 'profiles');
    const args = ['guard', 'baseline', 'watch', '--pid', pid, '--learn', '10m', '--profiles', profiles];
    return alone(await hemostat(args, as, path), 3);
  });
  await checks.check(`${name} diagnose has one note and an answer`, async () => {
    const args = ['diagnose', '--pid', pid, '--window', '6s', '--json', '--fail-on', 'never'];
    const { code, stdout, stderr } = await hemostat(args, as, path);
    if (code !== 0) throw new Error(`exit ${code}: ${stderr}`);
    const diagnosis: Diagnosis = JSON.parse(stdout);
    const notes = diagnosis.notes.filter((text) => says.test(text));
    if (notes.length !== 1 || diagnosis.verdict === '') throw new Error(diagnosis.notes.join('; '));
    return `${diagnosis.verdict} ${notes[0]}`;
  });
  await checks.check(`${name} watch --syscalls watches, and says what is missing`, () => watches(says, as, path, url));
}

/** The server runs, measures its target, and its status names what is not counted. */
async function watches(says: RegExp, as: readonly string[], path: string, url: string): Promise<string> {
  const data = mkdtempSync(join(scratch, 'data-'));
  chmodSync(data, 0o777);
  const [program = '', ...args] = [...as, process.execPath, MAIN, 'watch', url, '--syscalls'];
  const child = spawn(program, [...args, '--listen', '127.0.0.1:0', '--data', join(data, 'history'), '--every', '5s'], {
    cwd: scratch,
    env: { ...process.env, PATH: as.length > 0 ? process.env.PATH : path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.add(child);
  let log = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      log += chunk.toString();
    });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    const origin = await until(
      'the page',
      async () => /http:\/\/127\.0\.0\.1:\d+/.exec(log)?.[0] ?? null,
      () => log,
    );
    const problem = await until(
      'the problem',
      async () => {
        const { problems } = status.parse(await (await fetch(`${origin}/api/status`)).json());
        return problems.find(({ says: text }) => says.test(text)) ?? null;
      },
      () => log,
    );
    await until(
      'a measurement',
      async () => {
        const listed = fleet.parse(await (await fetch(`${origin}/api/fleet`)).json());
        return listed.services.some(({ instances, lastCapture }) => instances.up > 0 && lastCapture !== null)
          ? true
          : null;
      },
      () => log,
    );
    return problem.says;
  } finally {
    child.kill('SIGTERM');
    await ended;
    children.delete(child);
  }
}

async function until<T>(what: string, look: () => Promise<T | null>, log: () => string): Promise<T> {
  for (const end = performance.now() + 90_000; performance.now() < end; await sleep(250)) {
    const found = await look();
    if (found !== null) return found;
  }
  throw new Error(`${what} did not come within 90 s: ${log().slice(-1000)}`);
}

/** Of nobody, so that nobody may look at it. */
async function service(): Promise<{ pid: string; url: string }> {
  const { argv, cwd } = await prepareLab('steady-syscalls');
  const [built = '', ...args] = argv;
  const copy = join(scratch, 'kiosk');
  copyFileSync(built, copy);
  chmodSync(copy, 0o755);
  const child = spawn(copy, args, { cwd, uid: 65534, gid: 65534, stdio: ['ignore', 'ignore', 'pipe'] });
  children.add(child);
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const found = /^listening on (http:\S+)$/m.exec(log)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once('close', () => reject(new Error(`the service ended: ${log}`)));
  });
  return { pid: String(child.pid), url };
}

function hemostat(args: readonly string[], as: readonly string[], path: string): Promise<Outcome> {
  const [program = '', ...more] = [...as, process.execPath, MAIN, ...args];
  const env = { ...process.env, PATH: path };
  return new Promise((resolve) => {
    execFile(program, more, { cwd: scratch, env, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

function canUnshare(): boolean {
  try {
    execFileSync('unshare', ['--mount', '--', 'true'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

try {
  await main();
} finally {
  for (const child of children) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = checks.exitCode;
