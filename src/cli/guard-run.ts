/** One part of guard from the command line: its settings, its run, its report, the exit code. */
import { resolve } from 'node:path';
import type { z } from 'zod';
import { findProjectFile } from '../findings/project-file.ts';
import { attempt } from '../guard/gate/attempt.ts';
import type { PartRunner } from '../guard/gate/gate.ts';
import { judge } from '../guard/gate/judge.ts';
import { loosened } from '../guard/gate/loosened.ts';
import { type GateFile, loadGate, settingsOf } from '../guard/gate/read.ts';
import { failOnOf } from '../guard/gate/settings.ts';
import type { GuardContext, PartName, PartResult } from '../guard/part.ts';
import { shownPath } from '../review/output/paths.ts';
import { openContext } from './guard-context.ts';
import type { RawGuardOptions } from './guard-options.ts';
import { print } from './guard-print.ts';

export interface PartRun<S extends z.ZodType> {
  readonly part: Exclude<PartName, 'review'>;
  readonly schema: S;
  /** Settings that the command line gives; they win over `.hemostat.yaml`. Undefined ones say nothing. */
  readonly flags: Readonly<Record<string, unknown>>;
  /** What is looked at, absolute; the process's directory where it is none of the file system. */
  readonly root: string;
  /** How it is called where the part cannot say it. */
  readonly subject: string;
  run(settings: z.infer<S>, context: GuardContext): Promise<PartResult>;
  /** Called after `run`, once its result was judged. */
  readonly conclude?: PartRunner['conclude'];
}

/** Runs the part, prints its report, and gives the exit code. */
export async function runPart<S extends z.ZodType>(of: PartRun<S>, raw: RawGuardOptions): Promise<number> {
  const file = gateFile(raw, of.root);
  const settings = settingsOf(of.schema, file.raw, of.part, of.flags);
  const context = openContext({ cwd: of.root, offline: raw.offline === true, tls: file.config.tls });
  try {
    const result = await attempt(of.part, of.subject, () => of.run(settings, context));
    const policy = {
      failOn: failOnOf(file.config, undefined, raw.failOn),
      exceptions: file.config.exceptions,
      baseline: null,
    };
    const run = {
      command: `guard ${of.part}`,
      results: [result],
      skipped: [],
      notes: loosened(file.config, raw.failOn),
    };
    let report = judge(run, policy, context.now());
    if (of.conclude !== undefined) {
      const asked = { failOn: policy.failOn, exceptions: policy.exceptions };
      const decision = { command: run.command, outcome: report.outcome, asked, partial: null };
      report = judge({ ...run, results: [await of.conclude(result, decision)] }, policy, context.now());
    }
    context.clear();
    return await print(report, raw, of.root);
  } finally {
    context.close();
  }
}

/** The configuration that was named, or the nearest one from `root` upward. */
export function gateFile(raw: Pick<RawGuardOptions, 'config'>, root: string): GateFile {
  const cwd = process.cwd();
  if (raw.config === false) return loadGate(null, '');
  const path = raw.config === undefined ? findProjectFile(root) : resolve(cwd, raw.config);
  return loadGate(path, path === null ? '' : shownPath(path, cwd));
}
