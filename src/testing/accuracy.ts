/** Runs lab scenarios through the real command line and judges the answer against what lab/scenarios.json declares. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import type { Scenario } from '../collect/lab.ts';

/** The part of the JSON that is judged; read as a stranger would, not through our own types. */
interface Answer {
  readonly verdict: string;
  readonly findings: readonly {
    readonly rule: string;
    readonly verdict: string;
    readonly where: { readonly function: string; readonly file: string };
  }[];
}

export interface Outcome {
  readonly scenario: string;
  /** `hit`: the declared answer. `miss`: a leak not found, or called by the wrong name. `false alarm`: on a healthy service. */
  readonly result: 'hit' | 'miss' | 'false alarm';
  /** What was answered, for a person. */
  readonly says: string;
}

const HEMOSTAT = join(import.meta.dirname, '..', '..', 'bin', 'hemostat');

export async function runScenario(scenario: Scenario, window: string): Promise<Outcome> {
  const { stdout, code, stderr } = await run(['diagnose', `lab:${scenario.name}`, '--window', window, '--json']);
  if (code !== 0 && code !== 1)
    return { scenario: scenario.name, result: 'miss', says: `exit ${code}: ${stderr.trim().split('\n').at(-1) ?? ''}` };
  return judge(scenario, JSON.parse(stdout));
}

export function judge(scenario: Scenario, answer: Answer): Outcome {
  const first = answer.findings[0];
  const says =
    first === undefined
      ? 'no finding'
      : `${first.verdict} ${first.rule} ${first.where.function} (${baseName(first.where.file)})`;
  const outcome = (result: Outcome['result']): Outcome => ({ scenario: scenario.name, result, says });
  const { expect } = scenario;
  if ('clear' in expect) {
    const alarm = answer.findings.find((item) => item.verdict === 'confirmed' || item.verdict === 'proven');
    if (alarm !== undefined) return outcome('false alarm');
    return outcome(expect.cleared === undefined || first?.rule === expect.cleared ? 'hit' : 'miss');
  }
  const right =
    first !== undefined &&
    first.rule === expect.rule &&
    // A Go with a goroutineleak profile (1.27) proves what profiles alone confirm.
    (first.verdict === expect.verdict || first.verdict === 'proven') &&
    first.where.function === expect.function &&
    baseName(first.where.file) === expect.file;
  return outcome(right ? 'hit' : 'miss');
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function run(args: readonly string[]): Promise<{ stdout: string; stderr: string; code: number }> {
  return new Promise((resolve) => {
    execFile(HEMOSTAT, [...args], { maxBuffer: 64 * 1024 * 1024, timeout: 240_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ stdout, stderr, code });
    });
  });
}

/** Runs `work` over `items`, at most `width` at a time, in order of their start. */
export async function pooled<T, R>(items: readonly T[], width: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = new Array(items.length);
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < items.length; i = next++) {
      const item = items[i];
      if (item !== undefined) results[i] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
  return results;
}
