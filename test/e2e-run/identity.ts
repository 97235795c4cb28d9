/**
 * `node test/e2e-run/identity.ts`: services of the lab in real cgroups, as runtimes and systemd make them, counted by a real
 * bpftrace through the command line: the recording names the pod's container with its digest, the unit, and a container that
 * starts while it counts; and the service that bursts when told does what it says. Needs root, bpftrace, tracefs and cgroup v2.
 * No container runtime is needed: the cgroups are made here, and pods are given as `kubectl get pods` prints them.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { prepareLab } from '../../src/collect/lab.ts';
import { cgroup2Mounts } from '../../src/collect/syscalls/identity-cgroups.ts';
import { lookAtKernel } from '../../src/collect/syscalls/kernel.ts';
import { readRecording } from '../../src/evidence/syscalls/read.ts';
import type { ContainerIdentity, SyscallRecording } from '../../src/evidence/syscalls/recording.ts';
import { openChecks } from './checks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const ID = '34dc0b5e626f2c5c4c5170e34b10e7654ce36f0fcd532739f4445baabea03376';
const LATE = '9ec39b91f3d70e1beff50a308f77067065ea6be0d91a3378375056cd4422cf3d';
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const WINDOW_S = 3;
const BURST_S = 10;

const checks = openChecks();
const scratch = mkdtempSync(join(tmpdir(), 'hemostat-e2e-identity-'));
const children = new Set<ChildProcess>();
const cgroups: string[] = [];

/** Below a cgroup of our own, so that nothing of the machine is in the way. */
function cgroup(root: string, path: string): string {
  let directory = root;
  for (const part of path.split('/')) {
    directory = join(directory, part);
    if (cgroups.includes(directory)) continue;
    mkdirSync(directory);
    cgroups.push(directory);
  }
  return directory;
}

/** How many tickets the service has printed, and when. */
async function tickets(url: string): Promise<{ count: number; at: number }> {
  const vars: unknown = await (await fetch(`${url}/debug/vars`)).json();
  if (typeof vars !== 'object' || vars === null || !('tickets_total' in vars)) throw new Error('no tickets_total');
  return { count: Number(vars.tickets_total), at: Date.now() };
}

async function kiosk(directory: string): Promise<{ pid: number; url: string }> {
  const { argv, cwd } = await prepareLab('steady-syscalls');
  const [program = '', ...args] = argv;
  const child = spawn(program, [...args, '-life', '5m'], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
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
  const pid = child.pid ?? 0;
  writeFileSync(join(directory, 'cgroup.procs'), String(pid));
  return { pid, url };
}

function pods(): string {
  const containers = [ID, LATE].map((id, at) => ({ id, name: at === 0 ? 'kiosk' : 'late' }));
  return JSON.stringify({
    kind: 'List',
    items: [
      {
        metadata: { name: 'kiosk-0', namespace: 'shop' },
        spec: { containers: containers.map(({ name }) => ({ name, image: 'registry.example/kiosk:1.4' })) },
        status: {
          containerStatuses: containers.map(({ id, name }) => ({
            name,
            image: 'registry.example/kiosk:1.4',
            imageID: `registry.example/kiosk@${DIGEST}`,
            containerID: `containerd://${id}`,
          })),
        },
      },
    ],
  });
}

function ofPid({ processes, containers }: SyscallRecording, pid: number): ContainerIdentity | undefined {
  const process = processes.find((one) => one.pid === pid);
  return process === undefined ? undefined : containers[process.container];
}

/** Calls per second of one syscall of a process in the windows that lie within [from, to), ms since the epoch. */
function rate(
  { counts, windows, processes, syscalls }: SyscallRecording,
  pid: number,
  name: string,
  from: number,
  to: number,
): number {
  const inside = [...windows.from.keys()].filter(
    (at) => (windows.from[at] ?? 0) >= from && (windows.to[at] ?? 0) <= to,
  );
  const seconds = inside.reduce((sum, at) => sum + ((windows.to[at] ?? 0) - (windows.from[at] ?? 0)) / 1000, 0);
  let calls = 0;
  for (const [row, window] of counts.window.entries()) {
    const process = processes[counts.process[row] ?? 0];
    if (inside.includes(window) && process?.pid === pid && syscalls[counts.syscall[row] ?? 0] === name)
      calls += counts.calls[row] ?? 0;
  }
  return calls / seconds;
}

async function main(): Promise<void> {
  const mount = cgroup2Mounts(readFileSync('/proc/self/mountinfo', 'utf8')).find(({ root }) => root === '/');
  const missing = lookAtKernel().missing;
  const why = missing !== '' ? missing : mount === undefined ? 'no cgroup v2 is mounted' : null;
  if (why !== null || mount === undefined) {
    checks.skip('identity', why ?? '');
    return;
  }
  const own = `hemostat-e2e-${process.pid}`;
  const pod = `${own}/kubepods-pod74c13223_5a00_11e9_b385_42010a80018d.slice`;
  const first = await kiosk(cgroup(mount.point, `${pod}/cri-containerd-${ID}.scope`));
  const unit = await kiosk(cgroup(mount.point, `${own}/system.slice/shop\\x2dkiosk.service`));
  const file = join(scratch, 'pods.json');
  writeFileSync(file, pods());
  const out = join(scratch, 'recording.jsonl');
  const collector = spawn(
    join(ROOT, 'bin', 'hemostat'),
    [
      'guard',
      'baseline',
      'collect',
      '--window',
      `${WINDOW_S}s`,
      '--cgroup',
      `/${own}/**`,
      '--pods',
      file,
      '--out',
      out,
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  children.add(collector);
  let said = '';
  collector.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const ended = once(collector, 'close');
  for (let i = 0; i < 300 && !said.includes('counting in windows'); i++) await sleep(100);
  const calm = await tickets(first.url);
  // Eleven seconds are a wave of the service's load.
  await sleep(12_000);
  const late = await kiosk(cgroup(mount.point, `${pod}/cri-containerd-${LATE}.scope`));
  const began = Date.now();
  const answer = await fetch(`${first.url}/burst?for=${BURST_S}s&opens=3&connects=4&unseen=1`, { method: 'POST' });
  if (!answer.ok) throw new Error(`the burst was refused: ${answer.status}`);
  const burst = await tickets(first.url);
  await sleep(BURST_S * 1000);
  const after = await tickets(first.url);
  await sleep(WINDOW_S * 1000);
  collector.kill('SIGINT');
  await ended;
  const recording = readRecording(readFileSync(out));
  const is = (pid: number, expected: Partial<ContainerIdentity>) => (): string => {
    const found = ofPid(recording, pid);
    for (const [field, value] of Object.entries(expected))
      if (found === undefined || Object.entries(found).find(([name]) => name === field)?.[1] !== value)
        throw new Error(`${field} is not ${value}: ${JSON.stringify(found)}\n${said}`);
    return `${found?.from}: ${found?.name} of ${found?.cgroup}`;
  };
  const container = { id: ID, name: 'kiosk', pod: 'kiosk-0', namespace: 'shop', digest: DIGEST, from: 'kubernetes' };
  await checks.check('a container of a pod has its name, pod and digest', is(first.pid, container));
  await checks.check('a container that started meanwhile, too', is(late.pid, { ...container, id: LATE, name: 'late' }));
  await checks.check(
    'a systemd service is called by its unit',
    is(unit.pid, { id: '', name: 'shop-kiosk', digest: '' }),
  );
  for (const [name, factor] of [
    ['openat', 3],
    ['connect', 4],
  ] as const)
    await checks.check(`the burst has about ${factor} times as many ${name}`, () => {
      // Per ticket: the service's load goes up and down.
      const perTicket = (from: typeof calm, to: typeof calm): number =>
        (rate(recording, first.pid, name, from.at, to.at) * (to.at - from.at)) / 1000 / (to.count - from.count);
      const before = perTicket(calm, burst);
      const during = perTicket(burst, after);
      const ratio = during / before;
      // Every third ticket is paid, by chance: some 100 in either time.
      if (!(ratio > factor * 0.6 && ratio < factor * 1.6)) throw new Error(`${before} → ${during} per ticket`);
      return `${before.toFixed(2)} → ${during.toFixed(2)} per ticket, × ${ratio.toFixed(1)}`;
    });
  await checks.check('the burst has a call that was never seen before, once', () => {
    const of = (pid: number, from: number, to: number): number => {
      const { counts, windows, processes, syscalls } = recording;
      let sum = 0;
      for (const [row, window] of counts.window.entries())
        if (
          processes[counts.process[row] ?? 0]?.pid === pid &&
          syscalls[counts.syscall[row] ?? 0] === 'ptrace' &&
          (windows.to[window] ?? 0) > from &&
          (windows.from[window] ?? 0) < to
        )
          sum += counts.calls[row] ?? 0;
      return sum;
    };
    const seen = [
      of(first.pid, 0, began),
      of(first.pid, began, Number.POSITIVE_INFINITY),
      of(unit.pid, 0, Number.POSITIVE_INFINITY),
    ];
    // The window in which it happened may have begun before it.
    if (seen[1] !== 1 || seen[2] !== 0) throw new Error(`ptrace before, since, elsewhere: ${seen.join(', ')}`);
    return '';
  });
}

try {
  await main();
} finally {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
  for (let i = 0; i < 100 && [...children].some((child) => child.exitCode === null && child.signalCode === null); i++)
    await sleep(50);
  for (const path of cgroups.reverse())
    for (let i = 0; i < 40; i++)
      try {
        rmdirSync(path);
        break;
      } catch {
        await sleep(50); // a process in it is ending
      }
  rmSync(scratch, { recursive: true, force: true });
}
process.exitCode = checks.exitCode;
