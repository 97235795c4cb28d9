/** The three stages as bars in plain text, and the units that changed. */
import { padEnd, padStart, printable, type Terminal, wrap } from '../../findings/layout.ts';
import { points, type SurfaceFacts, signed } from './surface.ts';

/** Lines about units; JSON has all. */
const MOST_UNITS = 20;

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
  if (changed.length > 0) lines.push('', `  ${changed.length} units appeared, went, or weigh otherwise:`);
  for (const { difference, after, before } of changed.slice(0, MOST_UNITS)) {
    const unit = after ?? before;
    if (unit === null) continue;
    const sign = after === null ? 'gone: ' : before === null ? 'new: ' : '';
    const place = unit.at === null ? '' : ` (${unit.at.file}:${unit.at.line})`;
    lines.push(
      ...wrap(`${sign}${unit.says}${place}`, terminal.width, `  ${padStart(signed(difference), 8)}  `, ' '.repeat(12)),
    );
  }
  if (changed.length > MOST_UNITS) lines.push(`            and ${changed.length - MOST_UNITS} more; --json has all`);
  return `${lines.map((line) => printable(line.trimEnd(), terminal.unicode)).join('\n')}\n`;
}

function row(value: number, units: number): string {
  return `${padStart(points(value), 9)} points ${padStart(String(units), 6)} units`;
}
