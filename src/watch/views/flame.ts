/**
 * One profile, or two, as the call tree that the page draws. Rows of head and base are the same where function, file and
 * line are the same all the way to the root; a path that is gone stays as a row whose head is 0.
 */
import { samplingVariance } from '../../diagnose/sites.ts';
import { EvidenceError } from '../../evidence/error.ts';
import { align } from '../../evidence/pprof/align.ts';
import { sumUpwards, TreeRows } from '../../evidence/pprof/call-tree.ts';
import { sampleTypeIndex } from '../../evidence/pprof/frames.ts';
import { buildNodes, type NodeTable } from '../../evidence/pprof/nodes.ts';
import type { Profile } from '../../evidence/pprof/profile.ts';
import { pruneUninteresting } from '../../evidence/pprof/prune.ts';
import { chooseSampleType } from '../../evidence/pprof/sample-type.ts';
import type { FlameView } from '../api/contract.ts';

export interface FlameOptions {
  /** What the two are called: capture ids, or file names. */
  readonly headId: string;
  readonly baseId?: string | null;
  /** One sentence above the graph; made from the names where there is none. */
  readonly title?: string;
  /** `inuse_space`; the profile's own default where empty. */
  readonly sampleType?: string;
  /** Rows of the answer at most; default 100 000, about 5 MB of JSON. */
  readonly maxRows?: number;
}

const MAX_ROWS = 100_000;
/** Name of the row that stands for all small ones below one parent. No Go symbol begins with a parenthesis. */
export const SMALL = '(small)';
/** Name of row 0. */
export const ROOT = 'all';

/**
 * The view of `head`, compared with `base` where there is one. Values are in the finer unit of the two.
 *
 * @throws EvidenceError where the profiles have no sample type in common, or not the one that is asked for
 */
export function flameView(head: Profile, base: Profile | null, options: FlameOptions): FlameView {
  const [first = head, second] = align((base === null ? [head] : [head, base]).map(pruneUninteresting));
  const type = chooseSampleType(first, options.sampleType ?? '');
  const chosen = first.sampleTypes[type];
  if (chosen === undefined) {
    const there = first.sampleTypes.map((own) => own.type).join(', ');
    throw new EvidenceError('pprof', `there is no sample type "${options.sampleType ?? ''}"; there are ${there}`);
  }
  const names = new Names();
  const rows = new TreeRows();
  rows.child(-1, names.root);
  const sides = [first, ...(second === undefined ? [] : [second])].map((profile) => {
    const nodes = buildNodes(profile, { granularity: 'lines' });
    return { profile, leafOf: rows.addStacks(profile, type, nodes, names.add(nodes), 0) };
  });
  const whole = rows.finish();
  const weights = sides.map(({ profile, leafOf }) => ({ leafOf, values: profile.samples.values[type] }));
  const cut = cutTo(options.maxRows ?? MAX_ROWS, whole.parent, weights);
  const tree = compact(whole, cut.keep, names.small);
  const [headFlat = new Float64Array(tree.count), baseFlat = new Float64Array(tree.count)] = weights.map((side) =>
    sumByRow(side.values, side.leafOf, tree),
  );
  const variances = sides.map(({ profile, leafOf }) => sumByRow(variance(profile, type), leafOf, tree));
  const noise = combineVariance(variances, chosen.type.startsWith('alloc_'));
  const headId = options.headId;
  const baseId = base === null ? null : (options.baseId ?? '');
  return {
    title: options.title ?? (baseId === null ? headId : `${baseId} → ${headId}`),
    unit: chosen.unit,
    sampleType: chosen.type,
    sampleTypes: first.sampleTypes.map((own) => ({ type: own.type, unit: own.unit })),
    head: headId,
    base: baseId,
    ...names.columns(tree.node),
    parent: Array.from(tree.parent),
    inlined: Array.from(tree.inlined),
    head_cum: Array.from(sumUpwards(tree.parent, headFlat)),
    head_flat: Array.from(headFlat),
    base_cum: Array.from(sumUpwards(tree.parent, baseFlat)),
    base_flat: Array.from(baseFlat),
    noise: Array.from(sumUpwards(tree.parent, noise), (sum) => Math.round(Math.sqrt(sum))),
    cutShare: cut.share,
  };
}

/** Nodes of all profiles under one number each, and the texts that they are made of. */
class Names {
  private readonly ids = new Map<string, number>();
  private readonly strings: string[] = [];
  private readonly stringIds = new Map<string, number>();
  private readonly fn: number[] = [];
  private readonly file: number[] = [];
  private readonly line: number[] = [];
  readonly root = this.node(ROOT, '', 0);
  readonly small = this.node(SMALL, '', 0);

  /** By NodeIndex of `nodes`: the number here. */
  add(nodes: NodeTable): Int32Array {
    const ids = new Int32Array(nodes.count);
    for (let n = 0; n < nodes.count; n++) {
      const name = nodes.fn[n] ?? '';
      // Without a symbol the label names the binary: [libc.so].
      ids[n] = this.node(name === '' ? (nodes.label[n] ?? '') : name, nodes.file[n] ?? '', nodes.line[n] ?? 0);
    }
    return ids;
  }

  private node(fn: string, file: string, line: number): number {
    const key = `${fn}\0${file}\0${line}`;
    const known = this.ids.get(key);
    if (known !== undefined) return known;
    const id = this.fn.length;
    this.ids.set(key, id);
    this.fn.push(this.string(fn));
    this.file.push(this.string(file));
    this.line.push(line);
    return id;
  }

  private string(text: string): number {
    const known = this.stringIds.get(text);
    if (known !== undefined) return known;
    const id = this.strings.length;
    this.stringIds.set(text, id);
    this.strings.push(text);
    return id;
  }

  /** Columns by row, with only the strings that are in use. */
  columns(nodeOfRow: Int32Array): Pick<FlameView, 'strings' | 'function' | 'file' | 'line'> {
    const strings: string[] = [];
    const kept = new Int32Array(this.strings.length).fill(-1);
    const keep = (id: number): number => {
      const known = kept[id] ?? -1;
      if (known >= 0) return known;
      kept[id] = strings.length;
      return strings.push(this.strings[id] ?? '') - 1;
    };
    const fn: number[] = [];
    const file: number[] = [];
    const line: number[] = [];
    for (const node of nodeOfRow) {
      fn.push(keep(this.fn[node] ?? 0));
      file.push(keep(this.file[node] ?? 0));
      line.push(this.line[node] ?? 0);
    }
    return { strings, function: fn, file, line };
  }
}

interface Side {
  readonly leafOf: Int32Array;
  readonly values: Float64Array | undefined;
}

/**
 * Which rows stay, so that they and their "(small)" rows are at most `maxRows`. The cut is a share of the larger total;
 * shares are tried in steps of a quarter of a power of ten, which costs one pass over the rows and no sorting.
 */
function cutTo(
  maxRows: number,
  parent: Int32Array,
  sides: readonly Side[],
): { keep: Uint8Array | null; share: number } {
  const count = parent.length;
  if (count <= maxRows) return { keep: null, share: 0 };
  const cums = sides.map(({ leafOf, values }) => {
    const flat = new Float64Array(count);
    for (const [sample, leaf] of leafOf.entries())
      if (leaf >= 0) flat[leaf] = (flat[leaf] ?? 0) + (values?.[sample] ?? 0);
    return sumUpwards(parent, flat);
  });
  const [one, two] = cums;
  const weight = (row: number): number => Math.max(Math.abs(one?.[row] ?? 0), Math.abs(two?.[row] ?? 0));
  const total = weight(0);
  // steps[k]: rows whose share is at least 10^(-k/4) and below the step before.
  const steps = new Float64Array(60);
  const stepOf = (row: number): number => {
    const w = weight(row);
    if (w === 0 || total === 0) return steps.length - 1;
    return Math.min(steps.length - 1, Math.max(0, Math.ceil(-4 * Math.log10(w / total) - 1e-9)));
  };
  for (let row = 0; row < count; row++) {
    const step = stepOf(row);
    steps[step] = (steps[step] ?? 0) + 1;
  }
  let last = 0;
  // A kept row may get one "(small)" row.
  for (let sum = steps[0] ?? 0; last + 1 < steps.length; last++) {
    sum += steps[last + 1] ?? 0;
    if (sum * 2 > maxRows) break;
  }
  const keep = new Uint8Array(count);
  keep[0] = 1;
  // Values may be negative in a profile that is itself a difference: a row stays only where its parent does.
  for (let row = 1; row < count; row++) if (keep[parent[row] ?? 0] === 1 && stepOf(row) <= last) keep[row] = 1;
  return { keep, share: 10 ** (-last / 4) };
}

interface Compact {
  readonly count: number;
  readonly parent: Int32Array;
  readonly node: Int32Array;
  readonly inlined: Uint8Array;
  /** By row of the whole tree: the row here that it is, or is summed into. Null: the same. */
  readonly rowOf: Int32Array | null;
}

/** The tree with only the rows kept; what hangs below a kept row and is not kept becomes one row of the name `small`. */
function compact(
  whole: { count: number; parent: Int32Array; node: Int32Array; inlined: Uint8Array },
  keep: Uint8Array | null,
  small: number,
): Compact {
  if (keep === null) return { ...whole, rowOf: null };
  const rowOf = new Int32Array(whole.count);
  const smallOf = new Map<number, number>();
  const parent: number[] = [];
  const node: number[] = [];
  const inlined: number[] = [];
  const add = (above: number, name: number, isInlined: number): number => {
    parent.push(above);
    inlined.push(isInlined);
    return node.push(name) - 1;
  };
  for (let row = 0; row < whole.count; row++) {
    const above = whole.parent[row] ?? -1;
    const to = above < 0 ? -1 : (rowOf[above] ?? 0);
    if (keep[row] === 1) rowOf[row] = add(to, whole.node[row] ?? 0, whole.inlined[row] ?? 0);
    else if (keep[above] !== 1) rowOf[row] = to;
    else {
      const known = smallOf.get(to) ?? add(to, small, 0);
      smallOf.set(to, known);
      rowOf[row] = known;
    }
  }
  return {
    count: node.length,
    parent: Int32Array.from(parent),
    node: Int32Array.from(node),
    inlined: Uint8Array.from(inlined),
    rowOf,
  };
}

function sumByRow(values: Float64Array | undefined, leafOf: Int32Array, tree: Compact): Float64Array {
  const sums = new Float64Array(tree.count);
  if (values === undefined) return sums;
  for (let s = 0; s < leafOf.length; s++) {
    const leaf = leafOf[s] ?? -1;
    if (leaf < 0) continue;
    const row = tree.rowOf === null ? leaf : (tree.rowOf[leaf] ?? 0);
    sums[row] = (sums[row] ?? 0) + (values[s] ?? 0);
  }
  return sums;
}

/**
 * Variance of each sample's value by sampling, in the square of its unit. Heap: see `samplingVariance`. CPU: the number
 * of ticks is Poisson, and a tick is worth a period. Anything else counts as exact: goroutines are, and profiles of
 * blocking and of mutexes do not tell their rate.
 */
function variance(profile: Profile, type: number): Float64Array | undefined {
  const name = profile.sampleTypes[type]?.type ?? '';
  const values = profile.samples.values[type];
  if (values === undefined) return undefined;
  if (name === 'cpu') return values.map((value) => Math.abs(value) * profile.period);
  if (name === 'samples' && sampleTypeIndex(profile, 'cpu') >= 0) return values.map(Math.abs);
  const kind = /^(inuse|alloc)_(space|objects)$/.exec(name);
  if (kind === null || profile.period <= 1) return undefined;
  const bytes = profile.samples.values[sampleTypeIndex(profile, `${kind[1]}_space`)];
  const objects = profile.samples.values[sampleTypeIndex(profile, `${kind[1]}_objects`)];
  if (bytes === undefined || objects === undefined) return undefined;
  return bytes.map((size, s) => {
    const count = objects[s] ?? 0;
    const sum = samplingVariance(Math.abs(size), Math.abs(count), profile.period);
    return kind[2] === 'space' || size === 0 ? sum : sum * (count / size) ** 2;
  });
}

/**
 * Per row, of head − base. What counts since the process started (`counts`) holds the base's samples in the head's, so
 * only what came since is uncertain; else the two are taken as independent, which overstates it where objects of the
 * base still live.
 */
function combineVariance(variances: readonly Float64Array[], counts: boolean): Float64Array {
  const [head = new Float64Array(0), base] = variances;
  if (base === undefined) return head;
  return head.map((own, row) => {
    const before = base[row] ?? 0;
    return counts && own >= before ? own - before : own + before;
  });
}
