/** Fuzz targets of `guard baseline` and `guard ioc`: profiles, detection rules, reports. */

import { EvidenceError } from '../src/evidence/error.ts';
import { commentsOf } from '../src/guard/baseline/profile/comments.ts';
import { parseProfile } from '../src/guard/baseline/profile/read.ts';
import { writeProfile } from '../src/guard/baseline/profile/write.ts';
import { checkDetectionRule } from '../src/guard/ioc/check/check-rule.ts';
import { readFindings } from '../src/guard/ioc/finding.ts';
import { FORMATS, rulesFor } from '../src/guard/ioc/table.ts';
import { type FuzzTarget, refusing, textOf, utf8 } from './target.ts';

const MIB = 1024 * 1024;

/** A YAML document is a tree of nodes and tokens of some hundred bytes each for every few bytes, made once more for its comments. */
const YAML_ALLOWANCE = (size: number): number => 96 * MIB + 32_768 * size;

const DIGEST = `sha256:${'3f2a9c01d4e7'.padEnd(64, '0')}`;

const PROFILE = `# reviewed
schema: hemostat/syscall-baseline@1
image: registry/shop:1.4
digest: ${DIGEST}
container: api # the service
learned: {from: 2026-11-22T08:00:00.000Z, to: unknown, minutes: 1434.5, excluded: 6, instances: 3, window-seconds: 60,
  windows: 1434, only-once: 1, hours-of-day: 24, ready: true}
allowed:
  # musl
  - statx
known: {execve: start-up}
syscalls:
  accept4: {normal: [60, 3000], anomalous: 4100, source: tracepoint, load: {base: 2.5, per-unit: 1, noise: 0.1}}
  openat: {normal: [12, 89], anomalous: 150, source: tracepoint} # templates
notes: ["a: b"]
`;

export const profile: FuzzTarget = {
  name: 'baseline-profile',
  seeds: () => [
    utf8(PROFILE),
    utf8('a: &a [x, x]\nsyscalls: *a\n'),
    utf8('schema: 1\nsyscalls: {openat: {normal: [1e999, .nan]}}'),
  ],
  allowance: YAML_ALLOWANCE,
  run: (input) => {
    const text = textOf(input);
    const read = parseProfile(text);
    if (!('key' in read)) throw new EvidenceError('answer', read[0]?.message ?? 'no profile');
    const written = writeProfile(read, commentsOf(text));
    const again = parseProfile(written);
    if (!('key' in again) || writeProfile(again) !== writeProfile(read))
      throw new Error('a profile is another one when it is read again');
  },
};

const FALCO = `- list: shells
  items: [bash, "sh"]
- rule: Shell
  desc: d
  condition: evt.type in (execve) and (proc.name in (shells) or not fd.name contains "x y") and tolower(proc.aname[2]) exists
  output: o
  priority: WARNING
`;
const CEL = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}
  validations: [{expression: "object.spec.containers.all(c, c.image.endsWith('x') && [1, 2].exists(i, i > 1))"}]
---
{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding", "metadata": {"name": "p"}, "spec": {"policyName": "p", "validationActions": ["Deny"]}}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: n, namespace: s}
spec: {podSelector: {}, egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{port: 53}]}]}
`;

export const rule: FuzzTarget = {
  name: 'detection-rule',
  seeds: () => [utf8(FALCO), utf8(CEL), utf8(`- rule: x\n  condition: ${'('.repeat(300)}`)],
  allowance: YAML_ALLOWANCE,
  run: (input) => {
    const { ok, says } = checkDetectionRule(textOf(input));
    if (says === '') throw new Error('nothing was said');
    if (!ok) throw new EvidenceError('answer', says);
  },
};

const REPORT = JSON.stringify({
  schema: 'hemostat/guard@1',
  findings: ['syscall-never-seen', 'image-unsigned', 'config-runs-as-root', 'config-no-default-deny'].map(
    (name, i) => ({
      rule: name,
      verdict: 'confirmed',
      severity: 'high',
      title: 'It "is".',
      fingerprint: `${i}123456789abcdef`,
      subject: {
        service: 's',
        instance: ['x', `r/shop@${DIGEST}`, 'apps/Deployment/shop/api#container/web', 'Namespace/shop'][i],
      },
    }),
  ),
  parts: [
    {
      part: 'run',
      facts: {
        deviations: [
          {
            fingerprint: '0123456789abcdef',
            kind: 'never-seen',
            syscall: 'connect',
            key: { digest: DIGEST, container: 'api' },
            container: { name: 'api', image: 'r/shop:1', namespace: 'shop', pod: 'p' },
            process: { comm: 'shop' },
            band: null,
          },
        ],
      },
    },
  ],
});

export const report: FuzzTarget = {
  name: 'ioc-report',
  seeds: () => [utf8(REPORT)],
  allowance: (size) => 64 * MIB + 8192 * size,
  run: (input) =>
    refusing('GuardEvidenceError', () => {
      const options = { formats: FORMATS, selector: { app: 'x' }, allow: [] };
      for (const finding of readFindings(textOf(input), 'r'))
        for (const { text } of rulesFor(finding, options)) {
          const check = text === null ? null : checkDetectionRule(text);
          if (check !== null && !check.ok)
            throw new Error(`a rule that would not load was written: ${check.says}\n${text}`);
        }
    }),
};
