/** Reports of guard for tests of its writers: one that fills every field, and the smallest. */

import type { Finding, Region } from '../findings/model.ts';
import { guardFinding } from '../guard/finding.ts';
import { judge, type Policy } from '../guard/gate/judge.ts';
import { DEFAULT_LIMIT } from '../guard/gate/limit.ts';
import type { PartName, PartResult } from '../guard/part.ts';
import type { GuardReport } from '../guard/report/report.ts';

export const NOW = new Date('2026-11-20T10:00:00Z');

export const POLICY: Policy = {
  failOn: {
    limits: { deps: DEFAULT_LIMIT, image: DEFAULT_LIMIT, config: DEFAULT_LIMIT, surface: DEFAULT_LIMIT },
    review: 'high',
  },
  exceptions: [],
  baseline: null,
};

const RULE = {
  id: 'config-container-privileged',
  summary: 'A container is privileged.',
  severity: 'critical',
  fix: 'Take privileged: true out.',
} as const;

const AT = { file: 'deploy/api.yaml', line: 12, column: 9, endLine: 12, endColumn: 25 };

/** A finding as the configuration part makes it; `changes` as a test needs it. */
export function found(name: string, changes: Partial<Finding> = {}, at: Region | null = AT): Finding {
  const finding = guardFinding(RULE, {
    verdict: 'confirmed',
    title: `Container ${name} is privileged.`,
    identity: `apps/Deployment/shop/${name}`,
    operation: '',
    at,
    service: 'shop',
    evidence: [
      {
        leg: 'config',
        says: 'It stands in the manifest.',
        numbers: [{ name: 'hops', value: 1, unit: 'count', low: 1, high: 1 }],
        captures: ['deploy/api.yaml'],
        source: { rule: 'r', confidence: 'high', where: { function: 'f', file: 'a.go', line: 1 } },
      },
    ],
    chain: [
      {
        kind: 'grant',
        text: 'ClusterRoleBinding admin gives everything',
        where: { function: '', file: 'deploy/rbac.yaml', line: 3 },
        region: { ...AT, file: 'deploy/rbac.yaml', line: 3, endLine: 3 },
        bytes: 1,
      },
    ],
  });
  return { ...finding, ...changes };
}

export function resultOf(part: PartName, findings: readonly Finding[], changes: Partial<PartResult> = {}): PartResult {
  return {
    part,
    subject: 'deploy',
    summary: `${findings.length} findings in 3 objects.`,
    findings,
    tally: [
      { name: 'with findings', count: findings.length },
      { name: 'without', count: 3 },
    ],
    notes: [],
    failures: [],
    facts: {},
    ...changes,
  };
}

/** Every field of the schema has a value in it. */
export function fullReport(): GuardReport {
  const known = found('old');
  const findings = [
    found('web', {
      fix: {
        text: 'Take it out.',
        title: 'Take it out',
        safe: true,
        edits: [{ file: 'a', start: 0, end: 1, text: '' }],
      },
      confidence: 'high',
      count: 2,
    }),
    found('low', { severity: 'low' }),
    known,
    found('excused'),
    found('allowed', { verdict: 'cleared', severity: 'info' }),
    // In no file.
    found('live', { chain: [] }, null),
  ];
  const entry = (finding: Finding, until?: string) => ({
    part: 'config' as const,
    rule: finding.rule,
    fingerprint: finding.fingerprint,
    count: 1,
    title: finding.title,
    firstSeen: '2026-01-01',
    ...(until === undefined ? {} : { until }),
  });
  const policy: Policy = {
    ...POLICY,
    exceptions: [{ rule: 'config-*', subject: '*/excused', reason: 'it is turned off in March', until: '2026-12-31' }],
    baseline: {
      file: 'baseline.json',
      entries: [
        { ...entry(known, '2027-01-01'), reason: 'ticket 7' },
        entry(found('gone')),
        entry(found('live'), '2026-01-31'),
      ],
    },
  };
  const results = [
    resultOf('config', findings, { notes: ['Charts were not rendered.'], facts: { objects: 3 } }),
    resultOf('deps', [], { subject: 'go.sum', failures: ['sum.example.org did not answer; try again later.'] }),
  ];
  const skipped = [{ part: 'image' as const, why: '--skip image', asked: true }];
  return judge({ command: 'gate', results, skipped, notes: ['Slack was not told.'] }, policy, NOW);
}

export function emptyReport(): GuardReport {
  return judge(
    { command: 'guard deps', results: [resultOf('deps', [], { tally: [] })], skipped: [], notes: [] },
    POLICY,
    NOW,
  );
}
