/**
 * The bpftrace program that counts in the kernel. It is made for what this kernel has: a probe on a tracepoint that is not
 * there would keep all others from starting.
 *
 * Two sets of maps are filled by turns. At the end of a window the kernel itself turns to the other set and only then tells
 * bpftrace to print and clear the full one, which nobody writes any more: nothing is lost in between, and no window waits.
 * (With one set, what is counted between print and clear would be gone.)
 *
 *   @c0 @c1 [cgroup, process, number]  calls that were entered
 *   @f0 @f1 [cgroup, process, kind]    flows, FLOW_KINDS
 *   @x0 @x1 [cgroup, process, name]    processes that ended: the names of those that lived too short to be seen in /proc
 *   @arg, @old [thread]                what a call was asked for, until it returns; a thread is in one call at a time
 *   @brk [process]                     where its heap ended
 *   @tree [thread]                     what the processes that are asked for have started
 *
 * Flows are counted where calls return, each on the tracepoint of its own call: a process that only reads pays nothing for
 * them. Measured cost: docs/benchmarks.md.
 */

/** What `kind` in @f0, @f1 is. */
export const FLOW_KINDS = {
  file: 0,
  descriptor: 1,
  closed: 2,
  mapped: 3,
  unmapped: 4,
  connect: 5,
  connectFailed: 6,
  /** close_range over more than one number: how many were open is not known. */
  closedUnknown: 7,
} as const;

export interface ProgramOptions {
  readonly windowMs: number;
  /** Whether /sys/kernel/tracing/events/CATEGORY/NAME is there. */
  readonly has: (category: string, name: string) => boolean;
  /** Count only these processes and what they start; null: all. */
  readonly pids: readonly number[] | null;
  readonly flows: boolean;
  /** The process that ends a window before its time by sending itself signal 0. */
  readonly endsBy: number;
  /** Bytes. */
  readonly pageSize: number;
}

/** Calls whose result ≥ 0 is a new descriptor of a file. */
const FILES = ['open', 'openat', 'openat2', 'creat', 'open_by_handle_at'];
/** Calls whose result ≥ 0 is a new descriptor of something else. */
const DESCRIPTORS = [
  'socket',
  'accept',
  'accept4',
  'dup',
  'epoll_create',
  'epoll_create1',
  'eventfd',
  'eventfd2',
  'timerfd_create',
  'inotify_init',
  'inotify_init1',
  'fanotify_init',
  'memfd_create',
  'memfd_secret',
  'userfaultfd',
  'perf_event_open',
  'io_uring_setup',
  'pidfd_open',
  'pidfd_getfd',
  'open_tree',
  'fsopen',
  'fsmount',
  'fspick',
  'mq_open',
];
/** Calls that give two. */
const PAIRS = ['pipe', 'pipe2', 'socketpair'];

/** -EBADF: every other failure of close(2) has closed the descriptor on Linux. */
const CLOSE_FAILED = -9;
/** -EINPROGRESS, -EALREADY, -EISCONN and -ERESTARTSYS are no failures to connect. */
const NO_FAILURE = [-115, -114, -106, -512];

const MAP_FIXED = 0x10;
const MREMAP_DONTUNMAP = 4;
const CLONE_PIDFD = 0x1000;
const CLOSE_RANGE_CLOEXEC = 4;
const F_DUPFD = 0;
const F_DUPFD_CLOEXEC = 1030;

/** Looks this often whether it is the first time; costs nothing that could be measured. */
const READY_MS = 100;

export function bpftraceProgram(options: ProgramOptions): string {
  const { has, pids, flows, pageSize } = options;
  const probes: string[] = [];
  const mine = pids === null ? [] : [`(${[...pids.map((pid) => `pid == ${pid}`), '@tree[pid]'].join(' || ')})`];
  const probe = (name: string, predicates: readonly string[], body: string): void => {
    const when = predicates.length === 0 ? '' : ` /${predicates.join(' && ')}/`;
    probes.push(`tracepoint:${name}${when} {\n  ${body}\n}`);
  };
  const byTurns = (map: string, key: string, value: string): string =>
    `if (@turn) { @${map}1[${key}] = ${value}; } else { @${map}0[${key}] = ${value}; }`;

  probe('raw_syscalls:sys_enter', mine, byTurns('c', 'cgroup, pid, args->id', 'count()'));
  const ended = [byTurns('x', 'cgroup, pid, comm', 'count()')];
  if (pids !== null) {
    // child_pid is a thread's number where a thread begins: it is in nobody's `pid`, and goes when the thread ends.
    if (has('sched', 'sched_process_fork')) probe('sched:sched_process_fork', mine, '@tree[args->child_pid] = 1;');
  }
  const used = flows ? flowProbes(options, probe, byTurns, mine) : { maps: false, brk: false };
  if (used.brk) ended.push('delete(@brk[pid]);');
  if (has('sched', 'sched_process_exit')) {
    probe('sched:sched_process_exit', ['tid == pid', ...mine], ended.join('\n  '));
    if (pids !== null) probe('sched:sched_process_exit', ['@tree[tid]'], 'delete(@tree[tid]);');
  }
  const maps = ['c', ...(used.maps ? ['f'] : []), ...(has('sched', 'sched_process_exit') ? ['x'] : [])];
  const flush = (turn: 0 | 1): string =>
    [
      `@turn = ${1 - turn};`,
      `printf("flush ${turn} %llu\\n", nsecs);`,
      ...maps.map((map) => `print(@${map}${turn}); clear(@${map}${turn});`),
      `printf("flushed ${turn}\\n");`,
    ].join('\n    ');
  // bpftrace attaches the last probe first: when this one fires, all others are in place, and the first whole window begins.
  probes.unshift(`interval:ms:${READY_MS} /@ready == 0/ {\n    @ready = 1;\n    ${flush(0)}\n}`);
  const { endsBy } = options;
  if (has('syscalls', 'sys_enter_kill')) {
    const asked = `pid == ${endsBy} && args->pid == ${endsBy} && args->sig == 0`;
    probes.push(
      `tracepoint:syscalls:sys_enter_kill /${asked}/ {\n  if (@turn) {\n    ${flush(1)}\n  } else {\n    ${flush(0)}\n  }\n}`,
    );
  }
  const interval = options.windowMs % 1000 === 0 ? `s:${options.windowMs / 1000}` : `ms:${options.windowMs}`;
  probes.push(`interval:${interval} {\n  if (@turn) {\n    ${flush(1)}\n  } else {\n    ${flush(0)}\n  }\n}`);
  // pageSize is a power of two.
  return `${probes.join('\n')}\n`.replaceAll('PAGE_UP', String(pageSize - 1));
}

type Probe = (name: string, predicates: readonly string[], body: string) => void;
type ByTurns = (map: string, key: string, value: string) => string;

function flowProbes(
  { has }: ProgramOptions,
  probe: Probe,
  byTurns: ByTurns,
  mine: readonly string[],
): { maps: boolean; brk: boolean } {
  let maps = false;
  const flow = (kind: keyof typeof FLOW_KINDS, value = 'sum(1)'): string => {
    maps = true;
    return byTurns('f', `cgroup, pid, ${FLOW_KINDS[kind]}`, value);
  };
  const exits = (call: string): boolean => has('syscalls', `sys_exit_${call}`);
  const both = (call: string): boolean => has('syscalls', `sys_enter_${call}`) && exits(call);
  const enter = (call: string, when: string, body: string): void =>
    probe(`syscalls:sys_enter_${call}`, [...mine, ...(when === '' ? [] : [when])], body);
  const exit = (call: string, when: string, body: string): void => probe(`syscalls:sys_exit_${call}`, [when], body);
  /** One that ends: predicates of `mine` only where no map of the entry says it already. */
  const result = (call: string, when: string, body: string): void =>
    probe(`syscalls:sys_exit_${call}`, [...mine, when], body);

  for (const call of FILES) if (exits(call)) result(call, 'args->ret >= 0', flow('file'));
  for (const call of DESCRIPTORS) if (exits(call)) result(call, 'args->ret >= 0', flow('descriptor'));
  for (const call of PAIRS) if (exits(call)) result(call, 'args->ret == 0', flow('descriptor', 'sum(2)'));
  for (const call of ['signalfd', 'signalfd4']) {
    // With a descriptor given it only changes that one.
    if (!both(call)) continue;
    enter(call, '(int32)args->ufd == -1', '@arg[tid] = 1;');
    exit(call, '@arg[tid]', `if (args->ret >= 0) { ${flow('descriptor')} }\n  delete(@arg[tid]);`);
  }
  if (both('fcntl')) {
    enter('fcntl', `(args->cmd == ${F_DUPFD} || args->cmd == ${F_DUPFD_CLOEXEC})`, '@arg[tid] = 1;');
    exit('fcntl', '@arg[tid]', `if (args->ret >= 0) { ${flow('descriptor')} }\n  delete(@arg[tid]);`);
  }
  if (both('clone')) {
    enter('clone', `(args->clone_flags & ${CLONE_PIDFD})`, '@arg[tid] = 1;');
    exit('clone', '@arg[tid]', `if (args->ret > 0) { ${flow('descriptor')} }\n  delete(@arg[tid]);`);
  }
  if (both('clone3')) {
    // struct clone_args begins with 64 bits of flags.
    enter('clone3', `(*uptr((uint64 *)args->uargs) & ${CLONE_PIDFD})`, '@arg[tid] = 1;');
    exit('clone3', '@arg[tid]', `if (args->ret > 0) { ${flow('descriptor')} }\n  delete(@arg[tid]);`);
  }
  if (exits('close')) result('close', `args->ret != ${CLOSE_FAILED}`, flow('closed'));
  if (both('close_range')) {
    enter(
      'close_range',
      `(args->flags & ${CLOSE_RANGE_CLOEXEC}) == 0`,
      '@arg[tid] = args->fd == args->max_fd ? 1 : 2;',
    );
    exit(
      'close_range',
      '@arg[tid]',
      `if (args->ret == 0) { if (@arg[tid] == 1) { ${flow('closed')} } else { ${flow('closedUnknown')} } }\n  delete(@arg[tid]);`,
    );
  }

  // An address; the errors are -1 … -4095.
  const ok = '($r > 0 || $r < -4095)';
  const up = (bytes: string): string => `((${bytes}) + PAGE_UP) & ~(uint64)PAGE_UP`;
  if (both('mmap')) {
    // MAP_FIXED replaces what was reserved before (Go's heap, the loader's segments): the address space does not grow by it.
    enter('mmap', `(args->flags & ${MAP_FIXED}) == 0`, `@arg[tid] = ${up('args->len')};`);
    exit(
      'mmap',
      '@arg[tid]',
      `$r = args->ret;\n  if (${ok}) { ${flow('mapped', 'sum(@arg[tid])')} }\n  delete(@arg[tid]);`,
    );
  }
  if (both('munmap')) {
    enter('munmap', '', `@arg[tid] = ${up('args->len')};`);
    exit('munmap', '@arg[tid]', `if (args->ret == 0) { ${flow('unmapped', 'sum(@arg[tid])')} }\n  delete(@arg[tid]);`);
  }
  if (both('mremap')) {
    enter(
      'mremap',
      '',
      `@arg[tid] = ${up('args->new_len')};\n  @old[tid] = (args->flags & ${MREMAP_DONTUNMAP}) ? (uint64)0 : ${up('args->old_len')};`,
    );
    exit(
      'mremap',
      '@arg[tid]',
      `$r = args->ret;\n  $grown = (int64)@arg[tid] - (int64)@old[tid];\n  if (${ok} && $grown > 0) { ${flow('mapped', 'sum($grown)')} }\n  if (${ok} && $grown < 0) { ${flow('unmapped', 'sum(0 - $grown)')} }\n  delete(@arg[tid]);\n  delete(@old[tid]);`,
    );
  }
  const brk = both('brk');
  if (brk) {
    // A question (brk(0), which every program begins with) tells where it is; from then on it is known what moved.
    enter('brk', 'args->brk != 0', '@arg[tid] = (uint64)1;');
    result(
      'brk',
      'args->ret > 0',
      `$new = (uint64)args->ret;\n  $was = @brk[pid];\n  if (@arg[tid] && $was) {\n    if ($new > $was) { ${flow('mapped', 'sum($new - $was)')} }\n    if ($new < $was) { ${flow('unmapped', 'sum($was - $new)')} }\n  }\n  @brk[pid] = $new;\n  delete(@arg[tid]);`,
    );
  }
  if (exits('connect')) {
    const failed = NO_FAILURE.map((code) => `args->ret != ${code}`).join(' && ');
    result(
      'connect',
      'args->ret != -512',
      `${flow('connect')}\n  if (args->ret < 0 && ${failed}) { ${flow('connectFailed')} }`,
    );
  }
  return { maps, brk };
}
