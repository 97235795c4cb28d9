import { describe, expect, it } from 'vitest';
import { readRecording } from '../../evidence/syscalls/read.ts';
import type { Finding } from '../../findings/model.ts';
import { emptyReport } from '../../testing/guard-report.ts';
import { NEXT_DIGEST, recordingText, SHOP, SHOP_DIGEST } from '../../testing/syscall-windows.ts';
import { learnProfiles } from '../baseline/learn.ts';
import { planProfiles } from '../baseline/profile/plan.ts';
import { checkRecordings } from '../baseline/run-part.ts';
import { runCel } from '../config/policy/cel.ts';
import type { PolicyObject } from '../config/policy/model.ts';
import { judge } from '../gate/judge.ts';
import { DEFAULT_LIMIT } from '../gate/limit.ts';
import { mapOf } from '../json/values.ts';
import { parseManifests } from '../manifests/parse.ts';
import type { PartResult } from '../part.ts';
import { writeGuardJson } from '../report/json.ts';
import { checkDetectionRule } from './check/check-rule.ts';
import { type IocFinding, readFindings } from './finding.ts';
import { FORMATS, type Format, type IocOptions, rulesFor } from './table.ts';

const DAY = Date.UTC(2026, 10, 22, 8);
function report(results: readonly PartResult[]) {
  const limits = { deps: DEFAULT_LIMIT, image: DEFAULT_LIMIT, config: DEFAULT_LIMIT, surface: DEFAULT_LIMIT };
  const run = { command: 'guard baseline check', results, skipped: [], notes: [] };
  return judge(run, { failOn: { limits, review: 'never' }, exceptions: [], baseline: null }, new Date(DAY));
}

const OPTIONS: IocOptions = { formats: FORMATS, selector: {}, allow: [] };

function findingsOf(extra: Readonly<Record<string, number>>): IocFinding[] {
  const learned = readRecording(Buffer.from(recordingText({ containers: [SHOP], windows: 1440, from: DAY })));
  const profiles = planProfiles(learnProfiles([learned]), [], null).map(({ profile, text, name }) => ({
    path: name,
    text,
    profile,
  }));
  const made = { containers: [{ ...SHOP, extra: { 30: extra } }], windows: 60, from: DAY + 86_400_000, seed: 2 };
  const recording = readRecording(Buffer.from(recordingText(made)));
  return readFindings(writeGuardJson(report([checkRecordings([{ file: 'x', recording }], profiles)])), 'x.json');
}

function finding(rule: string, subject: string, more: Partial<IocFinding> = {}): IocFinding {
  return {
    rule,
    verdict: 'confirmed',
    severity: 'high',
    title: 'It is "so".\nAnd: %proc.name',
    fingerprint: '0123456789abcdef',
    subject,
    service: 'api',
    syscall: null,
    ...more,
  };
}

function textFor(one: IocFinding, format: Format, options: Partial<IocOptions> = {}): string {
  const [answer] = rulesFor(one, { ...OPTIONS, ...options, formats: [format] });
  if (answer === undefined || answer.text === null) throw new Error(`nothing was written: ${answer?.why}`);
  expect(checkDetectionRule(answer.text)).toMatchObject({ ok: true });
  return answer.text;
}

/** What the policy of `text` says of a pod in namespace `shop`. */
function refusals(text: string, spec: object, namespace = 'shop'): string[] {
  const { objects } = parseManifests('p.yaml', text);
  const [policy, binding] = objects;
  const place: PolicyObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    name: namespace,
    namespace: '',
    value: { metadata: { labels: { 'kubernetes.io/metadata.name': namespace } } },
  };
  const pod: PolicyObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    name: 'p',
    namespace,
    value: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace }, spec },
  };
  const answer = runCel(
    {
      type: 'cel',
      file: '',
      name: policy?.name ?? '',
      spec: policy?.value.spec,
      bindings: [mapOf(binding?.value.spec)],
      others: [],
    },
    [place, pod],
  );
  expect(answer.failures).toEqual([]);
  return answer.violations.map(({ says }) => says);
}

describe('rules for what counted windows found', () => {
  it('follow from a syscall that was never seen, by the image that made it', () => {
    const [found] = findingsOf({ ptrace: 2 });
    if (found === undefined) throw new Error('nothing was found');
    expect(found).toMatchObject({
      rule: 'syscall-never-seen',
      verdict: 'confirmed',
      syscall: { syscall: 'ptrace', digest: SHOP_DIGEST, namespace: 'prod' },
    });
    const falco = textFor(found, 'falco');
    expect(falco).toContain(`container.image.digest = "${SHOP_DIGEST}"`);
    expect(falco).toContain('evt.type = ptrace and');
    const cel = textFor(found, 'cel');
    const image = `registry:5000/shop@${SHOP_DIGEST}`;
    expect(refusals(cel, { containers: [{ name: 'api', image }] })).toEqual([
      expect.stringContaining('need a seccompProfile of type Localhost'),
    ]);
    expect(refusals(cel, { containers: [{ name: 'api', image: 'registry:5000/shop:1.4' }] })).toHaveLength(1);
    expect(
      refusals(cel, { initContainers: [{ name: 'i', image }], containers: [{ name: 'a', image: 'other:1' }] }),
    ).toHaveLength(1);
    const localhost = { type: 'Localhost', localhostProfile: 'api.json' };
    expect(
      refusals(cel, { securityContext: { seccompProfile: localhost }, containers: [{ name: 'api', image }] }),
    ).toEqual([]);
    expect(
      refusals(cel, { containers: [{ name: 'api', image, securityContext: { seccompProfile: localhost } }] }),
    ).toEqual([]);
    expect(
      refusals(cel, {
        securityContext: { seccompProfile: localhost },
        containers: [{ name: 'api', image, securityContext: { seccompProfile: { type: 'Unconfined' } } }],
      }),
    ).toHaveLength(1);
    expect(refusals(cel, { containers: [{ name: 'api', image: `other@${NEXT_DIGEST}` }] })).toEqual([]);
    expect(rulesFor(found, OPTIONS).map((one) => (one.text === null ? one.why : one.format))).toEqual([
      'falco',
      'cel',
      'ptrace is no call to a network',
    ]);
  });

  it('close the network for what calls more than it should, and ask for the labels that no finding has', () => {
    const [found] = findingsOf({ connect: 400 });
    if (found === undefined) throw new Error('nothing was found');
    expect(found.rule).toBe('syscall-rate-anomaly');
    const answers = rulesFor(found, OPTIONS);
    expect(answers.map((one) => (one.text === null ? one.why : 'written'))).toEqual([
      expect.stringMatching(/^Falco cannot count, and connect is normal up to/),
      expect.stringMatching(/API server/),
      expect.stringMatching(/--selector app=NAME/),
    ]);
    const text = textFor(found, 'networkpolicy', {
      selector: { app: 'shop' },
      allow: [{ cidr: '10.0.0.0/8', port: 5432 }],
    });
    const [policy] = parseManifests('n', text).objects;
    expect(policy?.namespace).toBe('prod');
    expect(policy?.value.spec).toMatchObject({
      podSelector: { matchLabels: { app: 'shop' } },
      policyTypes: ['Egress'],
    });
    expect(mapOf(policy?.value.spec).egress).toEqual([
      expect.anything(),
      { to: [{ ipBlock: { cidr: '10.0.0.0/8' } }], ports: [{ protocol: 'TCP', port: 5432 }] },
    ]);
  });
});

describe('rules for what was found in images and manifests', () => {
  const IMAGE = `registry:5000/shop@${SHOP_DIGEST}`;

  it('refuse an image by its digest', () => {
    const one = finding('image-vulnerability', IMAGE);
    expect(textFor(one, 'falco')).toContain(SHOP_DIGEST);
    const cel = textFor(one, 'cel');
    expect(refusals(cel, { containers: [{ name: 'a', image: `mirror/shop@${SHOP_DIGEST}` }] })).toHaveLength(1);
    expect(refusals(cel, { containers: [{ name: 'a', image: `mirror/shop@${NEXT_DIGEST}` }] })).toEqual([]);
    expect(rulesFor(finding('image-unsigned', 'registry/shop:1'), OPTIONS).map(({ text }) => text)).toEqual([
      null,
      null,
      null,
    ]);
  });

  it.each([
    ['config-root-filesystem-writable', { readOnlyRootFilesystem: true }, { readOnlyRootFilesystem: false }],
    [
      'config-seccomp-not-set',
      { seccompProfile: { type: 'RuntimeDefault' } },
      { seccompProfile: { type: 'Unconfined' } },
    ],
    ['config-container-privileged', { privileged: false }, { privileged: true }],
    ['config-privilege-escalation-allowed', { allowPrivilegeEscalation: false }, { allowPrivilegeEscalation: true }],
    ['config-runs-as-root', { runAsNonRoot: true }, { runAsNonRoot: false }],
  ])('demand in the namespace of the workload what it lacks: %s', (rule, good, bad) => {
    const cel = textFor(finding(rule, 'apps/Deployment/shop/api#container/web'), 'cel');
    const pod = (securityContext: object): object => ({ containers: [{ name: 'web', image: 'x:1', securityContext }] });
    expect(refusals(cel, pod(good))).toEqual([]);
    expect(refusals(cel, pod(bad))).toHaveLength(1);
    expect(refusals(cel, pod(bad), 'elsewhere')).toEqual([]);
    if (rule !== 'config-container-privileged')
      expect(refusals(cel, { containers: [{ name: 'web', image: 'x:1' }] })).toHaveLength(1);
  });

  it('close a namespace that nothing closes', () => {
    expect(textFor(finding('config-no-default-deny', 'Namespace/shop'), 'networkpolicy')).toContain('podSelector: {}');
  });

  it.each([
    'deps-integrity-mismatch',
    'fd-leak',
    'offheap-growth',
    'surface-grew',
    'config-wildcard-role',
    'something-new',
  ])('are not written for %s, and it is said why', (rule) => {
    for (const answer of rulesFor(finding(rule, 'x'), OPTIONS))
      expect(answer).toMatchObject({ text: null, why: expect.stringMatching(/\w{4}/) });
  });

  it('load whatever the names are', () => {
    for (const hostile of ["it's", 'a"b', 'x\ny: z', '\\', '{{ .Values }}', '']) {
      const syscall = {
        syscall: 'connect',
        kind: 'never-seen',
        digest: SHOP_DIGEST,
        container: hostile,
        image: hostile,
        namespace: 'shop',
        pod: '',
        comm: hostile,
        normal: null,
      } as const;
      for (const one of [
        finding('syscall-never-seen', hostile, { title: `${hostile}.`, syscall }),
        finding('syscall-never-seen', hostile, { syscall: { ...syscall, digest: `exe:${hostile}` } }),
      ])
        for (const { text } of rulesFor(one, { ...OPTIONS, selector: { app: 'x' } }))
          if (text !== null) expect(checkDetectionRule(text), text).toMatchObject({ ok: true });
    }
  });
});

describe('reading a report', () => {
  it('leaves out what an exception covers, and says what is no report', () => {
    const found: Partial<Finding> = {
      rule: 'image-unsigned',
      verdict: 'confirmed',
      severity: 'high',
      title: 't',
      fingerprint: 'aaaaaaaaaaaaaaaa',
      subject: { service: 's', instance: 'i' },
    };
    const text = JSON.stringify({
      schema: 'hemostat/guard@1',
      findings: [
        { ...found, standing: 'blocks' },
        { ...found, standing: 'exception' },
        { ...found, verdict: 'cleared' },
      ],
    });
    expect(readFindings(text, 'r').map(({ rule }) => rule)).toEqual(['image-unsigned']);
    expect(() => readFindings('no', 'r.json')).toThrow(/^r\.json is no JSON/);
    // Files are named by the rule: none is written elsewhere.
    expect(() => readFindings(text.replaceAll('image-unsigned', 'image-a/../../x'), 'r.json')).toThrow(
      /^r\.json is no report .* at findings\.\d+\.rule/,
    );
    expect(() => readFindings('{"schema":"x"}', 'r.json')).toThrow(
      /^r\.json is no report of hemostat guard, gate or diagnose at schema/,
    );
    expect(readFindings(writeGuardJson(emptyReport()), 'r')).toEqual([]);
  });
});
