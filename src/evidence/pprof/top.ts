/** Flat and cumulative values per node: the numbers of `go tool pprof -top`. */
import { buildNodes, type NodeOptions, type NodeTable } from './nodes.ts';
import type { Profile } from './profile.ts';

export interface TopRow {
  /** As go tool pprof prints it; unique within a report. */
  readonly label: string;
  readonly function: string;
  /** The node's file; for whole functions the file of the function. */
  readonly file: string;
  /** 0 where the row is no single line. */
  readonly line: number;
  /** Of samples whose leaf this is. */
  readonly flat: number;
  /** Of samples that have it anywhere, each counted once however often it recurs. */
  readonly cum: number;
}

export interface TopOptions extends NodeOptions {
  readonly sort?: 'flat' | 'cum';
}

interface Weights {
  readonly flat: Float64Array;
  readonly cum: Float64Array;
}

/** @param sampleType index into sampleTypes. Rows without any weight are left out. */
export function top(profile: Profile, sampleType: number, options: TopOptions = {}): TopRow[] {
  const nodes = buildNodes(profile, options);
  const { flat, cum } = weigh(profile, sampleType, nodes);
  const files = options.granularity === undefined || options.granularity === 'functions' ? filesOf(profile) : null;
  const rows: TopRow[] = [];
  for (let n = 0; n < nodes.count; n++) {
    const row = {
      label: nodes.label[n] ?? '',
      function: nodes.fn[n] ?? '',
      file: files?.get(nodes.fn[n] ?? '') ?? nodes.file[n] ?? '',
      line: nodes.line[n] ?? 0,
      flat: flat[n] ?? 0,
      cum: cum[n] ?? 0,
    };
    if (row.flat !== 0 || row.cum !== 0) rows.push(row);
  }
  return rows.sort(options.sort === 'cum' ? byCum : byFlat);
}

/** First file seen for each function name. */
function filesOf({ functions, strings }: Profile): Map<string, string> {
  const files = new Map<string, string>();
  for (let f = functions.count - 1; f >= 0; f--) {
    files.set(strings[functions.name[f] ?? 0] ?? '', strings[functions.filename[f] ?? 0] ?? '');
  }
  return files;
}

/** One walk over the stacks; a stamp per node keeps recursion from counting twice. */
export function weigh(profile: Profile, sampleType: number, nodes: NodeTable): Weights {
  const { count, values, stackOffsets, stackLocations } = profile.samples;
  const { offsets, locationNodes } = nodes;
  const column = values[sampleType] ?? new Float64Array(count);
  const flat = new Float64Array(nodes.count);
  const cum = new Float64Array(nodes.count);
  const seen = new Int32Array(nodes.count);
  for (let s = 0; s < count; s++) {
    const value = column[s] ?? 0;
    const start = stackOffsets[s] ?? 0;
    const end = stackOffsets[s + 1] ?? 0;
    if (value === 0 || start === end) continue;
    const stamp = s + 1;
    for (let i = start; i < end; i++) {
      const l = stackLocations[i] ?? 0;
      const last = offsets[l + 1] ?? 0;
      for (let k = offsets[l] ?? 0; k < last; k++) {
        const node = locationNodes[k] ?? 0;
        if (seen[node] !== stamp) {
          seen[node] = stamp;
          cum[node] = (cum[node] ?? 0) + value;
        }
      }
    }
    const leaf = locationNodes[offsets[stackLocations[start] ?? 0] ?? 0] ?? 0;
    flat[leaf] = (flat[leaf] ?? 0) + value;
  }
  return { flat, cum };
}

/** By size whatever the sign, then by name: the order of go tool pprof. */
function byFlat(a: TopRow, b: TopRow): number {
  return Math.abs(b.flat) - Math.abs(a.flat) || compareText(a.label, b.label) || Math.abs(b.cum) - Math.abs(a.cum);
}

function byCum(a: TopRow, b: TopRow): number {
  return Math.abs(b.cum) - Math.abs(a.cum) || compareText(a.label, b.label) || Math.abs(b.flat) - Math.abs(a.flat);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
