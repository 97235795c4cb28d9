/**
 * Reads what the collector's bpftrace program prints (`bpftrace -f json`, one object a line; bpftrace 0.17, src/output.cpp)
 * and puts it together per window. Names of processes are the one text in it that others choose, and bpftrace 0.17 does not
 * escape text in keys: a line of names is read by its pattern where it is no JSON.
 */
import { EvidenceError } from '../error.ts';

const FORMAT = 'bpftrace output';

/** One line; null: nothing in it. */
export type BpftraceMessage =
  | { readonly kind: 'attached'; readonly probes: number }
  | { readonly kind: 'printf'; readonly text: string }
  | { readonly kind: 'map'; readonly name: string; readonly rows: readonly MapRow[] }
  | { readonly kind: 'lost'; readonly events: number }
  | { readonly kind: 'other' };

export interface MapRow {
  /** Parts of the key as printed; the last takes what is left. */
  readonly key: readonly string[];
  readonly value: number;
}

/** Number of parts that keys of our maps have. */
const PARTS = 3;
const MAP = /^\{"type": "map", "data": \{"(@\w*)": /;
/** TASK_COMM_LEN is 16, and bytes that are no UTF-8 become up to three. */
const NAMED = /"(\d+),(\d+),(.{0,48}?)": (\d+)(?=, "\d+,\d+,|\}\}\}$)/gs;

export function readBpftraceLine(line: string): BpftraceMessage | null {
  const text = line.trim();
  if (text === '') return null;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const name = MAP.exec(text)?.[1];
    if (name === undefined) throw new EvidenceError(FORMAT, `bpftrace printed what is no JSON: ${text.slice(0, 80)}`);
    const rows = [...text.matchAll(NAMED)].map(([, a = '', b = '', c = '', count]) => ({
      key: [a, b, c],
      value: Number(count),
    }));
    return { kind: 'map', name, rows };
  }
  if (typeof value !== 'object' || value === null || !('type' in value) || !('data' in value)) return { kind: 'other' };
  const { type, data } = value;
  if (type === 'printf' && typeof data === 'string') return { kind: 'printf', text: data };
  if (typeof data !== 'object' || data === null) return { kind: 'other' };
  if (type === 'attached_probes') return { kind: 'attached', probes: numberAt(data, 'probes') };
  if (type === 'lost_events') return { kind: 'lost', events: numberAt(data, 'events') };
  if (type !== 'map') return { kind: 'other' };
  for (const [name, map] of Object.entries(data)) {
    if (typeof map === 'number') return { kind: 'map', name, rows: [{ key: [], value: map }] };
    if (typeof map !== 'object' || map === null) return { kind: 'map', name, rows: [] };
    return { kind: 'map', name, rows: rowsOf(map) };
  }
  return { kind: 'other' };
}

function rowsOf(map: object): MapRow[] {
  const rows: MapRow[] = [];
  for (const [key, count] of Object.entries(map)) {
    if (typeof count !== 'number') continue;
    const parts = key.split(',');
    const last = parts.slice(PARTS - 1).join(',');
    rows.push({ key: parts.length <= PARTS ? parts : [...parts.slice(0, PARTS - 1), last], value: count });
  }
  return rows;
}

function numberAt(data: object, key: string): number {
  const value: unknown = Reflect.get(data, key);
  return typeof value === 'number' && value >= 0 ? value : 0;
}

/** What one process did in one window, by numbers. */
export interface RawProcess {
  /** The cgroup's id: the inode of its directory; decimal, it has 64 bits. */
  readonly cgroup: string;
  readonly pid: number;
  /** Number of the syscall → calls. */
  readonly calls: Map<number, number>;
  /** Kind of flow → sum; kinds are the program's. */
  readonly flows: Map<number, number>;
  /** Name under which it ended in this window; '' where it did not, or there is none. */
  endedAs: string;
}

export interface RawWindow {
  /** bpftrace's `nsecs` at the end; null: bpftrace ended. */
  readonly at: number | null;
  /** By `cgroup pid`. */
  readonly processes: Map<string, RawProcess>;
  /** Calls that found no room in the map, flows or names of which some found none (1 each), and events that bpftrace lost. */
  readonly lost: number;
  /** Those among them that bpftrace lost on their way to its output. */
  readonly lostEvents: number;
  /** Names of maps that were full. */
  readonly full: readonly string[];
}

/** What one set of maps has told so far. */
interface Filling {
  at: number | null;
  /** Calls, whether they had room or not; null where the program does not say. */
  total: number | null;
  /** Calls that had. */
  counted: number;
  readonly processes: Map<string, RawProcess>;
  lost: number;
  readonly full: Set<string>;
}

const empty = (): Filling => ({ at: null, total: null, counted: 0, processes: new Map(), lost: 0, full: new Set() });

/**
 * Collects lines until a window is whole. Each of the two sets of maps is collected for itself: a window that is ended on another
 * processor may be printed while the one before still is.
 */
export class BpftraceWindows {
  readonly #maxKeys: number;
  readonly #sets: [Filling, Filling] = [empty(), empty()];
  #attached = false;
  #lost = 0;

  /** @param maxKeys BPFTRACE_MAP_KEYS_MAX that the program ran with */
  constructor(maxKeys: number) {
    this.#maxKeys = maxKeys;
  }

  /** Whether all probes are in place: the program ends a first window when they are. */
  get attached(): boolean {
    return this.#attached;
  }

  /** The window that this line ends, or null. */
  line(text: string): RawWindow | null {
    const message = readBpftraceLine(text);
    if (message === null) return null;
    if (message.kind === 'lost') this.#lost += message.events;
    else if (message.kind === 'map') this.#map(message.name, message.rows);
    else if (message.kind === 'printf') {
      const flush = /^flush ([01]) (\d+)\n?$/.exec(message.text);
      const flushed = /^flushed ([01])\n?$/.exec(message.text)?.[1];
      if (flush !== null) this.#sets[flush[1] === '1' ? 1 : 0].at = Number(flush[2]);
      else if (flushed !== undefined) {
        this.#attached = true;
        return this.#take(flushed === '1' ? 1 : 0);
      }
    }
    return null;
  }

  /** What was counted and not yet in a window, when bpftrace has ended. */
  end(): RawWindow {
    return { ...joinWindows(this.#take(0), this.#take(1)), at: null };
  }

  #take(turn: 0 | 1): RawWindow {
    const { at, total, counted, processes, lost, full } = this.#sets[turn];
    const noRoom = total === null ? Number(full.has('c')) : Math.max(0, total - counted);
    const window = { at, processes, lost: lost + noRoom + this.#lost, lostEvents: this.#lost, full: [...full] };
    this.#sets[turn] = empty();
    this.#lost = 0;
    return window;
  }

  #map(name: string, rows: readonly MapRow[]): void {
    const [, kind, turn] = /^@([cnfx])([01])$/.exec(name) ?? [];
    if (kind === undefined) return;
    const set = this.#sets[turn === '1' ? 1 : 0];
    if (kind === 'n') {
      set.total = (set.total ?? 0) + (rows[0]?.value ?? 0);
      return;
    }
    if (rows.length >= this.#maxKeys) {
      set.full.add(kind);
      if (kind !== 'c') set.lost++;
    }
    for (const { key, value } of rows) {
      const [cgroup = '', pidText = '', last = ''] = key;
      const pid = Number(pidText);
      if (!/^\d+$/.test(cgroup) || !Number.isSafeInteger(pid) || pid < 0) continue;
      const id = `${cgroup} ${pid}`;
      let process = set.processes.get(id);
      if (process === undefined) {
        process = { cgroup, pid, calls: new Map(), flows: new Map(), endedAs: '' };
        set.processes.set(id, process);
      }
      if (kind === 'x') {
        process.endedAs = last;
        continue;
      }
      const number = Number(last);
      if (!Number.isSafeInteger(number) || !(value >= 0)) continue;
      if (kind === 'c') set.counted += value;
      const into = kind === 'c' ? process.calls : process.flows;
      into.set(number, (into.get(number) ?? 0) + value);
    }
  }
}

/** Both as one; `a` is changed. */
export function joinWindows(a: RawWindow, b: RawWindow): RawWindow {
  for (const [key, process] of b.processes) {
    const known = a.processes.get(key);
    if (known === undefined) {
      a.processes.set(key, process);
      continue;
    }
    for (const [call, count] of process.calls) known.calls.set(call, (known.calls.get(call) ?? 0) + count);
    for (const [kind, sum] of process.flows) known.flows.set(kind, (known.flows.get(kind) ?? 0) + sum);
    if (process.endedAs !== '') known.endedAs = process.endedAs;
  }
  return {
    at: b.at,
    processes: a.processes,
    lost: a.lost + b.lost,
    lostEvents: a.lostEvents + b.lostEvents,
    full: [...new Set([...a.full, ...b.full])],
  };
}
