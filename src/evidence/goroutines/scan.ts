/**
 * Byte scanner for goroutine dumps. Grammar: runtime/traceback.go (goroutineheader, traceback2, printcreatedby1,
 * printOneCgoTraceback, printAncestorTraceback), Go 1.10 to 1.27:
 *
 *     goroutine 34 [chan send, 5 minutes]:
 *     main.(*Store).Put(0xc000012345, {0x1, 0x2})
 *     	/src/store.go:42 +0x1d fp=0x… sp=0x… pc=0x…
 *     ...12 frames elided...
 *     created by main.serve in goroutine 1
 *     	/src/main.go:17 +0x85
 *
 * A blank line ends a goroutine. Everything else (log lines, registers, hex dumps) is stepped over, so that a dump can be
 * read out of the log that it was printed into, also where each line carries a prefix such as a time stamp.
 *
 * Speed comes from guessing: the frame that followed the last one before will most likely follow again, so its bytes are
 * compared in place and neither copied nor hashed.
 */
import { Column, float64, int32, uint8 } from './columns.ts';
import { FLAG, type GoroutineDump } from './dump.ts';
import { ascii, emptyHeader, GOROUTINE, type Header, lineEnd, parseLabels, readHeader, startsWith } from './header.ts';
import { ByteTable, grown, SequenceTable } from './intern.ts';

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;
const PAREN = 40;
const PAREN_CLOSE = 41;
const COLON = 58;

const NEEDLE = Buffer.from(GOROUTINE);
const CREATED_BY = ascii('created by ');
const IN_GOROUTINE = ascii(' in goroutine ');
const ELIDED = ascii('elided...');
const ELLIPSIS = ascii('...');
const ORIGINATING = ascii('[originating from goroutine ');
const NON_GO = ascii('non-Go function');
const PC = ascii('pc=');
const RUNTIME = ascii('runtime.');
const GOEXIT = ascii('runtime.goexit\n');

/** What the line before a file line was. */
const NOTHING = 0;
/** `name(args)` without a space in the name: a Go function. */
const FUNCTION = 1;
const CREATOR = 2;
/** `name with spaces(args)`: a wrapper of an unnamed struct type, or a log line. */
const LOOSE = 3;
/** Any other line: the name of a C function, or a log line. */
const PLAIN = 4;

/** Longest prefix before a header that is taken for a log prefix, in tokens. */
const MAX_PREFIX_TOKENS = 16;

export class DumpScanner {
  readonly #id = new Column(float64);
  readonly #state = new Column(int32);
  readonly #flags = new Column(uint8);
  readonly #minutes = new Column(int32);
  readonly #stack = new Column(int32);
  readonly #creatorColumn = new Column(int32);
  readonly #creatorIdColumn = new Column(float64);
  readonly #labels = new Column(int32);
  #count = 0;

  readonly #states = new ByteTable();
  readonly #labelTexts = new ByteTable();
  /** `function \n file:line`; the file part is empty for frames of unknown C code. */
  readonly #frameKeys = new ByteTable();
  /** First cell: 1 where frames were elided; then FrameIndex, leaf first. */
  readonly #stacks = new SequenceTable();
  /** next[f+1]: the frame that followed f the last time, -1 where none has; next[0]: the last first frame. */
  #next = new Int32Array(1024).fill(-1);

  // The goroutine that is being read.
  #open = false;
  readonly #header: Header = emptyHeader();
  #stateIndex = 0;
  #labelIndex = -1;
  #frames = new Int32Array(256);
  #depth = 0;
  #elided = false;
  #creator = -1;
  #creatorId = -1;
  #ancestors = false;
  #pending = NOTHING;
  #pendingBytes = new Uint8Array(512);
  #pendingLength = 0;
  #pendingId = -1;

  // The log prefix of the goroutine's lines.
  #prefixTokens = 0;
  #prefixGap = 0;
  #prefixOpen = false;

  get count(): number {
    return this.#count + (this.#open ? 1 : 0);
  }

  /** Reads whole lines: buf[to-1] is a newline. */
  scan(buf: Buffer, from: number, to: number): void {
    let p = from;
    while (p < to) {
      if (!this.#open) {
        p = this.#seek(buf, p, to);
        continue;
      }
      if (this.#prefixOpen) this.#decidePrefix(buf, p, to);
      let start = p;
      if (this.#prefixTokens > 0) start = this.#skipPrefix(buf, p, to);
      else {
        const behind = this.#predicted(buf, p, to);
        if (behind > 0) {
          p = behind;
          continue;
        }
      }
      const end = lineEnd(buf, start, to);
      this.#line(buf, start, end);
      p = end + 1;
    }
  }

  /**
   * The dump. `rest` is what came behind the last newline (it ends with one that the input did not have), empty where the
   * input ended with a newline.
   */
  finish(rest: Buffer): GoroutineDump {
    let truncated = false;
    if (rest.length > 0) truncated = this.#lastLine(rest);
    else if (this.#open) truncated = this.#pending === FUNCTION || this.#pending === CREATOR || !this.#looksWhole();
    if (this.#open) {
      if (truncated) this.#elided = true;
      this.#close();
    }
    return this.#columns(truncated);
  }

  /** Out of a goroutine: the position behind the next header, or `to`. */
  #seek(buf: Buffer, from: number, to: number): number {
    for (let p = from; p < to; ) {
      const hit = buf.indexOf(NEEDLE, p);
      if (hit < 0 || hit >= to) return to;
      p = hit + NEEDLE.length;
      const before = hit === from ? NEWLINE : buf[hit - 1];
      if (before !== NEWLINE && before !== SPACE && before !== TAB) continue;
      const end = lineEnd(buf, p, to);
      if (!readHeader(buf, hit, end, this.#header)) continue;
      let start = hit;
      while (start > from && buf[start - 1] !== NEWLINE) start--;
      this.#begin(buf);
      this.#setPrefix(buf, start, hit);
      return end + 1;
    }
    return to;
  }

  #setPrefix(buf: Buffer, start: number, hit: number): void {
    this.#prefixTokens = 0;
    this.#prefixGap = 0;
    this.#prefixOpen = false;
    if (start === hit) return;
    let tokens = 0;
    for (let p = start; p < hit; p++) {
      if (!isBlank(buf[p]) && (p === start || isBlank(buf[p - 1]))) tokens++;
    }
    if (tokens > MAX_PREFIX_TOKENS) return;
    let gap = 0;
    while (hit - gap > start && isBlank(buf[hit - gap - 1])) gap++;
    this.#prefixTokens = tokens;
    this.#prefixGap = gap;
    this.#prefixOpen = tokens > 0;
  }

  /**
   * The first line under a header that had something before it: `panic: goroutine 1 [running]:` is followed by a bare line,
   * a container log repeats its prefix.
   */
  #decidePrefix(buf: Buffer, at: number, to: number): void {
    this.#prefixOpen = false;
    const end = lineEnd(buf, at, to);
    if (buf[at] === TAB || argumentsAt(buf, at, end, true) > 0 || startsWith(buf, at, CREATED_BY))
      this.#prefixTokens = 0;
  }

  /** Where the content of the line at `at` begins behind a prefix of as many tokens as the header had. */
  #skipPrefix(buf: Buffer, at: number, to: number): number {
    let p = at;
    for (let token = 0; token < this.#prefixTokens; token++) {
      while (p < to && isBlank(buf[p])) p++;
      while (p < to && !isBlank(buf[p]) && buf[p] !== NEWLINE) p++;
    }
    // Exactly the gap that the header had: what follows may itself begin with a tab.
    for (let gap = 0; gap < this.#prefixGap && p < to && isBlank(buf[p]); gap++) p++;
    return p;
  }

  /** Where function and file line are those that followed the last time: the position behind them, else 0. */
  #predicted(buf: Buffer, at: number, to: number): number {
    if (this.#pending !== NOTHING || this.#creator >= 0 || this.#ancestors) return 0;
    const previous = this.#depth === 0 ? -1 : (this.#frames[this.#depth - 1] ?? -1);
    const frame = this.#next[previous + 1] ?? -1;
    if (frame < 0) return 0;
    const key = this.#frameKeys.bytes;
    let k = this.#frameKeys.starts[frame] ?? 0;
    const keyEnd = this.#frameKeys.starts[frame + 1] ?? 0;
    let p = at;
    while (p < to && k < keyEnd && buf[p] === key[k]) {
      p++;
      k++;
    }
    if (key[k] !== NEWLINE || k >= keyEnd || buf[p] !== PAREN) return 0;
    let c = buf[++p];
    while (c !== NEWLINE) {
      if (c === PAREN) return 0; // the arguments begin at the last one
      c = buf[++p];
    }
    if (++p >= to || buf[p] !== TAB) return 0;
    p++;
    k++;
    if (k === keyEnd) return 0;
    while (k < keyEnd && buf[p] === key[k]) {
      p++;
      k++;
    }
    if (k !== keyEnd) return 0;
    c = buf[p];
    if (c !== SPACE && c !== NEWLINE && c !== RETURN) return 0;
    while (c !== NEWLINE) {
      if (c === COLON) return 0; // the line number stands behind the last one
      c = buf[++p];
    }
    this.#pushFrame(frame);
    return p + 1;
  }

  /** One line inside a goroutine: buf[at .. end), without its newline. */
  #line(buf: Buffer, at: number, end: number): void {
    const to = end > at && buf[end - 1] === RETURN ? end - 1 : end;
    if (to === at) {
      this.#close();
      return;
    }
    const c = buf[at];
    if (c === TAB) {
      this.#fileLine(buf, at + 1, to);
      return;
    }
    if (c === 103 && startsWith(buf, at, GOROUTINE)) {
      const header = emptyHeader();
      if (readHeader(buf, at, end, header)) {
        this.#close();
        Object.assign(this.#header, header);
        this.#begin(buf);
        return;
      }
    }
    if (c === 99 && startsWith(buf, at, CREATED_BY)) {
      this.#creatorLine(buf, at + CREATED_BY.length, to);
      return;
    }
    if (this.#creator >= 0 || this.#ancestors) return;
    if (c === 46 && startsWith(buf, at, ELLIPSIS) && startsWith(buf, to - ELIDED.length, ELIDED)) {
      this.#elided = true;
      return;
    }
    if (c === 91 && startsWith(buf, at, ORIGINATING)) {
      this.#ancestors = true;
      return;
    }
    if (c === 110 && startsWith(buf, at, NON_GO) && to > at + NON_GO.length) {
      // `non-Go function at pc=0x…` has no file line.
      this.#remember(PLAIN, buf, at, at + NON_GO.length);
      this.#complete(buf, at, at);
      return;
    }
    this.#functionLine(buf, at, to);
  }

  #functionLine(buf: Buffer, at: number, to: number): void {
    if (this.#pending === CREATOR) return; // a log line between the creator and its file
    const strict = argumentsAt(buf, at, to, true);
    if (strict > 0) {
      this.#remember(FUNCTION, buf, at, strict);
      return;
    }
    if (this.#pending === FUNCTION) return; // a log line between a function and its file
    const loose = argumentsAt(buf, at, to, false);
    if (loose > 0) this.#remember(LOOSE, buf, at, loose);
    else this.#remember(PLAIN, buf, at, to);
  }

  /** `NAME[ in goroutine N]` */
  #creatorLine(buf: Buffer, at: number, to: number): void {
    if (this.#creator >= 0 || this.#ancestors) return;
    let nameEnd = to;
    this.#pendingId = -1;
    let p = to;
    while (p > at && isDigit(buf[p - 1])) p--;
    if (p < to && p - IN_GOROUTINE.length > at && startsWith(buf, p - IN_GOROUTINE.length, IN_GOROUTINE)) {
      nameEnd = p - IN_GOROUTINE.length;
      let id = 0;
      for (; p < to; p++) id = id * 10 + ((buf[p] ?? 0) - 48);
      this.#pendingId = id;
    }
    this.#remember(CREATOR, buf, at, nameEnd);
  }

  /** `FILE:LINE[ +0x…][ fp=… sp=… pc=…]` behind the tab. */
  #fileLine(buf: Buffer, at: number, to: number): void {
    const pending = this.#pending;
    if (pending === NOTHING) return;
    const fileEnd = lineNumberEnd(buf, at, to);
    const rest = fileEnd < 0 ? at : fileEnd + 1;
    if (fileEnd < 0 && pending !== PLAIN) return;
    // Only the C symbolizer prints names without arguments, and it always prints a pc.
    if (pending === PLAIN && !startsWith(buf, rest, PC)) {
      this.#pending = NOTHING;
      return;
    }
    this.#complete(buf, at, fileEnd < 0 ? at : fileEnd);
  }

  #remember(kind: number, buf: Buffer, from: number, to: number): void {
    const length = to - from;
    if (length > this.#pendingBytes.length) this.#pendingBytes = new Uint8Array(length * 2);
    this.#pendingBytes.set(buf.subarray(from, to), 0);
    this.#pendingLength = length;
    this.#pending = kind;
  }

  /** The pending name has its `file:line` at buf[from .. to): a frame, or the creator. */
  #complete(buf: Buffer, from: number, to: number): void {
    const split = this.#pendingLength;
    const length = split + 1 + (to - from);
    if (length > this.#pendingBytes.length) {
      this.#pendingBytes = grown(this.#pendingBytes, new Uint8Array(length * 2));
    }
    this.#pendingBytes[split] = NEWLINE;
    this.#pendingBytes.set(buf.subarray(from, to), split + 1);
    const frame = this.#frameKeys.intern(this.#pendingBytes, 0, length);
    if (frame + 1 >= this.#next.length) {
      this.#next = grown(this.#next, new Int32Array(this.#next.length * 2).fill(-1));
    }
    if (this.#pending === CREATOR) {
      this.#creator = frame;
      this.#creatorId = this.#pendingId;
    } else {
      const previous = this.#depth === 0 ? -1 : (this.#frames[this.#depth - 1] ?? -1);
      this.#next[previous + 1] = frame;
      this.#pushFrame(frame);
    }
    this.#pending = NOTHING;
  }

  #pushFrame(frame: number): void {
    if (this.#depth + 1 >= this.#frames.length) {
      this.#frames = grown(this.#frames, new Int32Array(this.#frames.length * 2));
    }
    this.#frames[this.#depth++] = frame;
  }

  #begin(buf: Buffer): void {
    const header = this.#header;
    this.#open = true;
    this.#stateIndex = this.#states.intern(buf, header.stateFrom, header.stateTo);
    this.#labelIndex =
      header.labelsTo > header.labelsFrom ? this.#labelTexts.intern(buf, header.labelsFrom, header.labelsTo) : -1;
    this.#depth = 0;
    this.#elided = false;
    this.#creator = -1;
    this.#creatorId = -1;
    this.#ancestors = false;
    this.#pending = NOTHING;
  }

  #close(): void {
    const header = this.#header;
    this.#open = false;
    this.#count++;
    // The first cell says whether frames were elided, then leaf first.
    if (this.#depth + 1 >= this.#frames.length) this.#frames = grown(this.#frames, new Int32Array(this.#depth * 2 + 2));
    this.#frames.copyWithin(1, 0, this.#depth);
    this.#frames[0] = this.#elided ? 1 : 0;
    const stack = this.#stacks.intern(this.#frames, this.#depth + 1);
    this.#id.push(header.id);
    this.#state.push(this.#stateIndex);
    this.#flags.push(this.#isSystem() ? header.flags | FLAG.system : header.flags);
    this.#minutes.push(header.minutes);
    this.#stack.push(stack);
    this.#creatorColumn.push(this.#creator);
    this.#creatorIdColumn.push(this.#creatorId);
    this.#labels.push(this.#labelIndex);
  }

  /** Started by the runtime and running nothing else: GC workers, scavenger, finalizers at rest; and each thread's g0. */
  #isSystem(): boolean {
    if (this.#header.id === 0) return true;
    if (this.#creator < 0 || !this.#isRuntime(this.#creator)) return false;
    for (let i = 1; i <= this.#depth; i++) if (!this.#isRuntime(this.#frames[i] ?? 0)) return false;
    return true;
  }

  #isRuntime(frame: number): boolean {
    return startsWith(this.#frameKeys.bytes, this.#frameKeys.starts[frame] ?? 0, RUNTIME);
  }

  /** Whether the open goroutine ends as a whole one does: with its creator, or being one that has none. */
  #looksWhole(): boolean {
    if (this.#creator >= 0 || this.#ancestors || this.#header.id <= 1) return true;
    if (this.#depth === 0) return false;
    const last = this.#frameKeys.starts[this.#frames[this.#depth - 1] ?? 0] ?? 0;
    return startsWith(this.#frameKeys.bytes, last, GOEXIT);
  }

  /** The line that the input broke off in. Says whether something is missing. */
  #lastLine(rest: Buffer): boolean {
    const end = rest.length - 1;
    if (!this.#open) {
      this.scan(rest, 0, rest.length);
      return this.#open || startsWith(rest, 0, GOROUTINE.subarray(0, Math.min(GOROUTINE.length, end)));
    }
    const start = this.#prefixTokens > 0 ? this.#skipPrefix(rest, 0, rest.length) : 0;
    // Behind the offset nothing that we read is lost: a text whose last newline was trimmed.
    if (rest[start] === TAB && rest.indexOf(' +0x', start) > 0) {
      this.#line(rest, start, end);
      return !this.#looksWhole();
    }
    // Anything else may be half a name; a log line behind a whole goroutine is none of its business.
    return !(this.#looksWhole() && this.#pending === NOTHING);
  }

  #columns(truncated: boolean): GoroutineDump {
    const frames = this.#frameTable();
    const stacks = this.#stacks;
    const stackOffsets = new Uint32Array(stacks.count + 1);
    const stackElided = new Uint8Array(stacks.count);
    const stackFrames = new Int32Array((stacks.offsets[stacks.count] ?? 0) - stacks.count);
    let at = 0;
    for (let s = 0; s < stacks.count; s++) {
      const from = stacks.offsets[s] ?? 0;
      const to = stacks.offsets[s + 1] ?? 0;
      stackElided[s] = stacks.values[from] ?? 0;
      stackFrames.set(stacks.values.subarray(from + 1, to), at);
      at += to - from - 1;
      stackOffsets[s + 1] = at;
    }
    return {
      count: this.#count,
      id: this.#id.take(),
      state: this.#state.take(),
      states: texts(this.#states),
      flags: this.#flags.take(),
      waitMinutes: this.#minutes.take(),
      stack: this.#stack.take(),
      creator: this.#creatorColumn.take(),
      creatorId: this.#creatorIdColumn.take(),
      labels: this.#labels.take(),
      labelSets: texts(this.#labelTexts).map(parseLabels),
      stackOffsets,
      stackFrames,
      stackElided,
      frames,
      truncated,
    };
  }

  #frameTable(): GoroutineDump['frames'] {
    const count = this.#frameKeys.count;
    const names: string[] = [];
    const files: string[] = [];
    const lines = new Int32Array(count);
    /** Equal texts share one string: a file has many frames. */
    const shared = new Map<string, string>();
    const share = (text: string): string => {
      const known = shared.get(text);
      if (known !== undefined) return known;
      shared.set(text, text);
      return text;
    };
    for (let f = 0; f < count; f++) {
      const key = this.#frameKeys.text(f);
      const split = key.indexOf('\n');
      const place = key.slice(split + 1);
      const colon = place.lastIndexOf(':');
      names.push(share(key.slice(0, split)));
      files.push(share(colon < 0 ? place : place.slice(0, colon)));
      lines[f] = colon < 0 ? 0 : Math.min(Number(place.slice(colon + 1)), 0x7fffffff);
    }
    return { count, function: names, file: files, line: lines };
  }
}

function texts(table: ByteTable): string[] {
  return Array.from({ length: table.count }, (_, entry) => table.text(entry));
}

function isBlank(c: number | undefined): boolean {
  return c === SPACE || c === TAB;
}

function isDigit(c: number | undefined): boolean {
  return c !== undefined && c >= 48 && c <= 57;
}

/**
 * Where the arguments of `name(args)` begin (arguments hold no parentheses, names may: `main.(*T).M`), or 0. `strict` wants
 * a name without spaces.
 */
function argumentsAt(buf: Buffer, at: number, to: number, strict: boolean): number {
  let end = to;
  if (end > at && buf[end - 1] === RETURN) end--;
  if (end - at < 3 || buf[end - 1] !== PAREN_CLOSE) return 0;
  let p = end - 2;
  while (p > at && buf[p] !== PAREN) p--;
  if (p === at) return 0;
  if (strict) for (let i = at; i < p; i++) if (isBlank(buf[i])) return 0;
  return p;
}

/** End of the line number in `file:line[ …]`, or -1. Windows paths have a colon, too: the last one counts. */
function lineNumberEnd(buf: Buffer, at: number, to: number): number {
  let colon = to - 1;
  while (colon > at && buf[colon] !== COLON) colon--;
  if (colon === at) return -1;
  let p = colon + 1;
  while (p < to && isDigit(buf[p])) p++;
  return p > colon + 1 && (p === to || buf[p] === SPACE) ? p : -1;
}
