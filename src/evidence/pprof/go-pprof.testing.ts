/** go tool pprof as the oracle of our tests, and what it prints, rebuilt from our own columns. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LocationIndex, Profile } from './profile.ts';
import type { TopRow } from './top.ts';
import { formatPercent, formatValue } from './units.ts';

/** The tool itself, not `go tool`, which takes ten times as long to start; empty where there is no Go. */
export const goPprof: string = find();

function find(): string {
  for (const go of ['go', '/usr/local/go/bin/go']) {
    try {
      // Builds the tool where it is not in the cache yet.
      execFileSync(go, ['tool', 'pprof', '-help'], { stdio: 'ignore' });
    } catch {
      // -help exits with 2.
    }
    try {
      return execFileSync(go, ['tool', '-n', 'pprof'], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      }).trim();
    } catch {
      // Not here.
    }
  }
  return '';
}

/** stdout of the tool, in UTC, never symbolising anything by itself. */
export function runPprof(args: readonly string[]): string {
  return execFileSync(goPprof, ['-symbolize=none', ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, TZ: 'UTC', PPROF_TMPDIR: tmpdir() },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}

/** Files for the tool, gone when `use` returns. */
export function withFiles<T>(contents: readonly Uint8Array[], use: (paths: string[]) => T): T {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-pprof-'));
  try {
    const paths = contents.map((_, i) => join(dir, `profile${i}.pb.gz`));
    contents.forEach((bytes, i) => {
      writeFileSync(paths[i] ?? '', bytes);
    });
    return use(paths);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

/** The rows of `-top -unit=UNIT -nodefraction=0`, without the marks for inlined calls. */
export function topTable(output: string): string[] {
  const lines = output.split('\n');
  const header = lines.findIndex((line) => /^ +flat +flat%/.test(line));
  return lines
    .slice(header + 1)
    .filter((line) => line.trim() !== '')
    .map((line) => line.replace(/ \((partial-)?inline\)$/, ''));
}

export function ourTopTable(rows: readonly TopRow[], unit: string, outputUnit: string, total: number): string[] {
  let sum = 0;
  const percent = (value: number): string => formatPercent(value, total).padStart(6);
  return rows.map(({ label, flat, cum }) => {
    sum += flat;
    const [f, c] = [flat, cum].map((value) => formatValue(value, unit, outputUnit).padStart(10));
    return `${f} ${percent(flat)} ${percent(sum)} ${c} ${percent(cum)}  ${label}`;
  });
}

/** Profile.String of google/pprof, which `-raw` prints: everything but the duration, which it abbreviates. */
export function rawText(profile: Profile): string {
  const { samples, locations, labels, strings } = profile;
  const lines: string[] = profile.comments.map((comment) => `Comment: ${comment}`);
  if (profile.docUrl !== '') lines.push(`Doc: ${profile.docUrl}`);
  lines.push(`PeriodType: ${profile.periodType?.type ?? ''} ${profile.periodType?.unit ?? ''}`);
  lines.push(`Period: ${profile.period}`);
  if (profile.timeNanos !== 0n) lines.push(`Time: ${goTime(profile.timeNanos)}`);
  lines.push('Samples:');
  const isDefault = (type: string): string => (type === profile.defaultSampleType ? '[dflt]' : '');
  lines.push(profile.sampleTypes.map(({ type, unit }) => `${type}/${unit}${isDefault(type)}`).join(' '));
  for (let s = 0; s < samples.count; s++) {
    const values = samples.values.map(
      (column, t) => ` ${String(samples.exact.get(t * samples.count + s) ?? column[s]).padStart(10)}`,
    );
    const stack = samples.stackLocations.subarray(samples.stackOffsets[s], samples.stackOffsets[s + 1]);
    lines.push(`${values.join('')}: ${Array.from(stack, (l) => `${locations.id[l]} `).join('')}`);
    const texts = new Map<string, string[]>();
    const numbers = new Map<string, { value: string; unit: string }[]>();
    const end = samples.labelOffsets[s + 1] ?? 0;
    for (let l = samples.labelOffsets[s] ?? 0; l < end; l++) {
      const key = strings[labels.key[l] ?? 0] ?? '';
      const str = labels.str[l] ?? 0;
      const value = String(labels.exact.get(l) ?? labels.num[l]);
      const unit = strings[labels.numUnit[l] ?? 0] ?? '';
      if (str !== 0) texts.set(key, [...(texts.get(key) ?? []), strings[str] ?? '']);
      else if (value !== '0' || unit !== '') numbers.set(key, [...(numbers.get(key) ?? []), { value, unit }]);
    }
    const indent = ' '.repeat(16);
    if (texts.size > 0) lines.push(indent + sorted([...texts].map(([key, list]) => `${key}:[${list.join(' ')}]`)));
    if (numbers.size > 0) {
      const describe = (list: { value: string; unit: string }[]): string =>
        list.map(({ value, unit }) => (list.some((item) => item.unit !== '') ? `${value} ${unit}` : value)).join(' ');
      lines.push(indent + sorted([...numbers].map(([key, list]) => `${key}:[${describe(list)}]`)));
    }
  }
  lines.push('Locations');
  for (let l = 0; l < locations.count; l++) lines.push(rawLocation(profile, l));
  lines.push('Mappings');
  for (const m of profile.mappings) {
    const bits = `${m.hasFunctions ? '[FN]' : ''}${m.hasFilenames ? '[FL]' : ''}${m.hasLineNumbers ? '[LN]' : ''}${m.hasInlineFrames ? '[IN]' : ''}`;
    lines.push(`${m.id}: ${hex(m.start)}/${hex(m.limit)}/${hex(m.offset)} ${m.filename} ${m.buildId} ${bits}`);
  }
  return `${lines.join('\n')}\n`;
}

function sorted(texts: string[]): string {
  return texts.sort().join(' ');
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

function rawLocation({ locations, functions, mappings, strings }: Profile, l: LocationIndex): string {
  const mapping = mappings[locations.mapping[l] ?? -1];
  const start = `${String(locations.id[l]).padStart(6)}: ${hex(locations.address[l] ?? 0n)} ${mapping ? `M=${mapping.id} ` : ''}${locations.isFolded[l] ? '[F] ' : ''}`;
  const lines: string[] = [];
  const end = locations.lineOffsets[l + 1] ?? 0;
  for (let n = locations.lineOffsets[l] ?? 0; n < end; n++) {
    const f = locations.lineFunction[n] ?? -1;
    const name = strings[functions.name[f] ?? 0];
    const system = strings[functions.systemName[f] ?? 0];
    const file = strings[functions.filename[f] ?? 0];
    const where = `${name} ${file}:${locations.lineNumber[n]}:${locations.lineColumn[n]} s=${functions.startLine[f]}`;
    lines.push(`${lines.length === 0 ? start : ' '.repeat(13)}${where}${name === system ? '' : `(${system})`}`);
  }
  return lines.length === 0 ? start : lines.join('\n');
}

/** 2006-01-02 15:04:05.999999999 +0000 UTC */
function goTime(nanos: bigint): string {
  const seconds = new Date(Number(nanos / 1_000_000_000n) * 1000).toISOString().slice(0, 19).replace('T', ' ');
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  return `${seconds}${fraction === '' ? '' : `.${fraction}`} +0000 UTC`;
}
