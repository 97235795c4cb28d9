/** The three stages as bars in plain text, and the units that changed. */
import { padEnd, padStart, printable, type Terminal, wrap } from '../../findings/layout.ts';
import { foldAlike } from '../report/groups.ts';
import { points, type SurfaceFacts, signed } from './surface.ts';

/** Lines about units; JSON has all. */
const MOST_UNITS = 20;
/** Of units that say the same of different things. */
const MOST_PLACES = 5;

/** Lines with a newline at the end; none is wider than the terminal but where one word is. */
export function writeSurfaceText(facts: SurfaceFacts, terminal: Terminal): string {
  const two = facts.before !== null;
  const largest = Math.max(1, ...facts.stages.flatMap(({ before, after }) => [before, after]));
  const room = Math.max(8, Math.min(40, terminal.width - 44));
  const bar = (value: number, mark: string): string => mark.repeat(Math.ceil((value / largest) * room));
  const lines: string[] = [''];
  for (const { stage, before, after, difference, percent, unitsBefore, unitsAfter } of facts.stages) {
    const change = two ? `${signed(difference)}${percent === null ? '' : ` (${signed(percent)} %)`}` : '';
    lines.push(`  ${padEnd(stage, 12)} ${change}`);
    if (two) lines.push(`    before ${row(before, unitsBefore)}  ${bar(before, '-')}`);
    lines.push(`    ${two ? 'after ' : 'now   '} ${row(after, unitsAfter)}  ${bar(after, '#')}`);
  }
  const changed = two ? facts.changed : [];
  if (changed.length > 0)
    lines.push(
      '',
      `  ${changed.length === 1 ? '1 unit appeared, went, or weighs' : `${changed.length} units appeared, went, or weigh`} otherwise:`,
    );
  const groups = foldAlike(
    changed.flatMap(told),
    ({ sign, difference }) => `${sign}${difference}`,
    ({ says }) => says,
  );
  for (const { first, members, says } of groups.slice(0, MOST_UNITS)) {
    const many = members.length === 1 ? '' : `${members.length} × `;
    const places = members.flatMap(({ place }) => (place === '' ? [] : [place]));
    const rest = places.length - MOST_PLACES;
    const at =
      places.length === 0 ? '' : ` (${places.slice(0, MOST_PLACES).join(', ')}${rest > 0 ? ` and ${rest} more` : ''})`;
    const sum = members.reduce((total, { difference }) => total + difference, 0);
    const lead = `  ${padStart(signed(sum), 8)}  `;
    lines.push(...wrap(`${first.sign}${many}${says}${at}`, terminal.width, lead, ' '.repeat(12)));
  }
  const left = groups.slice(MOST_UNITS).reduce((sum, { members }) => sum + members.length, 0);
  if (left > 0) lines.push(`            and ${left} more; --json has all`);
  return `${lines.map((line) => printable(line.trimEnd(), terminal.unicode)).join('\n')}\n`;
}

/** One changed unit in the words of the report. */
function told({ difference, after, before }: SurfaceFacts['changed'][number]): Told[] {
  const unit = after ?? before;
  if (unit === null) return [];
  const sign = after === null ? 'gone: ' : before === null ? 'new: ' : '';
  return [{ difference, sign, says: unit.says, place: unit.at === null ? '' : `${unit.at.file}:${unit.at.line}` }];
}

interface Told {
  /** Points. */
  readonly difference: number;
  readonly sign: string;
  readonly says: string;
  readonly place: string;
}

function row(value: number, units: number): string {
  return `${padStart(points(value), 9)} points ${padStart(String(units), 6)} unit${units === 1 ? ' ' : 's'}`;
}
