/** The rules that runtime evidence can raise, with what to do about each. One page each in docs/rules/. */
import type { Severity, Verdict } from '../findings/model.ts';
import type { ParkState } from './stacks.ts';
import type { SiteKind } from './summary.ts';

export type RuleId =
  | 'goroutine-blocked-send'
  | 'goroutine-blocked-receive'
  | 'goroutine-blocked-select'
  | 'goroutine-blocked-lock'
  | 'goroutine-blocked-wait'
  | 'goroutine-blocked-io'
  | 'goroutine-growth'
  | 'http-body-not-closed'
  | 'heap-site-growth'
  | 'map-growth'
  | 'sync-map-growth'
  | 'pool-growth'
  | 'timer-pile-up'
  | 'context-not-cancelled'
  | 'offheap-growth'
  | 'heap-fragmentation'
  | 'scavenger-lag'
  | 'profile-blind-spot'
  | 'fd-growth'
  | 'fd-leak'
  | 'blocked-clients'
  | 'channel-full-abandoned'
  | 'pool-pinned'
  | 'pool-object-with-finalizer'
  | 'global-retains'
  | 'gc-churn'
  | 'load-follows'
  | 'plateau'
  | 'burst-drained';

/** Which rule a growing cluster breaks, by how its goroutines wait. */
export const RULE_OF_STATE: Readonly<Record<ParkState, RuleId>> = {
  'chan send': 'goroutine-blocked-send',
  'chan receive': 'goroutine-blocked-receive',
  select: 'goroutine-blocked-select',
  lock: 'goroutine-blocked-lock',
  wait: 'goroutine-blocked-wait',
  io: 'goroutine-blocked-io',
  body: 'http-body-not-closed',
  sleep: 'goroutine-growth',
  syscall: 'goroutine-growth',
  running: 'goroutine-growth',
};

/** Which rule a growing heap site breaks, by what holds the memory. */
export const RULE_OF_KIND: Readonly<Record<SiteKind, RuleId>> = {
  heap: 'heap-site-growth',
  map: 'map-growth',
  'sync-map': 'sync-map-growth',
  pool: 'pool-growth',
  timer: 'timer-pile-up',
  context: 'context-not-cancelled',
};

export const FIX: Readonly<Record<RuleId, string>> = {
  'goroutine-blocked-send':
    'Nobody receives any more. Give the send a way out: select on the send and on ctx.Done() (or a done channel), or make the channel buffered for the one result that may come late. The sender closes; a receiver that leaves must tell the senders.',
  'goroutine-blocked-receive':
    'Nobody sends or closes any more. Let the owner close the channel when it stops, or select on the receive and on ctx.Done(). A loop over a ticker needs a done case: Ticker.Stop does not close the channel.',
  'goroutine-blocked-select':
    'None of the cases can happen any more. Add a case for ctx.Done() of a context that really ends with this work, and cancel it.',
  'goroutine-blocked-lock':
    'Somebody holds the lock and does not let go. Look in the dump for the one goroutine that waits while it holds it: take locks in one order everywhere, unlock with defer, and do not wait for channels or I/O under a lock.',
  'goroutine-blocked-wait':
    'A Done, Signal or Release is missing. Call wg.Done with defer as the first statement, Add before go, and give semaphores back on every path.',
  'goroutine-blocked-io':
    'The other side neither answers nor closes. Set deadlines: http.Server ReadHeaderTimeout, IdleTimeout and WriteTimeout, http.Client.Timeout, net.Conn.SetDeadline.',
  'goroutine-growth':
    'Goroutines are started faster than they end. Bound them (a worker pool, a semaphore, errgroup.SetLimit) and give each an end that does not depend on somebody else.',
  'http-body-not-closed':
    'Close every response body, also when you do not read it: defer resp.Body.Close() right after the error check, and drain it (io.Copy(io.Discard, resp.Body)) where the connection should be reused.',
  'heap-site-growth':
    'Something long-lived keeps what this line allocates. Find the owner (a global, a cache, a slice that only grows) and bound it: evict, truncate with a copy, or drop the reference when the work is done.',
  'map-growth':
    'The map only gains keys. Delete entries when their owner ends, or bound it (LRU, TTL). A map does not shrink when keys are deleted: replace it from time to time where it once was large.',
  'sync-map-growth':
    'The sync.Map only gains keys. Delete entries when the session ends and sweep expired ones; a sync.Map has no size limit of its own.',
  'pool-growth':
    'What comes from this sync.Pool does not come back to be dropped: a reference is kept after Put, the objects only grow, or a finalizer or cycle keeps them. Copy out what outlives Put, reset before Put, and do not put back what is over a size limit.',
  'timer-pile-up':
    'Timers wait with everything that their function captures. Keep the *time.Timer and Stop it when the work ends, capture only what the function needs, or use one timer for many deadlines.',
  'context-not-cancelled':
    'A child context stays in its parent until it is cancelled. Call the CancelFunc on every path, best with defer cancel() right after WithCancel, WithTimeout or WithDeadline.',
  'offheap-growth':
    'Go does not manage this memory: look for mmap without munmap, C.malloc without C.free, or a C library that keeps buffers. Tie the release to Close, with runtime.AddCleanup as a safety net only.',
  'heap-fragmentation':
    'Few long-lived objects keep many spans alive. Allocate long-lived and short-lived objects of one size apart, or copy the survivors once a burst is over.',
  'scavenger-lag':
    'Go keeps freed pages for reuse. Set GOMEMLIMIT a little below the container limit so that they are given back in time; this is not a leak.',
  'profile-blind-spot':
    'The live heap grows and no sampled site does. Set runtime.MemProfileRate lower at start-up (for instance 64 KiB) or take a longer window; a heap dump shows what is there.',
  'fd-leak':
    'Close what was opened on every path, also when an error comes between: defer Close right after the error check, not inside a loop. ls -l /proc/PID/fd shows what is open.',
  'blocked-clients':
    'The other side accepts and does not answer, or is not there. Give every call an end of its own: http.Client.Timeout or a context with a deadline, Dialer.Timeout, SetDeadline on the connection; bound how many run at once (MaxConnsPerHost, SetMaxOpenConns, a semaphore).',
  'fd-growth': 'Descriptors are opened and not closed. Close files, connections and response bodies on every path.',
  'channel-full-abandoned':
    'The buffer is full and nobody who can run has the channel: what is in it is lost and stays in memory. Let the receiver drain until the senders are done, or give the senders a way out (select with ctx.Done() or default) before the receiver leaves.',
  'pool-pinned':
    'The pool keeps what was put into it, however large it has grown, for as long as the pool is used. Do not put back what is over a size limit (if buf.Cap() <= 64<<10 { pool.Put(buf) }), or have a pool for each size.',
  'pool-object-with-finalizer':
    'A pool drops its objects without a word, and the finalizer then runs at any time, even for an object that somebody got again. Do not pool what owns a resource: close it before Put, or keep such objects in a free list of your own with a limit.',
  'global-retains':
    'Everything behind this global stays for as long as the program runs. Where it is a cache, a registry or a list of everything ever seen, bound it: delete entries when their owner ends, or evict by size or age.',
  'gc-churn':
    'This is allocation pressure, not a leak. Reuse buffers, put pointers (not values) into a sync.Pool, and size slices up front.',
  'load-follows': 'Nothing to fix: give the service the memory that its peak load needs, or bound concurrency.',
  plateau: 'Nothing to fix: watch longer if you doubt that it stays level.',
  'burst-drained': 'Nothing to fix: size the limit for the burst, or bound the queue.',
};

/** What happens at the place, in a word or two: the part of the fingerprint beside rule and function. */
export function operationOf(rule: RuleId, via: string): string {
  return via === '' ? rule : `${rule} ${via}`;
}

const MIB = 1024 * 1024;
const HOUR = 3600;

/** From how fast it eats memory and how long until the limit; one step lower where it is only suspected. */
export function severityOf(verdict: Verdict, perHour: number, timeToLimit: number | null): Severity {
  if (verdict === 'cleared') return 'info';
  const order: readonly Severity[] = ['critical', 'high', 'medium', 'low'];
  let step = perHour >= 4096 * MIB ? 0 : perHour >= 256 * MIB ? 1 : perHour >= 16 * MIB ? 2 : 3;
  if (timeToLimit !== null) step = Math.min(step, timeToLimit < HOUR ? 0 : timeToLimit < 24 * HOUR ? 1 : 2);
  if (verdict === 'suspected') step = Math.min(step + 1, 3);
  return order[step] ?? 'low';
}
