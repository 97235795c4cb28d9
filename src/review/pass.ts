/** The Pass over one package: what it hands to rules is made when first asked for, and once. */
import type { Bindings } from '../golang/bindings.ts';
import type { Flow } from '../golang/flow.ts';
import type { SourcePackage } from '../golang/module.ts';
import { KIND_COUNT, Kind, type KindCode } from '../golang/nodes.ts';
import { fileAt, type NodeIndex, type Tree } from '../golang/tree.ts';
import type { Typing } from '../golang/typing.ts';
import type { FactView } from './facts.ts';
import type { Pass, Report } from './rule.ts';

export interface PassInput {
  readonly pkg: SourcePackage;
  readonly tree: Tree;
  readonly bindings: Bindings;
  readonly typing: Typing;
  /** Builds the graph of a FuncDecl or FuncLit that has a body. */
  readonly buildFlow: (func: NodeIndex) => Flow;
  /** Facts of the packages that this one imports. */
  readonly facts: FactView;
  readonly leaveFacts: (engine: string, key: string, facts: unknown) => void;
  readonly report: (report: Report) => void;
  /** Called now and then; throws when the package's time is up. */
  readonly checkTime?: () => void;
}

export function createPass(input: PassInput): Pass {
  const { pkg, tree, bindings, typing, facts } = input;
  const flows = new Map<NodeIndex, Flow>();
  const engines = new Map<unknown, { readonly value: unknown } | { readonly error: unknown }>();
  const nodes = nodesByKind(tree);
  const checkTime = input.checkTime ?? (() => {});
  let around: Int32Array | null = null;
  const pass: Pass = {
    pkg,
    tree,
    bindings,
    typing,
    atLeast(major, minor) {
      const [haveMajor, haveMinor] = pkg.module.go;
      return haveMajor > major || (haveMajor === major && haveMinor >= minor);
    },
    nodesOf(kind) {
      checkTime();
      return nodes(kind);
    },
    flowOf(func) {
      let flow = flows.get(func);
      if (flow === undefined) {
        checkTime();
        flow = input.buildFlow(func);
        flows.set(func, flow);
      }
      return flow;
    },
    functionAround(node) {
      around ??= functionsAround(tree);
      return around[node] ?? 0;
    },
    inTest: (node) => fileAt(tree, tree.start[node] ?? 0).path.endsWith('_test.go'),
    inGenerated: (node) => fileAt(tree, tree.start[node] ?? 0).generated,
    engine<T>(make: (pass: Pass) => T): T {
      const known = engines.get(make);
      if (known !== undefined) {
        // Its rules all ask; all are told the same.
        if ('error' in known) throw known.error;
        // The key is the function that made it, so the value is what that function returns.
        return known.value as T;
      }
      checkTime();
      try {
        const value = make(pass);
        engines.set(make, { value });
        return value;
      } catch (error) {
        engines.set(make, { error });
        throw error;
      }
    },
    factsOf: (engine, key) => facts.of(engine, key),
    leaveFacts: input.leaveFacts,
    report: input.report,
  };
  return pass;
}

/**
 * Nodes by kind in source order (the outer first where two begin at the same byte). Buckets for all kinds at once; a bucket is
 * sorted when it is asked for: nodes are made children first, which is nearly, but not quite, source order.
 */
function nodesByKind(tree: Tree): (kind: KindCode) => Int32Array {
  let starts: Int32Array | null = null;
  let buckets = new Int32Array(0);
  const sorted: (Int32Array | undefined)[] = [];
  const fill = (): Int32Array => {
    const bounds = new Int32Array(KIND_COUNT + 1);
    const { kind, count } = tree;
    for (let node = 1; node < count; node++) {
      const next = (kind[node] ?? 0) + 1;
      bounds[next] = (bounds[next] ?? 0) + 1;
    }
    for (let code = 0; code < KIND_COUNT; code++) bounds[code + 1] = (bounds[code + 1] ?? 0) + (bounds[code] ?? 0);
    buckets = new Int32Array(count);
    const cursor = bounds.slice();
    for (let node = 1; node < count; node++) {
      const code = kind[node] ?? 0;
      const at = cursor[code] ?? 0;
      buckets[at] = node;
      cursor[code] = at + 1;
    }
    return bounds;
  };
  return (kind) => {
    starts ??= fill();
    let list = sorted[kind];
    if (list === undefined) {
      list = inSourceOrder(tree, buckets.subarray(starts[kind] ?? 0, starts[kind + 1] ?? 0));
      sorted[kind] = list;
    }
    return list;
  };
}

/** Sorts in place by start, then by size of what begins there, the larger first. */
function inSourceOrder(tree: Tree, list: Int32Array): Int32Array {
  const { start, count } = tree;
  let ordered = true;
  for (let at = 1; at < list.length && ordered; at++) {
    ordered = (start[list[at - 1] ?? 0] ?? 0) < (start[list[at] ?? 0] ?? 0);
  }
  if (ordered) return list;
  // One number a node, start above, reversed index below: typed arrays sort numbers without calling back. Below 2^53
  // as long as bytes × nodes is (100 MB of source have about 12 million nodes: 2^51).
  const keys = new Float64Array(list.length);
  for (let at = 0; at < list.length; at++) {
    const node = list[at] ?? 0;
    keys[at] = (start[node] ?? 0) * count + (count - 1 - node);
  }
  keys.sort();
  for (let at = 0; at < list.length; at++) list[at] = count - 1 - ((keys[at] ?? 0) % count);
  return list;
}

/** Per node the innermost function around it, itself not counted. Parents have the higher index: one pass downwards. */
function functionsAround(tree: Tree): Int32Array {
  const { kind, parent, count } = tree;
  const around = new Int32Array(count);
  for (let node = count - 1; node > 0; node--) {
    const above = parent[node] ?? 0;
    const code = kind[above];
    around[node] = code === Kind.FuncDecl || code === Kind.FuncLit ? above : (around[above] ?? 0);
  }
  return around;
}
