/**
 * `hemostat diagnose --pid` on real services of the lab, with system calls counted by a real bpftrace: what leaks is named with a
 * rate that the service itself confirms, what is healthy stays clear, and who may not count is told so once.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, copyFileSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findScenario, prepareLab } from '../../src/collect/lab.ts';
import { allPids, readProc } from '../../src/collect/procfs.ts';
import { lookAtKernel } from '../../src/collect/syscalls/kernel.ts';
import type { Diagnosis, Finding } from '../../src/findings/model.ts';
import { openChecks } from './checks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const MAIN = join(ROOT, 'src', 'cli', 'main.ts');
const WINDOW = '24s';
/** Of the service's own count of what it leaks; windows of 2 s and bursts of a Poisson process are in it. */
const TOLERANCE = 0.25;
/** nobody of Debian and most others. */
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups', '--'];
const SEGMENT = 1 << 20;

const checks = openChecks();
const scratch = mkdtempSync(join(tmpdir(), 'hemostat-e2e-diagnose-'));
chmodSync(scratch, 0o777);

interface Service {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly url: string;
}

const services = new Set<ChildProcess>();

async function start(scenario: string, as: readonly string[] = []): Promise<Service> {
  const { argv, cwd } = await prepareLab(scenario);
  const [built = '', ...rest] = argv;
  // The cache of binaries is in the home directory of who runs this, where nobody else may look.
  const copy = join(scratch, scenario);
  copyFileSync(built, copy);
  chmodSync(copy, 0o755);
  const [program = '', ...args] = [...as, copy, ...rest];
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  services.add(child);
  let log = '';
  const url = await new Promise<string>((resolve, reject) => {
    child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const found = /^listening on (http:\S+)$/m.exec(log)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('error', reject);
    child.on('close', () => reject(new Error(`${scenario} ended before it listened: ${log}`)));
  });
  // setpriv becomes the service: the number is that of the service.
  return { child, pid: child.pid ?? 0, url };
}

async function end({ child }: Service): Promise<void> {
  services.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = new Promise((resolve) => child.once('close', resolve));
  child.kill('SIGKILL');
  await closed;
}

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function hemostat(args: readonly string[], as: readonly string[] = []): Promise<Outcome> {
  const [program = '', ...more] = [...as, process.execPath, MAIN, ...args];
  return new Promise((resolve) => {
    execFile(program, more, { cwd: scratch, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1, stdout, stderr });
    });
  });
}

function parsed({ stdout, stderr, code }: Outcome): Diagnosis {
  try {
    const diagnosis: Diagnosis = JSON.parse(stdout);
    return diagnosis;
  } catch {
    throw new Error(`no diagnosis (exit ${code}): ${stderr.slice(0, 500)}`);
  }
}

async function diagnosed(service: Service, more: readonly string[] = []): Promise<Diagnosis> {
  const pid = String(service.pid);
  return parsed(
    await hemostat(['diagnose', '--pid', pid, '--window', WINDOW, '--json', '--fail-on', 'never', ...more]),
  );
}

/** With the rate of the service's own counter over the same time, per hour. */
async function measured(
  service: Service,
  counter: string,
  more: readonly string[] = [],
): Promise<{ diagnosis: Diagnosis; perHour: number }> {
  const before = await vars(service, counter);
  const at = performance.now();
  const diagnosis = await diagnosed(service, more);
  const hours = (performance.now() - at) / 3_600_000;
  return { diagnosis, perHour: ((await vars(service, counter)) - before) / hours };
}

async function vars({ url }: Service, name: string): Promise<number> {
  const response = await fetch(`${url}/debug/vars`, { signal: AbortSignal.timeout(10_000) });
  const json: unknown = await response.json();
  const value: unknown = typeof json === 'object' && json !== null ? Reflect.get(json, name) : undefined;
  if (typeof value !== 'number') throw new Error(`${name} is not in ${url}/debug/vars`);
  return value;
}

function first(diagnosis: Diagnosis, rule: string): Finding {
  const [finding] = diagnosis.findings;
  if (finding?.rule === rule && finding.verdict === 'confirmed') return finding;
  const notes = diagnosis.notes.join('; ');
  throw new Error(`the answer is "${diagnosis.verdict}", not a confirmed ${rule}; ${notes}`);
}

function numberOf(finding: Finding, name: string): number {
  const value = finding.evidence.flatMap(({ numbers }) => numbers).find((number) => number.name === name)?.value;
  if (value === undefined) throw new Error(`${finding.rule} has no number "${name}"`);
  return value;
}

function near(what: string, told: number, truth: number): string {
  const off = told / truth - 1;
  const says = `${what}: ${told.toPrecision(4)} per hour, the service itself counts ${truth.toPrecision(4)} (${(off * 100).toFixed(1)} %)`;
  if (!(Math.abs(off) <= TOLERANCE)) throw new Error(says);
  return says;
}

async function leaks(): Promise<void> {
  const uploads = await start('rejected-files-open');
  await checks.check('fd-leak is named with its line, its rate and its kind, and again from the bundle', async () => {
    const dir = join(scratch, 'uploads');
    const { diagnosis, perHour } = await measured(uploads, 'uploads_rejected_total', ['--out', dir]);
    const finding = first(diagnosis, 'fd-leak');
    if (finding.where.function !== 'main.(*spool).take') throw new Error(`it names ${finding.where.function}`);
    const again = await hemostat(['diagnose', dir, '--json', '--fail-on', 'never']);
    if (JSON.stringify(parsed(again)) !== JSON.stringify(diagnosis)) throw new Error('the bundle says something else');
    const legs = new Set(finding.evidence.map(({ leg }) => leg));
    if (!legs.has('syscall') || !legs.has('process')) throw new Error(`legs ${[...legs].join(', ')}`);
    return near('not closed', numberOf(finding, 'descriptors not closed'), perHour);
  });
  await end(uploads);

  const segments = await start('offheap-mmap');
  await checks.check('offheap-growth is named with its line and its rate', async () => {
    const { diagnosis, perHour } = await measured(segments, 'segments_total');
    const finding = first(diagnosis, 'offheap-growth');
    if (finding.where.function !== 'main.(*store).rotate') throw new Error(`it names ${finding.where.function}`);
    const truth = perHour * SEGMENT;
    const counted = near('mapped', numberOf(finding, 'mapped beside Go'), truth);
    return `${counted}; ${near('RSS', finding.growth?.perHour ?? 0, truth)}`;
  });
  await end(segments);

  const couriers = await start('clients-blocked');
  await checks.check('blocked-clients is named with the line that waits', async () => {
    const finding = first(await diagnosed(couriers), 'blocked-clients');
    if (finding.where.function !== 'main.(*couriers).attempt') throw new Error(`it names ${finding.where.function}`);
    return finding.title;
  });
  await end(couriers);
}

const HEALTHY = ['steady', 'load-follows', 'bounded-cache-warm-up', 'steady-syscalls', 'churn', 'burst-that-drains'];

/** Loads of the lab come in waves of ten seconds: a look that ends in the middle of one sees a rise that is none. */
const WHOLE_WAVES = '30s';
/** At one time: each waits most of its window, and what is healthy stays so on a busy machine. */
const TOGETHER = 3;

async function healthy(): Promise<void> {
  for (let at = 0; at < HEALTHY.length; at += TOGETHER)
    await Promise.all(HEALTHY.slice(at, at + TOGETHER).map((scenario) => staysClear(scenario)));
}

async function staysClear(scenario: string): Promise<void> {
  const { loadMetric } = findScenario(scenario);
  const service = await start(scenario);
  await checks.check(`${scenario} stays clear`, async () => {
    const load = loadMetric === undefined ? [] : ['--load-metric', loadMetric];
    const diagnosis = await diagnosed(service, ['--syscalls', '--window', WHOLE_WAVES, ...load]);
    const alarms = diagnosis.findings.filter(({ verdict }) => verdict !== 'cleared');
    if (alarms.length > 0) throw new Error(alarms.map(({ rule, title }) => `${rule}: ${title}`).join('; '));
    return diagnosis.verdict;
  });
  await end(service);
}

/** bpftrace that this process of hemostat started. */
function bpftraceOf(pid: number): number[] {
  return allPids().filter((candidate) => {
    const stat = readProc(`/proc/${candidate}/stat`) ?? '';
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return stat.includes('(bpftrace)') && state !== 'Z' && parent === String(pid);
  });
}

async function until<T>(what: string, look: () => T | null, ms = 60_000): Promise<T> {
  for (const deadline = performance.now() + ms; performance.now() < deadline; await sleep(100)) {
    const found = look();
    if (found !== null) return found;
  }
  throw new Error(`${what} did not come within ${ms / 1000} s`);
}

function running(service: Service, dir: string): { child: ChildProcess; ended: Promise<number | null> } {
  const args = ['diagnose', '--pid', String(service.pid), '--window', '60s', '--out', dir, '--fail-on', 'never'];
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'ignore', 'ignore'] });
  return { child, ended: new Promise((resolve) => child.once('close', resolve)) };
}

function isGone(pid: number): boolean | null {
  return readProc(`/proc/${pid}/comm`) === 'bpftrace\n' ? null : true;
}

async function interrupted(): Promise<void> {
  const service = await start('rejected-files-open');
  await checks.check('an interrupt ends the window and takes the probes away', async () => {
    const dir = join(scratch, 'interrupted');
    const { child, ended } = running(service, dir);
    const [bpftrace = 0] = await until('bpftrace', () => some(bpftraceOf(child.pid ?? 0)));
    await attached(bpftrace);
    child.kill('SIGINT');
    await ended;
    await until('the end of bpftrace', () => isGone(bpftrace));
    const manifest = readFileSync(join(dir, 'manifest.json'), 'utf8');
    if (!manifest.includes('"syscalls"')) throw new Error('the bundle has no recording');
    return 'the bundle is whole';
  });
  await checks.check('a second interrupt leaves no bpftrace behind', async () => {
    const { child, ended } = running(service, join(scratch, 'left'));
    const [bpftrace = 0] = await until('bpftrace', () => some(bpftraceOf(child.pid ?? 0)));
    await attached(bpftrace);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    await ended;
    await until('the end of bpftrace', () => isGone(bpftrace), 30_000);
    return '';
  });
  await checks.check('a bpftrace that is killed is started again, and the gap is said', async () => {
    const dir = join(scratch, 'killed');
    const { child, ended } = running(service, dir);
    const [bpftrace = 0] = await until('bpftrace', () => some(bpftraceOf(child.pid ?? 0)));
    await attached(bpftrace);
    process.kill(bpftrace, 'SIGKILL');
    await until('another bpftrace', () => some(bpftraceOf(child.pid ?? 0).filter((pid) => pid !== bpftrace)));
    await ended;
    const diagnosis = parsed(await hemostat(['diagnose', dir, '--json', '--fail-on', 'never']));
    const note = diagnosis.notes.find((text) => text.includes('was started again'));
    if (note === undefined) throw new Error(`no note of it: ${diagnosis.notes.join('; ')}`);
    return `${diagnosis.verdict} ${note}`;
  });
  await end(service);
}

/** Until all of its probes are in place, and has counted for a while: how long that takes, the load decides. */
async function attached(bpftrace: number): Promise<void> {
  let probes = 0;
  let since = performance.now();
  await until('the probes of bpftrace', () => {
    const now = probesOf(bpftrace);
    if (now !== probes) since = performance.now();
    probes = now;
    return probes > 0 && performance.now() - since > 4000 ? true : null;
  });
}

function probesOf(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).filter((name) => linkOf(`/proc/${pid}/fd/${name}`).includes('perf_event'))
    .length;
}

/** Descriptors come and go between listing and looking. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

function some(pids: number[]): number[] | null {
  return pids.length > 0 ? pids : null;
}

async function unprivileged(): Promise<void> {
  const service = await start('rejected-files-open', NOBODY);
  const args = ['diagnose', '--pid', String(service.pid), '--window', WINDOW, '--json', '--fail-on', 'never'];
  await checks.check('without root there is one note, and the rest works', async () => {
    const diagnosis = parsed(await hemostat(args, NOBODY));
    const notes = diagnosis.notes.filter((text) => text.includes('system calls'));
    if (notes.length !== 1) throw new Error(`notes: ${diagnosis.notes.join('; ')}`);
    if (diagnosis.findings[0]?.rule !== 'fd-growth') throw new Error(`the answer is "${diagnosis.verdict}"`);
    return notes[0] ?? '';
  });
  await checks.check('--syscalls without root is exit 3 with one sentence', async () => {
    const { code, stdout, stderr } = await hemostat([...args, '--syscalls'], NOBODY);
    if (code !== 3 || stdout !== '' || stderr.trim().split('\n').length !== 1)
      throw new Error(`${code} ${stdout} ${stderr}`);
    return stderr.trim();
  });
  await checks.check('--no-syscalls says nothing of it', async () => {
    const diagnosis = parsed(await hemostat([...args, '--no-syscalls', '--window', '2s'], NOBODY));
    if (diagnosis.notes.some((text) => text.includes('system calls'))) throw new Error(diagnosis.notes.join('; '));
    return '';
  });
  await end(service);
}

async function main(): Promise<number> {
  const { missing } = lookAtKernel();
  try {
    if (missing !== '') checks.skip('what needs counting', missing);
    else {
      await leaks();
      await healthy();
      await interrupted();
    }
    if (process.geteuid?.() === 0) await unprivileged();
    else checks.skip('as another user', 'only root can become nobody');
  } finally {
    for (const child of services) child.kill('SIGKILL');
    rmSync(scratch, { recursive: true, force: true });
  }
  return checks.exitCode;
}

process.exitCode = await main();
