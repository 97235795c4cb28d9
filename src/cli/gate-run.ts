/** From the words of `hemostat gate` to the report and the exit code. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { findProjectFile } from '../findings/project-file.ts';
import { type BaselineEntry, baselineOf, parseBaseline, writeBaseline } from '../guard/gate/baseline.ts';
import { detect } from '../guard/gate/detect.ts';
import { concludeParts, type PartRunner, runParts } from '../guard/gate/gate.ts';
import { judge, type Policy } from '../guard/gate/judge.ts';
import { loosened } from '../guard/gate/loosened.ts';
import { planOf } from '../guard/gate/plan.ts';
import type { GateFile } from '../guard/gate/read.ts';
import { failOnOf } from '../guard/gate/settings.ts';
import type { Decision, PartName, PartResult } from '../guard/part.ts';
import type { GuardReport } from '../guard/report/report.ts';
import { shownPath } from '../review/output/paths.ts';
import { UsageError } from './exit.ts';
import type { RawGateOptions } from './gate.ts';
import { partRunner } from './gate-parts.ts';
import { openContext } from './guard-context.ts';
import { print, save } from './guard-print.ts';
import { gateFile } from './guard-run.ts';

export async function run(dir: string | undefined, raw: RawGateOptions): Promise<number> {
  const root = rootOf(dir, raw);
  const file = gateFile(raw, root);
  if (raw.selfTest) {
    const { selfTest } = await import('./gate-self-test.ts');
    return selfTest(file, root, raw);
  }
  const baseline = readBaseline(raw, file, root);
  const present = detect(root);
  const asked = { only: raw.only ?? [], skip: raw.skip ?? [], image: raw.image !== undefined };
  const plan = planOf(file.config, new Set(Object.keys(file.raw)), present, asked);
  const runners: PartRunner[] = [];
  let review: { readonly failOn: Policy['failOn']['review']; readonly column?: Column } | null = null;
  for (const part of plan.parts) {
    if (part === 'review') {
      const { reviewPart } = await import('./gate-review.ts');
      const own = reviewPart(root, file.config.review, raw.config === undefined ? undefined : (file.path ?? false));
      runners.push(own.runner);
      review = {
        failOn: own.failOn,
        column: (path, line, bytes) => own.sources.text(path)?.utf16Column(line, bytes) ?? bytes,
      };
    } else runners.push(await partRunner(part, { file, root, present, image: raw.image }));
  }
  const context = openContext({ cwd: root, offline: raw.offline === true, tls: file.config.tls });
  try {
    const results = await runParts(runners, context);
    const now = context.now();
    const policy: Policy = {
      failOn: failOnOf(file.config, review?.failOn, raw.failOn),
      exceptions: file.config.exceptions,
      baseline:
        raw.writeBaseline && baseline !== null
          ? { ...baseline, entries: renewed(results, baseline.entries, now) }
          : baseline,
    };
    if (raw.writeBaseline && policy.baseline !== null && baseline !== null)
      save(baseline.path, writeBaseline(policy.baseline.entries));
    const run = {
      command: 'gate',
      results,
      skipped: plan.skipped,
      notes: [
        ...written(raw, file, policy.baseline),
        ...plan.notes,
        ...loosened(file.config, raw.failOn, policy.baseline),
      ],
    };
    let report = judge(run, policy, now);
    const decision = decisionOf(report, policy, file, raw);
    report = judge({ ...run, results: await concludeParts(runners, results, decision) }, policy, now);
    report = await notified(report, file, root, context);
    context.clear();
    return await print(report, raw, root, review?.column);
  } finally {
    context.close();
  }
}

/**
 * What may be signed about the gate. Of the image part alone (`--only image`) it is that part's verdict; where others were left out by
 * the command line, nothing that passed is the gate's.
 */
function decisionOf(report: GuardReport, policy: Policy, { config }: GateFile, raw: RawGateOptions): Decision {
  const { outcome, parts, skipped } = report;
  const { failOn, exceptions, baseline } = policy;
  if (parts.every(({ part }) => part === 'image') && skipped.some(({ asked }) => asked))
    return { command: 'guard image', outcome, asked: { failOn, exceptions }, partial: null };
  const { review, deps, config: workloads, surface } = config;
  const left = skipped.filter(({ asked }) => asked).map(({ part }) => part);
  return {
    command: 'gate',
    outcome,
    asked: {
      parts: parts.map(({ part }) => part),
      failOn,
      exceptions,
      baseline: baseline?.entries ?? [],
      settings: { review, deps, config: workloads, surface },
    },
    partial:
      left.length > 0
        ? `the verdict is the gate's, and ${left.join(', ')} did not run`
        : raw.writeBaseline
          ? 'a baseline was written, and what it knows was not judged'
          : null,
  };
}

type Column = (file: string, line: number, bytes: number) => number;

/** The directory that was named; else that of the configuration, which its paths are relative to; else this one. */
function rootOf(dir: string | undefined, raw: RawGateOptions): string {
  const cwd = process.cwd();
  if (dir !== undefined) {
    const named = resolve(cwd, dir);
    if (statSync(named, { throwIfNoEntry: false })?.isDirectory()) return named;
    throw new UsageError(`${dir} is no directory; name the project that the gate is for`);
  }
  if (raw.config !== undefined) return cwd;
  const found = findProjectFile(cwd);
  return found === null ? cwd : dirname(found);
}

interface Baseline {
  readonly file: string;
  readonly path: string;
  readonly entries: readonly BaselineEntry[];
}

function readBaseline(raw: RawGateOptions, file: GateFile, root: string): Baseline | null {
  const asked = raw.baseline === false ? undefined : raw.baseline;
  const named = raw.baseline === false ? undefined : (asked ?? file.config.baseline);
  if (named === undefined) {
    if (raw.writeBaseline)
      throw new UsageError(
        '--write-baseline needs to know where: hemostat gate --baseline .hemostat-baseline.json --write-baseline',
      );
    return null;
  }
  // A word of the command line is relative to where the person is.
  const path = asked === undefined ? resolve(root, named) : resolve(named);
  const shown = shownPath(path, process.cwd());
  if (!existsSync(path)) {
    if (raw.writeBaseline) return { file: shown, path, entries: [] };
    throw new UsageError(
      `the baseline ${shown} is not there: write it by hemostat gate --baseline ${shown} --write-baseline`,
    );
  }
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(
      `the baseline ${shown} cannot be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`,
    );
  }
  return { file: shown, path, entries: parseBaseline(text, shown) };
}

/** What was written, and what is left to do before it counts. */
function written(raw: RawGateOptions, { config }: GateFile, baseline: Policy['baseline']): string[] {
  if (!raw.writeBaseline || baseline === null) return [];
  const findings = baseline.entries.reduce((sum, { count }) => sum + count, 0);
  const says = `Wrote ${findings} finding${findings === 1 ? '' : 's'} to ${baseline.file}: commit it`;
  if (config.baseline !== undefined) return [`${says}.`];
  return [
    `${says}, and name it in .hemostat.yaml (gate: {baseline: ${baseline.file}}), or every run needs --baseline.`,
  ];
}

function renewed(results: readonly PartResult[], old: readonly BaselineEntry[], now: Date): BaselineEntry[] {
  const all = results.flatMap(({ part, findings }) => findings.map((finding) => ({ part, finding })));
  const whole = new Set<PartName>(results.filter(({ failures }) => failures.length === 0).map(({ part }) => part));
  return baselineOf(all, old, whole, now);
}

/** Tells whom the configuration names; the verdict stays what it is. */
async function notified(
  report: GuardReport,
  { config }: GateFile,
  root: string,
  context: Parameters<typeof runParts>[1],
): Promise<GuardReport> {
  if (config.notify.length === 0) return report;
  const { notify } = await import('../guard/gate/notify.ts');
  const notes = await notify(report, config.notify, root, context);
  return notes.length === 0 ? report : { ...report, notes: [...report.notes, ...notes] };
}
