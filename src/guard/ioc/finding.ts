/** Findings out of a report, with the facts that rules can be written from. Reads JSON of `guard …`, `gate` and `diagnose`. Pure. */
import { z } from 'zod';
import type { Severity, Verdict } from '../../findings/model.ts';
import { GuardEvidenceError } from '../error.ts';

/** What counted windows say about the process and the container. */
export interface SyscallFact {
  readonly syscall: string;
  /** As deviations have it; the parent's are of another release. */
  readonly kind: 'rate-high' | 'never-seen' | 'parent-rate-high' | 'parent-never-seen';
  /** `sha256:…`, or `exe:NAME`. */
  readonly digest: string;
  readonly container: string;
  /** As it was asked for; may be empty. */
  readonly image: string;
  readonly namespace: string;
  readonly pod: string;
  readonly comm: string;
  /** Upper end of what is normal in a minute; null: no band. */
  readonly normal: number | null;
}

export interface IocFinding {
  readonly rule: string;
  readonly verdict: Verdict;
  readonly severity: Severity;
  readonly title: string;
  readonly fingerprint: string;
  /** What it is about, as the finding's subject has it: `apps/Deployment/shop/api#container/web`, `registry/shop@sha256:…`. */
  readonly subject: string;
  readonly service: string;
  /** null: the report holds no counts of this finding. */
  readonly syscall: SyscallFact | null;
}

const Text = z.string().max(16_384);
/** Files are named by it. */
const Rule = z.string().regex(/^[a-z][a-z0-9-]{0,99}$/, { error: 'must be the id of a rule, as in: image-unsigned' });
const Finding = z.object({
  rule: Rule,
  verdict: z.enum(['proven', 'confirmed', 'suspected', 'cleared']),
  severity: z.enum(['critical', 'high', 'medium', 'low', 'info']),
  title: Text.min(1),
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
  subject: z.object({ service: Text, instance: Text }),
  standing: z.string().optional(),
});
const Deviation = z.object({
  fingerprint: Text,
  kind: z.enum(['rate-high', 'never-seen', 'parent-rate-high', 'parent-never-seen']),
  syscall: z.string().regex(/^[a-z][a-z0-9_]{0,63}$/),
  key: z.object({ digest: Text, container: Text }),
  container: z.object({ name: Text, image: Text, namespace: Text, pod: Text }).nullable(),
  process: z.object({ comm: Text }),
  band: z.object({ normal: z.tuple([z.number(), z.number()]) }).nullable(),
});
const Report = z.object({
  schema: z.enum(['hemostat/guard@1', 'hemostat/diagnosis@1']),
  findings: z.array(Finding).max(100_000),
  parts: z
    .array(
      z.object({ part: Text, facts: z.object({ deviations: z.array(Deviation).max(100_000).optional() }).loose() }),
    )
    .optional(),
});

/** Reports have megabytes at most. */
const LARGEST = 256 * 1024 * 1024;

/** Without what an exception or a policy has cleared. @throws GuardEvidenceError naming what is wrong and where */
export function readFindings(text: string, path: string): IocFinding[] {
  if (text.length > LARGEST) throw new GuardEvidenceError(`${path} is larger than any report`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GuardEvidenceError(`${path} is no JSON; write it with --json of hemostat guard, gate or diagnose`);
  }
  const parsed = Report.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const at = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
    throw new GuardEvidenceError(
      `${path} is no report of hemostat guard, gate or diagnose${at} (${issue?.message ?? 'wrong shape'}); write it with --json`,
    );
  }
  const deviations = (parsed.data.parts ?? []).flatMap(({ facts }) => facts.deviations ?? []);
  // The first of a finding is the gravest of its syscalls.
  const byFingerprint = new Map(deviations.toReversed().map((one) => [one.fingerprint, one]));
  return parsed.data.findings
    .filter(({ verdict, standing }) => verdict !== 'cleared' && standing !== 'exception' && standing !== 'cleared')
    .map(({ subject, ...finding }) => {
      const found = byFingerprint.get(finding.fingerprint);
      return {
        rule: finding.rule,
        verdict: finding.verdict,
        severity: finding.severity,
        title: finding.title,
        fingerprint: finding.fingerprint,
        subject: subject.instance,
        service: subject.service,
        syscall: found === undefined ? null : factOf(found),
      };
    });
}

function factOf({ kind, syscall, key, container, process, band }: z.infer<typeof Deviation>): SyscallFact {
  return {
    syscall,
    kind,
    digest: key.digest,
    container: key.container,
    image: container?.image ?? '',
    namespace: container?.namespace ?? '',
    pod: container?.pod ?? '',
    comm: process.comm,
    normal: band?.normal[1] ?? null,
  };
}
