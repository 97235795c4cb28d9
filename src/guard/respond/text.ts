/** Incidents for people, to be read at 3 a.m.: who owes what by when comes first. Pure. */
import picocolors from 'picocolors';
import { padEnd, printable, type Terminal, wrap } from '../../findings/layout.ts';
import { formatDuration } from '../../findings/units.ts';
import { formatDue, formatInstant, formatStamp } from './instant.ts';
import type { ArtefactKind, ClockState, IncidentState, ResponseEvent } from './model.ts';

export interface Shown {
  readonly terminal: Terminal;
  /** In which times are written. */
  readonly zone: string;
  readonly now: number;
}

const BAR = 10;

/** What is most overdue first, then what is due soonest, then what is closed. */
export function writeList(incidents: readonly IncidentState[], hidden: number, shown: Shown): string {
  const { terminal } = shown;
  const lines: string[] = [];
  for (const incident of [...incidents].sort((a, b) => urgency(a) - urgency(b) || b.foundAt - a.foundAt)) {
    const { id, finding, state, closedAt } = incident;
    const head = `${finding.severity} ${finding.rule} in ${finding.subject.service}`;
    const when =
      state === 'closed'
        ? `closed ${formatInstant(closedAt ?? 0, shown.zone)}`
        : `open ${ago(incident.roundAt, shown)}`;
    lines.push(`${paintOf(shown).bold(id)}  ${tame(head, terminal)}, ${when}`);
    for (const clock of state === 'closed' ? [] : incident.clocks.filter(({ stoppedAt }) => stoppedAt === null))
      lines.push(`  ${clockLine(clock, shown)}`);
  }
  if (lines.length === 0) lines.push(hidden === 0 ? 'There are no incidents.' : 'No incident is open.');
  if (hidden > 0) lines.push(`${hidden} closed, not listed: --all lists them.`);
  return `${lines.join('\n')}\n`;
}

export function writeIncident(incident: IncidentState, missing: readonly string[], shown: Shown): string {
  const { terminal, zone, now } = shown;
  const { id, finding, source, round, roundAt, state, closedAt, clocks, artefacts, measured } = incident;
  const paint = paintOf(shown);
  const say = (text: string, indent = ''): string[] =>
    wrap(tame(text, terminal), terminal.width, indent, `${indent}  `);
  const lines = [
    paint.bold(tame(`${finding.severity} ${finding.rule} in ${finding.subject.service}`, terminal)),
    ...say(finding.title),
    ...say(
      `incident ${id}, ${state === 'open' ? 'open' : `closed ${formatInstant(closedAt ?? now, zone)}`}${round === 1 ? '' : `, round ${round}`}`,
    ),
    ...say(
      `${round === 1 ? 'found' : 'there again'} ${formatInstant(roundAt, zone)}, ${ago(roundAt, shown)}, by ${source}`,
    ),
  ];
  lines.push('', paint.bold(state === 'open' ? 'Who owes what' : 'What was owed'));
  if (clocks.length === 0) lines.push('  nobody: no row of the matrix matches');
  for (const clock of clocks) lines.push(`  ${clockLine(clock, shown)}`);
  if (state === 'open') {
    const rest =
      missing.length === 0
        ? `It can be closed: hemostat guard respond close ${id}`
        : `To be closed: ${missing.join('; ')}.`;
    lines.push('', ...say(rest));
  }
  lines.push('', paint.bold('Answers'));
  if (artefacts.length === 0) lines.push('  none attached');
  for (const { artefact, role, by, check } of artefacts) {
    const note = artefact.note === '' ? '' : ` (${artefact.note})`;
    lines.push(...say(`${artefact.kind} ${artefact.reference}${note}, ${role}, by ${by}`, '  '));
    const says = check === null ? 'not checked yet' : verdictOf(check);
    lines.push(...say(says, '    '));
  }
  const flat =
    measured === null
      ? 'not measured since it was found'
      : `${measured.flat ? 'flat' : 'not flat'}, ${formatInstant(measured.at, zone)}: ${measured.says}`;
  lines.push(...say(`measured: ${flat}`, '  '));
  lines.push('', paint.bold(`What happened (${zone})`));
  for (const event of incident.events) lines.push(...say(`${formatStamp(event.at, zone)}  ${sentenceOf(event)}`, '  '));
  lines.push('', ...say(`The fix: ${finding.fix.text}`));
  return `${lines.join('\n')}\n`;
}

const OWED: Readonly<Record<ArtefactKind, string>> = {
  'fix-with-test': 'fix with test',
  'rollback-plan': 'rollback plan',
  'detection-rule': 'detection rule',
  note: 'answer',
};

/** `development  fix with test   ██████░░░░ 48 min left, due 12:00 CET` */
function clockLine(clock: ClockState, shown: Shown): string {
  const { terminal } = shown;
  const paint = paintOf(shown);
  const owed = clock.artefact === null ? 'acknowledgement' : OWED[clock.artefact];
  const what = clock.artefact !== null && clock.proof === 'measured' ? 'flat again' : owed;
  const text = `${padEnd(clock.role, 11)}  ${padEnd(what, 15)} ${bar(clock, terminal.unicode)} `;
  const status = statusOf(clock, shown);
  if (clock.state === 'breached') return text + paint.red(paint.bold(status));
  return text + (clock.state === 'met' ? paint.green(status) : status);
}

/** `48 min left, due 12:00 CET`, `OVERDUE by 57 min, since 11:03 CET`, `met after 5 min of 15 min`. */
function statusOf(clock: ClockState, { zone, now }: Pick<Shown, 'zone' | 'now'>): string {
  const { allowedMs, usedMs, dueAt, breachedAt, state, stoppedAt } = clock;
  const of = `of ${formatDuration(allowedMs / 1000)}`;
  const over = formatDuration(Math.abs(usedMs - allowedMs) / 1000);
  switch (state) {
    case 'running':
      return `${over} left, ${dueAt === null ? 'never due in these hours' : `due ${formatDue(dueAt, zone, now)}`}`;
    case 'paused':
      return `paused with ${over} left`;
    case 'breached': {
      if (stoppedAt !== null) return `never met, ${over} over when it was closed`;
      return `OVERDUE by ${over}${breachedAt === null ? '' : `, since ${formatDue(breachedAt, zone, now)}`}`;
    }
    case 'met':
      return `met after ${formatDuration(usedMs / 1000)} ${of}`;
    case 'met-late':
      return `met late, after ${formatDuration(usedMs / 1000)} ${of}`;
    case 'dropped':
      return `not met: closed after ${formatDuration(usedMs / 1000)} ${of}`;
  }
}

/** Full at the breach. */
function bar({ usedMs, allowedMs }: ClockState, unicode: boolean): string {
  const full = Math.min(BAR, Math.floor((usedMs / allowedMs) * BAR));
  return (unicode ? '█' : '#').repeat(full) + (unicode ? '░' : '.').repeat(BAR - full);
}

/** What could not be checked says so itself. */
function verdictOf({ passed, says }: { readonly passed: boolean; readonly says: string }): string {
  return says.startsWith('not checked') ? says : `${passed ? 'passed' : 'refused'}: ${says}`;
}

/** What happened, with who did it; not tamed for a terminal. */
export function sentenceOf(event: ResponseEvent): string {
  const by = ` (${event.by})`;
  switch (event.kind) {
    case 'found':
      return `found, ${event.finding.severity}: ${event.finding.title}${by}`;
    case 'acknowledged':
      return `${event.role} acknowledged${event.note === '' ? '' : `: ${event.note}`}${by}`;
    case 'attached':
      return `${event.role} attached ${event.artefact.kind} ${event.artefact.reference}${by}`;
    case 'checked':
      return `answer of ${event.role}: ${verdictOf(event)}`;
    case 'measured':
      return `measured ${event.flat ? 'flat' : 'not flat'}: ${event.says}${by}`;
    case 'paused':
      return `${event.role ?? 'all'} paused: ${event.why}${by}`;
    case 'resumed':
      return `${event.role ?? 'all'} resumed${by}`;
    case 'reminded':
      return `reminder to ${event.receivers.join(', ')}: ${event.says}`;
    case 'told':
      return `${event.receiver} took reminder ${event.reminder}`;
    case 'closed':
      return `closed: ${event.says}${by}`;
    case 'reopened':
      return `opened again: ${event.says}${by}`;
  }
}

/** The first breach or due time of what is open. */
function urgency({ state, clocks }: IncidentState): number {
  if (state === 'closed') return Number.MAX_VALUE;
  const times = clocks.flatMap(({ stoppedAt, dueAt }) => (stoppedAt === null && dueAt !== null ? [dueAt] : []));
  return Math.min(...times, Number.MAX_SAFE_INTEGER);
}

function ago(at: number, { now }: Shown): string {
  return now - at < 1000 ? 'now' : `${formatDuration((now - at) / 1000)} ago`;
}

function tame(text: string, { unicode }: Terminal): string {
  return printable(text, unicode).replaceAll('\n', ' ');
}

function paintOf({ terminal }: Shown): ReturnType<typeof picocolors.createColors> {
  return picocolors.createColors(terminal.color);
}
