/**
 * Functions of other packages, by the facts that were left for them (facts.ts): one word per parameter.
 *
 *   none                          nothing that blocks or closes; a select with another way out counts as nothing
 *   send, send?, send*            one bare send on every path, at most one, any number
 *   receive, receive?, receive*   the same of receives
 *   range                         receives until the channel is closed
 *   close                         alone, or after one of the above: `send*,close`
 *   other                         none of these, or handed on: whoever passes a channel there loses sight of it
 */
import { type BlockIndex, EdgeKind, ExitKind, type Flow } from '../../golang/flow.ts';
import type { NodeIndex } from '../../golang/tree.ts';
import type { Pass } from '../rule.ts';
import type { Action, Program } from './program.ts';
import type { Channel, Frame } from './values.ts';

export const FACTS_ENGINE = 'channels';

const WORDS = new Set(['none', 'send', 'send?', 'send*', 'receive', 'receive?', 'receive*', 'range', 'close']);

/** What the callee of a call does with one channel that it is given. */
export interface Foreign {
  readonly channel: Channel;
  readonly word: string;
}

/** One word per parameter, '' for those that are no channels; null: not known. */
export function wordsOf(pass: Pass, call: NodeIndex): readonly string[] | null {
  const callee = pass.typing.callee(call);
  if (callee === null || callee.dynamic || callee.decl !== 0) return null;
  const facts = pass.factsOf(FACTS_ENGINE, callee.key);
  if (!Array.isArray(facts)) return null;
  return facts.every((word): word is string => typeof word === 'string') ? facts : null;
}

/** Whether the word is one that a caller can follow. */
export function isFollowable(word: string | undefined): boolean {
  return word?.split(',').every((part) => WORDS.has(part)) ?? false;
}

/** A word as a graph: 0 is the way in, 1 the operation, 2 the way out. */
export function foreignFlow(word: string): Flow {
  const isRange = word.startsWith('range');
  const edges: [BlockIndex, BlockIndex, number][] = [[0, 1, EdgeKind.Next]];
  if (/[?*]/.test(word)) edges.push([0, 2, EdgeKind.Next]);
  if (isRange) edges.push([1, 1, EdgeKind.Element]);
  else if (word.includes('*')) edges.push([1, 1, EdgeKind.Next]);
  edges.push([1, 2, isRange ? EdgeKind.Done : EdgeKind.Next]);
  const starts = (column: 0 | 1): Int32Array =>
    Int32Array.from([0, 1, 2, 3], (block) => edges.filter((edge) => edge[column] < block).length);
  const incoming = edges.map((_, edge) => edge);
  incoming.sort((a, b) => (edges[a]?.[1] ?? 0) - (edges[b]?.[1] ?? 0));
  return {
    func: 0,
    blockCount: 3,
    nodeStart: new Int32Array(4),
    nodes: new Int32Array(0),
    edgeStart: starts(0),
    edgeTo: Int32Array.from(edges, (edge) => edge[1]),
    edgeKind: Uint8Array.from(edges, (edge) => edge[2]),
    edgeNode: new Int32Array(edges.length),
    inStart: starts(1),
    incoming: Int32Array.from(incoming),
    edgeFrom: Int32Array.from(edges, (edge) => edge[0]),
    exitKind: Uint8Array.from([ExitKind.None, ExitKind.None, ExitKind.Return]),
    exitNode: new Int32Array(3),
    reachable: new Uint8Array(3).fill(1),
    defers: new Int32Array(0),
    loop: new Int32Array(3),
    blockOf: () => -1,
  };
}

/** The program of a frame that stands for a function of another package; its operations are told at the call. */
export function foreignProgram(frame: Frame, { channel, word }: Foreign): Program {
  const node = frame.call;
  const operation: Action[] = word.startsWith('send')
    ? [{ do: 'send', node, channel }]
    : word.startsWith('receive')
      ? [{ do: 'receive', node, channel, says: 0 }]
      : [];
  return {
    frame,
    flow: frame.flow,
    actions: [[], operation, word.endsWith('close') ? [{ do: 'close', node, channel }] : []],
    selects: new Map(),
    channelRanges: word.startsWith('range') ? new Map([[1, { node, channel }]]) : new Map(),
    ranges: new Map(),
    busy: new Uint8Array(3).fill(1),
    quiet: new Uint8Array(3),
    jumps: new Map(),
    leavable: new Uint8Array(3).fill(1),
  };
}
