/**
 * What functions do with the channels that they are given, left for callers in other packages: for every exported function
 * with a channel among its parameters, one word per parameter (foreign.ts says which words there are).
 */
import { ObjectFlag } from '../../golang/bindings.ts';
import { type BlockIndex, ExitKind, type Flow } from '../../golang/flow.ts';
import { Kind } from '../../golang/nodes.ts';
import { type NodeIndex, nameOf } from '../../golang/tree.ts';
import { TypeKind } from '../../golang/typing.ts';
import { declaredKey } from '../function-name.ts';
import type { Pass } from '../rule.ts';
import { Conditions } from './conditions.ts';
import { FACTS_ENGINE } from './foreign.ts';
import { type Program, Programs } from './program.ts';
import { Stays } from './stays.ts';
import { type Channel, World } from './values.ts';

const OTHER = 'other';

export function leaveChannelFacts(pass: Pass): void {
  const { tree, bindings, typing } = pass;
  for (const decl of pass.nodesOf(Kind.FuncDecl)) {
    if (tree.d[decl] === 0 || !/^\p{Lu}/u.test(nameOf(tree, tree.b[decl] ?? 0)) || pass.inTest(decl)) continue;
    if (!hasChannel(pass, decl)) continue;
    const world = new World(pass, decl);
    const words = world.parameters(decl).map((object) => {
      if (object === 0) return '';
      const type = typing.types.underlying(typing.objectType(object));
      if (typing.types.kind(type) !== TypeKind.Channel) return '';
      return (bindings.flags[object] ?? 0) & ObjectFlag.Reassigned ? OTHER : wordOf(pass, decl, object);
    });
    if (words.some((word) => word !== '' && word !== OTHER)) {
      pass.leaveFacts(FACTS_ENGINE, declaredKey(tree, pass.pkg.importPath, decl), words);
    }
  }
}

function hasChannel(pass: Pass, decl: NodeIndex): boolean {
  const { tree } = pass;
  for (let field = tree.a[tree.b[tree.c[decl] ?? 0] ?? 0] ?? 0; field !== 0; field = tree.next[field] ?? 0) {
    if (tree.kind[tree.b[field] ?? 0] === Kind.ChanType) return true;
  }
  return false;
}

function wordOf(pass: Pass, decl: NodeIndex, object: number): string {
  const world = new World(pass, decl);
  const stays = new Stays(world);
  if (!stays.variable(object, world.root)) return OTHER;
  const channel = world.channel(pass.bindings.ident[object] ?? 0, world.root, 0, false);
  world.root.variables.set(object, channel);
  const programs = new Programs(world, stays, new Conditions(world));
  return wordOfProgram(programs, programs.of(world.root), channel) ?? OTHER;
}

/** Null: not one of the words. */
function wordOfProgram(programs: Programs, program: Program, channel: Channel): string | null {
  const { flow } = program;
  /** Blocks in which the one kind of operation is done, and how often. */
  const doing: BlockIndex[] = [];
  let kind = '';
  let repeated = false;
  let closes = false;
  const note = (block: BlockIndex, what: string): boolean => {
    if (kind !== '' && kind !== what) return false;
    repeated ||= what === 'range' || doing.includes(block) || isInCycle(flow, block);
    kind = what;
    doing.push(block);
    return true;
  };
  for (let block = 0; block < flow.blockCount; block++) {
    if (!flow.reachable[block]) continue;
    for (const action of program.actions[block] ?? []) {
      const what = action.do === 'defer' ? action.action : action;
      if (what.do === 'call' || what.do === 'start') {
        if (programs.touches(what.frame, channel)) return null;
      } else if ('channel' in what && what.channel === channel) {
        if (what.do === 'close') {
          // Any other than one that every path passes is a matter of paths.
          if (action.do === 'defer' ? block !== 0 : avoidable(flow, [block]) || isInCycle(flow, block)) return null;
          closes = true;
        } else if (action.do === 'defer' || !note(block, what.do)) return null;
      }
    }
    const select = program.selects.get(block);
    if (select?.ways.some((way) => way.channel === channel) && select.ways.every((way) => way.channel !== null))
      return null;
    if (program.channelRanges.get(block)?.channel === channel && !note(block, 'range')) return null;
  }
  const suffix = closes ? ',close' : '';
  if (kind === '') return closes ? 'close' : 'none';
  if (kind === 'range') return avoidable(flow, doing) ? null : `range${suffix}`;
  const several = repeated || doing.some((block) => leadsToAny(flow, block, doing));
  return `${kind}${several ? '*' : avoidable(flow, doing) ? '?' : ''}${suffix}`;
}

function isInCycle(flow: Flow, block: BlockIndex): boolean {
  return leadsToAny(flow, block, [block]);
}

function leadsToAny(flow: Flow, from: BlockIndex, targets: readonly BlockIndex[]): boolean {
  const seen = new Set<BlockIndex>();
  const stack = [from];
  while (stack.length > 0) {
    const at = stack.pop() ?? 0;
    for (let edge = flow.edgeStart[at] ?? 0; edge < (flow.edgeStart[at + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      if (targets.includes(to)) return true;
      if (seen.has(to)) continue;
      seen.add(to);
      stack.push(to);
    }
  }
  return false;
}

/** Whether the function can return without passing any of the blocks. */
function avoidable(flow: Flow, blocks: readonly BlockIndex[]): boolean {
  const seen = new Set<BlockIndex>([0]);
  if (blocks.includes(0)) return false;
  for (const at of seen) {
    if (flow.exitKind[at] === ExitKind.Return) return true;
    for (let edge = flow.edgeStart[at] ?? 0; edge < (flow.edgeStart[at + 1] ?? 0); edge++) {
      const to = flow.edgeTo[edge] ?? 0;
      if (!blocks.includes(to)) seen.add(to);
    }
  }
  return false;
}
