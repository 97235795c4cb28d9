/**
 * A profile as YAML that people review: one syscall a line, sorted, the same bytes for the same profile, so that a diff of two
 * files is a diff of behaviour. What readProfile gives of it is the profile again, exactly.
 */
import type { Band, BaselineProfile } from '../model.ts';
import { type Comments, NO_COMMENTS } from './comments.ts';
import { PROFILE_SCHEMA } from './schema.ts';

const HEADER = [
  ' Syscalls of one container in calls per minute. Made by hemostat guard baseline learn; meant to be reviewed and edited.',
  ' A band with `by: manual` and the list `allowed` stay as they are when the profile is learned again (--update).',
];

/** @param comments of the file that is written again; they stay where the thing that they speak of stays */
export function writeProfile(profile: BaselineProfile, comments: Comments = NO_COMMENTS): string {
  const { key, parent, learned } = profile;
  const out = new Lines(comments);
  out.header(HEADER);
  out.line('schema', PROFILE_SCHEMA);
  if (profile.image !== '') out.line('image', scalar(profile.image));
  out.line('digest', scalar(key.digest));
  out.line('container', scalar(key.container));
  if (parent !== null)
    out.map('parent', [
      ['digest', scalar(parent.digest)],
      ['container', scalar(parent.container)],
    ]);
  out.map('learned', [
    ['from', time(learned.from)],
    ['to', time(learned.to)],
    ['minutes', String(learned.minutes)],
    ['excluded', String(learned.excluded)],
    ['instances', String(learned.instances)],
    ['window-seconds', Number.isFinite(learned.windowMs) ? String(learned.windowMs / 1000) : 'unknown'],
    ['windows', String(learned.windows)],
    ['only-once', String(learned.onlyOnce)],
    ['hours-of-day', String(learned.hoursOfDay)],
    ['ready', String(learned.ready)],
  ]);
  if (profile.loadMetric !== null) out.line('load-metric', scalar(profile.loadMetric));
  out.list('allowed', [...new Set(profile.allowed)].sort());
  const known = Object.entries(profile.known).sort(([a], [b]) => (a < b ? -1 : 1));
  if (known.length > 0)
    out.map(
      'known',
      known.map(([name, by]) => [name, scalar(by)]),
    );
  const names = Object.keys(profile.bands).sort();
  out.map(
    'syscalls',
    names.flatMap((name) => {
      const band = profile.bands[name];
      return band === undefined ? [] : [[name, bandText(band)] as const];
    }),
  );
  out.list('notes', profile.notes);
  return out.text();
}

function bandText({ normal, anomalous, source, by, load, recent }: Band): string {
  const parts = [
    `normal: [${normal[0]}, ${normal[1]}]`,
    `anomalous: ${anomalous}`,
    `source: ${scalar(source, true)}`,
    ...(by === 'quantile' ? [] : [`by: ${by}`]),
    ...(load === undefined ? [] : [`load: {base: ${load.base}, per-unit: ${load.perUnit}, noise: ${load.noise}}`]),
    ...(recent === undefined ? [] : [`recent: {times: ${recent.times}, noise: ${recent.noise}}`]),
  ];
  return `{${parts.join(', ')}}`;
}

/** Words that some YAML reader takes for something else than text. */
const NOT_TEXT = /^(?:y|n|yes|no|on|off|true|false|null|inf|nan)$/i;

/** Plain where every reader of YAML takes it for this text; else in quotes. `flow`: inside of brackets. */
function scalar(text: string, flow = false): string {
  const plain = flow ? /^[A-Za-z][\w./@+-]*$/ : /^[A-Za-z][\w./@:+-]*$/;
  return plain.test(text) && !text.endsWith(':') && !NOT_TEXT.test(text) ? text : JSON.stringify(text);
}

/** A sentence may go unquoted where nothing in it has a meaning in YAML. */
function sentence(text: string): string {
  const plain = /^[A-Za-z][\w ./@+(),%-]*[\w.)]$/.test(text) && !/ {2}/.test(text) && !NOT_TEXT.test(text);
  return plain ? text : JSON.stringify(text);
}

function time(ms: number): string {
  return Number.isFinite(ms) ? new Date(ms).toISOString() : 'unknown';
}

class Lines {
  readonly #out: string[] = [];
  readonly #comments: Comments;

  constructor(comments: Comments) {
    this.#comments = comments;
  }

  /** What stood above the first key takes the place of our own words. */
  header(lines: readonly string[]): void {
    if (this.#comments.get('schema')?.before === undefined) this.#write(lines, '');
  }

  line(key: string, value: string): void {
    this.#line(key, '', key, value);
  }

  map(key: string, entries: readonly (readonly [string, string])[]): void {
    if (entries.length === 0) {
      this.line(key, '{}');
      return;
    }
    this.line(key, '');
    for (const [name, value] of entries) this.#line(`${key}.${name}`, '  ', name, value);
    this.#write(this.#comments.get(`${key}.`)?.before ?? [], '  ');
  }

  list(key: string, items: readonly string[]): void {
    if (items.length === 0) {
      this.line(key, '[]');
      return;
    }
    this.line(key, '');
    for (const item of items) this.#line(`${key}.${item}`, '  ', '-', sentence(item));
  }

  text(): string {
    this.#write(this.#comments.get('')?.before ?? [], '');
    return `${this.#out.join('\n')}\n`;
  }

  #line(place: string, indent: string, key: string, value: string): void {
    const { before = [], after = '' } = this.#comments.get(place) ?? {};
    this.#write(before, indent);
    const name = key === '-' ? '-' : `${key}:`;
    const head = value === '' ? name : `${name} ${value}`;
    this.#out.push(`${indent}${head}${after === '' ? '' : ` #${after}`}`);
  }

  #write(comment: readonly string[], indent: string): void {
    for (const line of comment) this.#out.push(line === '' ? '' : `${indent}#${line}`);
  }
}
