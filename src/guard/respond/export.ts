/** Incidents in the forms of others: DefectDojo's "Generic Findings Import" (JSON) and Alertmanager's alerts. Pure. */
import { alertJson } from '../../findings/alertmanager.ts';
import type { Severity } from '../../findings/model.ts';
import type { ClockState, IncidentState } from './model.ts';
import { owedBy } from './remind.ts';

const DOJO_SEVERITY: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  info: 'Info',
};

/**
 * The keys are those that dojo/tools/generic/json_parser.py allows (any other makes it refuse the file). `planned_remediation_date` is
 * when the first resolve clock is due; DefectDojo counts its own SLA from `date`.
 */
export function defectDojo(incidents: readonly IncidentState[], version: string): string {
  const findings = incidents.map((incident) => {
    const { id, finding, foundAt, state, closedAt, clocks, measured, round } = incident;
    const due = soonest(clocks);
    const place = finding.where;
    return {
      title: finding.title,
      severity: DOJO_SEVERITY[finding.severity],
      description: describe(incident),
      mitigation: finding.fix.text,
      date: dayOf(foundAt),
      active: state === 'open',
      verified: finding.verdict === 'proven' || finding.verdict === 'confirmed',
      ...(closedAt === null ? {} : { is_mitigated: true, mitigated: new Date(closedAt).toISOString() }),
      ...(due === null ? {} : { planned_remediation_date: dayOf(due) }),
      unique_id_from_tool: finding.fingerprint,
      vuln_id_from_tool: finding.rule,
      service: finding.subject.service,
      component_name: finding.subject.service,
      ...(place.file === '' ? {} : { file_path: place.file }),
      ...(place.line === 0 ? {} : { line: place.line }),
      static_finding: finding.evidence.every(({ leg }) => ['source', 'supply', 'scan', 'config'].includes(leg)),
      dynamic_finding: finding.evidence.some(({ leg }) => !['source', 'supply', 'scan', 'config'].includes(leg)),
      ...(measured === null ? {} : { severity_justification: measured.says }),
      tags: ['hemostat', `incident:${id}`, `round:${round}`],
    };
  });
  const report = { name: 'hemostat guard respond', type: 'hemostat', version, findings };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function describe({ id, finding, clocks, source }: IncidentState): string {
  return [
    finding.title,
    '',
    ...finding.evidence.map(({ leg, says }) => `- ${leg}: ${says}`),
    '',
    `Incident ${id}, from ${source}.`,
    ...clocks
      .filter(({ clock }) => clock === 'resolve')
      .map(
        (clock) =>
          `- ${clock.role}: ${clock.artefact === null ? '' : owedBy({ artefact: clock.artefact, proof: clock.proof })}, ${clock.state}${clock.dueAt === null ? '' : `, due ${new Date(clock.dueAt).toISOString()}`}`,
      ),
  ].join('\n');
}

function soonest(clocks: readonly ClockState[]): number | null {
  const due = clocks.flatMap(({ clock, dueAt }) => (clock === 'resolve' && dueAt !== null ? [dueAt] : []));
  return due.length === 0 ? null : Math.min(...due);
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

/** Of an open incident without news Alertmanager keeps an alert so long, ms: export it again within that time. */
const LASTS_MS = 10 * 60_000;

/** One alert for every incident, ended where it is closed, and one for every clock that is over its time. */
export function alertmanager(incidents: readonly IncidentState[], now: number): string {
  const alerts = incidents.flatMap((incident) => {
    const { id, finding, roundAt, closedAt, clocks } = incident;
    const labels = {
      incident: id,
      rule: finding.rule,
      service: finding.subject.service,
      severity: finding.severity,
    };
    const annotations = { summary: finding.title, fix: finding.fix.text, fingerprint: finding.fingerprint };
    const endsAt = closedAt ?? now + LASTS_MS;
    const breached = clocks.flatMap((clock) => {
      if (clock.state !== 'breached' && clock.state !== 'met-late') return [];
      const over = `${clock.role} is over its time to ${clock.clock}`;
      return [
        alertJson({
          labels: { alertname: 'HemostatResponseOverdue', ...labels, role: clock.role, clock: clock.clock },
          annotations: { ...annotations, description: over },
          startsAt: clock.breachedAt ?? clock.startedAt,
          endsAt: clock.stoppedAt ?? endsAt,
          link: null,
        }),
      ];
    });
    return [
      alertJson({
        labels: { alertname: 'HemostatIncident', ...labels },
        annotations,
        startsAt: roundAt,
        endsAt,
        link: null,
      }),
      ...breached,
    ];
  });
  return `${JSON.stringify(alerts, null, 2)}\n`;
}
