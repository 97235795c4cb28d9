/**
 * Syscalls that a seccomp profile has to allow though a baseline may never have counted them: a collector sees a container only
 * once it runs, and the filter is there before its program is. Names that an architecture lacks are left out by the runtime.
 */

export interface NeededCalls {
  readonly why: string;
  readonly names: readonly string[];
}

export const NEEDED_BY_RUNTIME: NeededCalls = {
  // strace of runc 1.1.5 from its seccomp() to its execve, with and without no_new_privs, as root and as another user
  // (test/e2e-run/seccomp.ts starts containers under nothing but this list); close_range, faccessat, dup3, the setres* family,
  // geteuid, openat2, statx and statfs are what newer versions and crun call instead.
  why: 'a container runtime between loading the filter and starting the program',
  names: [
    'capget',
    'capset',
    'chdir',
    'close',
    'close_range',
    'dup3',
    'epoll_create1',
    'epoll_ctl',
    'epoll_pwait',
    'epoll_pwait2',
    'eventfd2',
    'execve',
    'faccessat',
    'faccessat2',
    'fchown',
    'fcntl',
    'fstat',
    'fstatfs',
    'getcwd',
    'getdents64',
    'getegid',
    'geteuid',
    'getgid',
    'getuid',
    'newfstatat',
    'openat',
    'openat2',
    'prctl',
    'read',
    'readlinkat',
    'setgid',
    'setgroups',
    'setresgid',
    'setresuid',
    'setuid',
    'statfs',
    'statx',
    'write',
  ],
};

export const NEEDED_BY_PROGRAM: NeededCalls = {
  why: 'the dynamic loader, libc and the Go runtime before main',
  names: [
    'access',
    'arch_prctl',
    'clone',
    'close',
    'epoll_create1',
    'epoll_ctl',
    'epoll_pwait',
    'eventfd2',
    'faccessat2',
    'fcntl',
    'fstat',
    'getegid',
    'geteuid',
    'getgid',
    'getuid',
    'lseek',
    'mmap',
    'mprotect',
    'newfstatat',
    'openat',
    'pipe2',
    'pread64',
    'prlimit64',
    'read',
    'readlink',
    'readlinkat',
    'tgkill',
    'tkill',
    'uname',
    'write',
  ],
};

export const NEEDED: readonly NeededCalls[] = [NEEDED_BY_RUNTIME, NEEDED_BY_PROGRAM];
