import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance } from './clock.ts';
import { alertmanager, defectDojo } from './export.ts';
import { makeReport, quantile } from './report.ts';
import { writeReportMarkdown, writeReportText } from './report-text.ts';
import { event, findingOf, found, HOUR, MINUTE, matrixOf, rowOf } from './testing.ts';
import { writeIncident, writeList } from './text.ts';

const T = Date.UTC(2026, 10, 23, 9);
const TERMINAL = { width: 80, color: false, unicode: true };

describe('quantiles', () => {
  it('are order statistics where everything is done', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 40 }), fc.constantFrom(0.5, 0.9), (times, q) => {
        const sorted = times.toSorted((a, b) => a - b);
        const expected = sorted[Math.ceil(q * sorted.length - 1e-9) - 1];
        expect(
          quantile(
            times.map((ms) => ({ ms, done: true })),
            q,
          ),
        ).toBe(expected);
      }),
    );
  });
  it('count what is still open as longer than it has lasted', () => {
    const done = (ms: number) => ({ ms, done: true });
    const open = (ms: number) => ({ ms, done: false });
    // Worked out by hand: 4/5, then 3/5 of what lasts longer, the open one leaves, then 3/5 · 1/2.
    expect(quantile([done(1), done(2), open(3), done(4), open(9)], 0.5)).toBe(4);
    expect(quantile([done(1), done(2), open(3), done(4), open(9)], 0.9)).toBeNull();
    expect(quantile([open(5), open(6)], 0.5)).toBeNull();
    expect(quantile([], 0.5)).toBeNull();
    // Left out, the median would be 1.
    expect(quantile([done(1), open(5), open(6)], 0.5)).toBeNull();
  });
});

const matrix = matrixOf([
  rowOf({ acknowledgeMs: 15 * MINUTE }),
  rowOf({ role: 'operations', dueMs: 15 * MINUTE, artefact: 'rollback-plan' }),
]);
const acknowledged = event(T + 5 * MINUTE, { kind: 'acknowledged', role: 'development', note: 'looking\u001b[31m' });

it('reports per kind and role, with breaches and what is open', () => {
  const { incidents } = advance([found(T), acknowledged], matrix, T + HOUR);
  const report = makeReport(incidents, null, T + HOUR);
  expect(report).toMatchObject({ incidents: 1, rounds: 1, open: 1 });
  expect(
    report.roles.find(({ name }) => name === 'operations')?.times.find(({ measure }) => measure === 'mitigate'),
  ).toMatchObject({ n: 0, open: 1, median: null, breaches: 1 });
  expect(writeReportText(report, TERMINAL)).toContain('n is 1: with fewer than 10');
  expect(writeReportMarkdown(report)).toContain('| goroutine-growth | acknowledge | 1 | 0 | 5 min | 5 min | 0 |');
  expect(makeReport(incidents, T + 1, T + HOUR).rounds).toBe(0);
});

it('shows an incident as it is read at night', async () => {
  const { incidents } = advance([found(T), acknowledged], matrix, T + HOUR);
  const [incident] = incidents;
  if (incident === undefined) throw new Error('none');
  const shown = { terminal: TERMINAL, zone: 'Europe/Berlin', now: T + HOUR };
  const text = `${writeList(incidents, 2, shown)}\n${writeIncident(incident, ['it has not been measured flat'], shown)}`;
  await expect(text).toMatchFileSnapshot('testdata/incident.txt');
  // What people wrote reaches no terminal as it is.
  expect(text).not.toContain('\u001b');
});

it('exports for DefectDojo with the keys that its parser allows, and no others', () => {
  const closed = event(T + HOUR, { kind: 'closed', says: '' });
  const { incidents } = advance([found(T), closed], matrix, T + 2 * HOUR);
  const [finding] = JSON.parse(defectDojo(incidents, '1')).findings;
  expect(finding).toMatchObject({
    title: findingOf().title,
    severity: 'Critical',
    date: '2026-11-23',
    active: false,
    is_mitigated: true,
    mitigated: '2026-11-23T10:00:00.000Z',
    unique_id_from_tool: findingOf().fingerprint,
    vuln_id_from_tool: 'goroutine-growth',
  });
  // dojo/tools/generic/json_parser.py raises "Not allowed fields are present" for any other.
  const allowed =
    'date cwe cve epss_score epss_percentile cvssv3 cvssv3_score cvssv4 cvssv4_score mitigation impact steps_to_reproduce severity_justification references active verified false_p out_of_scope risk_accepted under_review is_mitigated thread_id mitigated numerical_severity param payload line file_path component_name component_version static_finding dynamic_finding scanner_confidence unique_id_from_tool vuln_id_from_tool sast_source_object sast_sink_object sast_source_line sast_source_file_path nb_occurences publish_date service planned_remediation_date planned_remediation_version effort_for_fixing tags title severity description'.split(
      ' ',
    );
  expect(Object.keys(finding).filter((key) => !allowed.includes(key))).toEqual([]);
  const [open] = JSON.parse(defectDojo(advance([found(T)], matrix, T).incidents, '1')).findings;
  expect(open).toMatchObject({ active: true, planned_remediation_date: '2026-11-23' });
  expect(open).not.toHaveProperty('mitigated');
});

it('exports for Alertmanager: the incident, and what is overdue since when', () => {
  const alerts = JSON.parse(alertmanager(advance([found(T), acknowledged], matrix, T + HOUR).incidents, T + HOUR));
  expect(alerts).toMatchObject([
    {
      labels: { alertname: 'HemostatIncident', severity: 'critical' },
      startsAt: '2026-11-23T09:00:00.000Z',
      endsAt: '2026-11-23T10:10:00.000Z',
    },
    {
      labels: { alertname: 'HemostatResponseOverdue', role: 'operations', clock: 'resolve' },
      startsAt: '2026-11-23T09:15:00.000Z',
    },
  ]);
});
