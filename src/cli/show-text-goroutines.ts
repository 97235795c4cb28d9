import { ownerOf, shortFunction } from '../diagnose/packages.ts';
import { type Frame, userFrame } from '../diagnose/stacks.ts';
import { clusters } from '../evidence/goroutines/cluster.ts';
import type { Cluster, GoroutineDump } from '../evidence/goroutines/dump.ts';
import { FLAG } from '../evidence/goroutines/dump.ts';
import { stateText } from '../evidence/goroutines/header.ts';
import { padStart, wrap } from '../findings/layout.ts';
import { formatCount } from '../findings/units.ts';
import { safe, type TextPage } from './show-text.ts';

const WAITS = ['< 1 min', '1-4 min', '5-14 min', '15-59 min', '>= 1 h'] as const;
const COUNT_COLUMNS = 8;

/** The dump for JSON: as many clusters as asked for, each with the user's line and the stack of one goroutine. */
export function describeDump(dump: GoroutineDump, top: number): object {
  const all = clusters(dump);
  return {
    goroutines: { total: dump.count, clusters: all.length, truncated: dump.truncated },
    clusters: all.slice(0, top).map((cluster) => {
      const stack = framesOf(dump, cluster);
      return {
        count: cluster.count,
        state: stateText(cluster.state, cluster.flags),
        where: place(stack[userFrame(stack)] ?? stack[0]),
        creator: cluster.creator < 0 ? null : place(frameAt(dump, cluster.creator)),
        waits: Object.fromEntries(WAITS.map((label, wait) => [label, cluster.waits[wait] ?? 0])),
        maxWaitMinutes: cluster.maxWaitMinutes,
        example: cluster.example,
        system: (cluster.flags & FLAG.system) !== 0,
        elided: dump.stackElided[cluster.stack] === 1,
        stack: stack.map(place),
      };
    }),
  };
}

/** The dump for a terminal: one block a cluster. */
export function dumpLines(dump: GoroutineDump, page: TextPage): string[] {
  const all = clusters(dump);
  const count = `${formatCount(dump.count)} goroutine${dump.count === 1 ? '' : 's'}`;
  const title = `${safe(page, page.file)}: ${count} in ${formatCount(all.length)} cluster${all.length === 1 ? '' : 's'}`;
  const lines = [page.paint.bold(title)];
  if (dump.truncated) {
    lines.push(
      page.paint.yellow('the text ends inside a goroutine: there were more (the runtime cuts dumps at 64 MB)'),
    );
  }
  for (const cluster of all.slice(0, page.top)) lines.push('', ...clusterLines(dump, cluster, page));
  if (all.length > page.top)
    lines.push('', page.paint.dim(`${formatCount(all.length - page.top)} more clusters (-n shows more)`));
  return lines;
}

function clusterLines(dump: GoroutineDump, cluster: Cluster, page: TextPage): string[] {
  const stack = framesOf(dump, cluster);
  const user = userFrame(stack);
  const head = `${padStart(formatCount(cluster.count), COUNT_COLUMNS)}  `;
  const state = page.paint.bold(safe(page, stateText(cluster.state, cluster.flags)));
  const indent = ' '.repeat(head.length);
  const waits = waitText(cluster);
  const lines = [`${head}${state}${waits === '' ? '' : `  ${page.paint.dim(waits)}`}`];
  const say = (label: string, frame: Frame | undefined): void => {
    if (frame !== undefined)
      lines.push(...wrap(placeText(page, frame), page.width, `${indent}${label} `, `${indent}  `));
  };
  const at = stack[Math.max(user, 0)];
  say('at', at);
  // The user's line is rarely the innermost frame; what it called is why it waits.
  const called = stack[user - 1];
  if (called !== undefined) lines.push(page.paint.dim(`${indent}in ${safe(page, called.function)}`));
  say('created by', cluster.creator < 0 ? undefined : frameAt(dump, cluster.creator));
  lines.push(page.paint.dim(`${indent}goroutine ${cluster.example}${cluster.count === 1 ? '' : ' is one of them'}`));
  return lines;
}

/** Only the classes that occur; nothing where nobody waits for a minute or more. */
function waitText(cluster: Cluster): string {
  if (cluster.maxWaitMinutes < 1) return '';
  const parts = cluster.waits.flatMap((count, wait) =>
    count === 0 ? [] : [`${WAITS[wait] ?? ''}: ${formatCount(count)}`],
  );
  return `${parts.join(', ')} (longest ${formatCount(cluster.maxWaitMinutes)} min)`;
}

function placeText(page: TextPage, frame: Frame): string {
  const where = frame.file === '' ? '' : ` ${frame.file}:${frame.line}`;
  return safe(page, `${shortFunction(frame.function)}${where}`);
}

function framesOf(dump: GoroutineDump, cluster: Cluster): Frame[] {
  const from = dump.stackOffsets[cluster.stack] ?? 0;
  const to = dump.stackOffsets[cluster.stack + 1] ?? 0;
  return Array.from(dump.stackFrames.subarray(from, to), (frame) => frameAt(dump, frame));
}

function frameAt(dump: GoroutineDump, index: number): Frame {
  const name = dump.frames.function[index] ?? '';
  const file = dump.frames.file[index] ?? '';
  return { function: name, file, line: dump.frames.line[index] ?? 0, owner: ownerOf(name, file) };
}

function place(frame: Frame | undefined): object | null {
  return frame === undefined ? null : { function: frame.function, file: frame.file, line: frame.line };
}
