/** A profile from its YAML file, which people review and edit: every mistake with its line and what to do. Pure. */
import { readSettings, type YamlProblem } from '../../../findings/yaml-file.ts';
import { GuardUsageError } from '../../error.ts';
import type { Band, BaselineKey, BaselineProfile } from '../model.ts';
import { ProfileFile } from './schema.ts';

/** Profiles have some hundred lines; more is another file that was named by mistake. */
const LARGEST = 2 * 1024 * 1024;
/** Further mistakes that are named by their lines. */
const MOST_MORE = 5;

/** @param path the name of the file in sentences. @throws GuardUsageError with line and column of what is wrong */
export function readProfile(text: string, path: string): BaselineProfile {
  const read = parseProfile(text);
  if ('key' in read) return read;
  const [first, ...more] = read;
  const { line, column, message } = first ?? { line: 1, column: 1, message: 'is no profile' };
  const lines = [...new Set(more.map((problem) => problem.line))].filter((one) => one !== line).sort((a, b) => a - b);
  const others =
    lines.length === 0 ? '' : `; more is wrong in ${lines.length === 1 ? 'line' : 'lines'} ${named(lines)}`;
  throw new GuardUsageError(`${path}:${line}:${column}: ${message}${others}`);
}

function named(lines: readonly number[]): string {
  return `${lines.slice(0, MOST_MORE).join(', ')}${lines.length > MOST_MORE ? ', …' : ''}`;
}

/** The profile, or every mistake in the file; never throws and never empty. */
export function parseProfile(text: string): BaselineProfile | readonly YamlProblem[] {
  if (text.length > LARGEST)
    return [{ line: 1, column: 1, message: `has ${text.length} characters, which no profile has; name a profile` }];
  const read = readSettings(text, ProfileFile);
  return 'data' in read ? profileOf(read.data) : read;
}

function profileOf(file: ProfileFile): BaselineProfile {
  const { learned } = file;
  const bands: [string, Band][] = Object.entries(file.syscalls).map(([name, band]) => {
    const { normal, anomalous, source, load, recent } = band;
    // Who writes a band by hand need not say so twice.
    const by = band.by ?? (source === undefined ? 'manual' : 'quantile');
    return [
      name,
      {
        normal,
        anomalous,
        source: source ?? 'manual',
        by,
        ...(load === undefined ? {} : { load: { base: load.base, perUnit: load['per-unit'], noise: load.noise } }),
        ...(recent === undefined ? {} : { recent }),
      },
    ];
  });
  return {
    key: keyOf(file),
    image: file.image,
    parent: file.parent === undefined ? null : keyOf(file.parent),
    learned: {
      from: timeOf(learned.from),
      to: timeOf(learned.to),
      minutes: learned.minutes,
      excluded: learned.excluded,
      instances: learned.instances,
      // Whole milliseconds come back as what they were.
      windowMs: learned['window-seconds'] === 'unknown' ? Number.NaN : Math.round(learned['window-seconds'] * 1000),
      windows: learned.windows,
      onlyOnce: learned['only-once'],
      hoursOfDay: learned['hours-of-day'],
      ready: learned.ready,
    },
    loadMetric: file['load-metric'] ?? null,
    bands: Object.fromEntries(bands),
    known: file.known,
    allowed: file.allowed,
    notes: file.notes,
  };
}

function keyOf({ digest, container }: BaselineKey): BaselineKey {
  return { digest, container };
}

function timeOf(text: string): number {
  return text === 'unknown' ? Number.NaN : Date.parse(text);
}
