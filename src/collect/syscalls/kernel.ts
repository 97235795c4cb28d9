/** What this machine's kernel offers to count with, and who may use it: one sentence for each thing that is missing. */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { arch, hostname, release } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { archOf } from '../../evidence/syscalls/names.ts';
import type { SourceState, SyscallRecording } from '../../evidence/syscalls/recording.ts';
import { readProc } from '../procfs.ts';
import { inFirstPidNamespace } from './processes.ts';
import { byteSource, seesConnections } from './program-sockets.ts';

const TRACING = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];
/** Bits of CapEff, include/uapi/linux/capability.h. */
const CAP_SYS_ADMIN = 21n;

export interface KernelOffer {
  /** Why nothing can be counted with bpftrace, and what to do; '' where it can. */
  readonly missing: string;
  /** Whether there is a tracepoint. */
  readonly has: (category: string, name: string) => boolean;
  /** Whether a kprobe may sit on a function of the kernel. */
  readonly kprobe: (name: string) => boolean;
}

export function lookAtKernel(): KernelOffer {
  const tracing = TRACING.find((path) => existsSync(`${path}/events`));
  const has = (category: string, name: string): boolean =>
    tracing !== undefined && existsSync(`${tracing}/events/${category}/${name}`);
  let symbols: string | null = null;
  const kprobe = (name: string): boolean => {
    if (tracing === undefined || !existsSync(`${tracing}/kprobe_events`)) return false;
    // Some MB, read only where no tracepoint does.
    symbols ??= readSymbols();
    return symbols.includes(` T ${name}\n`) || symbols.includes(` t ${name}\n`);
  };
  return { missing: missing(tracing, has), has, kprobe };
}

/** Names of the kernel's functions, a line each: `ffffffff81b2c3d0 T tcp_sendmsg`, and `\t[module]` after those of modules. */
function readSymbols(): string {
  try {
    return readFileSync('/proc/kallsyms', 'utf8').replace(/\t\[\w+\]$/gm, '');
  } catch {
    return '';
  }
}

function missing(tracing: string | undefined, has: KernelOffer['has']): string {
  if (process.platform !== 'linux') return `system calls are counted on Linux only, and this is ${process.platform}`;
  if (archOf(arch()) === null) return `the numbers of system calls on ${arch()} are not known; amd64 and arm64 are`;
  if (process.geteuid?.() !== 0 || !hasCapability(CAP_SYS_ADMIN)) {
    return 'counting in the kernel needs root (CAP_SYS_ADMIN): run it with sudo, or let a collector run as root and read its file';
  }
  if (tracing === undefined) {
    return 'the kernel’s tracepoints are not to be seen: mount them with `mount -t tracefs tracefs /sys/kernel/tracing`';
  }
  if (!has('raw_syscalls', 'sys_enter')) {
    return 'this kernel has no tracepoint raw_syscalls:sys_enter (CONFIG_FTRACE_SYSCALLS); count with --with strace instead';
  }
  if (!inFirstPidNamespace()) {
    return 'this runs in a pid namespace of its own, where the kernel’s process numbers mean nothing: run it on the host, or with hostPID';
  }
  if (findProgram('bpftrace') === null) return 'bpftrace is not installed: `apt-get install bpftrace` (0.17 or newer)';
  return '';
}

/** Of this process, by its effective set. */
function hasCapability(bit: bigint): boolean {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(readProc('/proc/self/status') ?? '')?.[1];
  return hex === undefined || ((BigInt(`0x${hex}`) >> bit) & 1n) === 1n;
}

/** PATH without what depends on where root happens to stand: a program there may be anybody's. */
export function absolutePath(directories = process.env.PATH ?? ''): string {
  return directories
    .split(delimiter)
    .filter((directory) => isAbsolute(directory))
    .join(delimiter);
}

/** Where in PATH (or directories written like it) a program is; null: nowhere. */
export function findProgram(name: string, directories = process.env.PATH ?? ''): string | null {
  for (const directory of absolutePath(directories).split(delimiter)) {
    if (directory === '') continue;
    const path = join(directory, name);
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // not there
    }
  }
  return null;
}

export function thisHost(): SyscallRecording['host'] {
  return { name: hostname(), kernel: release(), arch: archOf(arch()) ?? arch() };
}

/** Whether bpftrace is told by which entry a call came in: it needs the kernel's types, and knows the field on x86. */
export function tellsCompat(): boolean {
  return archOf(arch()) === 'amd64' && existsSync('/sys/kernel/btf/vmlinux');
}

/** What bpftrace counts on this kernel, aspect by aspect. */
export function bpftraceSources(offer: Pick<KernelOffer, 'has' | 'kprobe'>, flows: boolean): SourceState[] {
  const exit = (call: string): boolean => flows && offer.has('syscalls', `sys_exit_${call}`);
  const why = flows ? 'this kernel has no tracepoints syscalls:*' : ONLY_CALLS;
  const state = (aspect: SourceState['aspect'], there: boolean, source: string, says: string): SourceState =>
    there ? { aspect, collected: true, source, says } : { aspect, collected: false, source: '', says: why };
  const late = seesConnections(offer);
  return [
    {
      aspect: 'calls',
      collected: true,
      source: 'tracepoint raw_syscalls:sys_enter',
      says: tellsCompat()
        ? ''
        : 'calls of 32-bit programs are not told apart here: their numbers have the names of the 64-bit table',
    },
    state(
      'descriptors',
      exit('openat') && exit('close'),
      'tracepoints syscalls:sys_exit_*',
      'descriptors that come by a message (SCM_RIGHTS), ioctl, bpf or io_uring, and those that fork and exec pass on or close, are not seen; dup2 and dup3 count neither way',
    ),
    state(
      'mappings',
      exit('mmap') && exit('munmap'),
      'tracepoints syscalls:sys_{enter,exit}_{mmap,munmap,mremap,brk}',
      'bytes of address space; MAP_FIXED is not counted, since it replaces what was reserved; shmat is not seen',
    ),
    state(
      'connects',
      exit('connect'),
      `tracepoint${late ? 's' : ''} syscalls:sys_exit_connect${late ? ', sock:inet_sock_set_state' : ''}`,
      late
        ? 'a connection of TCP that was given up before it came to be counts as failed'
        : 'a connection that fails after connect has returned EINPROGRESS is not seen as a failure: this kernel has no tracepoint sock:inet_sock_set_state',
    ),
    { aspect: 'sockets', ...(flows ? sockets(byteSource(offer)) : { collected: false, source: '', says: ONLY_CALLS }) },
    { aspect: 'packets', collected: false, source: '', says: flows ? NO_PACKETS : ONLY_CALLS },
  ];
}

const NO_PACKETS =
  'a socket filter sees a packet before it is known whose it is, and bpftrace has no probe for socket filters';
const ONLY_CALLS = 'only calls were asked for';

/** Bytes of sockets: by tracepoints, by kprobes, or not at all. */
function sockets(source: ReturnType<typeof byteSource>): Omit<SourceState, 'aspect'> {
  switch (source) {
    case 'tracepoint':
      return {
        collected: true,
        source: 'tracepoints sock:sock_send_length, sock:sock_recv_length',
        says: 'bytes of IPv4 and IPv6; what splice takes out of a socket is not seen',
      };
    case 'kprobe':
      return {
        collected: true,
        source: 'kprobes tcp_sendmsg, tcp_recvmsg, udp_sendmsg, udp_recvmsg',
        says: 'bytes of TCP and UDP; what is only looked at (MSG_PEEK) counts twice, and what splice takes is not seen',
      };
    default:
      return {
        collected: false,
        source: '',
        says: 'this kernel has neither the tracepoints sock:sock_send_length and sock:sock_recv_length (Linux 6.3) nor kprobes (CONFIG_KPROBES)',
      };
  }
}
