/** What every command of `guard respond` needs: the journal, the matrix, the clock, who asks. */
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import { ruleIds } from '../findings/pages.ts';
import { GuardUsageError, reasonOf } from '../guard/error.ts';
import { advance } from '../guard/respond/clock.ts';
import { DEFAULT_MATRIX } from '../guard/respond/default-matrix.ts';
import { Journal } from '../guard/respond/journal.ts';
import { parseMatrix, type RespondConfig } from '../guard/respond/matrix.ts';
import type { IncidentState, ResponseEvent } from '../guard/respond/model.ts';
import { type Shown, writeList } from '../guard/respond/text.ts';
import type { RawRespond } from './guard-respond.ts';
import { terminal } from './terminal.ts';

export interface Respond {
  readonly dir: string;
  readonly journal: Journal;
  readonly config: RespondConfig;
  /** Its text, and its name; `null`: what is built in. */
  readonly matrixText: string;
  readonly matrixFile: string | null;
  readonly by: string;
  readonly now: () => number;
  /** In which times are shown. */
  readonly zone: string;
}

export function openRespond(raw: RawRespond): Respond {
  const dir = resolve(raw.dir);
  const named = raw.matrix ?? (existsSync(join(dir, 'matrix.yaml')) ? join(raw.dir, 'matrix.yaml') : null);
  const matrixText = named === null ? DEFAULT_MATRIX : textOf(named);
  const config = parseMatrix(matrixText, named ?? 'the built-in matrix', ruleIds());
  return {
    dir,
    journal: new Journal(dir, say),
    config,
    matrixText,
    matrixFile: named,
    by: raw.by ?? login(),
    now: Date.now,
    zone: config.matrix.hours?.zone ?? new Intl.DateTimeFormat().resolvedOptions().timeZone,
  };
}

/** About something beside the answer. */
export function say(sentence: string): void {
  process.stderr.write(`${sentence}\n`);
}

export async function incidentsOf({ journal, config, now }: Respond): Promise<readonly IncidentState[]> {
  return advance(await journal.events(), config.matrix, now()).incidents;
}

/** By its id, or the beginning of it. @throws GuardUsageError */
export async function incidentOf(respond: Respond, id: string): Promise<IncidentState> {
  const wanted = id.toLowerCase();
  const found = (await incidentsOf(respond)).filter((one) => one.id.startsWith(wanted));
  const [first, second] = found;
  if (first === undefined)
    throw new GuardUsageError(
      `there is no incident ${JSON.stringify(id)} in ${respond.dir}; hemostat guard respond list --all lists them`,
    );
  if (second !== undefined)
    throw new GuardUsageError(`${id} may be ${found.map((one) => one.id).join(' or ')}; give more of it`);
  return first;
}

/** @throws GuardUsageError for an incident that is closed: nothing is added to it */
export async function openIncidentOf(respond: Respond, id: string): Promise<IncidentState> {
  const incident = await incidentOf(respond, id);
  if (incident.state === 'open') return incident;
  throw new GuardUsageError(
    `incident ${incident.id} is closed; it is opened again when its finding is (hemostat guard respond open)`,
  );
}

/** Appends, and gives the incident as it stands then. */
export async function append(
  respond: Respond,
  incident: string,
  events: readonly ResponseEvent[],
): Promise<IncidentState> {
  await respond.journal.append(events);
  return incidentOf(respond, incident);
}

export function shown(respond: Respond): Shown {
  return { terminal: terminal(), zone: respond.zone, now: respond.now() };
}

/** After something was done: a sentence, and how the incident stands. */
export function printDone(respond: Respond, raw: RawRespond, says: string, incident: IncidentState): void {
  if (raw.json) printJson({ schema: 'hemostat/incident@1', says, incident });
  else process.stdout.write(`${says}\n${writeList([incident], 0, shown(respond))}`);
}

export function printJson(value: object): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Of a file that was named. @throws GuardUsageError */
export function textOf(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (error) {
    throw new GuardUsageError(`${file} cannot be read (${reasonOf(error)}); name another file`);
  }
}

function login(): string {
  try {
    return userInfo().username;
  } catch {
    // A uid without a name, as containers have.
    return `uid ${process.getuid?.() ?? 'unknown'}`;
  }
}
