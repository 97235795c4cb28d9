/**
 * The baseline: findings that were there when a gate was introduced. They don't block; a new one does. An entry goes by
 * fingerprint, so it stays when lines move, and counts, so that a second finding of the same identity is a new one.
 */
import { z } from 'zod';
import type { Finding } from '../../findings/model.ts';
import { GuardUsageError } from '../error.ts';
import { isInexcusable } from '../inexcusable.ts';
import type { PartName } from '../part.ts';
import { isOver } from './exceptions.ts';
import { PARTS } from './settings.ts';

const Day = z.iso.date();
const EntrySchema = z.strictObject({
  part: z.enum(['review', 'deps', 'image', 'config', 'surface']),
  rule: z.string().min(1),
  fingerprint: z.string().regex(/^[0-9a-f]{16}$/),
  count: z.int().min(1),
  title: z.string(),
  firstSeen: Day,
  until: Day.optional(),
  reason: z.string().min(1).optional(),
});
const FileSchema = z.strictObject({ schema: z.literal('hemostat/baseline@1'), entries: z.array(EntrySchema) });

export type BaselineEntry = z.infer<typeof EntrySchema>;

/** @throws GuardUsageError where the text is no baseline; `shown` names the file. */
export function parseBaseline(text: string, shown: string): BaselineEntry[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new GuardUsageError(`${shown} is not JSON; write it with hemostat gate --baseline ${shown} --write-baseline`);
  }
  const parsed = FileSchema.safeParse(value);
  if (parsed.success) return parsed.data.entries;
  const [issue] = parsed.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
  throw new GuardUsageError(
    `${shown} is not a baseline of this version${at}: ${issue?.message ?? 'wrong shape'}; ` +
      'correct it, or write it again with --write-baseline',
  );
}

/** Sorted, so that a diff shows what changed; a newline at the end. */
export function writeBaseline(entries: readonly BaselineEntry[]): string {
  const sorted = [...entries].sort(
    (a, b) =>
      PARTS.indexOf(a.part) - PARTS.indexOf(b.part) || order(a.rule, b.rule) || order(a.fingerprint, b.fingerprint),
  );
  const entriesInOrder = sorted.map(({ part, rule, fingerprint, count, title, firstSeen, until, reason }) => ({
    part,
    rule,
    fingerprint,
    count,
    title,
    firstSeen,
    ...(until === undefined ? {} : { until }),
    ...(reason === undefined ? {} : { reason }),
  }));
  return `${JSON.stringify({ schema: 'hemostat/baseline@1', entries: entriesInOrder }, null, 2)}\n`;
}

/** Hands out entries to findings, each entry at most `count` times. */
export class BaselineUse {
  readonly #left = new Map<string, { readonly entry: BaselineEntry; left: number }>();
  readonly #now: Date;

  constructor(entries: readonly BaselineEntry[], now: Date) {
    this.#now = now;
    for (const entry of entries) this.#left.set(`${entry.part} ${entry.fingerprint}`, { entry, left: entry.count });
  }

  /** The entry that knows this finding; null where there is none, it is used up, or its time is over. */
  take(part: PartName, finding: Finding): BaselineEntry | null {
    const slot = this.#left.get(`${part} ${finding.fingerprint}`);
    if (slot === undefined) return null;
    slot.left -= 1;
    if (slot.left < 0 || isExpired(slot.entry, this.#now) || isInexcusable(part, finding)) return null;
    return slot.entry;
  }

  /** Entries of parts that looked at everything and found nothing for them. */
  gone(parts: ReadonlySet<PartName>): BaselineEntry[] {
    return [...this.#left.values()].flatMap(({ entry, left }) =>
      left === entry.count && parts.has(entry.part) ? [entry] : [],
    );
  }

  /** Entries that know a finding which is there, and no longer excuse it. */
  expired(): BaselineEntry[] {
    return [...this.#left.values()].flatMap(({ entry, left }) =>
      left < entry.count && isExpired(entry, this.#now) ? [entry] : [],
    );
  }
}

function isExpired({ until }: BaselineEntry, now: Date): boolean {
  return until !== undefined && isOver(until, now);
}

/**
 * The baseline of what is there now. What a person wrote into the old one (until, reason) and the first day stay; entries of parts that
 * did not see everything stay as they are.
 */
export function baselineOf(
  findings: readonly { readonly part: PartName; readonly finding: Finding }[],
  old: readonly BaselineEntry[],
  seenWhole: ReadonlySet<PartName>,
  now: Date,
): BaselineEntry[] {
  const before = new Map(old.map((entry) => [`${entry.part} ${entry.fingerprint}`, entry]));
  const entries = new Map<string, BaselineEntry>();
  for (const { part, finding } of findings) {
    // What runs is held against profiles, which have a list of what is allowed.
    if (part === 'run' || finding.verdict === 'cleared' || isInexcusable(part, finding)) continue;
    const key = `${part} ${finding.fingerprint}`;
    const known = entries.get(key);
    const was = before.get(key);
    entries.set(key, {
      part,
      rule: finding.rule,
      fingerprint: finding.fingerprint,
      title: finding.title,
      firstSeen: was?.firstSeen ?? now.toISOString().slice(0, 10),
      count: (known?.count ?? 0) + 1,
      ...(was?.until === undefined ? {} : { until: was.until }),
      ...(was?.reason === undefined ? {} : { reason: was.reason }),
    });
  }
  for (const [key, entry] of before) if (!seenWhole.has(entry.part) && !entries.has(key)) entries.set(key, entry);
  return [...entries.values()];
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
