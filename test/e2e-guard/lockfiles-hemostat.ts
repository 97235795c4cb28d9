/** Runs `hemostat guard deps` and `hemostat gate --only deps` as a user does, and says what came of it. */
import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Outcome } from './case.ts';

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');
const VERDICTS = ['verified', 'unsigned', 'no-keys', 'invalid', 'unverifiable-source'];
/** A run takes half a second; a machine under load more. */
const TIMEOUT_MS = 120_000;

export interface Ran {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The exit code is -1 where a signal ended it. */
export async function run(
  program: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly timeoutMs?: number },
): Promise<Ran> {
  const { cwd, env, timeoutMs = TIMEOUT_MS } = options;
  const stdio: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];
  const child = spawn(program, args, { cwd, env, stdio, timeout: timeoutMs, killSignal: 'SIGKILL' });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const exit = await new Promise<number>((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) => done(code ?? -1));
  });
  return { exit, stdout, stderr };
}

/** A project with its lock file as it was committed, and what must hold besides the sentence. */
export interface Project {
  readonly directory: string;
  /** Entries that the lock file has, counted without hemostat. */
  readonly entries: number;
  /** `package-lock.json:12`: where the first finding that blocks must stand; missing where it is about no line. */
  readonly place?: string;
  /** Findings that block; 1 is one clear sentence. */
  readonly blocking?: number;
  /** How many entries have which verdict; missing ones are 0. Not looked at where it is left out. */
  readonly verdicts?: Readonly<Record<string, number>>;
  /** Of a pass: what its sentence has to be joined by, the notes that match or what was allowed. */
  readonly tell?: RegExp | 'cleared';
  /** Of every command. */
  readonly flags?: readonly string[];
  /** On top of an environment that holds no more than PATH and a home in the directory. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A name of a directory that is the same in every run, since sentences name files. */
export function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
}

/** Caches of npm and go are written to until the very end. */
export async function remove(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

export function environment({ directory, env }: Pick<Project, 'directory' | 'env'>): Record<string, string> {
  return {
    PATH: process.env.PATH ?? '',
    HOME: join(directory, '.home'),
    XDG_CACHE_HOME: join(directory, '.home', 'cache'),
    // One for all runs: it is about how fast a run starts, and no part of what is tried.
    NODE_COMPILE_CACHE: join(import.meta.dirname, '..', '..', '.cache', 'compile'),
    ...env,
  };
}

const reportSchema = z.object({
  outcome: z.string(),
  verdict: z.string(),
  parts: z.array(
    z.object({
      tally: z.array(z.object({ name: z.string(), count: z.number() })),
      failures: z.array(z.string()),
      notes: z.array(z.string()),
    }),
  ),
  findings: z.array(
    z.object({
      standing: z.string(),
      rule: z.string(),
      title: z.string(),
      where: z.object({ file: z.string(), line: z.number() }),
      evidence: z.array(z.object({ says: z.string() })),
    }),
  ),
});
type Report = z.infer<typeof reportSchema>;

/** `guard deps` for programs and for people, and the gate: they have to say the same. */
export async function guardDeps(project: Project): Promise<Outcome> {
  const options = { cwd: project.directory, env: environment(project) };
  const flags = project.flags ?? [];
  const json = await run(HEMOSTAT, ['guard', 'deps', '--json', ...flags], options);
  const parsed = reportSchema.safeParse(jsonOf(json.stdout));
  if (!parsed.success)
    return { exit: json.exit, said: json.stderr.trim(), wrong: ['guard deps --json gave no report'] };
  const report = parsed.data;
  const text = await run(HEMOSTAT, ['guard', 'deps', ...flags], options);
  const gate = await run(HEMOSTAT, ['gate', '--only', 'deps', ...flags], options);
  const wrong = [...tallyProblems(report, project), ...findingProblems(report, project)];
  for (const [name, other] of [
    ['guard deps', text],
    ['gate --only deps', gate],
  ] as const) {
    if (other.exit !== json.exit) wrong.push(`${name} exits ${other.exit}, and guard deps --json ${json.exit}`);
    // The gate names the part before the full stop.
    if (!flat(other.stdout).includes(flat(firstOf(report)).replace(/\.$/, '')))
      wrong.push(`${name} does not say what --json says first`);
    if (other.stderr !== '') wrong.push(`${name} writes to stderr: ${other.stderr.slice(0, 200)}`);
  }
  return { exit: json.exit, said: sentenceOf(report, project), wrong };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Lines of a terminal are broken anywhere between words. */
const flat = (text: string): string => text.replace(/\s+/g, ' ');

const blockingOf = ({ findings }: Report): Report['findings'] =>
  findings.filter(({ standing }) => standing === 'blocks');
const failuresOf = ({ parts }: Report): string[] => parts.flatMap(({ failures }) => failures);

/** The words that come first, without the place. */
function firstOf(report: Report): string {
  return blockingOf(report)[0]?.title ?? failuresOf(report)[0] ?? report.verdict.replace(/^.*?: /, '');
}

function sentenceOf(report: Report, { tell }: Project): string {
  const [first] = blockingOf(report);
  if (first !== undefined) {
    const { file, line } = first.where;
    return file === '' ? first.title : `${file}:${line}: ${first.title}`;
  }
  const [failure] = failuresOf(report);
  if (failure !== undefined) return failure;
  const cleared = report.findings
    .filter(({ standing }) => standing === 'cleared')
    .map(({ title, evidence }) => `${title}. ${evidence.at(-1)?.says ?? ''}`);
  const notes = report.parts.flatMap((part) => part.notes);
  const more = tell === 'cleared' ? cleared : tell === undefined ? [] : notes.filter((note) => tell.test(note));
  return [report.verdict, ...more].join(' ');
}

/** The five verdicts are disjoint and sum to the size of the lock file. */
function tallyProblems({ parts }: Report, { entries, verdicts }: Project): string[] {
  const tally = parts.flatMap((part) => part.tally);
  const wrong: string[] = [];
  if (tally.map(({ name }) => name).join() !== VERDICTS.join()) wrong.push('the tally has not the five verdicts');
  const sum = tally.reduce((total, { count }) => total + count, 0);
  if (sum !== entries) wrong.push(`the five verdicts sum to ${sum}, and the lock file has ${entries} entries`);
  for (const { name, count } of verdicts === undefined ? [] : tally) {
    const wanted = verdicts?.[name] ?? 0;
    if (count !== wanted) wrong.push(`${count} entries are ${name}, and should be ${wanted}`);
  }
  return wrong;
}

function findingProblems(report: Report, { place, blocking = 1 }: Project): string[] {
  const found = blockingOf(report);
  const wanted = report.outcome === 'blocked' ? blocking : 0;
  const wrong = found.length === wanted ? [] : [`${found.length} findings block, and should be ${wanted}`];
  const [first] = found;
  const at = first === undefined ? '' : `${first.where.file}:${first.where.line}`;
  if (place !== undefined && at !== place) wrong.push(`it points at ${at}, and the lock file has it at ${place}`);
  return wrong;
}
