/**
 * hemostat's body filter: Proxy-Wasm ABI 0.2.1. Detects calls of eval and atob in bodies; docs/wasm-filter.md says what it sees.
 *
 * Nothing is kept of a stream but its Body blocks, and those go with it. No body is buffered in detect mode; in block mode the host
 * buffers, up to bufferBytes.
 */
import { Body, REASONS, REASON_INCOMPLETE, REASON_TRUNCATED, reasonName, scanOf } from './body';
import { initChars } from './chars';
import { CONFIG_BYTES, Config, readConfig } from './config';
import {
  ERROR,
  INPUT_SIZE,
  PLUGIN_CONFIGURATION,
  REQUEST_BODY,
  REQUEST_HEADERS,
  RESPONSE_BODY,
  RESPONSE_HEADERS,
  WARN,
  allocate,
  answer,
  begin,
  inputAt,
  logLine,
  put,
  putNumber,
  readBuffer,
  readHeader,
  removeHeader,
  setHeader,
} from './host';
import { BLOCK_STREAM, give, take } from './memory';
import { className, countBlocked, countBody, countFindings, countNotSeen, recordMemory } from './metrics';
import { kindName } from './names';
import { closeBody, finishBody, openBody, readBody } from './reader';
import { CLASSES, KINDS, Scan, countOf } from './scan-state';

const CONTINUE: i32 = 0;
const PAUSE: i32 = 1;
const HEADER = 'x-hemostat-body';

initChars();

/** Never called by the host: it looks whether it is there. */
export function proxy_abi_version_0_2_1(): void {}

export function proxy_on_memory_allocate(size: usize): usize {
  return allocate(size);
}

// ---- contexts

@unmanaged
class Stream {
  next: usize;
  id: u32;
  config: usize;
  request: usize;
  response: usize;
  /** Bytes of the host's buffer that were looked at while the body is held back. */
  requestHeld: i32;
  responseHeld: i32;
  /** The request had a body. */
  hasRequest: u8;
  hasResponse: u8;
  /** Bits 0 and 1: the request, the response is let through whatever comes; 4 and 5: that there was no memory was counted. */
  passed: i32;
  answered: u8;
}

const STREAM_BYTES: usize = offsetof<Stream>();
/** Chains of streams by the low bits of their id. */
const BUCKETS: u32 = 4096;
const TABLE: usize = memory.data(4096 * 4, 8);
/** The plugin contexts of this VM: few, and kept on one list. */
let configs: usize = 0;
let freeConfigs: usize = 0;

@inline
function bucket(id: u32): usize {
  return TABLE + ((id & (BUCKETS - 1)) << 2);
}

function streamOf(id: u32): Stream | null {
  let at: usize = load<u32>(bucket(id));
  while (at) {
    const stream = changetype<Stream>(at);
    if (stream.id == id) return stream;
    at = stream.next;
  }
  return null;
}

function configOf(id: u32): usize {
  for (let at = configs; at; at = changetype<Config>(at).next) if (changetype<Config>(at).id == id) return at;
  return 0;
}

export function proxy_on_context_create(id: u32, parent: u32): void {
  if (parent == 0) return;
  const config = configOf(parent);
  if (!config) return;
  const block = take(BLOCK_STREAM, STREAM_BYTES);
  if (!block) return;
  const stream = changetype<Stream>(block);
  stream.id = id;
  stream.config = config;
  stream.next = load<u32>(bucket(id));
  store<u32>(bucket(id), <u32>block);
}

export function proxy_on_vm_start(_id: u32, _size: i32): i32 {
  return 1;
}

export function proxy_on_configure(id: u32, size: i32): i32 {
  recordMemory();
  let n = 0;
  if (size > 0) {
    n = size <= INPUT_SIZE ? readBuffer(PLUGIN_CONFIGURATION, 0, size) : -1;
    if (n < 0) {
      begin('hemostat: configuration: it could not be read, or is larger than 64 KiB');
      logLine(ERROR);
      return 0;
    }
  }
  let block = configOf(id);
  const isNew = !block;
  if (isNew) {
    block = freeConfigs;
    if (block) freeConfigs = changetype<Config>(block).next;
    else block = heap.alloc(CONFIG_BYTES);
  }
  const config = changetype<Config>(block);
  const good = readConfig(config, inputAt(), n);
  if (isNew) {
    config.id = id;
    config.next = good ? configs : freeConfigs;
    if (good) configs = block;
    else freeConfigs = block;
  }
  return good ? 1 : 0;
}

/** A stream ends: what was not read to its end is said to be incomplete. */
export function proxy_on_done(id: u32): i32 {
  const stream = streamOf(id);
  if (stream) {
    settle(stream, 0, false);
    settle(stream, 1, false);
  }
  return 1;
}

export function proxy_on_delete(id: u32): void {
  let before: usize = bucket(id);
  let at: usize = load<u32>(before);
  while (at) {
    const stream = changetype<Stream>(at);
    if (stream.id == id) {
      // `next` is the first field, so the chain's head and a stream's link are changed alike.
      store<u32>(before, <u32>stream.next);
      if (stream.request) closeBody(changetype<Body>(stream.request));
      if (stream.response) closeBody(changetype<Body>(stream.response));
      give(BLOCK_STREAM, at);
      return;
    }
    before = at;
    at = stream.next;
  }
  deleteConfig(id);
}

function deleteConfig(id: u32): void {
  let before: usize = 0;
  for (let at = configs; at; at = changetype<Config>(at).next) {
    const config = changetype<Config>(at);
    if (config.id == id) {
      if (before) changetype<Config>(before).next = config.next;
      else configs = config.next;
      config.next = freeConfigs;
      freeConfigs = at;
      return;
    }
    before = at;
  }
}

// ---- requests and responses

export function proxy_on_request_headers(id: u32, _count: i32, end: i32): i32 {
  // Nobody but this filter says what it saw.
  removeHeader(REQUEST_HEADERS, HEADER);
  const stream = streamOf(id);
  if (!stream) return noStream(0);
  const config = changetype<Config>(stream.config);
  if (end || !config.requests) return CONTINUE;
  stream.hasRequest = 1;
  stream.request = openBody(config, REQUEST_HEADERS);
  recordMemory();
  if (isTooLong(stream, config, REQUEST_HEADERS, 0)) return refuseLong(stream, 0);
  return config.block && config.holdHeaders && !(stream.passed & 1) ? PAUSE : CONTINUE;
}

export function proxy_on_request_body(id: u32, size: i32, end: i32): i32 {
  return onBody(id, size, end != 0, 0);
}

export function proxy_on_request_trailers(id: u32, _count: i32): i32 {
  return onBody(id, 0, true, 0);
}

export function proxy_on_response_headers(id: u32, _count: i32, end: i32): i32 {
  const stream = streamOf(id);
  if (!stream) return CONTINUE;
  const config = changetype<Config>(stream.config);
  // Also where it is not ours to set: what the service says under this name is not to be believed.
  if (!config.header || !config.requests) removeHeader(RESPONSE_HEADERS, HEADER);
  else {
    beginVerdict(stream);
    setHeader(RESPONSE_HEADERS, HEADER);
  }
  if (end || !config.responses || stream.answered) return CONTINUE;
  stream.hasResponse = 1;
  stream.response = openBody(config, RESPONSE_HEADERS);
  recordMemory();
  if (isTooLong(stream, config, RESPONSE_HEADERS, 1)) return refuseLong(stream, 1);
  return config.block && config.holdHeaders && !(stream.passed & 2) ? PAUSE : CONTINUE;
}

export function proxy_on_response_body(id: u32, size: i32, end: i32): i32 {
  return onBody(id, size, end != 0, 1);
}

export function proxy_on_response_trailers(id: u32, _count: i32): i32 {
  return onBody(id, 0, true, 1);
}

/**
 * What Content-Length already says is over bufferBytes: refused before a byte is sent, or let through from the beginning. Without
 * the header Envoy may find its own buffer too small first, and answer 413.
 */
function isTooLong(stream: Stream, config: Config, map: i32, response: i32): bool {
  if (!config.block || readLength(map) <= config.bufferBytes) return false;
  if (config.overLimitBlock) return true;
  stream.passed |= 1 << response;
  return false;
}

/** Content-Length; 0 when it is not given or no number. */
function readLength(map: i32): u32 {
  const size = readHeader(map, 'content-length');
  let value: u32 = 0;
  for (let i = 0; i < size; i++) {
    const digit = <u32>load<u8>(inputAt() + i) - 0x30;
    if (digit > 9) return 0;
    // Enough to be over every limit.
    if (value >= 400000000) return u32.MAX_VALUE;
    value = value * 10 + digit;
  }
  return value;
}

/** There are more streams than there is memory for: counted, and refused where any plugin of this VM refuses what is not seen. */
function noStream(response: i32): i32 {
  countNotSeen(response, 4);
  for (let at = configs; at; at = changetype<Config>(at).next) {
    const config = changetype<Config>(at);
    if (!config.block || !config.notSeenBlock) continue;
    refuse(response, 503, 'hemostat_no_memory', 'too many requests at a time to look at their bodies\n');
    return PAUSE;
  }
  return CONTINUE;
}

function onBody(id: u32, size: i32, end: bool, response: i32): i32 {
  const stream = streamOf(id);
  if (!stream || stream.answered) return CONTINUE;
  if (!(response ? stream.hasResponse : stream.hasRequest)) return CONTINUE;
  const config = changetype<Config>(stream.config);
  const block = response ? stream.response : stream.request;
  if (block) {
    const b = changetype<Body>(block);
    const held = response ? stream.responseHeld : stream.requestHeld;
    if (!b.ended) readNew(b, held, size, response);
  }
  const passed = (stream.passed >> response) & 1;
  if (end) {
    settle(stream, response, true);
    if (config.block && !passed && isRefused(config, block, true)) return refuseBody(stream, response);
    if (!response && config.block && config.holdHeaders && !passed) {
      beginVerdict(stream);
      setHeader(REQUEST_HEADERS, HEADER);
    }
    return CONTINUE;
  }
  if (!config.block || passed) return CONTINUE;
  if (isRefused(config, block, false)) return refuseBody(stream, response);
  if (<u32>size > config.bufferBytes) {
    if (config.overLimitBlock) return refuseLong(stream, response);
    stream.passed |= 1 << response;
    if (response) stream.responseHeld = 0;
    else stream.requestHeld = 0;
    return CONTINUE;
  }
  // The host gives the whole buffer again next time, with what has come since.
  if (response) stream.responseHeld = size;
  else stream.requestHeld = size;
  return PAUSE;
}

function readNew(b: Body, held: i32, size: i32, response: i32): void {
  let at = held;
  while (at < size && !b.ended) {
    const n = readBuffer(response ? RESPONSE_BODY : REQUEST_BODY, at, min(size - at, INPUT_SIZE));
    if (n <= 0) {
      b.reasons |= REASON_INCOMPLETE;
      return;
    }
    readBody(b, inputAt(), n);
    at += n;
  }
}

/** Whether block mode refuses what was seen so far; at the end also what was not seen. */
function isRefused(config: Config, block: usize, end: bool): bool {
  // No memory for this body.
  if (!block) return config.notSeenBlock != 0;
  const b = changetype<Body>(block);
  const s = scanOf(b);
  if (s.found) {
    for (let cls = 0; cls < CLASSES; cls++) {
      if (!((config.blockOn >> cls) & 1)) continue;
      for (let kind = 0; kind < KINDS; kind++) if (countOf(s, kind, cls)) return true;
    }
  }
  return (end || b.ended != 0) && b.reasons != 0 && config.notSeenBlock != 0;
}

/** Over bufferBytes: what was not looked at is said. */
function refuseLong(stream: Stream, response: i32): i32 {
  const block = response ? stream.response : stream.request;
  if (block) changetype<Body>(block).reasons |= REASON_TRUNCATED;
  return refuseBody(stream, response);
}

function refuseBody(stream: Stream, response: i32): i32 {
  settle(stream, response, true);
  stream.answered = 1;
  if (response) refuse(1, 502, 'hemostat_response_body', 'the response was held back: its body was not accepted by the body filter\n');
  else refuse(0, 403, 'hemostat_request_body', 'the request was refused: its body was not accepted by the body filter\n');
  return PAUSE;
}

function refuse(response: i32, status: i32, details: string, sentence: string): void {
  countBlocked(response);
  begin(sentence);
  answer(status, details);
}

// ---- what was seen

/** Ends a body, once: counts it and writes at most one line about it. */
function settle(stream: Stream, response: i32, whole: bool): void {
  if (!(response ? stream.hasResponse : stream.hasRequest)) return;
  const block = response ? stream.response : stream.request;
  if (!block) {
    // Said once: the mark goes, the header's answer stays `memory`.
    if ((stream.passed >> (4 + response)) & 1) return;
    stream.passed |= 16 << response;
    countBody(response);
    countNotSeen(response, 4);
    return;
  }
  const b = changetype<Body>(block);
  if (b.counted) return;
  b.counted = 1;
  finishBody(b, whole);
  const s = scanOf(b);
  countBody(response);
  for (let bit = 0; bit < REASONS; bit++) if ((b.reasons >> bit) & 1) countNotSeen(response, bit);
  if (s.found == 0) return;
  for (let kind = 0; kind < KINDS; kind++) {
    for (let cls = 0; cls < CLASSES; cls++) {
      const n = countOf(s, kind, cls);
      if (n) countFindings(response, kind, cls, n);
    }
  }
  logFinding(s, response);
}

/** Kind, class and place; never what stands there. */
function logFinding(s: Scan, response: i32): void {
  begin('hemostat: ');
  put(response ? 'response' : 'request');
  put(' body: ');
  put(kindName(s.firstKind));
  put(' (');
  put(className(s.firstClass));
  put(') at byte ');
  putNumber(s.firstOffset);
  put(', findings in all: ');
  putNumber(s.found);
  logLine(WARN);
}

/** The header's value: none, clean, kinds with the gravest class, not-seen with reasons. */
function beginVerdict(stream: Stream): void {
  if (!stream.hasRequest) {
    begin('none');
    return;
  }
  if (!stream.request) {
    begin('not-seen;reason=memory');
    return;
  }
  const b = changetype<Body>(stream.request);
  const s = scanOf(b);
  // An answer before the end of the request: what will come is not known.
  const reasons = b.reasons | (b.counted ? 0 : REASON_INCOMPLETE);
  if (s.found) {
    begin('');
    let first = true;
    for (let kind = 0; kind < KINDS; kind++) {
      let n = 0;
      for (let cls = 0; cls < CLASSES; cls++) n += countOf(s, kind, cls);
      if (n == 0) continue;
      if (!first) put(',');
      first = false;
      put(kindName(kind));
    }
    put(';class=');
    put(className(s.firstClass));
    if (reasons) putReasons(';not-seen=', reasons);
    return;
  }
  if (reasons) {
    begin('not-seen');
    putReasons(';reason=', reasons);
  } else begin('clean');
}

function putReasons(lead: string, reasons: u32): void {
  put(lead);
  let first = true;
  for (let bit = 0; bit < REASONS; bit++) {
    if (!((reasons >> bit) & 1)) continue;
    if (!first) put('+');
    first = false;
    put(reasonName(1 << bit));
  }
}
