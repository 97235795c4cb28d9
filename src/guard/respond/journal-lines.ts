/**
 * The journal's bytes: JSON lines, a header and then an event on each, in the order in which they were appended. Pure.
 * A line counts when its newline is there: what follows the last newline was being written when the machine stopped.
 */
import { GuardEvidenceError } from '../error.ts';
import { eventSchema } from './event-schema.ts';
import type { ResponseEvent } from './model.ts';

export const HEADER = '{"schema":"hemostat/respond-journal@1"}\n';

/** Of one event, bytes. */
const LONGEST_LINE = 4 * 1024 * 1024;
const NEWLINE = 0x0a;

export interface JournalPart {
  readonly events: readonly ResponseEvent[];
  /** Bytes up to and with the last newline. */
  readonly whole: number;
  /** Lines in them. */
  readonly lines: number;
}

/**
 * @param line lines before these bytes; 0 where they are the beginning
 * @param shown the journal's name in sentences
 * @throws GuardEvidenceError for a line that is whole and no event: nothing is left out in the middle
 */
export function readLines(bytes: Uint8Array, line: number, shown: string): JournalPart {
  const events: ResponseEvent[] = [];
  let lines = line;
  let whole = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, whole)) {
    lines++;
    if (end - whole > LONGEST_LINE) throw damaged(shown, lines, `is longer than ${LONGEST_LINE / 1024 / 1024} MiB`);
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + whole, end - whole).toString('utf8');
    if (lines === 1) {
      if (`${text}\n` !== HEADER) throw damaged(shown, 1, 'is not the header of a journal that this hemostat writes');
    } else events.push(readEvent(text, lines, shown));
    whole = end + 1;
  }
  return { events, whole, lines };
}

export function writeLine(event: ResponseEvent): string {
  return `${JSON.stringify(event)}\n`;
}

function readEvent(text: string, line: number, shown: string): ResponseEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw damaged(shown, line, 'is not JSON');
  }
  const parsed = eventSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? '' : ` (${issue.path.join('.')})`;
  throw damaged(shown, line, `is no event that this hemostat knows${where}`);
}

function damaged(shown: string, line: number, what: string): GuardEvidenceError {
  return new GuardEvidenceError(
    `${shown}:${line}: the line ${what}; use the hemostat that wrote it, restore the file, or move the directory away to begin anew`,
  );
}
