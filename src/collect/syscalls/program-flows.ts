/**
 * Probes for what flows through processes: descriptors, address space, connects. They sit where calls return, each on the tracepoint
 * of its own call: a process that only reads pays nothing for them. Measured cost: docs/benchmarks.md.
 */
import { OPENS_FILE, OPENS_OTHER, OPENS_TWO } from '../../evidence/syscalls/descriptors.ts';
import type { ProgramParts } from './program-parts.ts';
import { byteProbes, connectionProbes, seesConnections } from './program-sockets.ts';

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

/** @param pageSize bytes, a power of two */
export function flowProbes(parts: ProgramParts, pageSize: number): { readonly brk: boolean } {
  const { mine, probe, flow, offer } = parts;
  const { has } = offer;
  const exits = (call: string): boolean => has('syscalls', `sys_exit_${call}`);
  const both = (call: string): boolean => has('syscalls', `sys_enter_${call}`) && exits(call);
  const enter = (call: string, when: string, body: string): void =>
    probe(`syscalls:sys_enter_${call}`, [...mine, ...(when === '' ? [] : [when])], body);
  const exit = (call: string, when: string, body: string): void => probe(`syscalls:sys_exit_${call}`, [when], body);
  /** One that ends: predicates of `mine` only where no map of the entry says it already. */
  const result = (call: string, when: string, body: string): void =>
    probe(`syscalls:sys_exit_${call}`, [...mine, when], body);

  for (const call of OPENS_FILE) if (exits(call)) result(call, 'args->ret >= 0', flow('file'));
  for (const call of OPENS_OTHER) if (exits(call)) result(call, 'args->ret >= 0', flow('descriptor'));
  for (const call of OPENS_TWO) if (exits(call)) result(call, 'args->ret == 0', flow('descriptor', 'sum(2)'));
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
  const up = (bytes: string): string => `((${bytes}) + ${pageSize - 1}) & ~(uint64)${pageSize - 1}`;
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
    const states = seesConnections(parts.offer);
    if (states) connectionProbes(parts);
    const failed = ['args->ret < 0', ...NO_FAILURE.map((code) => `args->ret != ${code}`)];
    // One of TCP that has begun fails where its state says so, now or later; one that a signal interrupts is begun again.
    if (states) failed.push('@connecting[tid] == 0');
    result(
      'connect',
      'args->ret != -512',
      `${flow('connect')}\n  if (${failed.join(' && ')}) { ${flow('connectFailed')} }${states ? '\n  delete(@connecting[tid]);' : ''}`,
    );
  }
  byteProbes(parts);
  return { brk };
}
