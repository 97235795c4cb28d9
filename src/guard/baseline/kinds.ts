/** What a syscall is able to do, as far as it decides how much its first appearance matters. Names as of Linux' tables. */
import type { Severity } from '../../findings/model.ts';

/**
 * What the runtimes of languages and libc call for themselves now and then, and what reaches nothing outside the process: that one
 * of these comes for the first time says nothing. Calls that make memory executable, start programs or send signals to others
 * are not among them.
 */
export const HOUSEKEEPING: readonly string[] = [
  'restart_syscall',
  'rt_sigreturn',
  'rt_sigprocmask',
  'rt_sigaction',
  'sigaltstack',
  'exit',
  'exit_group',
  'sched_yield',
  'sched_getaffinity',
  'getcpu',
  'membarrier',
  'rseq',
  'set_robust_list',
  'set_tid_address',
  'futex',
  'futex_waitv',
  'nanosleep',
  'clock_nanosleep',
  'clock_gettime',
  'clock_getres',
  'gettimeofday',
  'time',
  'times',
  'getrusage',
  'getrandom',
  'madvise',
  'mincore',
  'brk',
  'munmap',
  'gettid',
  'getpid',
  'getppid',
];

/** Syscalls with which a process reaches the kernel, other processes or other namespaces. */
const CRITICAL = new Set([
  'bpf',
  'init_module',
  'finit_module',
  'delete_module',
  'kexec_load',
  'kexec_file_load',
  'ptrace',
  'process_vm_writev',
  'iopl',
  'ioperm',
]);

const HIGH = new Set([
  'setns',
  'unshare',
  'mount',
  'umount2',
  'move_mount',
  'open_tree',
  'fsopen',
  'fsconfig',
  'fsmount',
  'pivot_root',
  'chroot',
  'memfd_create',
  'memfd_secret',
  'execveat',
  'keyctl',
  'add_key',
  'request_key',
  'userfaultfd',
  'process_vm_readv',
  'process_madvise',
  'pidfd_getfd',
  'perf_event_open',
  'open_by_handle_at',
  'name_to_handle_at',
  'setuid',
  'setgid',
  'setreuid',
  'setregid',
  'setresuid',
  'setresgid',
  'setgroups',
  'setfsuid',
  'capset',
  'personality',
  'execve',
  'acct',
  'swapon',
  'swapoff',
  'reboot',
  'settimeofday',
  'clock_settime',
  'adjtimex',
  'quotactl',
  'syslog',
  'io_uring_setup',
]);

/** As the collector names calls that came in by another entry of the kernel (src/evidence/syscalls/names.ts). */
const OTHER_TABLE = /^syscall_(32bit|x32)_/;

/** Of a syscall that was never seen before. */
export function severityOfFirst(syscall: string): Severity {
  if (CRITICAL.has(syscall)) return 'critical';
  return HIGH.has(syscall) || OTHER_TABLE.test(syscall) ? 'high' : 'medium';
}

/** Why it matters, to follow a colon; '' where there is nothing special to say. */
export function whyItMatters(syscall: string): string {
  if (OTHER_TABLE.test(syscall)) return 'it comes in by the 32-bit entry, past what looks at 64-bit calls only';
  return REASONS[syscall] ?? '';
}

const REASONS: Readonly<Record<string, string>> = {
  bpf: 'it loads programs into the kernel',
  init_module: 'it loads code into the kernel',
  finit_module: 'it loads code into the kernel',
  ptrace: 'it reads and writes the memory of other processes',
  process_vm_writev: 'it writes the memory of other processes',
  process_vm_readv: 'it reads the memory of other processes',
  setns: 'it enters the namespaces of others',
  unshare: 'it makes namespaces, the first step of many escapes',
  mount: 'it changes what file systems the container sees',
  memfd_create: 'programs can be run from memory that no file system shows',
  execveat: 'it runs programs by descriptor, without a path',
  execve: 'another program was started',
  keyctl: 'it reaches the keys that the kernel keeps',
  userfaultfd: 'it can hold the kernel still in the middle of a copy',
  io_uring_setup: 'what goes through io_uring afterwards is no syscall and is not counted',
};

/**
 * What belongs together when a container does more than it should: who opens more files also closes more. Gravest first, which is
 * what an anomaly of several is filed under: it is the same over the windows of one burst, and who accepts a burst of files has
 * not accepted one of connections. Within each, the calls that begin something come first, as they tell more than those that follow.
 */
const FAMILIES: readonly (readonly [family: string, syscalls: readonly string[]])[] = [
  ['kernel', [...CRITICAL, ...[...HIGH].filter((name) => !name.startsWith('exec'))]],
  ['programs', ['execve', 'execveat', 'fork', 'vfork', 'kill']],
  [
    'network',
    (
      'connect accept4 accept bind listen socket sendto sendmsg sendmmsg recvfrom recvmsg recvmmsg sendfile shutdown socketpair ' +
      'getpeername getsockname setsockopt getsockopt'
    ).split(' '),
  ],
  [
    'files',
    (
      'openat open openat2 creat unlink unlinkat rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat chmod ' +
      'fchmod fchmodat chown fchown fchownat truncate ftruncate getdents64 getdents statx newfstatat stat lstat access faccessat ' +
      'faccessat2 readlink readlinkat fsync fdatasync pread64 pwrite64 preadv pwritev copy_file_range statfs fstatfs fstat lseek flock'
    ).split(' '),
  ],
  ['memory', 'mmap mremap mprotect munmap mlock mlock2 brk madvise'.split(' ')],
  [
    'data',
    (
      'write read writev readv splice pipe2 pipe close ioctl fcntl dup dup2 dup3 eventfd2 epoll_ctl epoll_create1 epoll_pwait epoll_wait ' +
      'poll ppoll select pselect6'
    ).split(' '),
  ],
];

/** Threads, timers, signals, and what nobody put anywhere else. */
const OTHER = 'other';

interface Rank {
  readonly family: string;
  /** From the gravest on, and within a family from what begins something on. */
  readonly order: number;
}

const RANKS: ReadonlyMap<string, Rank> = new Map(
  FAMILIES.flatMap(([family, syscalls], at) =>
    syscalls.map((name, i): [string, Rank] => [name, { family, order: at * 1000 + i }]),
  ),
);

export function rankOf(syscall: string): Rank {
  return RANKS.get(syscall) ?? { family: OTHER, order: FAMILIES.length * 1000 };
}
