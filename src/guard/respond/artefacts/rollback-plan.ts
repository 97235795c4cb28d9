/** A rollback plan: its digest exists and is signed, and what ran of it was flat and within its baseline. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { atLeast } from '../../../findings/sort.ts';
import { formatDuration } from '../../../findings/units.ts';
import { GuardEvidenceError, GuardUsageError } from '../../error.ts';
import { HttpError } from '../../http/http.ts';
import type { GuardContext } from '../../part.ts';
import { credentialsOf } from '../../registry/credentials.ts';
import { openRepository } from '../../registry/open.ts';
import { parseImageReference } from '../../registry/reference.ts';
import { inspectSignatures } from '../../signature/inspect.ts';
import type { TrustPolicy } from '../../signature/signature.ts';
import { readDiagnosis } from '../intake.ts';
import { notChecked, type Outcome, passed, refused } from './outcome.ts';
import { type RollbackPlan, readPlan } from './plan-file.ts';

export interface PlanCheck {
  readonly file: string;
  /** Whose signatures count; null: no key was given. */
  readonly trust: TrustPolicy | null;
  readonly insecure: boolean;
  /** The service of the finding. */
  readonly service: string;
  /** How long was watched to find it; null: not known. */
  readonly seconds: number | null;
  readonly context: GuardContext;
}

const MOST_FILE = 64 * 1024 * 1024;

/** @throws GuardUsageError where a key cannot be used */
export async function checkPlan(check: PlanCheck): Promise<Outcome> {
  const text = await textOf(check.file);
  if (text === null) return refused(`there is no plan ${check.file} that can be read`);
  const plan = readPlan(text, check.file);
  if (typeof plan === 'string') return refused(plan);
  // What is refused by any of them is refused; what could not be looked at has not passed.
  const outcomes = [await signed(plan, check), await flat(plan, check), await clean(plan, check)];
  const bad = outcomes.find((each) => !each.passed && each.known);
  if (bad !== undefined) return bad;
  const unknown = outcomes.filter((each) => !each.passed);
  if (unknown.length > 0) return { passed: false, known: false, says: unknown.map(({ says }) => says).join('; ') };
  return passed(outcomes.map(({ says }) => says).join('; '));
}

async function signed(plan: RollbackPlan, { trust, insecure, context }: PlanCheck): Promise<Outcome> {
  const short = `${plan.digest.slice(0, 19)}…`;
  if (context.offline) return notChecked(`whether ${short} is there and signed: --offline allows no network`);
  if (trust === null) return notChecked(`whether ${short} is signed: give the key with --key`);
  try {
    const reference = parseImageReference(`${plan.image}@${plan.digest}`);
    const repository = openRepository(context.http, reference, credentialsOf(context.env), { insecure });
    const image = await repository.manifest(plan.digest);
    if (image === null) return refused(`there is no ${short} in ${plan.image}`);
    const report = await inspectSignatures(repository, image, trust, context.now());
    const valid = report.signatures.filter(({ outcome }) => outcome === 'valid');
    if (valid.length > 0)
      return passed(
        `${short} is there, signed by ${[...new Set(valid.map(({ signer }) => signer))].sort().join(', ')}`,
      );
    if (!report.complete) return notChecked(`whether ${short} is signed: ${report.notes.join('; ')}`);
    return refused(`${short} has no signature of these keys (${report.signatures.length} seen)`);
  } catch (error) {
    if (error instanceof GuardUsageError) return refused(error.message);
    if (error instanceof GuardEvidenceError || error instanceof HttpError) return notChecked(error.message);
    throw error;
  }
}

/** Where it is not known how long it takes to see such a leak. */
const LEAST_SECONDS = 600;
/** The last snapshot comes when it comes. */
const ENOUGH = 0.95;

async function flat(plan: RollbackPlan, { file, service, seconds }: PlanCheck): Promise<Outcome> {
  if (plan.diagnosis === null)
    return notChecked('whether its heap was flat: name a diagnosis of it in the plan (diagnosis: FILE.json)');
  const text = await textOf(resolve(dirname(file), plan.diagnosis));
  if (text === null) return refused(`there is no diagnosis ${plan.diagnosis} beside the plan that can be read`);
  try {
    const { target, window, findings } = readDiagnosis(text, plan.diagnosis);
    if (target.service !== service)
      return refused(`${plan.diagnosis} is a diagnosis of ${target.service} and not of ${service}`);
    const first = findings.find(({ verdict }) => atLeast(verdict, 'confirmed'));
    if (first !== undefined) return refused(`${plan.diagnosis} is not flat: ${first.title}`);
    const least = seconds ?? LEAST_SECONDS;
    if (window.seconds < least * ENOUGH)
      return refused(
        `${plan.diagnosis} watched for ${formatDuration(window.seconds)} only, and ${formatDuration(least)} ${seconds === null ? 'are needed' : 'it took to find this'}: so short a look shows nothing flat`,
      );
    // A diagnosis names no image: this much is the plan's word.
    return passed(
      `flat over ${formatDuration(window.seconds)} by ${plan.diagnosis} (that this ran the digest is the plan's word)`,
    );
  } catch (error) {
    if (error instanceof GuardUsageError) return refused(error.message);
    throw error;
  }
}

const baselineReport = z.object({
  schema: z.literal('hemostat/guard@1'),
  outcome: z.enum(['passed', 'blocked', 'unknown']),
  parts: z.array(
    z.object({
      part: z.string(),
      facts: z.looseObject({
        containers: z
          .array(z.object({ key: z.object({ digest: z.string() }), state: z.string(), windows: z.number() }))
          .optional(),
        deviations: z.array(z.object({ key: z.object({ digest: z.string() }) })).optional(),
      }),
    }),
  ),
});

async function clean(plan: RollbackPlan, { file }: PlanCheck): Promise<Outcome> {
  if (plan.baseline === null)
    return notChecked('whether its baseline was clean: name a report in the plan (baseline: FILE.json)');
  const text = await textOf(resolve(dirname(file), plan.baseline));
  const parsed = text === null ? null : baselineReport.safeParse(jsonOf(text));
  if (parsed?.success !== true)
    return refused(`${plan.baseline} is no report of hemostat guard baseline check --json beside the plan`);
  const parts = parsed.data.parts.filter(({ part }) => part === 'run');
  const own = parts.flatMap(({ facts }) => facts.containers ?? []).filter(({ key }) => key.digest === plan.digest);
  const deviations = parts
    .flatMap(({ facts }) => facts.deviations ?? [])
    .filter(({ key }) => key.digest === plan.digest);
  if (deviations.length > 0) return refused(`${plan.baseline} has ${deviations.length} deviations of that digest`);
  const windows = own.filter(({ state }) => state === 'checked').reduce((sum, each) => sum + each.windows, 0);
  if (windows === 0) return refused(`${plan.baseline} has checked no window of that digest`);
  return passed(`within its baseline over ${windows} windows by ${plan.baseline}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function textOf(file: string): Promise<string | null> {
  try {
    // A plan names files: a device or a pipe has no end.
    const info = await stat(file);
    return info.isFile() && info.size <= MOST_FILE ? await readFile(file, 'utf8') : null;
  } catch {
    return null;
  }
}
