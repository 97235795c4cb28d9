/**
 * Where the Go runtime keeps what a proof needs: offsets in bytes, per Go minor and pointer size. A heap dump says
 * nothing of types, so a wrong offset would be a wrong proof: an unknown version has no layout, and waits.ts checks what
 * it reads against a second witness.
 */
import { minorOf } from '../../evidence/go-version.ts';
import type { DumpParams } from '../../evidence/heapdump/dump.ts';
import { TABLE } from './layouts-table.ts';

export interface RuntimeLayout {
  /** A parked goroutine's place in a queue. `elem` and `c` are where the true value is (Go 1.26 keeps pairs). */
  readonly sudog: Fields<'size' | 'g' | 'next' | 'prev' | 'elem' | 'waitlink' | 'c'>;
  /** A channel; `recvq` and `sendq` are a first and a last sudog. `elemsize` is 16 bits, `closed` 32. */
  readonly hchan: Fields<
    'size' | 'qcount' | 'dataqsiz' | 'buf' | 'elemsize' | 'closed' | 'elemtype' | 'sendx' | 'recvx' | 'recvq' | 'sendq'
  >;
  readonly g: Fields<'size' | 'stackLo' | 'stackHi' | 'goid' | 'waiting'>;
  /** What sync.Cond embeds; `wait` and `notify` are 32-bit tickets. */
  readonly notifyList: Fields<'size' | 'wait' | 'notify' | 'head' | 'tail'>;
  readonly pool: Fields<'size' | 'local' | 'localSize' | 'victim' | 'victimSize' | 'New'>;
  readonly poolLocal: Fields<'size' | 'private' | 'head' | 'tail'>;
  readonly poolChainElt: Fields<'size' | 'headTail' | 'vals' | 'next' | 'prev'>;
}

type Fields<Name extends string> = Readonly<Record<Name, number>>;

/** Size classes of the allocator up to 512 bytes (runtime/sizeclasses.go; unchanged since Go 1.16). */
const SIZE_CLASSES = [
  8, 16, 24, 32, 48, 64, 80, 96, 112, 128, 144, 160, 176, 192, 208, 224, 240, 256, 288, 320, 352, 384, 416, 448, 480,
  512,
];

/** The layout for this dump, or null where the version is not in the table. */
export function layoutFor(params: DumpParams): RuntimeLayout | null {
  const minor = minorOf(params.goVersion);
  return TABLE.find((row) => row.minor === minor && row.pointerSize === params.pointerSize)?.layout ?? null;
}

/** The oldest and newest minor that a proof can be made for. */
export function knownMinors(): { readonly oldest: number; readonly newest: number } {
  const minors = TABLE.map((row) => row.minor);
  return { oldest: Math.min(...minors), newest: Math.max(...minors) };
}

/** What the allocator gives for an object of `size` bytes (≤ 512): the size that the dump shows. */
export function slotSize(size: number): number {
  return SIZE_CLASSES.find((slot) => slot >= size) ?? size;
}
