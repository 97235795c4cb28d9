/**
 * Who makes the system calls whose effect stays? No profile can say who maps or opens: nothing was allocated on the Go heap.
 * The execution trace has every system call with its stack: one kind of call more often than the one that undoes it, and by whom.
 */
import type { EvidenceItem, Where } from '../findings/model.ts';
import { formatCount } from '../findings/units.ts';
import { type Case, placeName, quantity } from './case.ts';
import { ownerOf } from './packages.ts';
import { type Frame, userFrame } from './stacks.ts';

export interface SyscallCaller {
  readonly where: Where;
  readonly name: string;
  readonly evidence: EvidenceItem;
  /** Calls of all that take and that give back, during the trace. */
  readonly takes: number;
  readonly gives: number;
}

/** Which functions take and which give back, by the symbols between the kernel and the user's line. */
interface Pair {
  readonly take: RegExp;
  readonly give: RegExp;
  /** `map memory`, `unmap any`: the two as a person says them. */
  readonly words: readonly [string, string];
  readonly numbers: readonly [string, string];
}

const MAPPING: Pair = {
  take: /(^|[./])(mmap|Mmap|MmapPtr|_Cfunc_\w*alloc)$/,
  give: /(^|[./])(munmap|Munmap|MunmapPtr|_Cfunc_\w*free)$/,
  words: ['map memory', 'unmap any'],
  numbers: ['calls that map', 'calls that unmap'],
};

/**
 * Descriptors. socket(2) itself is entered without the scheduler's knowledge and so is in no trace; connect is, once a socket.
 * accept is, too, but every other one only learns that nobody is waiting, which a trace does not say: it is left out.
 */
const OPENING: Pair = {
  take: /^(syscall|internal\/syscall\/unix|golang\.org\/x\/sys\/unix)\.(open|openat|Open|Openat|Openat2|connect|Connect|pipe2|Pipe|Pipe2|dup|Dup|Dup3|EpollCreate1?|InotifyInit1?|MemfdCreate|Eventfd)$/,
  give: /^(syscall|internal\/syscall\/unix|golang\.org\/x\/sys\/unix)\.Close$/,
  words: ['open descriptors', 'close any'],
  numbers: ['calls that open', 'calls that close'],
};

/** How often a user function took and gave back during the trace. */
interface Tally {
  /** The line of most calls that take; null as long as there was none. */
  where: Where | null;
  takes: number;
  gives: number;
}

/** The user line that maps most beyond what its function unmaps; null where no trace was taken or no call was seen. */
export function mappingCaller(found: Case): SyscallCaller | null {
  return callerOf(found, MAPPING);
}

/** The user line that opens most beyond what its function closes; null where the trace has no more opens than closes. */
export function openingCaller(found: Case): SyscallCaller | null {
  const caller = callerOf(found, OPENING);
  // A second that happens to have as many closes as opens shows no leak, and blames nobody.
  return caller !== null && caller.takes > caller.gives ? caller : null;
}

function callerOf(found: Case, { take, give, words, numbers }: Pair): SyscallCaller | null {
  const trace = found.timeline.syscalls;
  if (trace === undefined) return null;
  const byFunction = new Map<string, Tally>();
  const all = { takes: 0, gives: 0 };
  for (const { frames, count } of trace.data) {
    const owned: Frame[] = frames.map((frame) => ({ ...frame, owner: ownerOf(frame.function, frame.file) }));
    const user = userFrame(owned);
    const called = user < 0 ? owned : owned.slice(0, user + 1);
    const takes = called.some(({ function: name }) => take.test(name));
    const gives = !takes && called.some(({ function: name }) => give.test(name));
    if (!takes && !gives) continue;
    if (takes) all.takes += count;
    else all.gives += count;
    const frame = owned[user];
    if (frame === undefined) continue;
    const tally = byFunction.get(frame.function) ?? { where: null, takes: 0, gives: 0 };
    byFunction.set(frame.function, tally);
    if (takes) {
      tally.takes += count;
      tally.where ??= { function: frame.function, file: frame.file, line: frame.line };
    } else tally.gives += count;
  }
  const best = [...byFunction.values()].sort((a, b) => b.takes - b.gives - (a.takes - a.gives))[0];
  if (best === undefined || best.where === null) return null;
  const name = placeName(best.where);
  return {
    where: best.where,
    name,
    ...all,
    evidence: {
      leg: 'runtime',
      says: `execution trace of one second: ${formatCount(best.takes)} calls that ${words[0]} in ${name}, ${formatCount(all.gives)} that ${words[1]}`,
      numbers: [quantity(numbers[0], best.takes, 'count'), quantity(numbers[1], all.gives, 'count')],
      captures: [trace.file],
    },
  };
}
