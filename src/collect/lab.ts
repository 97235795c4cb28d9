/**
 * The lab: small Go services that leak (or do not) on purpose, built with whatever Go is installed. The sources are in
 * lab/, lab/scenarios.json says what a correct diagnosis of each is.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { z } from 'zod';
import { TargetError } from './error.ts';

const LEGS = ['gc', 'goroutine', 'heap', 'process', 'load', 'graph', 'runtime', 'source'] as const;

const scenarioSchema = z.strictObject({
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  kind: z.enum(['leaking', 'healthy']),
  title: z.string().min(1),
  /** Rows of the scenario table in the design, S1 to S16. */
  rows: z.array(z.string().regex(/^S([1-9]|1[0-6])$/)).min(1),
  /** The main package: lab/services/SERVICE. */
  service: z.string().regex(/^[a-z][a-z0-9]*$/),
  /** Flags for the service, before those of the user. */
  args: z.array(z.string()).optional(),
  /** A name in /debug/vars that tells how much work came in. */
  loadMetric: z.string().optional(),
  expect: z.union([
    z.strictObject({
      rule: z.string(),
      verdict: z.enum(['proven', 'confirmed', 'suspected']),
      /** As pprof prints it: where the goroutine is parked, what allocated that which is retained, or what opened the descriptors. */
      function: z.string(),
      /** Base name. */
      file: z.string(),
      /** Of goroutines that block for ever: whether a heap dump can prove it, and what each of them allocated and holds, bytes. */
      proof: z.strictObject({ provable: z.boolean(), bytesEach: z.number().int().positive().optional() }).optional(),
    }),
    z.strictObject({
      /** Rules that must not be confirmed; `*` is every rule. */
      clear: z.array(z.string()).min(1),
      /** The rule of the `cleared` finding that explains what looks like a leak. */
      cleared: z.string().optional(),
    }),
  ]),
  /** What diagnosis says first where system calls were counted as well (`--syscalls`), if that differs from `expect` or adds to it. */
  expectWithSyscalls: z
    .strictObject({ rule: z.string(), verdict: z.enum(['proven', 'confirmed', 'suspected']) })
    .optional(),
  /** `e2e-run`: made for counting system calls; `make e2e-run` diagnoses it, the accuracy and proof suites leave it out. */
  suite: z.literal('e2e-run').optional(),
  /**
   * Where the cause can be seen in the source: a report of one of these rules is due in the file (base name) on a line with this text,
   * blanks at its ends aside. Absent where no rule of the review is about it (lock order, a message that never comes).
   */
  source: z.strictObject({ rules: z.array(z.string()).min(1), file: z.string(), line: z.string() }).optional(),
  legs: z.array(z.enum(LEGS)).min(1),
});

/** One entry of lab/scenarios.json. */
export type Scenario = z.infer<typeof scenarioSchema>;

/** A name that is no scenario; counts as wrong usage (exit 2), which `cli/exit.ts` tells by the error's name. */
export class UnknownScenarioError extends Error {
  override readonly name = 'UsageError';
}

export interface PreparedLab {
  readonly scenario: Scenario;
  /** The built binary and its flags. */
  readonly argv: readonly string[];
  /** Where to run it. */
  readonly cwd: string;
}

export interface PrepareOptions {
  /** The go command; without it the one in PATH, else /usr/local/go/bin/go. */
  readonly go?: string;
}

/** A cold build compiles the standard library's net/http as well: tens of seconds on a small machine. */
const BUILD_TIMEOUT_MS = 5 * 60_000;

/** All scenarios, in the order of lab/scenarios.json. Throws a TargetError where the file is missing or wrong. */
export function listScenarios(): Scenario[] {
  const file = join(labDirectory(), 'scenarios.json');
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new TargetError(`${file} could not be read: ${messageOf(error)}; reinstall hemostat`);
  }
  const parsed = z.array(scenarioSchema).safeParse(json);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new TargetError(`${file}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not a list of scenarios'}`);
  }
  return parsed.data;
}

/** The scenario of that name. Throws an UnknownScenarioError that lists the names nearest to it. */
export function findScenario(name: string): Scenario {
  const scenarios = listScenarios();
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found !== undefined) return found;
  const near = scenarios
    .map((scenario) => ({ name: scenario.name, distance: editDistance(name, scenario.name) }))
    .filter((candidate) => candidate.distance <= Math.max(3, name.length / 2) || candidate.name.includes(name))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map((candidate) => candidate.name);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : 'hemostat lab list shows what there is';
  throw new UnknownScenarioError(`there is no lab scenario ${JSON.stringify(name)}; ${hint}`);
}

/**
 * Builds the service of a scenario, or takes it from the cache. The cache is keyed by the lab's sources, where they are
 * (binaries hold the paths of their sources) and the Go version, so nothing ever has to be cleared by hand.
 */
export async function prepareLab(name: string, options: PrepareOptions = {}): Promise<PreparedLab> {
  const scenario = findScenario(name);
  const lab = labDirectory();
  const go = options.go ?? findGo();
  const goVersion = (await runGo(go, ['version'], lab, 60_000)).trim();
  const directory = join(cacheDirectory(), 'hemostat', 'lab', labKey(lab, goVersion));
  const binary = join(directory, process.platform === 'win32' ? `${scenario.service}.exe` : scenario.service);
  if (!(await isFile(binary))) await build(go, lab, scenario.service, binary);
  return { scenario, argv: [binary, ...(scenario.args ?? [])], cwd: lab };
}

/** Builds beside the final name and renames, so that two builds at once cannot run half a file. */
async function build(go: string, lab: string, service: string, binary: string): Promise<void> {
  try {
    await mkdir(dirname(binary), { recursive: true });
  } catch (error) {
    throw new TargetError(
      `the cache directory ${dirname(binary)} cannot be made: ${messageOf(error)}; set XDG_CACHE_HOME`,
    );
  }
  const partial = `${binary}.${process.pid}.${Date.now()}.tmp`;
  try {
    // No VCS stamp: it needs git and a repository that git trusts, and a package has neither.
    await runGo(go, ['build', '-buildvcs=false', '-o', partial, `./services/${service}`], lab, BUILD_TIMEOUT_MS);
    await rename(partial, binary);
  } finally {
    await rm(partial, { force: true });
  }
}

function runGo(go: string, args: readonly string[], cwd: string, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(go, args, { cwd, timeout, maxBuffer: 16 << 20 }, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
        return;
      }
      const command = `${go} ${args[0]}`;
      if (error.code === 'ENOENT') {
        reject(new TargetError(`Go is not installed (${go} was not found); the lab needs Go 1.19 or newer in PATH`));
      } else if (error.killed === true) {
        reject(new TargetError(`${command} in ${cwd} did not end within ${timeout / 1000} s and was stopped`));
      } else {
        const lines = stderr
          .trim()
          .split('\n')
          .filter((line) => !line.startsWith('#'));
        reject(new TargetError(`${command} in ${cwd} failed: ${lines.slice(0, 3).join('; ') || error.message}`));
      }
    });
  });
}

/** The command `go`, or the place of the official tarball, which many machines have without it being in PATH. */
function findGo(): string {
  const inPath = (process.env.PATH ?? '')
    .split(delimiter)
    .some((directory) => existsSync(join(directory, process.platform === 'win32' ? 'go.exe' : 'go')));
  const fallback = '/usr/local/go/bin/go';
  return !inPath && existsSync(fallback) ? fallback : 'go';
}

/** The nearest directory above this file that has lab/scenarios.json: right from src/ and from dist/. */
function labDirectory(): string {
  let directory = import.meta.dirname;
  for (;;) {
    const lab = join(directory, 'lab');
    if (existsSync(join(lab, 'scenarios.json'))) return lab;
    const parent = dirname(directory);
    if (parent === directory) {
      throw new TargetError(`lab/scenarios.json was not found above ${import.meta.dirname}; reinstall hemostat`);
    }
    directory = parent;
  }
}

/** Hash of every Go source of the lab with its path, and of the toolchain. */
function labKey(lab: string, goVersion: string): string {
  const hash = createHash('sha256').update(`${goVersion}\0${lab}\0${process.env.GOFLAGS ?? ''}\0`);
  const files = readdirSync(lab, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && (entry.name.endsWith('.go') || entry.name === 'go.mod'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) {
    const content = readFileSync(file);
    hash.update(`${relative(lab, file)}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 20);
}

/** $XDG_CACHE_HOME, else ~/.cache; the temporary directory where there is no home. */
function cacheDirectory(): string {
  const configured = process.env.XDG_CACHE_HOME;
  if (configured !== undefined && configured !== '') return configured;
  const home = homedir();
  return home === '' ? tmpdir() : join(home, '.cache');
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

/** Levenshtein distance of two short names. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
