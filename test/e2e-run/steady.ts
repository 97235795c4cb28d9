/**
 * A steady hour, accelerated: sixty windows of two seconds in place of sixty of a minute. A service of the lab is counted by bpftrace and
 * learned for two and a half minutes; then nothing may be said of it, not even while other programs want all processors; then it
 * bursts, and the burst is found in the window that it begins in.
 *
 *   node test/e2e-run/steady.ts [--keep DIR]   DIR: where recording and profiles stay, to look into
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { Child } from '../../src/collect/child.ts';
import { prepareLab } from '../../src/collect/lab.ts';
import { lookAtKernel } from '../../src/collect/syscalls/kernel.ts';
import { openChecks } from './checks.ts';

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const HTTP = { headers: [], insecure: false, timeoutMs: 10_000 };
const WARM_UP = '5s';
const WINDOW_MS = 2000;
const LEARN_WINDOWS = 75;
const QUIET_WINDOWS = 40;
const CROWDED_WINDOWS = 20;

/** What is read of `check --json`. */
const Report = z.object({
  findings: z.array(z.object({ rule: z.string(), verdict: z.string(), title: z.string() }).loose()),
  parts: z.array(
    z.object({
      facts: z.object({
        deviations: z.array(
          z
            .object({
              kind: z.string(),
              syscall: z.string(),
              from: z.number(),
              to: z.number(),
              rate: z.number(),
              limit: z.number(),
            })
            .loose(),
        ),
        containers: z.array(z.object({ state: z.string(), windows: z.number(), excluded: z.number() }).loose()),
      }),
    }),
  ),
});

const checks = openChecks();
const cleanup: (() => Promise<unknown> | unknown)[] = [];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { keep: { type: 'string' } } });
  const { missing } = lookAtKernel();
  if (missing !== '') return checks.skip('a steady hour', missing);
  const dir = values.keep ?? mkdtempSync(join(tmpdir(), 'hemostat-steady-'));
  mkdirSync(dir, { recursive: true });
  if (values.keep === undefined) cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  const { argv, cwd } = await prepareLab('steady-syscalls');
  const kiosk = await Child.start({ kind: 'child', argv, cwd, lab: 'steady-syscalls' }, { http: HTTP, log: () => {} });
  cleanup.push(() => kiosk.stop());
  const found = await kiosk.findService(new AbortController().signal);
  if (found === null) throw new Error('the kiosk serves no pprof');
  const url = found.service.client.address.origin;
  const recording = join(dir, 'kiosk.jsonl');
  const collector = start([
    'guard',
    'baseline',
    'collect',
    '--pid',
    String(found.pid),
    '--window',
    `${WINDOW_MS}ms`,
    '-o',
    recording,
  ]);

  const profiles = join(dir, 'profiles');
  const learned = await checks.check(
    `learns the kiosk in ${LEARN_WINDOWS} windows of ${WINDOW_MS / 1000} s`,
    async () => {
      await windows(recording, LEARN_WINDOWS + 3, collector);
      const learn = join(dir, 'learn.jsonl');
      copyFileSync(recording, learn);
      const { code, text } = await hemostat([
        'guard',
        'baseline',
        'learn',
        learn,
        '-o',
        profiles,
        '--update',
        '--warm-up',
        WARM_UP,
      ]);
      if (code !== 0) throw new Error(text);
      return `load of the machine ${loadavg()[0]?.toFixed(1)}`;
    },
  );
  if (!learned) return;

  const check = async (since: number): Promise<z.infer<typeof Report>> => {
    const args = ['guard', 'baseline', 'check', recording, '-p', profiles, '--warm-up', WARM_UP, '--json'];
    const { code, text } = await hemostat([...args, '--since', new Date(since).toISOString()]);
    if (code > 1) throw new Error(text);
    return Report.parse(JSON.parse(text));
  };
  const silent = async (since: number): Promise<string> => {
    const { findings, parts } = await check(since);
    const deviations = parts.flatMap(({ facts }) => facts.deviations);
    if (findings.length > 0)
      throw new Error(
        [
          ...findings.map(({ verdict, title }) => `${verdict}: ${title}`),
          ...deviations.map(
            (one) =>
              `${one.kind} ${one.syscall} ${Math.round(one.rate)} from ${Math.round(one.limit)} on, ${new Date(one.from).toISOString()}, ${one.to - one.from} ms`,
          ),
        ].join('\n'),
      );
    const [container] = parts.flatMap(({ facts }) => facts.containers);
    return `${container?.windows} windows held against it so far, ${container?.excluded} left out; load of the machine ${loadavg()[0]?.toFixed(1)}`;
  };

  let from = Date.now();
  await checks.check(`says nothing in ${QUIET_WINDOWS} steady windows`, async () => {
    await windows(recording, QUIET_WINDOWS, collector, from);
    return silent(from);
  });
  await checks.check(`says nothing in ${CROWDED_WINDOWS} windows while others want all processors`, async () => {
    from = Date.now();
    const crowd = Array.from({ length: 3 * availableParallelism() }, () =>
      spawn(process.execPath, ['-e', 'for (;;);'], { stdio: 'ignore' }),
    );
    const disperse = (): void => {
      for (const one of crowd) one.kill('SIGKILL');
    };
    cleanup.push(disperse);
    await windows(recording, CROWDED_WINDOWS, collector, from);
    disperse();
    // What was held up comes when they are gone.
    await windows(recording, CROWDED_WINDOWS + 3, collector, from);
    return silent(from);
  });

  from = Date.now();
  await checks.check('finds a burst in the window that it begins in, and names process and calls', async () => {
    const answer = await fetch(`${url}/burst?for=8s&opens=3&connects=4&unseen=1`, { method: 'POST' });
    if (!answer.ok) throw new Error(`the kiosk answered ${answer.status}: ${await answer.text()}`);
    const wanted = ['openat', 'connect', 'ptrace'];
    for (const until = from + 30_000; ; await sleep(200)) {
      const { findings, parts } = await check(from);
      const deviations = parts.flatMap(({ facts }) => facts.deviations);
      if (!wanted.every((name) => deviations.some(({ syscall }) => syscall === name))) {
        if (Date.now() > until)
          throw new Error(`found are ${deviations.map(({ syscall }) => syscall).join(', ') || 'none'}`);
        continue;
      }
      const says = findings.map(({ title }) => title);
      for (const name of wanted)
        if (!says.some((title) => title.startsWith(`kiosk (pid ${found.pid}`) && title.includes(` ${name}`)))
          throw new Error(`${name} and who calls it are not in:\n${says.join('\n')}`);
      // The window before has at most a little of it. Forty connections where ten are usual may by chance stay below a limit once.
      const late = wanted.map(
        (name) => Math.min(...deviations.filter(({ syscall }) => syscall === name).map((one) => one.from)) - from,
      );
      const [openat = Number.NaN, connect = Number.NaN, ptrace = Number.NaN] = late;
      if (!(Math.min(openat, connect) <= WINDOW_MS && ptrace <= WINDOW_MS && Math.max(...late) <= 2 * WINDOW_MS))
        throw new Error(`they were found in windows that began ${late.join(', ')} ms after the burst`);
      return `${findings.length} findings, ${Date.now() - from} ms after the burst began\n${says.join('\n')}`;
    }
  });
}

interface Running {
  readonly child: ChildProcess;
  said: string;
}

function start(args: readonly string[]): Running {
  const child = spawn(HEMOSTAT, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const running: Running = { child, said: '' };
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      running.said = (running.said + chunk.toString()).slice(-4000);
    });
  cleanup.push(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const closed = new Promise((resolve) => child.once('close', resolve));
    child.kill('SIGTERM');
    await closed;
  });
  return running;
}

/** Until so many windows that begin after `since` are in the file. */
async function windows(path: string, count: number, collector: Running, since = 0): Promise<void> {
  for (const until = Date.now() + 3 * count * WINDOW_MS + 30_000; ; await sleep(500)) {
    if (collector.child.exitCode !== null) throw new Error(`the collector ended: ${collector.said}`);
    if (windowsIn(path, since) >= count) return;
    if (Date.now() > until) throw new Error(`no ${count} windows are in ${path} yet: ${collector.said}`);
  }
}

function windowsIn(path: string, since: number): number {
  let text = '';
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return 0; // not begun yet
  }
  const starts = text.matchAll(/^\{"window":\{"from":(\d+)/gm);
  return [...starts].filter(([, from]) => Number(from) >= since).length;
}

function hemostat(args: readonly string[]): Promise<{ code: number; text: string }> {
  return new Promise((resolve) => {
    execFile(HEMOSTAT, args, { maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      const code = typeof error?.code === 'number' ? error.code : error === null ? 0 : -1;
      resolve({ code, text: code > 1 || code < 0 ? stderr : stdout });
    });
  });
}

try {
  await main();
} finally {
  for (const clean of cleanup.reverse()) await clean();
}
process.exitCode = checks.exitCode;
