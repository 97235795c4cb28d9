/** What kind of text evidence a file is, by its content; names and suffixes say nothing reliable. */
import { emptyHeader, GOROUTINE, lineEnd, readHeader } from './goroutines/header.ts';
import { isLegacy } from './pprof/legacy.ts';

export type TextEvidence = 'goroutine-dump' | 'gctrace' | 'prometheus' | 'expvar';

/** How far (bytes) a log is searched before it counts as something else. */
const SEARCHED = 64 << 20;

const TRACE_LINE = /(?:^|[^\w])(?:gc \d+ @\d+(?:\.\d+)?s \d+%|scav \d+(?: \d+)? KiB work|scvg\d*: (?:inuse|\d+ MB))/;
const SAMPLE_LINE = /^(?:# (?:HELP|TYPE) \S|[a-zA-Z_:][\w:]*(?:\{.*\})? +[-+]?(?:\d|NaN|Inf))/;

/**
 * A log with a goroutine dump and trace lines is a dump: it was written at the end of the process and says more. Null for
 * everything else (a pprof file, a goroutine profile, a log with none of these).
 */
export function detectTextEvidence(bytes: Uint8Array): TextEvidence | null {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, SEARCHED));
  const head = text.toString('latin1', 0, 1 << 14);
  if (/^\s*\{/.test(head)) {
    if (/"(?:cmdline|memstats)"\s*:/.test(head) || text.includes('"memstats"')) return 'expvar';
  }
  // `goroutine 7 [running]:` and `gc 1 @0.01s 0%` begin like a metric without labels, so they are looked for first.
  if (hasHeader(text)) return 'goroutine-dump';
  if (hasTraceLine(text)) return 'gctrace';
  return SAMPLE_LINE.test(head) ? 'prometheus' : null;
}

function hasHeader(text: Buffer): boolean {
  const header = emptyHeader();
  for (let at = text.indexOf(NEEDLE); at >= 0; at = text.indexOf(NEEDLE, at + NEEDLE.length)) {
    if (readHeader(text, at, lineEnd(text, at, text.length), header)) return true;
  }
  return false;
}

const NEEDLE = Buffer.from(GOROUTINE);

function hasTraceLine(text: Buffer): boolean {
  for (const needle of ['gc ', 'scav ', 'scvg']) {
    for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
      if (TRACE_LINE.test(text.toString('latin1', Math.max(0, at - 1), at + 64))) return true;
    }
  }
  return false;
}

/** A text that is no debug=1 profile: a dump, a log or a page. profile.proto has control characters from the start. */
export function isText(bytes: Uint8Array): boolean {
  if (bytes.length === 0 || isLegacy(bytes)) return false;
  const head = bytes.subarray(0, 1024);
  return head.every((byte) => byte >= 0x20 || byte === 9 || byte === 10 || byte === 13 || byte === 0x1b);
}
