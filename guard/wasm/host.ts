/**
 * A Proxy-Wasm host for tests: the hostcalls of ABI 0.2.1 that the filter imports, and streams that behave as Envoy's do (a body that
 * is paused is buffered and given again with what has come since; an answer of the filter ends the stream). It is written from the
 * ABI's text; test/e2e-run/envoy.ts holds its answers to a real Envoy's.
 */

const REQUEST_BODY = 0;
const RESPONSE_BODY = 1;
const PLUGIN_CONFIGURATION = 7;
const REQUEST_HEADERS = 0;
const RESPONSE_HEADERS = 2;
const STATUS_OK = 0;
const STATUS_NOT_FOUND = 1;
const STATUS_BAD_ARGUMENT = 2;
const STATUS_INTERNAL = 10;
const PAUSE = 1;
const ROOT = 1;

type Callback = (...args: number[]) => number;
export type Headers = Map<string, string>;

interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Exchange {
  readonly requestHeaders?: Readonly<Record<string, string>>;
  /** Pieces as they come from the network. None: the headers end the request. */
  readonly request?: readonly Uint8Array[];
  readonly responseHeaders?: Readonly<Record<string, string>>;
  readonly response?: readonly Uint8Array[];
  /** The client goes away before the request ended. */
  readonly cut?: boolean;
}

export interface Outcome {
  /** x-hemostat-body on the answer; undefined when there is none. */
  readonly verdict: string | undefined;
  readonly answer: Answer | null;
  /** The pieces of the request that went on to the service, joined. */
  readonly forwarded: number;
  /** Most bytes that the host held back at a time. */
  readonly buffered: number;
  readonly requestHeaders: Headers;
}

export class ProxyWasmHost {
  readonly log: string[] = [];
  readonly metrics = new Map<string, number>();
  private readonly metricNames: string[] = [];
  private readonly instance: WebAssembly.Instance;
  private readonly memory: WebAssembly.Memory;
  private configuration = new Uint8Array();
  private current: Stream | null = null;
  private nextId = ROOT + 1;
  private readonly callbacks = new Map<string, Callback>();

  /** Starts a VM; the module may be shared. */
  constructor(module: WebAssembly.Module) {
    this.instance = new WebAssembly.Instance(module, { env: this.imports() });
    const { memory } = this.instance.exports;
    if (!(memory instanceof WebAssembly.Memory)) throw new Error('the filter exports no memory');
    this.memory = memory;
    if (!('proxy_abi_version_0_2_1' in this.instance.exports)) throw new Error('the filter is not for ABI 0.2.1');
    this.call('_initialize');
    this.call('proxy_on_context_create', ROOT, 0);
    this.call('proxy_on_vm_start', ROOT, 0);
  }

  /** Linear memory, bytes. */
  get memoryBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** Whether the plugin starts with this configuration: text, or an object that is written as JSON. */
  configure(configuration: string | object): boolean {
    const text = typeof configuration === 'string' ? configuration : JSON.stringify(configuration);
    this.configuration = new TextEncoder().encode(text);
    return this.call('proxy_on_configure', ROOT, this.configuration.length) === 1;
  }

  /** A stream that is driven piece by piece; end() it. */
  open(): Stream {
    const id = this.nextId++;
    this.call('proxy_on_context_create', id, ROOT);
    return new Stream(id, (stream, name, ...args) => {
      this.current = stream;
      const result = this.call(name, ...args);
      this.current = null;
      return result;
    });
  }

  /** One exchange from the first header to the last byte. */
  exchange(parts: Exchange): Outcome {
    const stream = this.open();
    try {
      stream.requestHeaders(parts.requestHeaders ?? {}, parts.request === undefined);
      if (parts.request !== undefined && stream.answer === null)
        stream.body('request', parts.request, parts.cut !== true);
      if (stream.answer !== null || parts.cut !== true)
        stream.responseHeaders(parts.responseHeaders ?? {}, parts.response === undefined || stream.answer !== null);
      if (parts.response !== undefined && stream.answer === null) stream.body('response', parts.response, true);
    } finally {
      stream.end();
    }
    return {
      verdict: stream.maps.get(RESPONSE_HEADERS)?.get('x-hemostat-body'),
      answer: stream.answer,
      forwarded: stream.forwarded,
      buffered: stream.mostBuffered,
      requestHeaders: stream.maps.get(REQUEST_HEADERS) ?? new Map(),
    };
  }

  private call(name: string, ...args: number[]): number {
    let callback = this.callbacks.get(name);
    if (callback === undefined) {
      const found = this.instance.exports[name];
      if (typeof found !== 'function') throw new Error(`the filter does not export ${name}`);
      callback = (...values) => Number(found(...values) ?? 0);
      this.callbacks.set(name, callback);
    }
    return callback(...args);
  }

  private text(at: number, size: number): string {
    return new TextDecoder().decode(new Uint8Array(this.memory.buffer, at, size));
  }

  private word(at: number, value: number): void {
    new DataView(this.memory.buffer).setUint32(at, value, true);
  }

  /** Gives bytes to the filter in memory that it allocates. */
  private hand(bytes: Uint8Array, at: number, size: number): number {
    const place = this.call('proxy_on_memory_allocate', bytes.length);
    if (place === 0) return STATUS_INTERNAL;
    new Uint8Array(this.memory.buffer, place, bytes.length).set(bytes);
    this.word(at, place);
    this.word(size, bytes.length);
    return STATUS_OK;
  }

  private bufferOf(kind: number): Uint8Array | undefined {
    if (kind === PLUGIN_CONFIGURATION) return this.configuration;
    return this.current?.buffers.get(kind);
  }

  private imports(): Record<string, (...args: never[]) => number> {
    const headers = (map: number): Headers | undefined => this.current?.maps.get(map);
    return {
      proxy_log: (_level: number, at: number, size: number) => {
        this.log.push(this.text(at, size));
        return STATUS_OK;
      },
      proxy_get_buffer_bytes: (kind: number, start: number, most: number, at: number, size: number) => {
        const buffer = this.bufferOf(kind);
        if (buffer === undefined) return STATUS_NOT_FOUND;
        if (start > buffer.length) return STATUS_BAD_ARGUMENT;
        return this.hand(buffer.subarray(start, start + most), at, size);
      },
      proxy_get_header_map_value: (map: number, key: number, keySize: number, at: number, size: number) => {
        const value = headers(map)?.get(this.text(key, keySize));
        return value === undefined ? STATUS_NOT_FOUND : this.hand(new TextEncoder().encode(value), at, size);
      },
      proxy_replace_header_map_value: (map: number, key: number, keySize: number, at: number, size: number) => {
        headers(map)?.set(this.text(key, keySize), this.text(at, size));
        return STATUS_OK;
      },
      proxy_remove_header_map_value: (map: number, key: number, keySize: number) => {
        headers(map)?.delete(this.text(key, keySize));
        return STATUS_OK;
      },
      proxy_send_local_response: (status: number, _details: number, _detailsSize: number, at: number, size: number) => {
        if (this.current !== null) this.current.answer = { status, body: this.text(at, size) };
        return STATUS_OK;
      },
      proxy_define_metric: (_type: number, name: number, size: number, id: number) => {
        this.word(id, this.metricNames.push(this.text(name, size)) - 1);
        return STATUS_OK;
      },
      proxy_increment_metric: (id: number, by: bigint) => this.count(id, (old) => old + Number(by)),
      proxy_record_metric: (id: number, value: bigint) => this.count(id, () => Number(value)),
    };
  }

  private count(id: number, change: (old: number) => number): number {
    const name = this.metricNames[id];
    if (name === undefined) return STATUS_BAD_ARGUMENT;
    this.metrics.set(name, change(this.metrics.get(name) ?? 0));
    return STATUS_OK;
  }
}

/** One request and its response. */
export class Stream {
  answer: Answer | null = null;
  forwarded = 0;
  mostBuffered = 0;
  readonly maps = new Map<number, Headers>();
  readonly buffers = new Map<number, Uint8Array>();
  private readonly id: number;
  private readonly invoke: (stream: Stream, name: string, ...args: number[]) => number;

  constructor(id: number, invoke: (stream: Stream, name: string, ...args: number[]) => number) {
    this.id = id;
    this.invoke = invoke;
  }

  requestHeaders(headers: Readonly<Record<string, string>>, end: boolean): number {
    this.maps.set(REQUEST_HEADERS, new Map(Object.entries(headers)));
    return this.invoke(this, 'proxy_on_request_headers', this.id, Object.keys(headers).length, end ? 1 : 0);
  }

  responseHeaders(headers: Readonly<Record<string, string>>, end: boolean): number {
    this.maps.set(RESPONSE_HEADERS, new Map(Object.entries(headers)));
    return this.invoke(this, 'proxy_on_response_headers', this.id, Object.keys(headers).length, end ? 1 : 0);
  }

  /** A whole body in pieces; `ends` false when it breaks off. Stops where the filter answers. */
  body(direction: 'request' | 'response', pieces: readonly Uint8Array[], ends: boolean): void {
    for (let i = 0; i < pieces.length && this.answer === null; i++)
      this.piece(direction, pieces[i] ?? new Uint8Array(), ends && i === pieces.length - 1);
    if (ends && pieces.length === 0) this.piece(direction, new Uint8Array(), true);
  }

  /** One piece. What was held back is given to the filter again in front of it. */
  piece(direction: 'request' | 'response', bytes: Uint8Array, end: boolean): number {
    const kind = direction === 'request' ? REQUEST_BODY : RESPONSE_BODY;
    const held = this.buffers.get(kind);
    let whole = bytes;
    if (held !== undefined) {
      whole = new Uint8Array(held.length + bytes.length);
      whole.set(held);
      whole.set(bytes, held.length);
    }
    this.buffers.set(kind, whole);
    const action = this.invoke(this, `proxy_on_${direction}_body`, this.id, whole.length, end ? 1 : 0);
    if (action === PAUSE) this.mostBuffered = Math.max(this.mostBuffered, whole.length);
    else {
      if (direction === 'request') this.forwarded += whole.length;
      this.buffers.delete(kind);
    }
    return action;
  }

  end(): void {
    this.invoke(this, 'proxy_on_done', this.id);
    this.invoke(this, 'proxy_on_delete', this.id);
    this.buffers.clear();
  }
}
