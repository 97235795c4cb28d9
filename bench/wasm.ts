/**
 * What the body filter costs: Envoy without a filter, with one that does nothing, and with ours, before a service that throws bodies
 * away, on loopback; and the scanner by itself in this process. Prints the tables of docs/benchmarks.md.
 *
 *   node bench/wasm.ts [--seconds 2]
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, request } from 'node:http';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { buildFilter, buildPeer } from '../guard/wasm/build.ts';
import { startEnvoy } from '../guard/wasm/envoy.ts';
import { ProxyWasmHost } from '../guard/wasm/host.ts';
import { installEnvoy } from '../scripts/envoy.ts';

const SIZES = [1 << 10, 64 << 10, 1 << 20];
/** Rounds go around the filters, so that what else this machine does meets all of them. */
const ROUNDS = 5;
const CONNECTIONS = 4;
const LINE = '{"name": "a field", "value": "some words of text, as forms have them", "n": 12345, "list": [1, 2, 3]},\n';
const CODE = 'function foo(a, b) { return a.bar("some string", b / 2) /* c */ + baz[1]; }\n';

function fill(line: string, size: number): Buffer {
  return Buffer.from(line.repeat(Math.ceil(size / line.length)).slice(0, size));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } });
  const slice = (Number(values.seconds) * 1000) / ROUNDS;
  inProcess();
  const service = createServer((message, response) => {
    message.resume().on('end', () => response.end());
  });
  service.listen(0, '127.0.0.1');
  await once(service, 'listening');
  const address = service.address();
  if (address === null || typeof address === 'string') throw new Error('the service does not listen on a port');
  const names = ['no filter', 'empty filter', 'hemostat'];
  const envoy = await startEnvoy(installEnvoy(), address.port, [
    { name: 'no filter', wasm: null },
    { name: 'empty filter', wasm: buildPeer('empty') },
    { name: 'hemostat', wasm: buildFilter().path },
  ]);
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  try {
    process.stdout.write(`\nEnvoy 1.40, one worker, ${cpus()[0]?.model.trim()}, JSON bodies, HTTP/1.1 on loopback\n\n`);
    process.stdout.write(
      '| body | filter | one at a time, p50 | p99 | four at a time | CPU of Envoy a body |\n|---|---|---|---|---|---|\n',
    );
    for (const size of SIZES) {
      const body = fill(LINE, size);
      const times = new Map(names.map((name) => [name, { alone: [] as number[], sent: 0, ms: 0, bodies: 0, cpu: 0 }]));
      for (let round = -1; round < ROUNDS; round++) {
        for (const name of names) {
          const port = envoy.ports.get(name) ?? 0;
          const cpu = cpuOf(envoy.pid);
          const alone = await drive(agent, port, body, 1, slice);
          const together = await drive(agent, port, body, CONNECTIONS, slice);
          const into = times.get(name);
          // The first round warms up: V8 compiles while it runs.
          if (round < 0 || into === undefined) continue;
          into.alone.push(...alone.times);
          into.sent += together.times.length * size;
          into.ms += together.ms;
          into.bodies += alone.times.length + together.times.length;
          into.cpu += cpuOf(envoy.pid) - cpu;
        }
      }
      for (const [name, { alone, sent, ms, bodies, cpu }] of times) {
        alone.sort((a, b) => a - b);
        const at = (share: number): string => (alone[Math.floor(alone.length * share)] ?? Number.NaN).toFixed(2);
        const rate = (sent / 1e6 / (ms / 1000)).toFixed(0);
        const each = (cpu / bodies).toFixed(2);
        process.stdout.write(
          `| ${size >> 10} KiB | ${name} | ${at(0.5)} ms | ${at(0.99)} ms | ${rate} MB/s | ${each} ms |\n`,
        );
      }
    }
  } finally {
    agent.destroy();
    await envoy.stop();
    service.close();
    service.closeAllConnections();
  }
}

/** Processor time of a process so far, ms; in steps of 10. What else runs on the machine does not count. */
function cpuOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Behind the name in parentheses: utime and stime are the 14th and 15th field, in hundredths of a second.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Sends the body again and again, `lanes` at a time, for `ms`. */
async function drive(
  agent: Agent,
  port: number,
  body: Buffer,
  lanes: number,
  ms: number,
): Promise<{ times: number[]; ms: number }> {
  const began = performance.now();
  const times: number[] = [];
  const lane = async (): Promise<void> => {
    while (performance.now() - began < ms) {
      const sent = performance.now();
      const call = request({
        host: '127.0.0.1',
        port,
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': body.length },
      });
      call.end(body);
      const [answer] = await once(call, 'response');
      answer.resume();
      await once(answer, 'end');
      if (answer.statusCode !== 200) throw new Error(`the service answered ${answer.statusCode}`);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return { times, ms: performance.now() - began };
}

/** The scanner alone: MB of decoded body per second in this process. */
function inProcess(): void {
  const host = new ProxyWasmHost(new WebAssembly.Module(buildFilter().bytes));
  host.configure({ maxBytes: 1 << 30 });
  const code = fill(CODE, 4 << 20);
  const json = fill(LINE, 4 << 20);
  const cases: readonly (readonly [string, Record<string, string>, Uint8Array, number])[] = [
    ['JavaScript', { 'content-type': 'text/javascript' }, code, code.length],
    ['JSON', { 'content-type': 'application/json' }, json, json.length],
    ['form', { 'content-type': 'application/x-www-form-urlencoded' }, json, json.length],
    ['plain text', { 'content-type': 'text/plain' }, json, json.length],
    ['HTML (a script)', { 'content-type': 'text/html' }, Buffer.concat([Buffer.from('<script>'), code]), code.length],
    ['JSON, gzip', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, gzipSync(json), json.length],
  ];
  process.stdout.write('| body (4 MiB) | scanned |\n|---|---|\n');
  for (const [name, requestHeaders, body, size] of cases) {
    let best = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 8; i++) {
      const began = performance.now();
      host.exchange({ requestHeaders, request: [body] });
      best = Math.min(best, performance.now() - began);
    }
    process.stdout.write(`| ${name} | ${(size / 1e6 / (best / 1000)).toFixed(0)} MB/s |\n`);
  }
}

await main();
