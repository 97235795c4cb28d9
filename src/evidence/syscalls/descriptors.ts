/** Calls that give descriptors, by the names of Linux' tables: what probes sit on, and what tables of calls are summed by. */

/** Calls whose result ≥ 0 is a new descriptor of a file. */
export const OPENS_FILE = ['open', 'openat', 'openat2', 'creat', 'open_by_handle_at'];
/** Calls whose result ≥ 0 is a new descriptor of something else. */
export const OPENS_OTHER = [
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
export const OPENS_TWO = ['pipe', 'pipe2', 'socketpair'];
