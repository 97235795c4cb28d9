/** A folder, the processes and the command line that the cases of `make e2e-guard` share; all of it is gone at the end. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { findTool } from '../../src/testing/image-registry.ts';

export const ROOT = join(import.meta.dirname, '../..');

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface Work {
  readonly dir: string;
  /** Runs a program to its end, whatever its exit code. */
  run(program: string, args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Its standard output. @throws where it exits with anything but 0 */
  must(program: string, args: readonly string[], options?: RunOptions): Promise<string>;
  /** bin/hemostat as a process of its own. */
  hemostat(args: readonly string[], options?: RunOptions): Promise<Ran>;
  close(): Promise<void>;
}

/** No program here takes so long on a busy machine; what does hangs. */
const LONGEST_MS = 120_000;
/** Of every key pair that is made here. */
export const PASSWORD = 'only for this run';

export function openWork(): Work {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-e2e-'));
  const running = new Set<ChildProcess>();
  const kill = (): void => {
    for (const child of running) child.kill('SIGKILL');
  };
  process.on('exit', kill);
  const home = join(dir, 'home');
  mkdirSync(home);
  const base = {
    PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env.PATH ?? ''}`,
    // Neither the person's credentials nor their cache: what is known is known from this run.
    HOME: home,
    DOCKER_CONFIG: join(home, '.docker'),
    COSIGN_PASSWORD: PASSWORD,
    NODE_COMPILE_CACHE: join(dir, 'compiled'),
  };
  const run: Work['run'] = (program, args, { cwd = dir, env = {} } = {}) =>
    new Promise((resolve, reject) => {
      const child = spawn(program, args, { cwd, env: { ...base, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
      running.add(child);
      const out: Buffer[] = [];
      const err: Buffer[] = [];
      child.stdout.on('data', (piece: Buffer) => out.push(piece));
      child.stderr.on('data', (piece: Buffer) => err.push(piece));
      const last = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
      child.on('error', reject);
      child.on('close', (code) => {
        clearTimeout(last);
        running.delete(child);
        const text = (pieces: readonly Buffer[]) => Buffer.concat(pieces).toString('utf8');
        resolve({ exit: code ?? -1, stdout: text(out), stderr: text(err) });
      });
    });
  return {
    dir,
    run,
    async must(program, args, options) {
      const { exit, stdout, stderr } = await run(program, args, options);
      if (exit === 0) return stdout;
      const said = (stderr || stdout).trim().split('\n').slice(-3).join(' / ');
      throw new Error(`${basename(program)} ${args.slice(0, 3).join(' ')} … ended with ${exit}: ${said}`);
    },
    hemostat: (args, options) => run(join(ROOT, 'bin/hemostat'), args, options),
    async close() {
      kill();
      process.off('exit', kill);
      // Go writes its caches read-only.
      rmSync(dir, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/** @throws where it is not installed, with what to do */
export function tool(name: string): string {
  const found = findTool(name);
  if (found === null) throw new Error(`${name} is not installed: run make setup-guard`);
  return found;
}

const REPORT = z.object({
  outcome: z.string(),
  verdict: z.string(),
  parts: z.array(
    z.object({
      part: z.string(),
      subject: z.string(),
      outcome: z.string(),
      summary: z.string(),
      failures: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  ),
  findings: z.array(
    z.object({
      rule: z.string(),
      standing: z.string(),
      verdict: z.string(),
      title: z.string(),
      where: z.object({ file: z.string(), line: z.number() }),
      chain: z
        .array(z.object({ text: z.string(), where: z.object({ file: z.string(), line: z.number() }).nullish() }))
        .nullish(),
    }),
  ),
});
export type Report = z.infer<typeof REPORT>;
type ReportFinding = Report['findings'][number];

/** What `--json` printed; null where it printed none: then stderr says why. */
export function reportOf({ stdout }: Ran): Report | null {
  try {
    return REPORT.parse(JSON.parse(stdout));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

export function blocking(report: Report | null): readonly ReportFinding[] {
  return report?.findings.filter(({ standing }) => standing === 'blocks') ?? [];
}

/** What a person reads first: the first finding that blocks with its place, what was not checked, else the verdict. */
export function firstSaid(ran: Ran): string {
  const report = reportOf(ran);
  if (report === null) return (ran.stderr || ran.stdout).trim().split('\n')[0] ?? '';
  const [first] = blocking(report);
  if (first !== undefined) {
    const { file, line } = first.where;
    return file === '' ? first.title : `${file}:${line}: ${first.title}`;
  }
  return report.parts.flatMap(({ failures }) => failures)[0] ?? report.verdict;
}

export function progress(says: string): void {
  process.stderr.write(`==> ${says}\n`);
}
