/**
 * The grammar of trace lines. The runtime writes every operand of a print on its own, so that another writer's line can
 * land between any two of them:
 *
 *     gc 5 @0.104s 2%: 0.01+2026/05/01 10:00:00 order accepted
 *     0.52+0.01 ms clock, 0.02+0.1/0.5/0+0.02 ms cpu, 4->4->1 MB, 4 MB goal, 0 MB stacks, 0 MB globals, 2 P
 *
 * The match goes on behind such a line. Forms: runtime/mgc.go gcMarkTermination, runtime/mgcscavenge.go printScavTrace and,
 * before Go 1.14, runtime/mheap.go scavenge.
 */

/** A number that the line prints at this place. */
const N = null;
type Item = string | typeof N;

const GC_HEAD: readonly Item[] = ['gc ', N, ' @', N, 's ', N, '%'];
const LEAK_CHECK = ' (checking for goroutine leaks)';
const GC_TIMES: readonly Item[] = [
  ...[': ', N, '+', N, '+', N, ' ms clock, ', N, '+', N, '/', N, '/', N, '+', N, ' ms cpu, '],
  ...[N, '->', N, '->', N, ' MB, ', N, ' MB goal, '],
];
const SCANNED: readonly Item[] = [N, ' MB stacks, ', N, ' MB globals, '];
const PROCS: readonly Item[] = [N, ' P'];

const GC_FORMS: readonly { readonly items: readonly Item[]; readonly leakCheck: boolean; readonly scanned: boolean }[] =
  [
    { items: [...GC_HEAD, ...GC_TIMES, ...SCANNED, ...PROCS], leakCheck: false, scanned: true }, // Go ≥ 1.18
    { items: [...GC_HEAD, LEAK_CHECK, ...GC_TIMES, ...SCANNED, ...PROCS], leakCheck: true, scanned: true }, // Go ≥ 1.26
    { items: [...GC_HEAD, ...GC_TIMES, ...PROCS], leakCheck: false, scanned: false }, // Go 1.5 – 1.17
  ];

const UTIL: readonly Item[] = [N, '% util'];
const SCAV_FORMS: readonly { readonly items: readonly Item[]; readonly form: 'split' | 'work' | 'cycle-work' }[] = [
  { items: ['scav ', N, ' KiB work (bg), ', N, ' KiB work (eager), ', N, ' KiB now, ', ...UTIL], form: 'split' }, // ≥ 1.21
  { items: ['scav ', N, ' KiB work, ', N, ' KiB total, ', ...UTIL], form: 'work' }, // 1.14, 1.15, 1.19, 1.20
  { items: ['scav ', N, ' ', N, ' KiB work, ', N, ' KiB total, ', ...UTIL], form: 'cycle-work' }, // 1.16 – 1.18
];

/** `scvg4` up to Go 1.12 (`scvg-1` for debug.FreeOSMemory), `scvg` in Go 1.13. */
const SCVG_HEADS: readonly (readonly Item[])[] = [['scvg-', N], ['scvg', N], ['scvg']];
const INUSE: readonly Item[] = [
  ...[': inuse: ', N, ', idle: ', N, ', sys: ', N, ', released: ', N, ', consumed: ', N, ' (MB)'],
];
const RELEASED: readonly Item[] = [': ', N, ' MB released'];
const SCVG_FORMS = SCVG_HEADS.flatMap((head) => [
  { items: [...head, ...RELEASED], summary: false },
  { items: [...head, ...INUSE], summary: true },
]);

/** How many foreign lines one trace line may be torn by, and how far (characters) the rest of it is looked for. */
const MAX_TEARS = 4;
const MAX_SPAN = 8192;

export interface GcLine {
  readonly kind: 'gc';
  /** cycle, at, percent, 3 clock, 5 cpu, start, end, live, goal[, stacks, globals], procs */
  readonly numbers: readonly number[];
  readonly scanned: boolean;
  readonly leakCheck: boolean;
  readonly forced: boolean;
}

export interface ScavLine {
  readonly kind: 'scav';
  readonly background_KiB: number;
  readonly eager_KiB: number;
  readonly returned_KiB: number;
  readonly utilPercent: number;
  readonly forced: boolean;
}

/** `scvg: N MB released`, which the summary follows. */
export interface ReleasedLine {
  readonly kind: 'released';
  readonly released_KiB: number;
}

export type TraceLine = GcLine | ScavLine | ReleasedLine;

/** 'more': the text ends inside the line. null: it begins like a trace line and is none. */
export type Match = { readonly line: TraceLine; readonly end: number } | 'more' | null;

/** Reads the trace line that begins with `gc `, `scav ` or `scvg` at text[at]. `end` is the position behind it. */
export function matchLine(text: string, at: number): Match {
  if (text.startsWith('gc ', at)) return matchGc(text, at);
  if (text.startsWith('scav ', at)) return matchScav(text, at);
  return matchScvg(text, at);
}

function matchGc(text: string, at: number): Match {
  let more = false;
  for (const { items, leakCheck, scanned } of GC_FORMS) {
    const found = matchItems(text, at, items);
    if (found === 'more') more = true;
    else if (found !== null) {
      const forced = text.startsWith(' (forced)', found.end);
      const end = forced ? found.end + ' (forced)'.length : found.end;
      return { line: { kind: 'gc', numbers: found.numbers, scanned, leakCheck, forced }, end };
    }
  }
  return more ? 'more' : null;
}

function matchScav(text: string, at: number): Match {
  let more = false;
  for (const { items, form } of SCAV_FORMS) {
    const found = matchItems(text, at, items);
    if (found === 'more') more = true;
    else if (found !== null) {
      const numbers = form === 'cycle-work' ? found.numbers.slice(1) : found.numbers;
      const [first = Number.NaN, second = Number.NaN, third = Number.NaN, fourth = Number.NaN] = numbers;
      const forced = text.startsWith(' (forced)', found.end);
      const line: ScavLine =
        form === 'split'
          ? { kind: 'scav', background_KiB: first, eager_KiB: second, returned_KiB: third, utilPercent: fourth, forced }
          : {
              kind: 'scav',
              background_KiB: first,
              eager_KiB: Number.NaN,
              returned_KiB: second,
              utilPercent: third,
              forced,
            };
      return { line, end: found.end };
    }
  }
  return more ? 'more' : null;
}

/** Whole MB. */
function matchScvg(text: string, at: number): Match {
  let more = false;
  for (const { items, summary } of SCVG_FORMS) {
    const found = matchItems(text, at, items);
    if (found === 'more') more = true;
    else if (found !== null) {
      const { numbers, end } = found;
      if (!summary) return { line: { kind: 'released', released_KiB: (numbers.at(-1) ?? 0) * 1024 }, end };
      const [inuse = 0, , , returned = 0, consumed = 0] = numbers.slice(-5);
      const line: ScavLine = {
        kind: 'scav',
        background_KiB: Number.NaN,
        eager_KiB: Number.NaN,
        returned_KiB: returned * 1024,
        utilPercent: consumed === 0 ? Number.NaN : (inuse * 100) / consumed,
        forced: false,
      };
      return { line, end };
    }
  }
  return more ? 'more' : null;
}

interface Matched {
  readonly numbers: number[];
  readonly end: number;
}

/** How often the rest of one line is looked for in all; hostile lines look like ours everywhere. */
const MAX_ATTEMPTS = 64;

/** How many items before the first mismatch a foreign line may have begun at: its own start can look like some of ours. */
const MAX_LOOKALIKES = 6;

function matchItems(text: string, at: number, items: readonly Item[]): Matched | 'more' | null {
  return matchFrom(text, at, items, 0, {
    limit: Math.min(text.length, at + MAX_SPAN),
    tears: MAX_TEARS,
    attempts: MAX_ATTEMPTS,
  });
}

/**
 * Matches items[first..] at text[at]; where they stop to match, a foreign line is stepped over and the rest is looked for
 * behind it. Calls itself once a tear: at most MAX_TEARS deep, and MAX_ATTEMPTS times in all.
 */
function matchFrom(
  text: string,
  at: number,
  items: readonly Item[],
  first: number,
  left: { readonly limit: number; readonly tears: number; attempts: number },
): Matched | 'more' | null {
  /** starts[i - first]: where item i begins in this stretch. */
  const starts: number[] = [];
  let p = at;
  let i = first;
  for (; i < items.length; i++) {
    const item = items[i] ?? N;
    const next = item === N ? numberEnd(text, p) : text.startsWith(item, p) ? p + item.length : -1;
    if (next < 0) break;
    starts.push(p);
    p = next;
  }
  if (i === items.length) return { numbers: numbersIn(text, starts, items, first, i), end: p };
  if (i === 0) return unfinished(text, p, items[0] ?? N) ? 'more' : null;
  let more = false;
  // The latest item first: what seemed to match before the tear most likely did. The very first is never resumed at.
  for (let resume = i; resume >= Math.max(first, 1, i - MAX_LOOKALIKES); resume--) {
    let newline = p - 1;
    for (let tears = left.tears; tears > 0 && left.attempts > 0; tears--) {
      newline = text.indexOf('\n', newline + 1);
      if (newline < 0 || newline >= left.limit) {
        if (left.limit === text.length) more = true;
        break;
      }
      if (!begins(text, newline + 1, items[resume] ?? N)) continue;
      const below = { limit: left.limit, tears: tears - 1, attempts: left.attempts - 1 };
      const rest = matchFrom(text, newline + 1, items, resume, below);
      left.attempts = below.attempts;
      if (rest === 'more') more = true;
      else if (rest !== null) {
        return { numbers: [...numbersIn(text, starts, items, first, resume), ...rest.numbers], end: rest.end };
      }
    }
  }
  return more ? 'more' : null;
}

/** Whether the item stands at text[at], as far as the text goes. */
function begins(text: string, at: number, item: Item): boolean {
  if (item === N) return numberEnd(text, at) >= 0 || at === text.length;
  return text.startsWith(item, at) || unfinished(text, at, item);
}

/** The numbers among items[first .. to), which begin at `starts`; the last may run into a foreign line's date. */
function numbersIn(
  text: string,
  starts: readonly number[],
  items: readonly Item[],
  first: number,
  to: number,
): number[] {
  const numbers: number[] = [];
  for (let i = first; i < to; i++) {
    const start = starts[i - first] ?? 0;
    if (items[i] === N) numbers.push(Number(withoutDate(text.slice(start, start + 40))));
  }
  return numbers;
}

/** The number that the text begins with, without the date of a log line that follows immediately: `0.01` + `2026/05/01 …`. */
function withoutDate(text: string): string {
  return (/^\d+(?:\.\d+)?(?=(?:19|20)\d\d[-/]\d\d[-/]\d\d)/.exec(text) ?? /^\d+(?:\.\d+)?/.exec(text))?.[0] ?? '';
}

/** Whether the text ends while the item could still go on. */
function unfinished(text: string, at: number, item: Item): boolean {
  if (item !== N && text.length - at > item.length) return false;
  if (item === N && at < text.length) return false;
  const rest = text.slice(at);
  return item === N ? rest === '' : item.startsWith(rest);
}

/** End of `12` or `0.034` at text[at], or -1. */
function numberEnd(text: string, at: number): number {
  let p = at;
  while (isDigit(text.charCodeAt(p))) p++;
  if (p === at || p - at > 20) return -1;
  if (text.charCodeAt(p) === 46 && isDigit(text.charCodeAt(p + 1))) {
    p++;
    while (isDigit(text.charCodeAt(p))) p++;
  }
  return p;
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}
