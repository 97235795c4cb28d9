/** What flows through a process, one value of each: the same eight in files, windows, series and stores. */
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
  /** connect that failed with anything but EINPROGRESS. */
  readonly connectFailures: T;
  /** Requests (or what the load metric counts); not collected where none is known. */
  readonly load: T;
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
  };
}
