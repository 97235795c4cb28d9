/**
 * A census of channels: how full, who waits, who holds them. A channel is known by its shape (hchan.ts), so all are found,
 * also those that nobody waits for.
 */
import type { GoroutineIndex, HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import { Contents } from './contents.ts';
import { NONE } from './groups.ts';
import { readHchan } from './hchan.ts';
import type { Leaked } from './leaked.ts';
import type { Proof } from './proof.ts';

/** `leaked`: only proven goroutines lead to it. `garbage`: nothing does. */
export type Holder = 'live' | 'leaked' | 'garbage';

export interface Channel {
  readonly object: ObjectIndex;
  readonly length: number;
  readonly capacity: number;
  /** Bytes of one element, and the address of its type. */
  readonly elemSize: number;
  readonly elemType: number;
  readonly closed: boolean;
  /** The channel and its buffer. */
  readonly bytes: number;
  readonly senders: readonly GoroutineIndex[];
  readonly receivers: readonly GoroutineIndex[];
  readonly holder: Holder;
}

export interface ChannelCensus {
  /** Only channels with a buffer or with somebody waiting are listed; the others are counted. */
  readonly channels: readonly Channel[];
  readonly total: number;
  readonly full: number;
}

/** Reads the beginning of every object that could be a channel: a pass over the file. */
export function channelCensus(proof: Proof, leaked: Leaked): ChannelCensus {
  const { dump, layout } = proof;
  const channels: Channel[] = [];
  if (layout === null) return { channels, total: 0, full: 0 };
  const contents = new Contents(dump);
  const waiting = waitersByChannel(proof);
  let total = 0;
  let full = 0;
  for (let o = 0; o < dump.objects.count; o++) {
    const found = readHchan(dump, layout, contents, o);
    if (found === null) continue;
    total++;
    const { length, capacity, elemSize, elemType, closed } = found;
    if (capacity > 0 && length === capacity) full++;
    const waiters = waiting.get(o);
    if (capacity === 0 && waiters === undefined) continue;
    channels.push({
      object: o,
      length,
      capacity,
      elemSize,
      elemType,
      closed,
      bytes: bytesOf(dump, o, found.buffer),
      senders: waiters?.senders ?? [],
      receivers: waiters?.receivers ?? [],
      holder: leaked.live[o] === 1 ? 'live' : leaked.labels[o] === NONE ? 'garbage' : 'leaked',
    });
  }
  return { channels, total, full };
}

function bytesOf({ objects, objectAt }: HeapDump, object: ObjectIndex, buffer: number): number {
  const own = objects.size[object] ?? 0;
  const apart = objectAt(buffer);
  return apart < 0 || apart === object ? own : own + (objects.size[apart] ?? 0);
}

interface Waiters {
  readonly senders: GoroutineIndex[];
  readonly receivers: GoroutineIndex[];
}

function waitersByChannel({ waits }: Proof): Map<ObjectIndex, Waiters> {
  const waiting = new Map<ObjectIndex, Waiters>();
  for (const [g, wait] of waits.entries()) {
    for (const { kind, object, direction } of wait.objects) {
      if (kind !== 'channel') continue;
      const waiters = waiting.get(object) ?? { senders: [], receivers: [] };
      waiting.set(object, waiters);
      (direction === 'send' ? waiters.senders : waiters.receivers).push(g);
    }
  }
  return waiting;
}
