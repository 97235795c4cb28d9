/** The filter in the test host: the corpus in every encoding and every cut, its configuration, its answers, its bounds. */
import { randomBytes } from 'node:crypto';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildFilter } from './build.ts';
import { type CorpusCase, readCorpus } from './corpus.ts';
import { ProxyWasmHost } from './host.ts';

let module: WebAssembly.Module;
const corpus = readCorpus();
const encoder = new TextEncoder();

beforeAll(() => {
  module = new WebAssembly.Module(buildFilter().bytes);
});

/** One VM per configuration: streams must not leave anything behind for the next one. */
const hosts = new Map<string, ProxyWasmHost>();
function hostFor(configuration: object): ProxyWasmHost {
  const key = JSON.stringify(configuration);
  let host = hosts.get(key);
  if (host === undefined) {
    host = new ProxyWasmHost(module);
    expect(host.configure(key), host.log.join('\n')).toBe(true);
    hosts.set(key, host);
  }
  return host;
}

function headersOf({ type }: CorpusCase, encoding?: string): Record<string, string> {
  return {
    ...(type === '' ? {} : { 'content-type': type }),
    ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
  };
}

function cut(bytes: Uint8Array, at: number): Uint8Array[] {
  return [bytes.subarray(0, at), bytes.subarray(at)];
}

function single(bytes: Uint8Array): Uint8Array[] {
  return Array.from(bytes, (_, i) => bytes.subarray(i, i + 1));
}

const ENCODINGS: readonly (readonly [string | undefined, (bytes: Uint8Array) => Uint8Array])[] = [
  [undefined, (bytes) => bytes],
  ['gzip', (bytes) => gzipSync(bytes)],
  ['x-gzip', (bytes) => gzipSync(bytes, { level: 0 })],
  ['deflate', (bytes) => deflateSync(bytes)],
  ['deflate', (bytes) => deflateRawSync(bytes)],
  // Compressed and not said so.
  [undefined, (bytes) => gzipSync(bytes)],
];

describe('the corpus', () => {
  it('has cases of every kind', () => {
    expect(corpus.length).toBeGreaterThan(250);
    expect(new Set(corpus.map(({ name, config }) => name + JSON.stringify(config))).size).toBe(corpus.length);
  });

  it.each(ENCODINGS)('is answered in encoding %s, whole, cut at every byte, and byte by byte', (encoding, encode) => {
    const wrong: string[] = [];
    for (const one of corpus) {
      const host = hostFor(one.config);
      const bytes = encode(one.body);
      const requestHeaders = headersOf(one, encoding);
      const ways: Uint8Array[][] = [[bytes], single(bytes)];
      for (let at = 0; at <= bytes.length; at++) ways.push(cut(bytes, at));
      for (const request of ways) {
        const { verdict } = host.exchange({ requestHeaders, request });
        if (verdict !== one.expect)
          wrong.push(`${one.name}: ${verdict}, not ${one.expect}, in pieces of ${request.map((p) => p.length)}`);
      }
    }
    expect(wrong.slice(0, 5)).toEqual([]);
  });

  it('is answered across the edges of the window and of what the filter reads at a time', () => {
    for (const one of corpus.filter(({ type, body }) => type === 'text/plain' && body.length > 0)) {
      for (const edge of [32768, 65536]) {
        // White space ends no word early, and a line of it is no part of the case.
        const text = new Uint8Array(edge * 2).fill(0x20);
        text.set(one.body, edge - Math.floor(one.body.length / 2));
        for (const [encoding, encode] of ENCODINGS.slice(0, 3)) {
          const { verdict } = hostFor(one.config).exchange({
            requestHeaders: headersOf(one, encoding),
            request: [encode(text)],
          });
          expect([one.name, edge, encoding, verdict]).toEqual([one.name, edge, encoding, one.expect]);
        }
      }
    }
  });

  it('leaves nothing behind: memory is what one stream takes', () => {
    // As many exchanges as the corpus was cut into above ran in these VMs.
    for (const host of hosts.values()) expect(host.memoryBytes).toBeLessThanOrEqual(4 * 65536);
  });
});

describe('what it does not see', () => {
  const js = { 'content-type': 'text/javascript' };
  const body = encoder.encode('eval(x)');
  const verdict = (requestHeaders: Record<string, string>, request: Uint8Array[], config: object = {}): unknown =>
    hostFor(config).exchange({ requestHeaders, request }).verdict;

  it('says that it does not know an encoding, or two of them', () => {
    for (const encoding of ['br', 'zstd', 'compress', 'gzip, gzip', 'gzip, br', 'aes128gcm'])
      expect(verdict({ ...js, 'content-encoding': encoding }, [body])).toBe('not-seen;reason=encoding');
    expect(verdict({ ...js, 'content-encoding': ' Identity ' }, [body])).toBe('eval;class=call');
  });

  it('looks at what says gzip and is none, and says so', () => {
    expect(verdict({ ...js, 'content-encoding': 'gzip' }, [body])).toBe('eval;class=call;not-seen=mismatch');
    expect(verdict({ ...js, 'content-encoding': 'gzip' }, [encoder.encode('x')])).toBe('not-seen;reason=corrupt');
  });

  it('says corrupt for what breaks off or goes wrong, with what was found before', () => {
    const gzip = gzipSync(Buffer.concat([body, randomBytes(1000)]));
    const headers = { ...js, 'content-encoding': 'gzip' };
    for (let length = 2; length < gzip.length; length += 7)
      expect(verdict(headers, [gzip.subarray(0, length)])).toMatch(
        /^(eval;class=call;not-seen|not-seen;reason)=corrupt$/,
      );
    expect(verdict({ ...js, 'content-encoding': 'deflate' }, [Buffer.from([0xff, 0xff, 0xff])])).toBe(
      'not-seen;reason=corrupt',
    );
  });

  it('reads every member of a gzip, and says what stands behind them', () => {
    const two = Buffer.concat([gzipSync(Buffer.from('ev')), gzipSync(Buffer.from('al(x)'))]);
    const headers = { ...js, 'content-encoding': 'gzip' };
    expect(verdict(headers, single(two))).toBe('eval;class=call');
    expect(verdict(headers, [Buffer.concat([two, Buffer.from('x')])])).toBe('eval;class=call;not-seen=trailing');
    expect(verdict(headers, [Buffer.concat([gzipSync(Buffer.from('a')), body])])).toBe('not-seen;reason=trailing');
  });

  it('stops at maxBytes, inflated, and says truncated', () => {
    const config = { maxBytes: 1024 };
    const long = encoder.encode(`${' '.repeat(1024)}eval(x)`);
    expect(verdict(js, [long], config)).toBe('not-seen;reason=truncated');
    expect(verdict(js, [long.subarray(0, 1024)], config)).toBe('clean');
    expect(verdict({ ...js, 'content-encoding': 'gzip' }, [gzipSync(long)], config)).toBe('not-seen;reason=truncated');
    // A thousand times its size: as much time as 1 KiB takes, and no more memory.
    const bomb = gzipSync(new Uint8Array(64 << 20));
    const host = hostFor(config);
    const before = host.memoryBytes;
    expect(host.exchange({ requestHeaders: { 'content-encoding': 'gzip' }, request: [bomb] }).verdict).toBe(
      'not-seen;reason=truncated',
    );
    expect(host.memoryBytes).toBe(before);
  });

  it('says incomplete where the answer comes before the request has ended', () => {
    const host = hostFor({});
    const stream = host.open();
    stream.requestHeaders(js, false);
    stream.piece('request', encoder.encode('x'), false);
    stream.responseHeaders({}, true);
    expect(stream.maps.get(2)?.get('x-hemostat-body')).toBe('not-seen;reason=incomplete');
    stream.piece('request', encoder.encode(';eval(x)'), true);
    stream.end();
    const before = host.metrics.get('hemostat_body_not_seen.reason.incomplete.direction.request') ?? 0;
    host.exchange({ requestHeaders: js, request: [body], cut: true });
    expect(host.metrics.get('hemostat_body_not_seen.reason.incomplete.direction.request')).toBe(before + 1);
  });
});

describe('in detect mode', () => {
  it('lets everything through, holds nothing back, counts, and logs no content', () => {
    const host = new ProxyWasmHost(module);
    host.configure('');
    const secret = encoder.encode('token=hunter2;eval(hunter2)');
    const { answer, buffered, forwarded } = host.exchange({
      requestHeaders: { 'content-type': 'text/javascript' },
      request: single(secret),
    });
    expect({ answer, buffered, forwarded }).toEqual({ answer: null, buffered: 0, forwarded: secret.length });
    expect(host.log).toEqual(['hemostat: request body: eval (call) at byte 18, findings in all: 1']);
    expect(Object.fromEntries(host.metrics)).toMatchObject({
      'hemostat_bodies.direction.request': 1,
      'hemostat_body_findings.kind.eval.class.call.direction.request': 1,
    });
  });

  it('believes nobody else’s header', () => {
    const { verdict, requestHeaders } = hostFor({}).exchange({
      requestHeaders: { 'x-hemostat-body': 'clean', 'content-type': 'text/plain' },
      request: [encoder.encode('eval(x)')],
      responseHeaders: { 'x-hemostat-body': 'clean' },
    });
    expect(verdict).toBe('eval;class=text');
    expect(requestHeaders.has('x-hemostat-body')).toBe(false);
    expect(
      hostFor({ header: false }).exchange({ responseHeaders: { 'x-hemostat-body': 'clean' } }).verdict,
    ).toBeUndefined();
    expect(hostFor({}).exchange({}).verdict).toBe('none');
  });

  it('looks at response bodies where asked to', () => {
    const host = new ProxyWasmHost(module);
    host.configure({ responses: true });
    const parts = {
      responseHeaders: { 'content-type': 'text/html' },
      response: single(encoder.encode('<script>atob(x)</script>')),
    };
    host.exchange(parts);
    expect(host.metrics.get('hemostat_body_findings.kind.atob.class.call.direction.response')).toBe(1);
    hostFor({}).exchange(parts);
    expect(hostFor({}).metrics.has('hemostat_bodies.direction.response')).toBe(false);
  });
});

describe('in block mode', () => {
  const js = { 'content-type': 'text/javascript' };
  const send = (config: object, text: string | Uint8Array[], headers: Record<string, string> = js) =>
    hostFor({ mode: 'block', ...config }).exchange({
      requestHeaders: headers,
      request: typeof text === 'string' ? single(encoder.encode(text)) : text,
    });

  it('refuses with 403 as soon as a call is seen, and nothing of the body goes on', () => {
    const { answer, forwarded, verdict } = send({}, 'a;eval(x);and more');
    expect(answer).toEqual({
      status: 403,
      body: 'the request was refused: its body was not accepted by the body filter\n',
    });
    expect({ forwarded, verdict }).toEqual({ forwarded: 0, verdict: 'eval;class=call' });
  });

  it('lets what is clean through, whole', () => {
    expect(send({}, 'medieval(x)')).toMatchObject({ answer: null, forwarded: 11, verdict: 'clean' });
  });

  it('refuses the classes of blockOn', () => {
    expect(send({}, 'parser.eval(x)').answer).toBeNull();
    expect(send({ blockOn: ['member'] }, 'parser.eval(x)').answer?.status).toBe(403);
    expect(send({ blockOn: ['member'] }, 'eval(x)').answer).toBeNull();
    expect(send({}, 'a={}/2;eval(x)/1').answer?.status).toBe(403);
  });

  it('refuses what it cannot see unless notSeen is "pass"', () => {
    const headers = { ...js, 'content-encoding': 'br' };
    expect(send({}, 'abc', headers).answer?.status).toBe(403);
    expect(send({ notSeen: 'pass' }, 'abc', headers)).toMatchObject({ answer: null, forwarded: 3 });
  });

  it('refuses a body over bufferBytes, or streams it and goes on looking', () => {
    const pieces = [new Uint8Array(1000).fill(32), new Uint8Array(1000).fill(32), encoder.encode('eval(x)')];
    const refused = send({ bufferBytes: 1024 }, pieces);
    expect(refused.answer?.status).toBe(403);
    expect(refused.verdict).toBe('not-seen;reason=truncated');
    expect(refused.buffered).toBeLessThanOrEqual(2000);
    const passed = send({ bufferBytes: 1024, overLimit: 'pass' }, pieces);
    expect(passed).toMatchObject({ answer: null, forwarded: 2007, verdict: 'eval;class=call' });
  });

  it('does so before the first byte where Content-Length says it', () => {
    const headers = { ...js, 'content-length': '2000' };
    const pieces = [encoder.encode('eval(x)'), new Uint8Array(1993)];
    expect(send({ bufferBytes: 1024 }, pieces, headers)).toMatchObject({ answer: { status: 403 }, buffered: 0 });
    const passed = send({ bufferBytes: 1024, overLimit: 'pass' }, pieces, headers);
    expect(passed).toMatchObject({ answer: null, buffered: 0, forwarded: 2000, verdict: 'eval;class=call' });
  });

  it('tells the service what it saw where it may hold the headers', () => {
    const { requestHeaders } = send({ holdHeaders: true }, 'parser.eval(x)');
    expect(requestHeaders.get('x-hemostat-body')).toBe('eval;class=member');
  });

  it('holds responses back as well', () => {
    const host = hostFor({ mode: 'block', requests: false, responses: true });
    const response = single(encoder.encode('eval(x);more'));
    expect(host.exchange({ responseHeaders: js, response }).answer?.status).toBe(502);
  });
});

describe('configuration', () => {
  it.each([
    ['{"mod":"block"}', 'unknown key "mod"'],
    ['{"mode":"on"}', 'mode must be "detect" or "block"'],
    ['{"mode":1}', 'mode must be "detect" or "block"'],
    ['{"requests":false}', 'nothing to look at'],
    ['{"maxBytes":12}', 'maxBytes must be'],
    ['{"maxBytes":99999999999}', 'maxBytes must be'],
    ['{"maxBytes":-1}', 'maxBytes must be'],
    ['{"bufferBytes":"big"}', 'bufferBytes must be'],
    ['{"strict":"yes"}', 'must be true or false'],
    ['{"also":["alert"]}', 'also must be a list'],
    ['{"blockOn":"call"}', 'blockOn must be a list'],
    ['{"mode":"block","mode":"detect"}', 'twice'],
    ['{"holdHeaders":true}', 'holdHeaders is for mode'],
    ['{"mode":"block"', 'a comma or }'],
    ['{"mode":"block"} x', 'behind the object'],
    ['[]', 'a JSON object'],
    ['{"\u001b[31m\\":1}', 'no escapes'],
  ])('%s is refused with one sentence', (text, sentence) => {
    const host = new ProxyWasmHost(module);
    expect(host.configure(text)).toBe(false);
    expect(host.log).toHaveLength(1);
    expect(host.log[0]).toContain(sentence);
    expect(host.log[0]).not.toContain('\u001b');
  });

  it('takes every key, white space, and numbers as hosts of doubles write them', () => {
    const all =
      ' { "mode" : "block", "requests":true, "responses":true, "strict":false, "references":true, "also":["Function","setTimeout"], "blockOn":[ "call" , "text" ], "maxBytes":65536.0, "bufferBytes": 65536, "overLimit":"pass", "notSeen":"pass", "holdHeaders":true, "header":true }\n';
    const host = new ProxyWasmHost(module);
    expect(host.configure(all), host.log.join()).toBe(true);
    expect(host.configure('{}')).toBe(true);
  });

  it('refuses what is larger than it can hold', () => {
    const host = new ProxyWasmHost(module);
    expect(host.configure(`{${' '.repeat(70_000)}}`)).toBe(false);
    expect(host.log[0]).toContain('64 KiB');
  });
});

describe('memory', () => {
  it('is bounded: more bodies at a time than it has room for are not seen, and it goes on', () => {
    const host = new ProxyWasmHost(module);
    host.configure('');
    const zip = gzipSync('eval(x)');
    const headers = { 'content-type': 'text/plain', 'content-encoding': 'gzip' };
    const streams = Array.from({ length: 1100 }, () => {
      const stream = host.open();
      stream.requestHeaders(headers, false);
      stream.piece('request', zip.subarray(0, 12), false);
      return stream;
    });
    expect(host.memoryBytes).toBeLessThanOrEqual(64 << 20);
    const verdicts = streams.map((stream) => {
      stream.piece('request', zip.subarray(12), true);
      stream.responseHeaders({}, true);
      stream.end();
      return stream.maps.get(2)?.get('x-hemostat-body');
    });
    expect(verdicts.slice(0, 1024).every((verdict) => verdict === 'eval;class=text')).toBe(true);
    expect(verdicts.slice(1024).every((verdict) => verdict === 'not-seen;reason=memory')).toBe(true);
    const before = host.memoryBytes;
    expect(host.exchange({ requestHeaders: headers, request: [zip] }).verdict).toBe('eval;class=text');
    expect(host.memoryBytes).toBe(before);
  });

  it('refuses in block mode when there is none', () => {
    const host = new ProxyWasmHost(module);
    host.configure({ mode: 'block' });
    const open = Array.from({ length: 8193 }, () => {
      const stream = host.open();
      stream.requestHeaders({}, false);
      return stream;
    });
    const last = open.at(-1);
    last?.piece('request', encoder.encode('x'), true);
    expect(last?.answer?.status).toBe(403);
    for (const stream of open) stream.end();
    expect(host.memoryBytes).toBeLessThanOrEqual(64 << 20);
  });
});
