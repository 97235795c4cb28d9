/**
 * Locations → the nodes of a report. A node is what a line of `top` stands for: a function, a source line, a file or an
 * address. Which locations fall together is the rule of go tool pprof (Profile.Aggregate, then graph.nodeInfo).
 */
import { posix } from 'node:path';
import type { LocationIndex, Profile } from './profile.ts';

export type Granularity = 'functions' | 'filefunctions' | 'lines' | 'files' | 'addresses';

export type NodeIndex = number;

export interface NodeTable {
  readonly count: number;
  /** As go tool pprof prints it: `main.f`, `main.f /dir/f.go:12`, `00000000004df39a main.f …`, `[libc.so]`, `<unknown>`. */
  readonly label: readonly string[];
  readonly fn: readonly string[];
  readonly file: readonly string[];
  /** 0 where the granularity has no lines. */
  readonly line: readonly number[];
  /** 0n where the granularity has no addresses. */
  readonly address: readonly bigint[];
  /** CSR: nodes of location l are locationNodes[offsets[l]] ..; innermost inlined call first, at least one. */
  readonly offsets: Uint32Array;
  readonly locationNodes: Int32Array;
}

export interface NodeOptions {
  readonly granularity?: Granularity;
  /** Only the outermost function of a location, as -noinlines. */
  readonly noInlines?: boolean;
}

interface Info {
  readonly fn: string;
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly address: bigint;
  /** Only where there is no function name. */
  readonly object: string;
  readonly startLine: number;
}

export function buildNodes(profile: Profile, options: NodeOptions = {}): NodeTable {
  const table = new NodeBuilder(profile, options.granularity ?? 'functions');
  const { count, lineOffsets } = profile.locations;
  const offsets = new Uint32Array(count + 1);
  const nodes: number[] = [];
  for (let l = 0; l < count; l++) {
    const start = lineOffsets[l] ?? 0;
    const end = lineOffsets[l + 1] ?? 0;
    if (start === end) nodes.push(table.bare(l));
    else for (let n = options.noInlines === true ? end - 1 : start; n < end; n++) nodes.push(table.line(l, n));
    offsets[l + 1] = nodes.length;
  }
  const { infos } = table;
  return {
    count: infos.length,
    label: infos.map(printable),
    fn: infos.map((info) => info.fn),
    file: infos.map((info) => info.file),
    line: infos.map((info) => info.line),
    address: infos.map((info) => info.address),
    offsets,
    locationNodes: Int32Array.from(nodes),
  };
}

class NodeBuilder {
  readonly infos: Info[] = [];
  private readonly ids = new Map<string, NodeIndex>();
  private readonly profile: Profile;
  private readonly granularity: Granularity;
  /** Node per function where nothing else matters: most locations end here, without a key being built. */
  private readonly perFunction: Int32Array;
  private readonly cleaned = new Map<string, string>();

  constructor(profile: Profile, granularity: Granularity) {
    this.profile = profile;
    this.granularity = granularity;
    this.perFunction = new Int32Array(profile.functions.count).fill(-1);
  }

  /** A location without line information. */
  bare(l: LocationIndex): NodeIndex {
    const address = this.granularity === 'addresses' ? (this.profile.locations.address[l] ?? 0n) : 0n;
    return this.add({ fn: '', file: '', line: 0, column: 0, address, object: this.object(l), startLine: 0 });
  }

  line(l: LocationIndex, n: number): NodeIndex {
    const { locations, functions, strings } = this.profile;
    const f = locations.lineFunction[n] ?? -1;
    if (f < 0) return this.bare(l);
    const { granularity } = this;
    const wholeFunction = granularity === 'functions' || granularity === 'filefunctions';
    const known = wholeFunction ? (this.perFunction[f] ?? -1) : -1;
    if (known >= 0) return known;
    const fn = granularity === 'files' ? '' : (strings[functions.name[f] ?? 0] ?? '');
    const withLine = granularity === 'lines' || granularity === 'addresses';
    const node = this.add({
      fn,
      file: granularity === 'functions' ? '' : this.clean(strings[functions.filename[f] ?? 0] ?? ''),
      line: withLine ? (locations.lineNumber[n] ?? 0) : 0,
      column: granularity === 'addresses' ? (locations.lineColumn[n] ?? 0) : 0,
      address: granularity === 'addresses' ? (locations.address[l] ?? 0n) : 0n,
      object: fn === '' ? this.object(l) : '',
      // go tool pprof -files also splits a file by the first lines of its functions, which nobody can want.
      startLine: fn === '' && granularity !== 'files' ? (functions.startLine[f] ?? 0) : 0,
    });
    if (wholeFunction && fn !== '') this.perFunction[f] = node;
    return node;
  }

  private object(l: LocationIndex): string {
    return this.profile.mappings[this.profile.locations.mapping[l] ?? -1]?.filename ?? '';
  }

  private clean(path: string): string {
    if (path === '') return '';
    const known = this.cleaned.get(path);
    if (known !== undefined) return known;
    const normal = posix.normalize(path);
    const clean = normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
    this.cleaned.set(path, clean);
    return clean;
  }

  private add(info: Info): NodeIndex {
    const key = `${info.fn}\0${info.file}\0${info.line}\0${info.column}\0${info.address}\0${info.object}\0${info.startLine}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    this.infos.push(info);
    this.ids.set(key, this.infos.length - 1);
    return this.infos.length - 1;
  }
}

function printable({ fn, file, line, column, address, object }: Info): string {
  const parts: string[] = [];
  if (address !== 0n) parts.push(address.toString(16).padStart(16, '0'));
  if (fn !== '') parts.push(fn);
  if (line !== 0) parts.push(`${file}:${line}${column !== 0 ? `:${column}` : ''}`);
  else if (file !== '') parts.push(file);
  else if (fn === '') parts.push(object !== '' ? `[${posix.basename(object)}]` : '<unknown>');
  return parts.join(' ');
}
