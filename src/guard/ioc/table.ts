/**
 * Which finding gives which rules. Only what follows from the finding's facts is written; where nothing does, the reason is said.
 * docs/ioc.md shows this table. Pure.
 */
import type { IocFinding, SyscallFact } from './finding.ts';
import { containersMust, denyImage, type PodDemand, podsOfImageMust } from './write-cel.ts';
import { falcoOfImage, falcoOfSyscall } from './write-falco.ts';
import { denyNamespace, type EgressTarget, limitEgress } from './write-network.ts';

export const FORMATS = ['falco', 'cel', 'networkpolicy'] as const;
export type Format = (typeof FORMATS)[number];

/** What the person adds that no finding knows. */
export interface IocOptions {
  readonly formats: readonly Format[];
  /** Labels of the workload's pods, for NetworkPolicies. */
  readonly selector: Readonly<Record<string, string>>;
  /** What the workload may still reach. */
  readonly allow: readonly EgressTarget[];
}

/** A file to write, or why there is none. */
export type IocAnswer =
  | { readonly format: Format; readonly text: string; readonly does: string }
  | { readonly format: Format; readonly text: null; readonly why: string };

/** Calls by which something leaves or enters over a network. */
const NETWORK = new Set(['socket', 'connect', 'bind', 'listen', 'accept', 'accept4', 'sendto', 'sendmsg', 'sendmmsg']);

/** Once in a minute or less is so rare that an alert per call can be read. */
const RARE = 1;

const DEMANDS: Readonly<Record<string, PodDemand>> = {
  'config-root-filesystem-writable': 'read-only-root',
  'config-seccomp-not-set': 'seccomp',
  'config-container-privileged': 'unprivileged',
  'config-privilege-escalation-allowed': 'no-escalation',
  'config-runs-as-root': 'non-root',
};

/** One answer per format that was asked for. */
export function rulesFor(finding: IocFinding, options: IocOptions): IocAnswer[] {
  return options.formats.map((format) => answer(format, finding, options));
}

function answer(format: Format, finding: IocFinding, options: IocOptions): IocAnswer {
  const no = (why: string): IocAnswer => ({ format, text: null, why });
  const yes = ({ text, does }: { text: string; does: string }): IocAnswer => ({ format, text, does });
  const { rule, syscall } = finding;
  if (rule === 'syscall-never-seen' || rule === 'syscall-rate-anomaly') {
    if (syscall === null)
      return no('the report does not hold the counts of it; take that of hemostat guard baseline check --json');
    if (syscall.kind.startsWith('parent-'))
      return no('it was held against the release before, and what another release does is no sign of anything');
    if (format === 'falco') return ofSyscall(finding, syscall);
    if (format === 'cel') {
      if (rule === 'syscall-rate-anomaly') return no('a rate is nothing that the API server sees');
      const digest = digestOf(syscall.digest);
      return digest === null
        ? no('no image digest is known, and admission sees images')
        : yes(podsOfImageMust(finding, digest, syscall.image));
    }
    if (!NETWORK.has(syscall.syscall)) return no(`${syscall.syscall} is no call to a network`);
    return syscall.namespace === ''
      ? no('it is not known in which namespace it runs')
      : egress(finding, syscall.namespace, options);
  }
  if (rule.startsWith('image-')) {
    const [, name = '', digest = ''] = /^(.*)@(sha256:[0-9a-f]{64})$/.exec(finding.subject) ?? [];
    if (format === 'networkpolicy') return no('an image is nothing that a network policy sees');
    if (digest === '') return no('the finding names no digest, and a tag is another image tomorrow');
    return yes(format === 'falco' ? falcoOfImage(finding, digest) : denyImage(finding, digest, name));
  }
  const demand = DEMANDS[rule];
  if (demand !== undefined) {
    const [, namespace = ''] = /^(?:[^/#]+\/)?[A-Z][A-Za-z]*\/([a-z0-9.-]+)\/[^/#]+/.exec(finding.subject) ?? [];
    if (format === 'falco') return no('a setting is no call that Falco sees');
    if (format === 'networkpolicy') return no('a setting of a container is nothing that a network policy sees');
    return namespace === '' ? no('the finding names no namespace') : yes(containersMust(finding, demand, namespace));
  }
  if (rule === 'config-no-default-deny') {
    const [, namespace = ''] = /^Namespace\/([a-z0-9-]+)$/.exec(finding.subject) ?? [];
    if (format !== 'networkpolicy') return no('only a network policy closes a network');
    return namespace === '' ? no('the finding names no namespace') : yes(denyNamespace(finding, namespace));
  }
  return no(
    REASONS.find(([pattern]) => pattern.test(rule))?.[1] ??
      'nothing that Falco, admission or a network policy sees follows from it',
  );
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^deps-/, 'a package is mended in the lock file; nothing of it is seen at run time'],
  [/^surface-/, 'a sum of many things is no sign of one'],
  [
    /^(fd-leak|offheap-growth|fd-growth|blocked-clients|goroutine-|heap-|map-|timer-)/,
    'a leak is a trend over hours, and these tools see single calls and objects; hemostat watch sees it',
  ],
  [/^config-/, 'nothing ready to load follows from it; hemostat guard config --fix mends what can be mended'],
];

function ofSyscall(finding: IocFinding, fact: SyscallFact): IocAnswer {
  if (finding.rule === 'syscall-never-seen') return { format: 'falco', ...falcoOfSyscall(finding, fact) };
  if (fact.normal !== null && fact.normal <= RARE) return { format: 'falco', ...falcoOfSyscall(finding, fact) };
  return {
    format: 'falco',
    text: null,
    why: `Falco cannot count, and ${fact.syscall} is normal ${fact.normal === null ? 'at an unknown rate' : `up to ${fact.normal} times a minute`}: each call would be an alert`,
  };
}

function egress(finding: IocFinding, namespace: string, options: IocOptions): IocAnswer {
  if (Object.keys(options.selector).length === 0)
    return {
      format: 'networkpolicy',
      text: null,
      why: 'the finding does not hold the labels of its pods; give them: --selector app=NAME',
    };
  return { format: 'networkpolicy', ...limitEgress(finding, namespace, options.selector, options.allow) };
}

function digestOf(text: string): string | null {
  return /^sha256:[0-9a-f]{64}$/.test(text) ? text : null;
}
