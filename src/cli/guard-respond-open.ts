/** `hemostat guard respond open`. */
import { openingEvents } from '../guard/respond/events.ts';
import { readIntake } from '../guard/respond/intake.ts';
import type { IncidentState } from '../guard/respond/model.ts';
import { writeList } from '../guard/respond/text.ts';
import type { RawOpen } from './guard-respond.ts';
import { incidentsOf, openRespond, printJson, shown, textOf } from './guard-respond-context.ts';

export async function open(file: string, raw: RawOpen): Promise<void> {
  const respond = openRespond(raw);
  const { severity, verdict } = raw;
  const intake = readIntake(textOf(file), file === '-' ? 'standard input' : file, { severity, verdict });
  const before = new Map((await incidentsOf(respond)).map((incident) => [incident.id, incident]));
  const { source, seconds } = intake;
  const at = respond.now();
  const opened: string[] = [];
  const known: string[] = [];
  const answered: string[] = [];
  for (const { incident, finding } of intake.findings) {
    const there = before.get(incident) ?? null;
    // What was looked at before it was closed does not say that it is there again.
    if (there?.state === 'closed' && (there.closedAt ?? 0) >= intake.seenFrom) {
      answered.push(incident);
      continue;
    }
    const events = openingEvents(incident, there, finding, { source, seconds, at, by: respond.by });
    await respond.journal.append(events);
    (events.length > 0 ? opened : known).push(incident);
  }
  const after = await incidentsOf(respond);
  const of = (ids: readonly string[]): IncidentState[] => after.filter(({ id }) => ids.includes(id));
  if (raw.json) {
    printJson({
      schema: 'hemostat/opened@1',
      opened,
      known,
      answered,
      left: intake.left,
      incidents: of([...opened, ...known]),
    });
    return;
  }
  const says = [
    opened.length > 0 && `${count(opened.length)} opened, from ${source}.`,
    known.length > 0 && `${count(known.length)} ${known.length === 1 ? 'was' : 'were'} open before.`,
    answered.length > 0 &&
      `${count(answered.length)} closed since this was looked at, and not opened again: ${answered.join(', ')}.`,
    intake.left > 0 &&
      `${intake.left} finding${intake.left === 1 ? '' : 's'} below ${severity} and ${verdict}, or known, left out.`,
    intake.findings.length + intake.left === 0 && 'There is no finding in it.',
  ].filter((sentence) => sentence !== false);
  const list = opened.length + known.length === 0 ? '' : writeList(of([...opened, ...known]), 0, shown(respond));
  process.stdout.write(`${says.join('\n')}\n${list}`);
}

function count(n: number): string {
  return `${n} incident${n === 1 ? '' : 's'}`;
}
