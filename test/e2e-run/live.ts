/**
 * `hemostat guard baseline watch` on a service of the lab: one command learns it in minutes, then says a burst (openat × 3,
 * connect × 4, a call that was never seen) when the window ends that it is in, with process and call, and says when it is over.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Child } from '../../src/collect/child.ts';
import { prepareLab } from '../../src/collect/lab.ts';
import { lookAtKernel } from '../../src/collect/syscalls/kernel.ts';
import { readRecording } from '../../src/evidence/syscalls/read.ts';
import { openChecks } from './checks.ts';

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const HTTP = { headers: [], insecure: false, timeoutMs: 10_000 };
/** Long enough that four times as many connects of a few are no chance. */
const WINDOW_MS = 2000;
const LEARN_S = 130;
const BURST_S = 6;

/** A line of `--json`. */
const Event = z.looseObject({
  event: z.enum(['learned', 'opened', 'ended', 'not-checked', 'end']),
  from: z.string().optional(),
  at: z.string().nullish(),
  path: z.string().optional(),
  windows: z.number().optional(),
  finding: z
    .looseObject({ rule: z.string(), title: z.string(), evidence: z.array(z.looseObject({ says: z.string() })) })
    .optional(),
});
type Event = z.infer<typeof Event>;

const checks = openChecks();
const cleanup: (() => Promise<unknown> | unknown)[] = [];

async function main(): Promise<void> {
  const { missing } = lookAtKernel();
  if (missing !== '') return checks.skip('baseline watch', missing);
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-e2e-live-'));
  cleanup.push(() => rmSync(dir, { recursive: true, force: true }));
  const { argv, cwd } = await prepareLab('steady-syscalls');
  const kiosk = await Child.start({ kind: 'child', argv, cwd, lab: 'steady-syscalls' }, { http: HTTP, log: () => {} });
  cleanup.push(() => kiosk.stop());
  const found = await kiosk.findService(new AbortController().signal);
  if (found === null) throw new Error('the kiosk serves no pprof');
  const pid = String(found.pid);
  const profiles = join(dir, 'profiles');
  const recording = join(dir, 'counts.jsonl');
  const scope = ['--pid', pid, '--window', `${WINDOW_MS / 1000}s`, '--warm-up', '2s', '--profiles', profiles, '--json'];
  const live = start(['--learn', `${LEARN_S}s`, '--out', recording, ...scope]);

  const learned = await checks.check(
    `learns a service in ${LEARN_S} s, in windows of ${WINDOW_MS / 1000} s`,
    async () => {
      const event = await live.until(({ event }) => event === 'learned', 3 * LEARN_S * 1000);
      const files = readdirSync(profiles);
      if (files.length !== 1 || event.path !== join(profiles, files[0] ?? '')) throw new Error(files.join(', '));
      return `${event.windows} windows; ${files[0]}`;
    },
  );
  if (!learned) return;
  await sleep(10 * WINDOW_MS);

  await checks.check('says a burst when its first window ends, with process and calls', async () => {
    const before = live.events.length;
    const began = Date.now();
    const query = `for=${BURST_S}s&opens=3&connects=4&unseen=1`;
    const answer = await fetch(`${found.service.client.address.origin}/burst?${query}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`the kiosk answered ${answer.status}: ${await answer.text()}`);
    const late: number[] = [];
    for (const call of ['openat', 'connect', 'ptrace']) {
      const event = await live.until(({ finding }) => finding !== undefined && names(finding, call), 30_000, before);
      if (event.finding?.title.startsWith(`kiosk (pid ${pid}`) !== true) throw new Error(event.finding?.title);
      late.push(Date.parse(event.from ?? '') - began);
    }
    // A burst that begins late in a window is below the limits until the next.
    if (!(Math.max(...late) <= WINDOW_MS)) throw new Error(`windows began ${late.join(', ')} ms after the burst`);
    const opened = live.events.slice(before).filter(({ event }) => event === 'opened');
    return `windows that began ${late.join(', ')} ms after the burst; ${opened[0]?.finding?.title}`;
  });

  await checks.check('says when it is over, and ends with exit code 1', async () => {
    await live.until(() => {
      const count = (kind: string): number => live.events.filter(({ event }) => event === kind).length;
      return count('opened') > 0 && count('opened') === count('ended');
    }, 60_000);
    live.child.kill('SIGINT');
    const code = await live.ended;
    const last = live.events.at(-1);
    if (code !== 1 || last?.event !== 'end') throw new Error(`${code}: ${JSON.stringify(last)} ${live.stderr()}`);
    const { windows } = readRecording(readFileSync(recording));
    return `${live.events.length} events; ${windows.from.length} windows are in the recording, too`;
  });

  await checks.check('holds it against the profile that it wrote, with nothing to say: exit code 0', async () => {
    const again = start(['--for', '16s', ...scope]);
    const code = await again.ended;
    const said = again.events.filter(({ event }) => event !== 'end');
    if (code !== 0 || said.length > 0) throw new Error(`${code}: ${JSON.stringify(said)} ${again.stderr()}`);
    return JSON.stringify(again.events.at(-1)?.states);
  });

  await checks.check('without a profile nothing is judged: exit code 3', async () => {
    const other = start(['--pid', pid, '--profiles', join(dir, 'none'), '--json']);
    const code = await other.ended;
    if (code !== 2 || !other.stderr().includes('--learn')) throw new Error(`${code}: ${other.stderr()}`);
    const young = start(['--learn', '5m', '--for', '6s', ...scope, '--profiles', join(dir, 'other')]);
    const second = await young.ended;
    if (second !== 3) throw new Error(`${second}: ${JSON.stringify(young.events)} ${young.stderr()}`);
    return other.stderr().trim();
  });
}

/** One finding may be of many calls: the title names some, its evidence more. */
function names({ title, evidence }: NonNullable<Event['finding']>, call: string): boolean {
  return [title, ...evidence.map(({ says }) => says)].some((text) => text.includes(` ${call}`));
}

interface Live {
  readonly child: ChildProcess;
  readonly events: readonly Event[];
  readonly ended: Promise<number | null>;
  stderr(): string;
  /** The first from `from` on that it holds of. */
  until(holds: (event: Event) => boolean, ms: number, from?: number): Promise<Event>;
}

function start(args: readonly string[]): Live {
  const child = spawn(HEMOSTAT, ['guard', 'baseline', 'watch', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const events: Event[] = [];
  let rest = '';
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(Event.parse(JSON.parse(line)));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-4000);
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  cleanup.push(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    await ended;
  });
  return {
    ...{ child, events, ended, stderr: () => said },
    async until(holds, ms, from = 0) {
      for (const end = performance.now() + ms; performance.now() < end; await sleep(100)) {
        const event = events.slice(from).find(holds);
        if (event !== undefined) return event;
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said}`);
      }
      throw new Error(`not within ${ms / 1000} s; ${JSON.stringify(events.slice(-4))} ${said}`);
    },
  };
}

try {
  await main();
} finally {
  for (const clean of cleanup.reverse()) await clean();
}
process.exitCode = checks.exitCode;
