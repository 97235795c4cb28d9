/** Channels as they are in memory (runtime/chan.go hchan), with checks that other memory hardly passes. */
import type { HeapDump, ObjectIndex } from '../../evidence/heapdump/dump.ts';
import type { Contents } from './contents.ts';
import { type RuntimeLayout, slotSize } from './layouts.ts';

export interface Hchan {
  readonly object: ObjectIndex;
  readonly length: number;
  readonly capacity: number;
  /** Bytes of one element. */
  readonly elemSize: number;
  readonly elemType: number;
  readonly closed: boolean;
  /** Address of the elements; inside the channel's own object where they hold no pointers. */
  readonly buffer: number;
  /** Addresses of the first sudog of each queue, 0 for none. */
  readonly firstReceiver: number;
  readonly firstSender: number;
}

/** The channel at the beginning of `object`, or null where it is none. */
export function readHchan(
  dump: HeapDump,
  { hchan }: RuntimeLayout,
  contents: Contents,
  object: ObjectIndex,
): Hchan | null {
  const { address, size } = dump.objects;
  const slot = size[object] ?? 0;
  if (slot < hchan.size || !contents.seekObject(object, hchan.size)) return null;
  const start = address[object] ?? 0;
  // The cheapest check that nearly all other memory fails comes first.
  const buffer = contents.word(hchan.buf);
  if (buffer === 0) return null;
  const elemType = contents.word(hchan.elemtype);
  const length = contents.word(hchan.qcount);
  const capacity = contents.word(hchan.dataqsiz);
  const elemSize = contents.uint16(hchan.elemsize);
  const closed = contents.uint32(hchan.closed);
  const sendx = contents.word(hchan.sendx);
  const recvx = contents.word(hchan.recvx);
  if (elemType === 0 || length > capacity || closed > 1) return null;
  // The buffer is a ring: from recvx on there are `length` elements.
  if (capacity === 0 ? sendx !== 0 || recvx !== 0 : recvx >= capacity || (recvx + length) % capacity !== sendx)
    return null;
  const channel: Hchan = {
    object,
    length,
    capacity,
    elemSize,
    elemType,
    closed: closed === 1,
    buffer,
    firstReceiver: contents.word(hchan.recvq),
    firstSender: contents.word(hchan.sendq),
  };
  return bufferFits(dump, channel, start, slot, hchan) ? channel : null;
}

/** makechan puts the elements nowhere, behind the channel, or into an object of their own. */
function bufferFits(
  dump: HeapDump,
  { buffer, capacity, elemSize }: Hchan,
  start: number,
  slot: number,
  hchan: RuntimeLayout['hchan'],
): boolean {
  const bytes = capacity * elemSize;
  if (bytes === 0) return buffer === start + hchan.buf && slot === slotSize(hchan.size);
  if (buffer === start + roundUp(hchan.size, 8)) return roundUp(hchan.size, 8) + bytes <= slot;
  const apart = dump.objectAt(buffer);
  if (apart < 0 || slot !== slotSize(hchan.size)) return false;
  const inside = buffer - (dump.objects.address[apart] ?? 0);
  // Since Go 1.22 an object with pointers may begin with its type.
  return (inside === 0 || inside === 8) && inside + bytes <= (dump.objects.size[apart] ?? 0);
}

function roundUp(bytes: number, to: number): number {
  return Math.ceil(bytes / to) * to;
}
