/** What `guard respond` says and does not change: list, show, matrix, report, export. */
import { existsSync } from 'node:fs';
import { durationMs, writeDuration } from '../findings/duration.ts';
import { padEnd } from '../findings/layout.ts';
import { GuardUsageError } from '../guard/error.ts';
import { missing } from '../guard/respond/events.ts';
import { alertmanager, defectDojo } from '../guard/respond/export.ts';
import { makeReport } from '../guard/respond/report.ts';
import { writeReportMarkdown, writeReportText } from '../guard/respond/report-text.ts';
import { writeIncident, writeList } from '../guard/respond/text.ts';
import { UsageError } from './exit.ts';
import type { RawExport, RawReport, RawRespond } from './guard-respond.ts';
import { incidentOf, incidentsOf, openRespond, printJson, type Respond, say, shown } from './guard-respond-context.ts';
import { terminal } from './terminal.ts';
import { version } from './version.ts';

export async function list(raw: RawRespond & { readonly all?: true }): Promise<void> {
  const respond = openRespond(raw);
  const all = await incidentsOf(respond);
  sayNoJournal(respond);
  const listed = raw.all === true ? all : all.filter(({ state }) => state === 'open');
  if (raw.json) printJson({ schema: 'hemostat/incidents@1', now: respond.now(), incidents: listed });
  else process.stdout.write(writeList(listed, all.length - listed.length, shown(respond)));
}

/** None is not the same as none here: a --dir may be mistyped. */
function sayNoJournal({ dir, journal }: Respond): void {
  if (!existsSync(journal.path)) say(`${dir} holds no journal: nothing was opened there yet`);
}

export async function show(id: string, raw: RawRespond): Promise<void> {
  const respond = openRespond(raw);
  const incident = await incidentOf(respond, id);
  const owed = incident.state === 'open' ? missing(incident) : [];
  if (raw.json) printJson({ schema: 'hemostat/incident@1', now: respond.now(), incident, missing: owed });
  else process.stdout.write(writeIncident(incident, owed, shown(respond)));
}

export function matrix(raw: RawRespond & { readonly print?: true }): void {
  const { config, matrixText, matrixFile } = openRespond(raw);
  for (const warning of config.warnings) say(`${matrixFile ?? 'the built-in matrix'}: ${warning}`);
  if (raw.json) {
    printJson({
      schema: 'hemostat/matrix@1',
      file: matrixFile,
      matrix: config.matrix,
      receivers: [...config.receivers.keys()],
    });
    return;
  }
  if (raw.print === true) {
    process.stdout.write(matrixText);
    return;
  }
  const { rows, hours, escalation, longestPauseMs } = config.matrix;
  const cells = rows.map(({ kind, severity, role, acknowledgeMs, dueMs, artefact, proof }) => [
    role,
    kind,
    severity,
    acknowledgeMs === null ? '-' : writeDuration(acknowledgeMs),
    dueMs === null ? 'nothing' : writeDuration(dueMs),
    dueMs === null ? '' : artefact,
    dueMs === null ? '' : proof,
  ]);
  const table = [['role', 'kind', 'severity', 'acknowledge', 'due', 'artefact', 'proof'], ...cells];
  const widths = table[0]?.map((_, i) => Math.max(...table.map((row) => row[i]?.length ?? 0))) ?? [];
  const lines = table.map((row) =>
    row
      .map((cell, i) => padEnd(cell, widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const clock =
    hours === null
      ? 'at any hour'
      : `in the business hours of ${hours.zone}; ${hours.always.join(', ') || 'no severity'} at any hour`;
  const steps = escalation.map(({ at, tell }) => `${Math.round(at * 100)} % (${tell.join(', ')})`).join(', ');
  process.stdout.write(
    `${matrixFile ?? 'Built in (no matrix.yaml in --dir)'}. The first row that matches counts for its role.\n\n${lines.join('\n')}\n\n` +
      `Clocks run ${clock}. Told at ${steps} of the time.\n` +
      `A clock may stand still ${longestPauseMs === null ? 'without limit' : `for ${writeDuration(longestPauseMs)} in all`}.\n`,
  );
}

export async function report(raw: RawReport): Promise<void> {
  if (raw.json && raw.markdown) throw new UsageError('--json and --markdown both print; choose one');
  const respond = openRespond(raw);
  sayNoJournal(respond);
  const made = makeReport(await incidentsOf(respond), sinceOf(raw.since, respond.now()), respond.now());
  if (raw.json) printJson(made);
  else process.stdout.write(raw.markdown ? writeReportMarkdown(made) : writeReportText(made, terminal()));
}

function sinceOf(text: string | undefined, now: number): number | null {
  if (text === undefined) return null;
  const ago = durationMs(text);
  const at = ago === null ? Date.parse(text) : now - ago;
  if (Number.isNaN(at))
    throw new GuardUsageError(
      `--since: ${JSON.stringify(text)} is no time; write 2026-11-01, or 30d for the last thirty days`,
    );
  return at;
}

export async function exportAs(raw: RawExport): Promise<void> {
  if ((raw.defectdojo === true) === (raw.alertmanager === true))
    throw new UsageError('say in which form: --defectdojo or --alertmanager (one of them)');
  const respond = openRespond(raw);
  const incidents = await incidentsOf(respond);
  process.stdout.write(
    raw.defectdojo === true ? defectDojo(incidents, version()) : alertmanager(incidents, respond.now()),
  );
}
