import { describe, expect, it } from 'vitest';
import { checkDetectionRule } from './check-rule.ts';
import { readCondition } from './falco-condition.ts';

const FALCO = `- list: shells
  items: [bash, sh]
- macro: spawned
  condition: evt.type in (execve, execveat)
- rule: Shell
  desc: a shell
  condition: spawned and proc.name in (shells) and not (proc.pname = "cron" or proc.aname[2] exists)
  output: shell (%proc.name)
  priority: WARNING
`;

const CEL = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-root}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations:
    - expression: object.spec.containers.all(c, c.image.contains('@sha256:'))
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-root}
spec: {policyName: no-root, validationActions: [Deny, Audit]}
`;

const NETWORK = `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: shut, namespace: shop}
spec:
  podSelector: {matchLabels: {app: shop}}
  policyTypes: [Egress]
  egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8}}], ports: [{protocol: TCP, port: 5432}]}]
`;

describe('a detection rule', () => {
  it.each([
    ['Falco', FALCO, /^1 Falco rule, read after Falco's grammar \(Falco itself was not run\)$/],
    ['CEL', CEL, /^ValidatingAdmissionPolicy no-root: 1 CEL expression compiles, and it is bound$/],
    ['NetworkPolicy', NETWORK, /^NetworkPolicy shop\/shut: limits egress$/],
    ['several objects', `${CEL}---\n${NETWORK}`, /bound; NetworkPolicy/],
    [
      'a macro from elsewhere',
      FALCO.replace('spawned and', 'spawned_process and'),
      /it takes spawned_process from rules/,
    ],
  ])('loads: %s', (_, text, says) => {
    expect(checkDetectionRule(text)).toEqual({ ok: true, says: expect.stringMatching(says) });
  });

  it.each([
    ['nothing', ' \n', /empty/],
    ['prose', 'we will watch for shells', /no detection rule that is known/],
    [
      'a Deployment',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x}\n',
      /Deployment x is no detection rule/,
    ],
    ['YAML that is none', 'apiVersion: v1\nkind: [', /cannot be read/],
    ['a Falco condition', FALCO.replace('spawned and proc', 'spawned && proc'), /condition of Shell goes on with/],
    ['a field', FALCO.replace('proc.name in', 'process.name in'), /process\.name, which is no field/],
    ['a priority', FALCO.replace('WARNING', 'urgent'), /line 9: 2\.priority must be a priority|priority/],
    ['no output', FALCO.replace('  output: shell (%proc.name)\n', ''), /has no output/],
    ['only macros', FALCO.slice(0, FALCO.indexOf('- rule')), /no rule that detects/],
    ['a key', FALCO.replace('desc:', 'descr:'), /descr is not known/],
    ['CEL', CEL.replace('object.spec', 'objekt.spec'), /cannot be evaluated here/],
    ['a policy without binding', CEL.slice(0, CEL.indexOf('---')), /without a binding/],
    ['a binding without policy', CEL.slice(CEL.indexOf('---') + 4), /without its policy/],
    ['Deny with Warn', CEL.replace('Deny, Audit', 'Deny, Warn'), /Deny and Warn/],
    ['a NetworkPolicy', NETWORK.replace('10.0.0.0/8', '10.0.0.0/99'), /spec\.egress\.0\.to\.0\.ipBlock\.cidr/],
    ['one that allows all', NETWORK.replace(/egress: .*/, 'egress: [{}]'), /allows everything/],
  ])('does not load: %s', (_, text, says) => {
    expect(checkDetectionRule(text)).toEqual({ ok: false, says: expect.stringMatching(says) });
  });

  it.each([
    ['(a and b) or not c', ['a', 'b', 'c']],
    ['not not a', ['a']],
    ['evt.type=open and(a)', ['a']],
    ['proc.name contains "x y" and tolower(fd.name) startswith /etc and evt.rawres >= 0x10', []],
    ['fd.name pmatch (/a, "/b c")', []],
  ])('has a condition that Falco reads: %s', (text, macros) => {
    expect(readCondition(text)).toMatchObject({ macros });
  });

  it.each([
    '',
    'a and',
    'a or or b',
    '(a',
    'a)',
    'proc.name',
    'proc.name =',
    'proc.name in (a',
    'and',
    'evt.rawres < x',
    'a b',
    '('.repeat(500),
  ])('refuses %j', (text) => {
    expect(readCondition(text)).toHaveProperty('says');
  });
});
