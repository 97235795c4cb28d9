/** Own policies over a set of objects, as findings. */
import type { Finding } from '../../../findings/model.ts';
import { guardFinding } from '../../finding.ts';
import { identityOf, serviceOf, titleOf } from '../../manifests/identity.ts';
import type { KubeObject } from '../../manifests/manifest.ts';
import type { GuardContext } from '../../part.ts';
import { loadPolicies } from './load.ts';
import type { Policy, Violation } from './model.ts';
import { POLICY_VIOLATED } from './rules.ts';
import { LIMITS, type Limits, runInThread } from './thread.ts';

/** What became of one policy. */
export interface PolicyFacts {
  readonly name: string;
  readonly file: string;
  readonly type: 'cel' | 'rego';
  /** Objects that it was asked about. */
  readonly evaluated: number;
  readonly violations: number;
  readonly failures: number;
}

export interface PolicyRun {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
  readonly failures: readonly string[];
  readonly facts: readonly PolicyFacts[];
}

/** Runs what `paths` name. @throws GuardUsageError for policies that cannot be read */
export async function runPolicies(
  paths: readonly string[],
  objects: readonly KubeObject[],
  context: Pick<GuardContext, 'cwd' | 'progress'>,
  limits: Limits = LIMITS,
): Promise<PolicyRun> {
  if (paths.length === 0) return { findings: [], notes: [], failures: [], facts: [] };
  const policies = await loadPolicies(paths, context.cwd);
  context.progress(`running ${policies.length} policies`);
  const plain = objects.map(({ apiVersion, kind, name, namespace, value }) => ({
    apiVersion,
    kind,
    name,
    namespace,
    value,
  }));
  const answers = await runInThread(policies, plain, limits);
  const findings: Finding[] = [];
  const notes: string[] = [];
  const failures: string[] = [];
  const facts: PolicyFacts[] = [];
  policies.forEach((policy, i) => {
    const answer = answers[i];
    if (answer === undefined) return;
    const called = `The policy ${policy.name} (${policy.file})`;
    findings.push(...answer.violations.map((violation) => findingOf(policy, violation, objects)));
    notes.push(...answer.notes.map((note) => `${called} ${note}.`));
    failures.push(...answer.failures.map((failure) => `${called} ${failure}.`));
    const { type, name, file } = policy;
    facts.push({
      name,
      file,
      type,
      evaluated: answer.evaluated,
      violations: answer.violations.length,
      failures: answer.failures.length,
    });
  });
  return { findings, notes, failures, facts };
}

function findingOf(policy: Policy, violation: Violation, objects: readonly KubeObject[]): Finding {
  const object = objects[violation.object];
  const says = violation.says.replace(/\s+/g, ' ').replace(/\.$/, '');
  const about = object === undefined ? 'The set of objects' : titleOf(object);
  return guardFinding(POLICY_VIOLATED, {
    verdict: 'confirmed',
    severity: violation.warns ? 'medium' : POLICY_VIOLATED.severity,
    title: `${about} breaks the policy ${policy.name}: ${says}.`,
    identity: object === undefined ? `policy/${policy.name}` : identityOf(object),
    operation: `${policy.name} ${violation.operation}`,
    at: object?.at(violation.path) ?? null,
    service: object === undefined ? '' : serviceOf(object),
    evidence: [
      {
        leg: 'config',
        says: `${policy.type === 'cel' ? 'The CEL' : 'The Rego'} policy ${policy.name} of ${policy.file} was evaluated for it.`,
        numbers: [],
        captures: [],
      },
    ],
  });
}
