/**
 * Why a goroutine is parked, by the runtime's words (waitReasonStrings in runtime/runtime2.go, Go 1.19 … 1.27), and
 * which of them a proof can be made for. All others count as alive: something outside the heap may wake them (a timer,
 * the network, the collector), or they wait in a synctest bubble, whose end wakes them.
 */
export type WaitKind =
  | 'send'
  | 'receive'
  | 'select'
  | 'select-no-cases'
  | 'nil-send'
  | 'nil-receive'
  | 'mutex'
  | 'rwmutex-read'
  | 'rwmutex-write'
  | 'waitgroup'
  | 'semaphore'
  | 'cond';

const KINDS: Readonly<Record<string, WaitKind>> = {
  'chan send': 'send',
  'chan receive': 'receive',
  select: 'select',
  'select (no cases)': 'select-no-cases',
  'chan send (nil chan)': 'nil-send',
  'chan receive (nil chan)': 'nil-receive',
  // Go 1.19 says this of mutexes too, and up to Go 1.23 of wait groups.
  semacquire: 'semaphore',
  'sync.Mutex.Lock': 'mutex',
  'sync.RWMutex.RLock': 'rwmutex-read',
  'sync.RWMutex.Lock': 'rwmutex-write',
  'sync.WaitGroup.Wait': 'waitgroup',
  'sync.Cond.Wait': 'cond',
};

/** Frames that tell which primitive a `semacquire` is for; the first that is found counts. */
const PRIMITIVES: readonly (readonly [string, WaitKind])[] = [
  ['sync.(*RWMutex).RLock', 'rwmutex-read'],
  ['sync.(*RWMutex).Lock', 'rwmutex-write'],
  ['sync.(*WaitGroup).Wait', 'waitgroup'],
  ['sync.(*Mutex).', 'mutex'],
  ['internal/sync.(*Mutex).', 'mutex'],
];

/** Null: alive. `frames` are the function names of the goroutine, leaf first. */
export function kindOfWait(reason: string, frames: () => Iterable<string>): WaitKind | null {
  const kind = KINDS[reason];
  if (kind === undefined) return null;
  if (kind !== 'semaphore' && kind !== 'mutex') return kind;
  // A write lock of an RWMutex waits for its Mutex first: that is part of Lock, and is called so.
  let found: WaitKind = kind;
  for (const frame of frames()) {
    const primitive = PRIMITIVES.find(([prefix]) => frame.startsWith(prefix));
    if (primitive !== undefined) found = primitive[1];
    else if (!isPlumbing(frame)) break;
  }
  return found;
}

/** Whether a frame belongs to the runtime's or a primitive's own code, between the park and the user's call. */
export function isPlumbing(frame: string): boolean {
  return frame.startsWith('runtime.') || frame.startsWith('sync.') || frame.startsWith('internal/sync.');
}
