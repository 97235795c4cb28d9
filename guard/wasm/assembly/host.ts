/**
 * The few hostcalls of Proxy-Wasm ABI 0.2.1 that the filter needs, written out here: the public AssemblyScript SDK is for ABI
 * 0.2.0 and makes garbage with every call. What the host hands over is written into one static buffer, as it comes one value at a
 * time and is used before the next call; so nothing is allocated while requests run.
 */

@external('env', 'proxy_log')
declare function proxy_log(level: i32, at: usize, size: usize): i32;
@external('env', 'proxy_get_buffer_bytes')
declare function proxy_get_buffer_bytes(buffer: i32, start: i32, most: i32, at: usize, size: usize): i32;
@external('env', 'proxy_get_header_map_value')
declare function proxy_get_header_map_value(map: i32, key: usize, keySize: usize, at: usize, size: usize): i32;
@external('env', 'proxy_replace_header_map_value')
declare function proxy_replace_header_map_value(map: i32, key: usize, keySize: usize, value: usize, valueSize: usize): i32;
@external('env', 'proxy_remove_header_map_value')
declare function proxy_remove_header_map_value(map: i32, key: usize, keySize: usize): i32;
@external('env', 'proxy_send_local_response')
declare function proxy_send_local_response(code: i32, details: usize, detailsSize: usize, body: usize, bodySize: usize, headers: usize, headersSize: usize, grpc: i32): i32;
@external('env', 'proxy_define_metric')
declare function proxy_define_metric(type: i32, name: usize, nameSize: usize, id: usize): i32;
@external('env', 'proxy_increment_metric')
declare function proxy_increment_metric(id: u32, by: i64): i32;
@external('env', 'proxy_record_metric')
declare function proxy_record_metric(id: u32, value: u64): i32;

export const INFO: i32 = 2;
export const WARN: i32 = 3;
export const ERROR: i32 = 4;

export const REQUEST_BODY: i32 = 0;
export const RESPONSE_BODY: i32 = 1;
export const PLUGIN_CONFIGURATION: i32 = 7;

export const REQUEST_HEADERS: i32 = 0;
export const RESPONSE_HEADERS: i32 = 2;

/** What the host writes into: a piece of a body, a header, the configuration. */
export const INPUT_SIZE: i32 = 65536;
const INPUT: usize = memory.data(65536, 16);
/** Where hostcalls leave an address and a size. */
const RETURNED: usize = memory.data(8, 8);

/** The export by which the host asks for memory. 0 refuses: the hostcall then fails, the filter goes on. */
export function allocate(size: usize): usize {
  return size <= <usize>INPUT_SIZE ? INPUT : 0;
}

/** Reads part of a buffer into INPUT. Returns its size, or -1. */
export function readBuffer(buffer: i32, start: i32, most: i32): i32 {
  store<u32>(RETURNED, INPUT);
  store<u32>(RETURNED + 4, 0);
  if (proxy_get_buffer_bytes(buffer, start, most, RETURNED, RETURNED + 4) != 0) return -1;
  return load<i32>(RETURNED + 4);
}

/** Reads a header into INPUT. Returns its size; -1 when there is none, or one that is larger than INPUT. */
export function readHeader(map: i32, name: string): i32 {
  const size = name.length;
  store<u32>(RETURNED + 4, 0);
  if (proxy_get_header_map_value(map, ascii(name), size, RETURNED, RETURNED + 4) != 0) return -1;
  return load<i32>(RETURNED + 4);
}

@inline
export function inputAt(): usize {
  return INPUT;
}

// ---- strings: literals of ASCII, copied to bytes

const ASCII: usize = memory.data(256);

/** The bytes of a literal, good until the next call. */
function ascii(text: string): usize {
  const n = min(text.length, 256);
  for (let i = 0; i < n; i++) store<u8>(ASCII + i, <u8>text.charCodeAt(i));
  return ASCII;
}

const LINE_SIZE: i32 = 512;
const LINE: usize = memory.data(512);
let lineLength: i32 = 0;

/** Begins a line of output; what does not fit is cut. */
export function begin(text: string): void {
  lineLength = 0;
  put(text);
}

export function put(text: string): void {
  for (let i = 0, n = text.length; i < n; i++) putByte(<u8>text.charCodeAt(i));
}

export function putByte(byte: u8): void {
  if (lineLength < LINE_SIZE) store<u8>(LINE + lineLength++, byte);
}

/** Bytes from outside: what is no plain ASCII, and quotes, are shown as `?`; at most 40 of them. */
export function putTamed(at: usize, size: i32): void {
  for (let i = 0; i < min(size, 40); i++) {
    const byte = load<u8>(at + i);
    putByte(byte < 0x20 || byte > 0x7e || byte == 0x22 ? 0x3f : byte);
  }
}

export function putNumber(value: u32): void {
  if (value >= 10) putNumber(value / 10);
  putByte(<u8>(0x30 + (value % 10)));
}

export function logLine(level: i32): void {
  proxy_log(level, LINE, lineLength);
}

/** Sets a header to the line. */
export function setHeader(map: i32, name: string): void {
  proxy_replace_header_map_value(map, ascii(name), name.length, LINE, lineLength);
}

export function removeHeader(map: i32, name: string): void {
  proxy_remove_header_map_value(map, ascii(name), name.length);
}

/** Answers in the service's stead; the line is the body. */
export function answer(status: i32, details: string): void {
  proxy_send_local_response(status, ascii(details), details.length, LINE, lineLength, 0, 0, -1);
}

/** Defines a metric whose name is the line: 0 a counter, 1 a gauge. Its id plus 1, or 0 when the host refused it. */
export function defineMetric(type: i32): u32 {
  return proxy_define_metric(type, LINE, lineLength, RETURNED) == 0 ? load<u32>(RETURNED) + 1 : 0;
}

export function increment(id: u32, by: u32): void {
  if (id) proxy_increment_metric(id - 1, by);
}

export function record(id: u32, value: u64): void {
  if (id) proxy_record_metric(id - 1, value);
}
