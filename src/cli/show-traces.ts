import picocolors from 'picocolors';
import { labelsOf } from '../evidence/pprof/label-sets.ts';
import { buildNodes, type Granularity } from '../evidence/pprof/nodes.ts';
import type { Profile } from '../evidence/pprof/profile.ts';
import { formatValue } from '../evidence/pprof/units.ts';
import { padStart, printable, type Terminal } from '../findings/layout.ts';
import { shortName } from './frame-name.ts';

/** What the views of one profile share. */
export interface ProfileView {
  readonly profile: Profile;
  readonly sampleType: number;
  readonly unit: string;
  readonly total: number;
  readonly granularity: Granularity;
  readonly terminal: Terminal;
}

const VALUE_COLUMNS = 11;

/** Every sample in the order of the file: its labels, its value beside the leaf, its callers below. */
export function traceLines({ profile, sampleType, unit, granularity, terminal }: ProfileView): string[] {
  const paint = picocolors.createColors(terminal.color);
  const nodes = buildNodes(profile, { granularity });
  const { count, values, stackOffsets, stackLocations } = profile.samples;
  const names = nodes.label.map((label, n) =>
    shortName(
      { label, fn: nodes.fn[n] ?? '', file: nodes.file[n] ?? '', line: nodes.line[n] ?? 0 },
      terminal,
      terminal.width - VALUE_COLUMNS - 2,
    ),
  );
  const lines: string[] = [];
  for (let s = 0; s < count; s++) {
    const end = stackOffsets[s + 1] ?? 0;
    if (lines.length > 0) lines.push('');
    for (const { key, str, num, unit: labelUnit } of labelsOf(profile, s)) {
      const value = str ?? formatValue(Number(num), labelUnit || (key === 'bytes' ? 'bytes' : ''));
      lines.push(
        paint.dim(printable(`${padStart(key, VALUE_COLUMNS)}: ${value}`.replaceAll('\n', ' '), terminal.unicode)),
      );
    }
    let head = paint.bold(padStart(formatValue(values[sampleType]?.[s] ?? 0, unit), VALUE_COLUMNS));
    for (let i = stackOffsets[s] ?? 0; i < end; i++) {
      const l = stackLocations[i] ?? 0;
      const last = nodes.offsets[l + 1] ?? 0;
      for (let n = nodes.offsets[l] ?? 0; n < last; n++) {
        lines.push(`${head}  ${names[nodes.locationNodes[n] ?? 0] ?? ''}`);
        head = ' '.repeat(VALUE_COLUMNS);
      }
    }
  }
  return lines;
}
