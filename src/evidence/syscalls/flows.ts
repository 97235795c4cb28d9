/** What flows through a process, one value of each: the same in files, windows, series and stores. */
export interface PerFlow<T> {
  /** Successful open, openat, socket, accept, pipe, dup, epoll_create, eventfd, …: descriptors that came. */
  readonly fdsOpened: T;
  /** Successful close, and the range of close_range. */
  readonly fdsClosed: T;
  /** Successful open, openat, openat2, creat alone: files. */
  readonly filesOpened: T;
  /** Bytes of successful mmap and growth by mremap and brk. */
  readonly mappedBytes: T;
  readonly unmappedBytes: T;
  readonly connects: T;
  /**
   * connect that failed at once (EINPROGRESS, EALREADY, EISCONN and a signal are no failures), and where the source `connects` names
   * inet_sock_set_state also those of TCP that failed, or were given up, after connect had returned.
   */
  readonly connectFailures: T;
  /** Requests (or what the load metric counts); not collected where none is known. */
  readonly load: T;
  /** Bytes that the process gave to sockets of IPv4 and IPv6. */
  readonly sentBytes: T;
  /** Bytes that it took from them. */
  readonly receivedBytes: T;
  /** Connections of TCP that the process began and that came to be. */
  readonly connected: T;
}

export type FlowField = keyof PerFlow<unknown>;

/** The order of columns in recordings and in the history of `watch`: one that is added comes last. */
export const FLOW_FIELDS = [
  'fdsOpened',
  'fdsClosed',
  'filesOpened',
  'mappedBytes',
  'unmappedBytes',
  'connects',
  'connectFailures',
  'load',
  'sentBytes',
  'receivedBytes',
  'connected',
] as const satisfies readonly FlowField[];

/** Of one window; what is left out was not collected. */
export type Flows = Partial<PerFlow<number>>;

/** One value for each flow. */
export function perFlow<T>(make: (field: FlowField) => T): PerFlow<T> {
  return {
    fdsOpened: make('fdsOpened'),
    fdsClosed: make('fdsClosed'),
    filesOpened: make('filesOpened'),
    mappedBytes: make('mappedBytes'),
    unmappedBytes: make('unmappedBytes'),
    connects: make('connects'),
    connectFailures: make('connectFailures'),
    load: make('load'),
    sentBytes: make('sentBytes'),
    receivedBytes: make('receivedBytes'),
    connected: make('connected'),
  };
}
