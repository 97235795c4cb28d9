/**
 * The plugin's configuration: one flat JSON object, strictly read. What is not understood keeps the plugin from starting, with one
 * sentence, as a filter that was configured wrongly and runs anyhow protects nobody.
 */
import { begin, logLine, put, putNumber, putTamed, ERROR } from './host';
import { CLASS_CALL, CLASS_MEMBER, CLASS_REFERENCE, CLASS_TEXT, CLASS_UNCERTAIN } from './scan-state';

@unmanaged
export class Config {
  next: usize;
  /** Context id of the plugin that it belongs to. */
  id: u32;
  /** Bit k: names of kind k are looked for. */
  wanted: u32;
  /** Bit c: a finding of class c refuses the body, in block mode. */
  blockOn: u32;
  maxBytes: u32;
  bufferBytes: u32;
  block: u8;
  requests: u8;
  responses: u8;
  strict: u8;
  references: u8;
  overLimitBlock: u8;
  notSeenBlock: u8;
  holdHeaders: u8;
  header: u8;
}

export const CONFIG_BYTES: usize = offsetof<Config>();

const DEFAULT_MAX_BYTES: u32 = 8388608;
const DEFAULT_BUFFER_BYTES: u32 = 262144;
/** More would need more than 31 bits in sums, and takes Envoy's worker seconds. */
const MOST_BYTES: u32 = 1073741824;

let at: usize = 0;
let end: usize = 0;
let from: usize = 0;

/** Reads `size` bytes at `start` into c. False after one sentence to the log. */
export function readConfig(c: Config, start: usize, size: i32): bool {
  c.wanted = 3;
  c.blockOn = (1 << CLASS_CALL) | (1 << CLASS_TEXT) | (1 << CLASS_UNCERTAIN);
  c.maxBytes = DEFAULT_MAX_BYTES;
  c.bufferBytes = DEFAULT_BUFFER_BYTES;
  c.block = 0;
  c.requests = 1;
  c.responses = 0;
  c.strict = 0;
  c.references = 0;
  c.overLimitBlock = 1;
  c.notSeenBlock = 1;
  c.holdHeaders = 0;
  c.header = 1;
  from = start;
  at = start;
  end = start + size;
  skipSpace();
  if (at == end) return true;
  if (!readObject(c)) return false;
  if (!c.requests && !c.responses) return fail('requests and responses are both false, so there is nothing to look at');
  if (c.holdHeaders && !c.block) return fail('holdHeaders is for mode "block"');
  return true;
}

function readObject(c: Config): bool {
  if (!accept(0x7b)) return fail('a JSON object is expected');
  let seen: u32 = 0;
  skipSpace();
  if (accept(0x7d)) return atEnd();
  while (true) {
    skipSpace();
    if (!readString()) return false;
    const key = keyOf();
    if (key < 0) {
      begin('hemostat: configuration: unknown key "');
      putTamed(stringAt, stringSize);
      put('"; known are mode, requests, responses, strict, references, also, blockOn, maxBytes, bufferBytes, overLimit, notSeen, holdHeaders, header');
      logLine(ERROR);
      return false;
    }
    if ((seen >> key) & 1) return fail('a key is given twice');
    seen |= 1 << key;
    skipSpace();
    if (!accept(0x3a)) return fail('a colon is expected behind a key');
    skipSpace();
    if (!readValue(c, key)) return false;
    skipSpace();
    if (accept(0x7d)) return atEnd();
    if (!accept(0x2c)) return fail('a comma or } is expected behind a value');
  }
}

function keyOf(): i32 {
  if (is('mode')) return 0;
  if (is('requests')) return 1;
  if (is('responses')) return 2;
  if (is('strict')) return 3;
  if (is('references')) return 4;
  if (is('also')) return 5;
  if (is('blockOn')) return 6;
  if (is('maxBytes')) return 7;
  if (is('bufferBytes')) return 8;
  if (is('overLimit')) return 9;
  if (is('notSeen')) return 10;
  if (is('holdHeaders')) return 11;
  return is('header') ? 12 : -1;
}

function readValue(c: Config, key: i32): bool {
  switch (key) {
    case 0: {
      const value = readChoice('detect', 'block', 'mode must be "detect" or "block"');
      c.block = value == 1 ? 1 : 0;
      return value >= 0;
    }
    case 9: {
      const value = readChoice('pass', 'block', 'overLimit must be "block" or "pass"');
      c.overLimitBlock = value == 1 ? 1 : 0;
      return value >= 0;
    }
    case 10: {
      const value = readChoice('pass', 'block', 'notSeen must be "block" or "pass"');
      c.notSeenBlock = value == 1 ? 1 : 0;
      return value >= 0;
    }
    case 5:
      return readList(c, false);
    case 6:
      c.blockOn = 0;
      return readList(c, true);
    case 7: {
      const value = readNumber('maxBytes must be a whole number from 1024 to 1073741824');
      c.maxBytes = <u32>value;
      return value >= 0;
    }
    case 8: {
      const value = readNumber('bufferBytes must be a whole number from 1024 to 1073741824');
      c.bufferBytes = <u32>value;
      return value >= 0;
    }
  }
  const flag = readFlag();
  if (flag < 0) return fail('requests, responses, strict, references, holdHeaders and header must be true or false');
  const value = <u8>flag;
  if (key == 1) c.requests = value;
  else if (key == 2) c.responses = value;
  else if (key == 3) c.strict = value;
  else if (key == 4) c.references = value;
  else if (key == 11) c.holdHeaders = value;
  else c.header = value;
  return true;
}

function readChoice(first: string, second: string, sentence: string): i32 {
  if (at < end && load<u8>(at) == 0x22 && readString()) {
    if (is(first)) return 0;
    if (is(second)) return 1;
  }
  fail(sentence);
  return -1;
}

function readFlag(): i32 {
  if (word('true')) return 1;
  return word('false') ? 0 : -1;
}

function readNumber(sentence: string): i32 {
  let value: u32 = 0;
  let digits = 0;
  while (at < end && load<u8>(at) >= 0x30 && load<u8>(at) <= 0x39 && digits < 11) {
    value = value > MOST_BYTES / 10 ? MOST_BYTES + 1 : value * 10 + load<u8>(at) - 0x30;
    at++;
    digits++;
  }
  // Hosts that keep numbers as doubles write 65536.0.
  if (digits > 0 && word('.')) while (at < end && load<u8>(at) == 0x30) at++;
  if (digits == 0 || value < 1024 || value > MOST_BYTES) {
    fail(sentence);
    return -1;
  }
  return <i32>value;
}

function readList(c: Config, classes: bool): bool {
  const sentence = classes
    ? 'blockOn must be a list of "call", "text", "uncertain", "member", "reference"'
    : 'also must be a list of "Function", "setTimeout", "setInterval", "execScript"';
  if (!accept(0x5b)) return fail(sentence);
  skipSpace();
  if (accept(0x5d)) return true;
  while (true) {
    skipSpace();
    if (at == end || load<u8>(at) != 0x22) return fail(sentence);
    if (!readString()) return false;
    if (classes) {
      if (is('call')) c.blockOn |= 1 << CLASS_CALL;
      else if (is('text')) c.blockOn |= 1 << CLASS_TEXT;
      else if (is('uncertain')) c.blockOn |= 1 << CLASS_UNCERTAIN;
      else if (is('member')) c.blockOn |= 1 << CLASS_MEMBER;
      else if (is('reference')) c.blockOn |= 1 << CLASS_REFERENCE;
      else return fail(sentence);
    } else if (is('Function')) c.wanted |= 4;
    else if (is('setTimeout')) c.wanted |= 8;
    else if (is('setInterval')) c.wanted |= 16;
    else if (is('execScript')) c.wanted |= 32;
    else return fail(sentence);
    skipSpace();
    if (accept(0x5d)) return true;
    if (!accept(0x2c)) return fail(sentence);
  }
}

// ---- characters

let stringAt: usize = 0;
let stringSize: i32 = 0;

/** A string without escapes: no key or value of ours needs one. */
function readString(): bool {
  if (!accept(0x22)) return fail('a string in double quotes is expected');
  stringAt = at;
  while (at < end) {
    const byte = load<u8>(at);
    if (byte == 0x22) {
      stringSize = <i32>(at - stringAt);
      at++;
      return true;
    }
    if (byte == 0x5c || byte < 0x20) return fail('strings hold no escapes and no line ends');
    at++;
  }
  return fail('a string is not ended');
}

function is(text: string): bool {
  if (stringSize != text.length) return false;
  for (let i = 0; i < stringSize; i++) if (load<u8>(stringAt + i) != text.charCodeAt(i)) return false;
  return true;
}

function word(text: string): bool {
  const n = text.length;
  if (at + n > end) return false;
  for (let i = 0; i < n; i++) if (load<u8>(at + i) != text.charCodeAt(i)) return false;
  at += n;
  return true;
}

function accept(byte: u8): bool {
  if (at == end || load<u8>(at) != byte) return false;
  at++;
  return true;
}

function skipSpace(): void {
  while (at < end) {
    const byte = load<u8>(at);
    if (byte != 0x20 && byte != 0x0a && byte != 0x0d && byte != 0x09) return;
    at++;
  }
}

function atEnd(): bool {
  skipSpace();
  return at == end ? true : fail('something stands behind the object');
}

function fail(sentence: string): bool {
  begin('hemostat: configuration: ');
  put(sentence);
  put(' (at byte ');
  putNumber(<u32>(at - from));
  put(')');
  logLine(ERROR);
  return false;
}
