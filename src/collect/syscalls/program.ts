/**
 * The bpftrace program that counts in the kernel. It is made for what this kernel has: a probe on a tracepoint that is not
 * there would keep all others from starting.
 *
 * Two sets of maps are filled by turns. At the end of a window the kernel itself turns to the other set and only then tells
 * bpftrace to print and clear the full one, which nobody writes any more: nothing is lost in between, and no window waits.
 * (With one set, what is counted between print and clear would be gone.)
 *
 *   @c0 @c1 [cgroup, process, number]  calls that were entered
 *   @n0 @n1                            the same, all together: what found no room in @c0, @c1 is the difference
 *   @f0 @f1 [cgroup, process, kind]    flows, FLOW_KINDS
 *   @x0 @x1 [cgroup, process, name]    processes that ended: the names of those that lived too short to be seen in /proc
 *   @arg, @old, @connecting [thread]   what a call was asked for, until it returns; a thread is in one call at a time
 *   @ownerpid, @ownercgroup [socket]   who began a connection, until it is known what became of it
 *   @brk [process]                     where its heap ended
 *   @tree [thread]                     what the processes that are asked for have started
 *
 * hemostat ends a window by sending itself signal 0. A timer of the kernel would do, but for one thing: where it fires while its
 * processor is just counting, the kernel leaves the timer's program out, and the window becomes twice as long.
 */
import { COMPAT } from '../../evidence/syscalls/names.ts';
import type { KernelOffer } from './kernel.ts';
import { flowProbes } from './program-flows.ts';
import { FLOW_KINDS, type ProgramParts } from './program-parts.ts';

export interface ProgramOptions {
  /** Only for kernels where windows cannot be ended from outside. */
  readonly windowMs: number;
  readonly offer: Pick<KernelOffer, 'has' | 'kprobe'>;
  /** Count only these processes and what they start; null: all. */
  readonly pids: readonly number[] | null;
  readonly flows: boolean;
  /** The process that ends windows by sending itself signal 0. */
  readonly endsBy: number;
  /** Bytes, a power of two. */
  readonly pageSize: number;
  /** Whether the kernel tells (by its types, BTF) which calls came in by the 32-bit entry of x86. */
  readonly compat: boolean;
}

/** Of `thread_info.status` on x86 while a call by the 32-bit entry runs (arch/x86/include/asm/thread_info.h). */
const TS_COMPAT = 2;

/** Looks this often whether it is the first time; costs nothing that could be measured. */
const READY_MS = 100;

/** Whether windows end when the process `endsBy` sends itself signal 0; else by a timer of the kernel. */
export function endsFromOutside({ has }: Pick<KernelOffer, 'has'>): boolean {
  return has('syscalls', 'sys_enter_kill');
}

export function bpftraceProgram(options: ProgramOptions): string {
  const { offer, pids, pageSize, endsBy, windowMs } = options;
  const probes: string[] = [];
  const mine = pids === null ? [] : [`(${[...pids.map((pid) => `pid == ${pid}`), '@tree[pid]'].join(' || ')})`];
  const other = (name: string, predicates: readonly string[], body: string): void => {
    const when = predicates.length === 0 ? '' : ` /${predicates.join(' && ')}/`;
    probes.push(`${name}${when} {\n  ${body}\n}`);
  };
  const probe = (name: string, predicates: readonly string[], body: string): void =>
    other(`tracepoint:${name}`, predicates, body);
  const maps = ['c', 'n'];
  const add = (map: string, key: string, value: string): ((turn: 0 | 1) => string) => {
    if (!maps.includes(map)) maps.push(map);
    return (turn) => `@${map}${turn}${key === '' ? '' : `[${key}]`} = ${value};`;
  };
  const byTurns = (...adds: readonly ((turn: 0 | 1) => string)[]): string => {
    const all = (turn: 0 | 1): string => adds.map((one) => one(turn)).join(' ');
    return `if (@turn) { ${all(1)} } else { ${all(0)} }`;
  };
  const parts: ProgramParts = {
    ...{ offer, mine, probe, other },
    flow: (kind, value = 'sum(1)', who = 'cgroup, pid') => byTurns(add('f', `${who}, ${FLOW_KINDS[kind]}`, value)),
  };

  // Numbers of the 32-bit table would pass for other calls: they get a bit that no number has.
  const number = options.compat
    ? `args->id + (int64)((curtask->thread_info.status & ${TS_COMPAT}) * ${COMPAT / TS_COMPAT})`
    : 'args->id';
  probe(
    'raw_syscalls:sys_enter',
    mine,
    byTurns(add('c', `cgroup, pid, ${number}`, 'count()'), add('n', '', 'count()')),
  );
  if (pids !== null && offer.has('sched', 'sched_process_fork')) {
    // child_pid is a thread's number where a thread begins: it is in nobody's `pid`, and goes when the thread ends.
    probe('sched:sched_process_fork', mine, '@tree[args->child_pid] = 1;');
  }
  const { brk } = options.flows ? flowProbes(parts, pageSize) : { brk: false };
  if (offer.has('sched', 'sched_process_exit')) {
    const ended = byTurns(add('x', 'cgroup, pid, comm', 'count()'));
    probe('sched:sched_process_exit', ['tid == pid', ...mine], brk ? `${ended}\n  delete(@brk[pid]);` : ended);
    if (pids !== null) probe('sched:sched_process_exit', ['@tree[tid]'], 'delete(@tree[tid]);');
  }
  const flush = (turn: 0 | 1): string =>
    [
      `@turn = ${1 - turn};`,
      `printf("flush ${turn} %llu\\n", nsecs);`,
      ...maps.map((map) => `print(@${map}${turn}); clear(@${map}${turn});`),
      `printf("flushed ${turn}\\n");`,
    ].join('\n    ');
  const flushFull = `if (@turn) {\n    ${flush(1)}\n  } else {\n    ${flush(0)}\n  }`;
  // bpftrace attaches the last probe first: when this one fires, all others are in place, and the first whole window begins.
  probes.unshift(`interval:ms:${READY_MS} /@ready == 0/ {\n    @ready = 1;\n    ${flush(0)}\n}`);
  if (endsFromOutside(offer)) {
    probe('syscalls:sys_enter_kill', [`pid == ${endsBy}`, `args->pid == ${endsBy}`, 'args->sig == 0'], flushFull);
  } else {
    other(windowMs % 1000 === 0 ? `interval:s:${windowMs / 1000}` : `interval:ms:${windowMs}`, [], flushFull);
  }
  return `${probes.join('\n')}\n`;
}
