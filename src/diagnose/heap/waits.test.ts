/**
 * The proof on dumps that are written down by hand, so that each witness can be taken away: a goroutine whose wait is
 * not confirmed is never proven. Layouts are those of Go 1.26, 64-bit, and of 32-bit big-endian.
 */
import { describe, expect, test } from 'vitest';
import { readHeapDumpFrom } from '../../evidence/heapdump/read.ts';
import { memorySource } from '../../evidence/heapdump/source.ts';
import { type DumpText, type GoroutineText, type ObjectText, writeDump } from '../../evidence/heapdump/testing.ts';
import { layoutFor, slotSize } from './layouts.ts';
import { type Proof, prove } from './proof.ts';

/** As the writer lays frames out. */
const STACK = 0x10000;

interface Shape {
  readonly goVersion: string;
  readonly pointerSize: 4 | 8;
  readonly bigEndian: boolean;
}

const SHAPES: readonly Shape[] = [
  { goVersion: 'go1.26.8', pointerSize: 8, bigEndian: false },
  { goVersion: 'go1.19.13', pointerSize: 8, bigEndian: false },
  { goVersion: 'go1.27.1', pointerSize: 8, bigEndian: true },
  { goVersion: 'go1.23.4', pointerSize: 4, bigEndian: false },
  { goVersion: 'go1.26.8', pointerSize: 4, bigEndian: true },
];

/** One goroutine that waits to send on an unbuffered channel, as the runtime would leave it in memory. */
function sender(shape: Shape): { dump: DumpText; objects: { g: ObjectText; sudog: ObjectText; channel: ObjectText } } {
  const layout = layoutFor({ ...shape, heapStart: 0, heapEnd: 0, arch: '', cpus: 1 });
  if (layout === null) throw new Error('no layout');
  const { g, sudog, hchan } = layout;
  const p = shape.pointerSize;
  // goid has 64 bits; where it is two words the low one comes last in big endian.
  const goid = g.goid + (p === 4 && shape.bigEndian ? 4 : 0);
  const objects = {
    g: {
      name: 'g',
      size: slotSize(g.size),
      pointers: { [g.waiting]: 'sudog' },
      words: { [g.stackLo]: STACK - 64, [g.stackHi]: STACK + 4096, [goid]: 7 },
    },
    sudog: {
      name: 'sudog',
      size: slotSize(sudog.size),
      pointers: { [sudog.g]: 'g' },
      words: { [sudog.elem]: STACK + 8, [sudog.c]: 'channel' },
    },
    channel: {
      name: 'channel',
      // Of a class of its own: two objects of one size would share a span.
      size: slotSize(hchan.size) === slotSize(sudog.size) ? slotSize(sudog.size) : slotSize(hchan.size),
      words: {
        [hchan.buf]: `channel+${hchan.buf}`,
        [hchan.elemtype]: 0x500000,
        [hchan.sendq]: 'sudog',
        [hchan.sendq + p]: 'sudog',
      },
    },
  };
  const goroutine: GoroutineText = {
    id: 7,
    g: 'g',
    waitReason: 'chan send',
    frames: [
      { name: 'runtime.gopark', size: 4 * p },
      { name: 'runtime.chansend', size: 8 * p },
      { name: 'main.work', size: 8 * p, pointers: { [2 * p]: 'channel' } },
    ],
  };
  return {
    objects,
    dump: {
      ...shape,
      objects: [objects.g, objects.sudog, objects.channel],
      goroutines: [goroutine],
      data: [{ size: 64 }],
      bss: [{ size: 64 }],
    },
  };
}

function proofOf(dump: DumpText): Proof {
  return prove(readHeapDumpFrom(memorySource(writeDump(dump).bytes), 'test'));
}

const SHAPE: Shape = SHAPES[0] ?? { goVersion: '', pointerSize: 8, bigEndian: false };

/** The dump with one object changed. */
function changed(object: 'g' | 'sudog' | 'channel', words: Readonly<Record<number, string | number>>): DumpText {
  const { dump, objects } = sender(SHAPE);
  const all = Object.values(objects).map((one) =>
    one.name === object ? { ...one, words: { ...one.words, ...words } } : one,
  );
  return { ...dump, objects: all };
}

test.each(SHAPES)(
  'proves a sender whose channel nobody has: $goVersion, $pointerSize bytes, big endian $bigEndian',
  (shape) => {
    const proof = proofOf(sender(shape).dump);
    expect(proof.why).toEqual(['']);
    expect(proof.verdicts).toEqual(['proven']);
    expect(proof.waits[0]?.objects).toMatchObject([{ kind: 'channel', direction: 'send' }]);
  },
);

describe('a way to the channel keeps the goroutine alive:', () => {
  const { dump } = sender(SHAPE);
  const holder: ObjectText = { name: 'holder', size: 32, pointers: { 8: 'channel' } };
  const objects = [...(dump.objects ?? []), holder];
  const running: GoroutineText = {
    id: 8,
    status: 3,
    frames: [{ name: 'main.main', size: 64, pointers: { 16: 'holder' } }],
  };
  test.each<[string, Partial<DumpText>]>([
    ['a global', { objects, bss: [{ size: 64, pointers: { 8: 'holder' } }] }],
    ['a root of another kind', { objects, otherRoots: [{ description: 'x', to: 'holder' }] }],
    ['a finalizer’s closure', { objects, finalizers: [{ object: 'g', funcval: 'holder' }] }],
    ['a queued finalizer’s object', { objects, finalizers: [{ object: 'holder', funcval: 0, queued: true }] }],
    ['garbage that will be finalized', { objects, finalizers: [{ object: 'holder', funcval: 0 }] }],
    ['a running goroutine', { objects, goroutines: [...(dump.goroutines ?? []), running] }],
    [
      'a system goroutine',
      {
        objects,
        goroutines: [...(dump.goroutines ?? []), { ...running, status: 4, isSystem: true, waitReason: 'chan receive' }],
      },
    ],
    [
      'a goroutine with a wait reason that we do not know',
      { objects, goroutines: [...(dump.goroutines ?? []), { ...running, status: 4, waitReason: 'something new' }] },
    ],
    [
      'a parked goroutine whose wait cannot be confirmed',
      { objects, goroutines: [...(dump.goroutines ?? []), { ...running, status: 4, waitReason: 'chan receive' }] },
    ],
    [
      'a weak pointer in a global',
      {
        objects: [...(dump.objects ?? []), { name: 'handle', size: 16, words: { 0: 'channel' } }],
        bss: [{ size: 64, pointers: { 0: 'handle' } }],
      },
    ],
  ])('%s', (_, parts) => {
    expect(proofOf({ ...dump, ...parts }).verdicts[0]).toBe('alive');
  });

  test('a stack object, which no stack map shows: a pointer leads into its frame; else the slot is dead', () => {
    const layout = layoutFor({ ...SHAPE, heapStart: 0, heapEnd: 0, arch: '', cpus: 1 });
    const words = { 0: STACK - 64, 8: STACK + 4096, [layout?.g.goid ?? 0]: 8 };
    const other: ObjectText = { name: 'other g', size: slotSize(layout?.g.size ?? 0), words };
    const withFrame = (pointers: Readonly<Record<number, number>>): DumpText => ({
      ...dump,
      objects: [...objects, other],
      goroutines: [
        ...(dump.goroutines ?? []),
        {
          id: 8,
          g: 'other g',
          status: 1,
          frames: [{ name: 'main.main', size: 64, pointers, words: { 40: 'holder' } }],
        },
      ],
    });
    // The pointer leads behind the word: into the middle of the object that has it, for all we know.
    expect(proofOf(withFrame({ 16: STACK + 48 })).verdicts[0]).toBe('alive');
    expect(proofOf(withFrame({})).verdicts[0]).toBe('proven');
  });

  test('what nothing points to may be a cleanup’s, where there are cleanups', () => {
    const cleanups: GoroutineText = {
      id: 9,
      isSystem: true,
      waitReason: 'cleanup wait',
      frames: [{ name: 'runtime.runCleanups' }],
    };
    expect(proofOf({ ...dump, objects }).verdicts).toEqual(['proven']);
    const proof = proofOf({ ...dump, objects, goroutines: [...(dump.goroutines ?? []), cleanups] });
    expect(proof.verdicts[0]).toBe('unknown');
    expect(proof.notes[0]).toMatch(/AddCleanup/);
  });

  test('an object with a finalizer that the leaked goroutine itself holds does not wake it', () => {
    const [goroutine] = dump.goroutines ?? [];
    const frames = [...(goroutine?.frames ?? []), { name: 'main.caller', size: 64, pointers: { 8: 'holder' } }];
    const goroutines: GoroutineText[] = [{ id: 7, g: 'g', waitReason: 'chan send', frames }];
    const finalizers = [{ object: 'holder', funcval: 0 }];
    expect(proofOf({ ...dump, objects, goroutines, finalizers }).verdicts).toEqual(['proven']);
  });
});

describe('without a second witness nothing is proven:', () => {
  const layout = layoutFor({ ...SHAPE, heapStart: 0, heapEnd: 0, arch: '', cpus: 1 });
  if (layout === null) throw new Error('no layout');
  const { g, sudog, hchan } = layout;
  test.each<[string, DumpText, RegExp]>([
    ['the number of the g is another', changed('g', { [g.goid]: 8 }), /goid/],
    ['the stack of the g is elsewhere', changed('g', { [g.stackHi]: STACK - 32 }), /stack/],
    [
      'the waiting list is empty',
      {
        ...changed('g', {}),
        objects: [
          { ...sender(SHAPE).objects.g, pointers: {} },
          sender(SHAPE).objects.sudog,
          sender(SHAPE).objects.channel,
        ],
      },
      /empty/,
    ],
    ['the sudog was given back', changed('sudog', { [sudog.elem]: 0, [sudog.c]: 0 }), /not its own sudog/],
    [
      'the channel does not queue it',
      changed('channel', { [hchan.sendq]: 0, [hchan.sendq + 8]: 0 }),
      /not in the queue/,
    ],
    [
      'it is queued to receive',
      changed('channel', {
        [hchan.sendq]: 0,
        [hchan.sendq + 8]: 0,
        [hchan.recvq]: 'sudog',
        [hchan.recvq + 8]: 'sudog',
      }),
      /wrong queue/,
    ],
    ['the channel is closed', changed('channel', { [hchan.elemsize]: 2 ** 32 }), /closed/],
    ['the channel has no buffer address', changed('channel', { [hchan.buf]: 0 }), /does not look/],
    ['the channel has room', changed('channel', { [hchan.dataqsiz]: 2, [hchan.sendx]: 0 }), /room/],
    ['the channel has more than its room', changed('channel', { [hchan.qcount]: 2 }), /does not look/],
    ['the queue goes in a circle', changed('sudog', { [sudog.next]: 'sudog' }), /cannot be followed/],
    ['the queue leads to something else', changed('sudog', { [sudog.next]: 'channel' }), /cannot be followed/],
    ['the channel is not the beginning of an object', changed('sudog', { [sudog.c]: 'channel+8' }), /own/],
  ])('%s', (_, dump, why) => {
    const proof = proofOf(dump);
    expect(proof.verdicts).toEqual(['unknown']);
    expect(proof.why[0]).toMatch(why);
    expect(proof.notes.join(' ')).toMatch(/No proof is claimed for goroutine 7/);
  });

  test('a channel that is no heap object belongs to everybody', () => {
    expect(proofOf(changed('sudog', { [sudog.c]: 0x400010 })).verdicts).toEqual(['unknown']);
  });
});

describe('nothing at all is proven', () => {
  const { dump } = sender(SHAPE);
  test.each(['go1.18.10', 'go1.28.0', 'devel +0123abcd', ''])('of version %j', (goVersion) => {
    const proof = proofOf({ ...dump, goVersion });
    expect(proof.verdicts).toEqual(['unknown']);
    expect(proof.refused).toMatch(/Go 1\.19 to 1\.27/);
  });

  test('where a plugin is loaded: its types are far away', () => {
    const proof = proofOf({ ...dump, itabs: [{ itab: 0x7f00_0000_0000, type: 0x7f00_0000_1000 }] });
    expect(proof.refused).toMatch(/plugin/);
  });

  test('where the roots are missing', () => {
    const { bytes } = writeDump(dump);
    for (let length = 100; length < bytes.length; length += 41) {
      const cut = readHeapDumpFrom(memorySource(bytes.subarray(0, length)), 'cut', { partial: true });
      const proof = prove(cut);
      if (cut.memstats === null) expect(proof.proven).toBe(0);
    }
  });
});

test('main in select {} never runs again and is no leak', () => {
  const { dump } = sender(SHAPE);
  const layout = layoutFor({ ...SHAPE, heapStart: 0, heapEnd: 0, arch: '', cpus: 1 });
  const words = { 0: STACK - 64, 8: STACK + 4096, [layout?.g.goid ?? 0]: 1 };
  const main: ObjectText = { name: 'main g', size: slotSize(layout?.g.size ?? 0), words };
  const parked: GoroutineText = {
    id: 1,
    g: 'main g',
    waitReason: 'select (no cases)',
    frames: [{ name: 'main.main', size: 64, pointers: { 8: 'channel' } }],
  };
  const proof = proofOf({
    ...dump,
    objects: [...(dump.objects ?? []), main],
    goroutines: [...(dump.goroutines ?? []), parked],
  });
  // What main's frame refers to is of no use to anybody.
  expect(proof.verdicts).toEqual(['proven', 'alive']);
  expect([...proof.onPurpose]).toEqual([1]);
});
