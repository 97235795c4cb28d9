/**
 * The first line of a goroutine, as runtime/traceback.go goroutineheader prints it:
 *
 *     goroutine 7 gp=0xc000007c00 m=3 mp=0xc000100008 [chan send (leaked), 5 minutes, locked to thread] {k: "v 1"}:
 *
 * gp, m and mp since Go 1.23 in crashes (GOTRACEBACK=system and above). Labels (GODEBUG=tracebacklabels=1): since Go 1.26
 * inside the bracket, ` labels:{"k": "v"}`, since Go 1.27 behind it as above.
 */
import { FLAG } from './dump.ts';

export interface Header {
  id: number;
  /** Bytes of the state without its flags: buf[stateFrom .. stateTo). */
  stateFrom: number;
  stateTo: number;
  flags: number;
  minutes: number;
  /** Bytes between the braces of the labels; equal where there are none. */
  labelsFrom: number;
  labelsTo: number;
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const COMMA = 44;
const COLON = 58;
const OPEN = 91;
const CLOSE = 93;
const BRACE = 123;
const BRACE_CLOSE = 125;

/** Adjuncts in parentheses that become flags; every other one (`select (no cases)`) belongs to the state's name. */
const ADJUNCTS: readonly (readonly [Uint8Array, number])[] = [
  [ascii(' (nil chan)'), FLAG.nilChan],
  [ascii(' (leaked)'), FLAG.leaked],
  [ascii(' (durable)'), FLAG.durable],
  [ascii(' (scan)'), FLAG.scan],
];
const MINUTES = ascii(' minutes');
const LABELS = ascii(' labels:');
const LOCKED = ascii(' locked to thread');
export const GOROUTINE: Uint8Array = ascii('goroutine ');

const MAX_INT32 = 0x7fffffff;

export function emptyHeader(): Header {
  return { id: 0, stateFrom: 0, stateTo: 0, flags: 0, minutes: 0, labelsFrom: 0, labelsTo: 0 };
}

/**
 * Reads a header at buf[at], whose line ends with the newline at buf[end]. False where it is none; `into` is then undefined.
 */
export function readHeader(buf: Uint8Array, at: number, end: number, into: Header): boolean {
  if (!startsWith(buf, at, GOROUTINE)) return false;
  let p = at + GOROUTINE.length;
  let id = 0;
  const digits = p;
  for (let c = buf[p] ?? 0; c >= 48 && c <= 57; c = buf[++p] ?? 0) id = id * 10 + (c - 48);
  if (p === digits || p - digits > 20 || buf[p] !== SPACE) return false;
  while (p < end && buf[p] !== OPEN) p++; // ` gp=0x… m=… mp=0x… `
  if (p === end) return false;
  const open = p + 1;
  while (p < end && buf[p] !== CLOSE && buf[p] !== BRACE) p++;
  if (p === end) return false;
  let last = end;
  while (last > p && (buf[last - 1] === RETURN || buf[last - 1] === SPACE)) last--;
  if (buf[--last] !== COLON) return false;
  into.id = id;
  into.labelsFrom = 0;
  into.labelsTo = 0;
  let close = p;
  if (buf[p] === BRACE) {
    // Go 1.26: `[select, 5 minutes labels:{"k": "v"}]:`
    close = p - LABELS.length;
    if (close <= open || !startsWith(buf, close, LABELS)) return false;
    if (last - 2 <= p || buf[last - 1] !== CLOSE || buf[last - 2] !== BRACE_CLOSE) return false;
    into.labelsFrom = p + 1;
    into.labelsTo = last - 2;
  } else if (last !== close + 1) {
    // Go 1.27: `[select, 5 minutes] {k: v}:`
    if (last - 1 <= close + 2 || buf[close + 1] !== SPACE || buf[close + 2] !== BRACE || buf[last - 1] !== BRACE_CLOSE)
      return false;
    into.labelsFrom = close + 3;
    into.labelsTo = last - 1;
  }
  readBracket(buf, open, close, into);
  return true;
}

/** `state[ (adjunct)…][, N minutes][, locked to thread][, synctest bubble N]` */
function readBracket(buf: Uint8Array, open: number, close: number, into: Header): void {
  let p = open;
  while (p < close && buf[p] !== COMMA) p++;
  let to = p;
  let flags = 0;
  for (let found = true; found; ) {
    found = false;
    for (const [text, flag] of ADJUNCTS) {
      if (to - text.length <= open || !startsWith(buf, to - text.length, text)) continue;
      to -= text.length;
      flags |= flag;
      found = true;
    }
  }
  let minutes = 0;
  while (p < close) {
    const from = p + 1;
    p = from;
    while (p < close && buf[p] !== COMMA) p++;
    if (p - from === LOCKED.length && startsWith(buf, from, LOCKED)) flags |= FLAG.locked;
    else if (p - from > MINUTES.length + 1 && startsWith(buf, p - MINUTES.length, MINUTES)) {
      minutes = wholeNumber(buf, from + 1, p - MINUTES.length);
    }
  }
  into.stateFrom = open;
  into.stateTo = to;
  into.flags = flags;
  into.minutes = minutes;
}

function wholeNumber(buf: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let p = from; p < to; p++) {
    const digit = (buf[p] ?? 0) - 48;
    if (digit < 0 || digit > 9) return 0;
    value = Math.min(value * 10 + digit, MAX_INT32);
  }
  return value;
}

/** The state as the runtime prints it, adjuncts included. */
export function stateText(state: string, flags: number): string {
  let text = state;
  if (flags & FLAG.nilChan) text += ' (nil chan)';
  if (flags & FLAG.leaked) text += ' (leaked)';
  if (flags & FLAG.durable) text += ' (durable)';
  return text;
}

/**
 * Labels between the braces: `k: v, "key with space": "v\n"`. Quoting is that of runtime/print.go printquoted.
 * A text that does not follow that grammar gives what could be read.
 */
export function parseLabels(text: string): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  let at = 0;
  const item = (stop: string): string => {
    if (text[at] === '"') return quoted();
    const end = text.indexOf(stop, at);
    const plain = text.slice(at, end < 0 ? text.length : end);
    at += plain.length;
    return plain;
  };
  const quoted = (): string => {
    let value = '';
    let p = at + 1;
    while (p < text.length && text[p] !== '"') {
      if (text[p] !== '\\') {
        value += text[p++];
        continue;
      }
      const letter = text[p + 1] ?? '';
      const digits = ESCAPE_DIGITS[letter];
      if (digits === undefined) {
        value += SIMPLE_ESCAPES[letter] ?? letter;
        p += 2;
      } else {
        const hex = text.slice(p + 2, p + 2 + digits);
        const code = /^[0-9a-f]+$/i.test(hex) ? Number.parseInt(hex, 16) : -1;
        value += code < 0 || code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code);
        p += 2 + digits;
      }
    }
    at = p + 1;
    return value;
  };
  while (at < text.length) {
    const key = item(': ');
    if (!text.startsWith(': ', at)) break;
    at += 2;
    labels.set(key, item(', '));
    if (!text.startsWith(', ', at)) break;
    at += 2;
  }
  return labels;
}

const ESCAPE_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };
const SIMPLE_ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

export function startsWith(buf: Uint8Array, at: number, text: Uint8Array): boolean {
  for (let i = 0; i < text.length; i++) if (buf[at + i] !== text[i]) return false;
  return true;
}

export function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** Position of the newline at or behind `at`; the caller guarantees that there is one before `to`. */
export function lineEnd(buf: Uint8Array, at: number, to: number): number {
  let p = at;
  while (p < to && buf[p] !== NEWLINE) p++;
  return p;
}
