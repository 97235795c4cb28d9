/**
 * Fuzz target of the body filter for Envoy: whatever a body holds, it does not trap, holds no more memory, and says the same cut in
 * two as whole.
 */
import { deflateRawSync, gzipSync } from 'node:zlib';
import { buildFilter } from '../guard/wasm/build.ts';
import { ProxyWasmHost } from '../guard/wasm/host.ts';
import type { FuzzTarget } from './target.ts';

const MIB = 1024 * 1024;
const TYPES = [
  'text/javascript',
  'text/html',
  'application/json',
  'application/x-www-form-urlencoded',
  'text/plain',
  'text/javascript; charset=utf-16',
];
const ENCODINGS = ['identity', 'gzip', 'deflate', 'br'];
/** Pages of one stream: the module's own, a stream, a body, an inflate block. */
const MOST_MEMORY = 5 * 65536;

let host: ProxyWasmHost | null = null;
function filter(): ProxyWasmHost {
  if (host === null) {
    host = new ProxyWasmHost(new WebAssembly.Module(buildFilter().bytes));
    if (!host.configure({ references: true, also: ['Function', 'setTimeout'], maxBytes: MIB }))
      throw new Error(`the filter did not start: ${host.log.join()}`);
  }
  return host;
}

const bytes = (text: string, type: number, encoding = 0): Uint8Array =>
  Buffer.concat([Buffer.from([type, encoding, 9]), Buffer.from(text)]);

/** The first bytes choose type, encoding and cut; the rest is the body. */
export const bodyFilter: FuzzTarget = {
  name: 'guard-wasm',
  seeds: () => [
    bytes('a=b/2;/["\']/.test(`$' + '{eval(x)}`);window["\\x65v"+\'al\']?.(1)', 0),
    bytes('<script><!--<script>eval(1)</script></script><svg onload="&#101;val(1)"><a href="javascript:atob%28', 1),
    bytes('{"a":"\\u0065val(\\"x\\")","b":["\\\\x65val"]}', 2),
    bytes('a=%65val%28x&b=%26%23101%3Bval(', 3),
    Buffer.concat([Buffer.from([4, 1, 20]), gzipSync('eval(x); '.repeat(200))]),
    Buffer.concat([Buffer.from([0, 2, 30]), deflateRawSync('medieval(x); atob(y)'.repeat(50))]),
  ],
  allowance: (size) => 32 * MIB + 64 * size,
  run: (input) => {
    const body = input.subarray(Math.min(3, input.length));
    const requestHeaders = {
      'content-type': TYPES[(input[0] ?? 0) % TYPES.length] ?? '',
      'content-encoding': ENCODINGS[(input[1] ?? 0) % ENCODINGS.length] ?? '',
    };
    const at = body.length === 0 ? 0 : (input[2] ?? 0) % body.length;
    const vm = filter();
    vm.log.length = 0;
    const whole = vm.exchange({ requestHeaders, request: [body] }).verdict;
    const cut = vm.exchange({ requestHeaders, request: [body.subarray(0, at), body.subarray(at)] }).verdict;
    if (whole === undefined || whole !== cut) throw new TypeError(`whole: ${whole}, cut at ${at}: ${cut}`);
    if (vm.memoryBytes > MOST_MEMORY) throw new TypeError(`the VM grew to ${vm.memoryBytes} bytes`);
  },
};
