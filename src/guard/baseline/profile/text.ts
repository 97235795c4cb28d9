/** A profile as a table that people read, and two of them beside each other. */
import pico from 'picocolors';
import { padEnd, padStart, printable, type Terminal, wrap } from '../../../findings/layout.ts';
import { formatCount, formatDuration } from '../../../findings/units.ts';
import type { Band, BaselineKey, BaselineProfile } from '../model.ts';
import type { MovedBand, ProfileDiff } from './compare.ts';

/** Bands that only shifted, as those of two samples of one behaviour do. */
const MOST_SHIFTED = 5;
/** Columns of the picture of a band; in less it says nothing. */
const WIDEST_BAR = 40;
const NARROWEST_BAR = 12;

/** No line is wider than the terminal but where one word is. A newline at the end. */
export function writeProfileText(profile: BaselineProfile, terminal: Terminal): string {
  const page = new Page(terminal);
  const entries = Object.entries(profile.bands).sort(([a, x], [b, y]) => y.normal[1] - x.normal[1] || (a < b ? -1 : 1));
  page.bold(titleOf(profile.key, profile.image));
  page.text(learnedText(profile), '  ');
  if (profile.parent !== null) page.text(`compared with ${titleOf(profile.parent, '')}`, '  ');
  page.gap();
  if (entries.length > 0) table(page, entries);
  else page.text('no bands: nothing was counted, so that no rate can be judged', '  ');
  const known = Object.entries(profile.known).sort(([a], [b]) => (a < b ? -1 : 1));
  for (const by of [...new Set(known.map(([, what]) => what))]) {
    const names = known.filter(([, what]) => what === by).map(([name]) => name);
    page.gap();
    page.text(`known from ${by}, without a band: ${names.join(', ')}`, '  ', '    ');
  }
  if (profile.allowed.length > 0) {
    page.gap();
    page.text(`allowed by a person: ${profile.allowed.join(', ')}`, '  ', '    ');
  }
  for (const [i, note] of profile.notes.entries()) {
    if (i === 0) page.gap();
    page.text(note, '  ', '    ');
  }
  return page.end();
}

/** @param all every band that only shifted, too */
export function writeDiffText(
  before: BaselineProfile,
  after: BaselineProfile,
  diff: ProfileDiff,
  terminal: Terminal,
  all: boolean,
): string {
  const page = new Page(terminal);
  const moved = diff.moved.filter(({ how }) => how !== 'shifted');
  const shifted = diff.moved.filter(({ how }) => how === 'shifted');
  page.bold(diffVerdict(diff));
  page.text(`before: ${titleOf(before.key, before.image)}; ${learnedText(before)}`, '  ', '    ');
  page.text(`after: ${titleOf(after.key, after.image)}; ${learnedText(after)}`, '  ', '    ');
  const width = Math.max(
    1,
    ...[...diff.appeared, ...diff.vanished, ...diff.moved].map(({ syscall }) => syscall.length),
  );
  const section = (title: string, rows: readonly (readonly [mark: string, syscall: string, says: string])[]): void => {
    if (rows.length === 0) return;
    page.gap();
    page.text(title);
    for (const [mark, syscall, says] of rows)
      page.text(says, `  ${mark} ${padEnd(syscall, width)}  `, ' '.repeat(width + 6));
  };
  section(
    'new',
    diff.appeared.map(({ syscall, band }) => ['+', syscall, `${rangeText(band)}/min`]),
  );
  section(
    'gone',
    diff.vanished.map(({ syscall, band }) => ['-', syscall, `was ${rangeText(band)}/min`]),
  );
  section(
    'moved',
    moved.map((one) => ['~', one.syscall, movedText(one)]),
  );
  const shown = all ? shifted : shifted.slice(0, MOST_SHIFTED);
  section(
    'shifted within what was normal',
    shown.map((one) => [' ', one.syscall, movedText(one)]),
  );
  if (shown.length < shifted.length) page.text(`and ${shifted.length - shown.length} more; --all lists them`, '    ');
  return page.end();
}

/** Lines of text from files, tamed before anything of ours is put around them. */
class Page {
  readonly terminal: Terminal;
  readonly #lines: string[] = [];
  readonly #paint: ReturnType<typeof pico.createColors>;

  constructor(terminal: Terminal) {
    this.terminal = terminal;
    this.#paint = pico.createColors(terminal.color);
  }

  text(says: string, first = '', rest = first): void {
    this.#lines.push(...this.#wrapped(says, first, rest));
  }

  bold(says: string): void {
    this.#lines.push(...this.#wrapped(says, '', '  ').map((line) => this.#paint.bold(line)));
  }

  /** One line as it is. */
  row(line: string): void {
    this.#lines.push(this.#tame(line));
  }

  dim(line: string): void {
    this.#lines.push(this.#paint.dim(this.#tame(line)));
  }

  gap(): void {
    this.#lines.push('');
  }

  end(): string {
    return `${this.#lines.join('\n')}\n`;
  }

  #wrapped(says: string, first: string, rest: string): string[] {
    const text = printable(says.replaceAll('\n', ' '), this.terminal.unicode);
    return wrap(text, this.terminal.width, first, rest).map((line) => line.trimEnd());
  }

  #tame(line: string): string {
    return printable(line, this.terminal.unicode).trimEnd();
  }
}

export function diffVerdict({ appeared, vanished, moved, same }: ProfileDiff): string {
  const far = moved.filter(({ how }) => how !== 'shifted');
  if (appeared.length + vanished.length + far.length === 0)
    return `the same behaviour: no syscall came or went, and every band overlaps (${moved.length} shifted, ${same} the same).`;
  const counts = [
    [appeared.length, 'new'],
    [vanished.length, 'gone'],
    [far.length, far.length === 1 ? 'band moved' : 'bands moved'],
  ] as const;
  const says = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return `another behaviour: ${says.join(', ')}; ${moved.length - far.length} shifted, ${same} the same.`;
}

const HOW: Readonly<Record<Exclude<MovedBand['how'], 'shifted'>, string>> = {
  over: 'what is normal now was an anomaly before',
  above: 'always more than before',
  below: 'always less than before',
};

function movedText({ before, after, how, factor }: MovedBand): string {
  const times =
    how !== 'shifted' && Number.isFinite(factor) && factor > 0
      ? ` (× ${formatCount(Number(factor.toPrecision(2)))})`
      : '';
  const says = how === 'shifted' ? '' : `; ${HOW[how]}`;
  return `${rangeText(before)} → ${rangeText(after)}/min${times}${says}`;
}

function rangeText({ normal: [low, high] }: Band): string {
  return low === high ? rate(low) : `${rate(low)}–${rate(high)}`;
}

/** `api of registry/shop:1.4 (sha256:3f2a9c01d4e7)`. */
export function titleOf(key: BaselineKey, image: string): string {
  const name = key.container === '' ? '' : `${key.container} of `;
  return image === '' ? `${name}${shortDigest(key.digest)}` : `${name}${image} (${shortDigest(key.digest)})`;
}

function shortDigest(digest: string): string {
  return /^sha\d+:/.test(digest) ? digest.slice(0, 'sha256:'.length + 12) : digest;
}

/** What the bands were made of, and whether they count. */
export function learnedText({ learned, bands, loadMetric }: BaselineProfile): string {
  const { minutes, instances, excluded, ready, windowMs, from, to } = learned;
  const span = Number.isFinite(from) && Number.isFinite(to) ? `, ${day(from)} to ${day(to)} UTC` : '';
  const parts = [
    `${Object.keys(bands).length} bands from ${plural(Number(minutes.toFixed(1)), 'container-minute')} of ${plural(instances, 'instance')}${span}`,
    ...(excluded > 0
      ? [`${excluded < 1 ? formatDuration(excluded * 60) : plural(Number(excluded.toFixed(1)), 'minute')} left out`]
      : []),
    ...(windowMs > 0 && windowMs !== 60_000 ? [`windows of ${formatCount(windowMs / 1000)} s`] : []),
    ...(loadMetric === null ? [] : [`load is ${loadMetric}`]),
    ready ? 'ready' : 'still learning: rates raise nothing yet',
  ];
  return parts.join('; ');
}

function plural(count: number, what: string): string {
  return `${formatCount(count)} ${what}${count === 1 ? '' : 's'}`;
}

function day(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
}

function table(page: Page, entries: readonly (readonly [string, Band])[]): void {
  const rows = entries.map(([name, band]) => ({
    name,
    normal: rangeText(band),
    limit: rate(band.anomalous),
    by: band.by === 'quantile' ? '' : band.by,
    band,
  }));
  const width = (column: 'name' | 'normal' | 'limit' | 'by', title: string): number =>
    Math.max(title.length, ...rows.map((row) => row[column].length));
  const name = width('name', 'syscall');
  const normal = width('normal', 'normal/min');
  const limit = width('limit', 'anomalous');
  const by = width('by', '');
  const room = Math.min(WIDEST_BAR, page.terminal.width - (name + normal + limit + by + 10));
  const largest = Math.max(...entries.map(([, band]) => band.anomalous));
  const line = (a: string, b: string, c: string, d: string, rest: string): string =>
    `  ${padEnd(a, name)}  ${padStart(b, normal)}  ${padStart(c, limit)}  ${padEnd(d, by)}  ${rest}`;
  const bars = room >= NARROWEST_BAR;
  page.dim(line('syscall', 'normal/min', 'anomalous', '', bars ? axis(largest, room) : ''));
  for (const row of rows)
    page.row(
      line(row.name, row.normal, row.limit, row.by, bars ? bar(row.band, largest, room, page.terminal.unicode) : ''),
    );
}

/** Column of a rate on a logarithmic axis from 0 (column 0) over 1 per minute to `largest`. */
function columnOf(value: number, largest: number, room: number): number {
  const scaled = Math.log10(1 + value) / Math.log10(1 + Math.max(1, largest));
  return Math.max(0, Math.min(room - 1, Math.round(scaled * (room - 1))));
}

/** Normal as a bar, the limit as a line. */
function bar({ normal, anomalous }: Band, largest: number, room: number, unicode: boolean): string {
  const [full, mark] = unicode ? ['━', '┃'] : ['=', '|'];
  const low = columnOf(normal[0], largest, room);
  const high = columnOf(normal[1], largest, room);
  const limit = columnOf(anomalous, largest, room);
  const cells = Array.from({ length: room }, (_, i) => (i >= low && i <= high ? full : ' '));
  cells[Math.max(limit, Math.min(high + 1, room - 1))] = mark;
  return cells.join('').trimEnd();
}

/** The powers of ten, each at its column. */
function axis(largest: number, room: number): string {
  const cells = Array.from({ length: room }, () => ' ');
  let free = 0;
  for (let value = 1; value <= largest; value *= 10) {
    const label = value >= 1000 ? `${value / 1000}k` : String(value);
    const at = columnOf(value, largest, room);
    if (at < free || at + label.length > room) continue;
    for (const [i, char] of [...label].entries()) cells[at + i] = char;
    free = at + label.length + 1;
  }
  return cells.join('').trimEnd();
}

function rate(value: number): string {
  return formatCount(Number(value.toPrecision(4)));
}
