import { describe, expect, it } from 'vitest';
import { RecordingBuilder } from '../evidence/syscalls/build.ts';
import type { Flows } from '../evidence/syscalls/flows.ts';
import { type SyscallRecording, UNKNOWN_CONTAINER } from '../evidence/syscalls/recording.ts';
import type { Captured, Timeline } from '../evidence/timeline.ts';
import type { Finding } from '../findings/model.ts';
import { diagnose } from './diagnose.ts';
import { levelOf, processesIn, seriesOfProcess } from './syscall-series.ts';
import { MIB, type Picture, six, timeline } from './testing.ts';

/** The start of `timeline()`; its six snapshots are 10 s apart. */
const START = Date.UTC(2026, 0, 1);
const WINDOW = 5000;
const WINDOWS = 10;

interface Counting {
  /** What flowed in the i-th of ten windows of 5 s. */
  readonly flows: (i: number) => Flows;
  readonly lost?: (i: number) => number;
  /** Aspects that nothing collected. */
  readonly without?: readonly ('descriptors' | 'mappings' | 'connects')[];
  readonly pid?: number;
}

function counted({ flows, lost = () => 0, without = [], pid = 1 }: Counting): Captured<SyscallRecording> {
  const builder = new RecordingBuilder({ name: 'h', kernel: '6.1', arch: 'x86_64' });
  for (const aspect of ['descriptors', 'mappings', 'connects'] as const)
    builder.source({ aspect, collected: !without.includes(aspect), source: 'tracepoint', says: '' });
  const container = builder.container({ ...UNKNOWN_CONTAINER, from: 'executable' });
  const process = builder.process({ pid, startedAt: START - 60_000, comm: 'shop', executable: 'shop', container });
  const other = builder.process({ pid: 77, startedAt: START - 60_000, comm: 'x', executable: 'x', container });
  for (let i = 0; i < WINDOWS; i++) {
    const from = START + i * WINDOW;
    builder.window({ from, to: from + WINDOW, complete: true, lost: lost(i) });
    builder.flow(process, flows(i));
    // Another process in the recording must not count.
    builder.flow(other, { fdsOpened: 1000, fdsClosed: 0, mappedBytes: 2 ** 40, unmappedBytes: 0, connects: 1000 });
  }
  return { file: 'syscalls.jsonl', at: START, data: builder.build() };
}

const quiet: Flows = {
  fdsOpened: 0,
  fdsClosed: 0,
  filesOpened: 0,
  mappedBytes: 0,
  unmappedBytes: 0,
  connects: 0,
  connectFailures: 0,
};

/** Twelve opened, nine closed per window of 5 s: three are kept, 0.6/s, 2,160 per hour. */
const leaky = (): Flows => ({ ...quiet, fdsOpened: 12, fdsClosed: 9, filesOpened: 12 });

const trace = (...stacks: readonly (readonly [string, number])[]): NonNullable<Timeline['syscalls']> => ({
  file: 'trace',
  at: START,
  data: stacks.map(([text, count]) => ({
    count,
    frames: text
      .split(' < ')
      .map((name) => ({ function: name, file: name.startsWith('main.') ? '/app/shop.go' : '', line: 12 })),
  })),
});

const rules = (findings: readonly Finding[]): string[] => findings.map(({ rule, verdict }) => `${verdict} ${rule}`);
const numberOf = (finding: Finding | undefined, name: string): number | undefined =>
  finding?.evidence.flatMap(({ numbers }) => numbers).find((number) => number.name === name)?.value;

describe('the series of a process', () => {
  it('has its own rows only, with nothing where nothing was collected', () => {
    const { data } = counted({ flows: leaky, without: ['mappings'] });
    const series = seriesOfProcess(data, processesIn(data, 1));
    expect([...series.fdsOpened]).toEqual(new Array(WINDOWS).fill(12));
    expect([...series.mappedBytes].every(Number.isNaN)).toBe(true);
    expect(levelOf(series, 'mappedBytes', 'unmappedBytes')).toBeNull();
    expect(levelOf(series, 'fdsOpened', 'fdsClosed')?.value).toEqual([0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30]);
    expect(processesIn(data, 5).size).toBe(0);
    expect(processesIn(data, undefined).size).toBe(0);
  });

  it('says of how much of the time nothing is known', () => {
    const { data } = counted({ flows: (i) => (i === 4 || i === 5 ? {} : leaky()), lost: (i) => (i === 2 ? 7 : 0) });
    const level = levelOf(seriesOfProcess(data, processesIn(data, 1)), 'fdsOpened', 'fdsClosed');
    expect(level?.value.at(-1)).toBe(8 * 3);
    expect(level?.unknown).toBeCloseTo(0.2, 9);
    expect(level?.lost).toBe(7);
  });
});

describe('fd-leak', () => {
  const fds = (of: (i: number) => number, more: Picture = {}): Picture[] =>
    six((i) => ({ ...more, process: { pid: 1, fds: of(i), fdLimit: 1024, ...more.process } }));

  it('is confirmed by the counts and /proc, with rate, kinds and the time that is left', () => {
    const pictures = six((i) => ({
      process: {
        pid: 1,
        fds: 100 + 6 * i,
        fdLimit: 1024,
        fdKinds: [
          { name: '/var/shop/*', count: 6 * i },
          { name: 'socket', count: 100 },
        ],
      },
    }));
    const { findings, verdict } = diagnose(timeline(pictures, { syscallCounts: counted({ flows: leaky }) }));
    expect(rules(findings)).toEqual(['confirmed fd-leak']);
    expect(numberOf(findings[0], 'descriptors not closed')).toBeCloseTo(2160, 6);
    // 1,024 − 130 descriptors at 0.6/s.
    expect(numberOf(findings[0], 'until the descriptor limit')).toBeCloseTo(894 / 0.6, 6);
    expect(findings[0]?.severity).toBe('critical');
    expect(findings[0]?.count).toBe(130);
    expect(findings[0]?.chain.map(({ text }) => text)).toEqual(['30 more descriptors of /var/shop/*, 30 now']);
    expect(verdict).toBe('Confirmed: descriptors leak, +2,160 per hour, 24 min 50 s until the descriptor limit.');
  });

  it('names the line that opens, which makes a second leg', () => {
    const syscalls = trace(
      ['syscall.openat < syscall.Open < os.openFileNolog < os.Open < main.load < main.main', 40],
      ['syscall.openat < os.Open < main.fine < main.main', 60],
      ['syscall.Close < internal/poll.(*FD).destroy < os.(*File).Close < main.fine < main.main', 60],
      ['syscall.read < os.(*File).Read < main.load', 500],
    );
    const { findings } = diagnose(
      timeline(
        six(() => ({})),
        { syscalls, syscallCounts: counted({ flows: leaky }) },
      ),
    );
    expect(rules(findings)).toEqual([]);
    const alone = timeline(
      six(() => ({ process: { pid: 1 } })),
      { syscalls, syscallCounts: counted({ flows: leaky }) },
    );
    expect(diagnose(alone).findings[0]).toMatchObject({
      rule: 'fd-leak',
      verdict: 'confirmed',
      where: { function: 'main.load', line: 12 },
      count: 30,
    });
  });

  it('is only suspected by the counts alone, and where events were lost', () => {
    const alone = timeline(
      six(() => ({ process: { pid: 1 } })),
      { syscallCounts: counted({ flows: leaky }) },
    );
    expect(rules(diagnose(alone).findings)).toEqual(['suspected fd-leak']);
    const lossy = counted({ flows: leaky, lost: (i) => (i === 3 ? 1 : 0) });
    const { findings } = diagnose(
      timeline(
        fds((i) => 100 + 6 * i),
        { syscallCounts: lossy },
      ),
    );
    expect(rules(findings)).toEqual(['suspected fd-leak']);
    expect(findings[0]?.evidence[0]?.says).toContain('; 1 event was dropped');
  });

  it('believes /proc where it contradicts the counts', () => {
    const flat = timeline(
      fds(() => 100),
      { syscallCounts: counted({ flows: leaky }) },
    );
    expect(diagnose(flat).findings).toEqual([]);
    // It rises, by less than half of what was counted: only that is told.
    const less = timeline(
      fds((i) => 100 + 2.5 * i),
      { syscallCounts: counted({ flows: leaky }) },
    );
    expect(rules(diagnose(less).findings)).toEqual(['suspected fd-growth']);
  });

  it.each<[string, (i: number) => Flows, (i: number) => number]>([
    ['a busy server whose connections come and go', () => ({ ...quiet, fdsOpened: 5000, fdsClosed: 5000 }), () => 200],
    [
      'a pool that fills and stays',
      (i) => ({ ...quiet, fdsOpened: i < 3 ? 20 : 0, connects: i < 3 ? 20 : 0 }),
      (i) => Math.min(100 + 40 * i, 160),
    ],
    ['a log that is rotated', (i) => ({ ...quiet, fdsOpened: i === 5 ? 1 : 0, fdsClosed: i === 5 ? 1 : 0 }), () => 9],
    ['a burst that drains', (i) => ({ ...quiet, fdsOpened: i < 5 ? 40 : 0, fdsClosed: i < 5 ? 0 : 40 }), () => 100],
    ['children that are started and end', () => ({ ...quiet, fdsOpened: 60, fdsClosed: 60 }), (i) => 12 + (i % 2)],
    // Open connections 10 per unit of load, which swings.
    ['connections that wander', (i) => swing(i), (i) => 100 + (i % 3)],
  ])('says nothing of %s', (_, flows, open) => {
    expect(diagnose(timeline(fds(open), { syscallCounts: counted({ flows }) })).findings).toEqual([]);
  });

  it('clears descriptors that follow the load', () => {
    // Requests per 10 s; descriptors are 100 and one per unit of the load, and the load swings and rises.
    const load = [0, 40, 80, 50, 110, 140];
    const total = load.map((_, i) => load.slice(0, i + 1).reduce((sum, n) => sum + n, 0));
    const pictures = six((i) => ({
      load: total[i] ?? 0,
      process: { pid: 1, fds: 100 + (load[i] ?? 0) },
    }));
    const flows = (i: number): Flows => {
      const change = ((load[Math.floor(i / 2) + 1] ?? 0) - (load[Math.floor(i / 2)] ?? 0)) / 2;
      return { ...quiet, fdsOpened: 50 + Math.max(0, change), fdsClosed: 50 + Math.max(0, -change) };
    };
    const { findings } = diagnose(
      timeline(pictures, {
        syscallCounts: counted({ flows }),
        load: { metric: 'requests_total', kind: 'counter', guessed: false },
      }),
    );
    expect(rules(findings)).toEqual(['cleared load-follows']);
  });

  it('leaves the descriptors of goroutines that pile up to them, with the counts as a leg', () => {
    const body =
      'net/http.(*Transport).dialConn.gowrap1@/go/src/net/http/transport.go:1 > net/http.(*persistConn).readLoop@/go/src/net/http/transport.go:2 > runtime.selectgo@/go/src/runtime/select.go:3';
    const pictures = six((i) => ({ goroutines: `${body} | ${1 + 6 * i}`, process: { pid: 1, fds: 100 + 6 * i } }));
    const { findings } = diagnose(timeline(pictures, { syscallCounts: counted({ flows: leaky }) }));
    expect(rules(findings)).toEqual(['confirmed http-body-not-closed']);
    expect(findings[0]?.evidence.map(({ leg }) => leg)).toContain('syscall');
  });
});

/** Opens and closes that leave a level without a trend: +4, −4, +4 … */
function swing(i: number): Flows {
  return { ...quiet, fdsOpened: 40 + (i % 2 === 0 ? 4 : 0), fdsClosed: 40 + (i % 2 === 0 ? 0 : 4) };
}

describe('offheap-growth', () => {
  /** Go's memory; `outside` bytes beside it in RSS. */
  const memory = (i: number, outside: number, sys = 0): Picture => ({
    mem: {
      HeapAlloc: 10 * MIB + i * outside,
      HeapInuse: 12 * MIB,
      HeapIdle: MIB,
      HeapReleased: 0,
      Sys: 40 * MIB + sys,
    },
    process: { pid: 1, rss: 60 * MIB + i * outside + sys },
  });
  const mapping = (perWindow: number, unmapped = 0) =>
    counted({ flows: () => ({ ...quiet, mappedBytes: perWindow, unmappedBytes: unmapped }) });

  it('is confirmed by mapped bytes that RSS shows, too', () => {
    // The live heap rises as much: the gc leg does not help. 8 MiB per 10 s are 2,880 MiB per hour.
    const { findings } = diagnose(
      timeline(
        six((i) => memory(i, 8 * MIB)),
        { syscallCounts: mapping(5 * MIB, MIB) },
      ),
    );
    const outside = findings.find(({ rule }) => rule === 'offheap-growth');
    expect(outside?.verdict).toBe('confirmed');
    expect(numberOf(outside, 'mapped beside Go')).toBeCloseTo(2880 * MIB, -3);
    const without = diagnose(timeline(six((i) => memory(i, 8 * MIB)))).findings;
    expect(without.find(({ rule }) => rule === 'offheap-growth')?.verdict).toBe('suspected');
  });

  it('is no finding where what was mapped is not touched', () => {
    const { findings } = diagnose(
      timeline(
        six((i) => memory(i, 0)),
        { syscallCounts: mapping(64 * MIB) },
      ),
    );
    expect(findings).toEqual([]);
  });

  it('takes off what Go maps for its heap, and the arena that it reserves first', () => {
    // Sys grows by 8 MiB per 10 s: 64 MiB are reserved in the sixth window and then mapped over, which does not count. RSS also
    // grows by 8 MiB per 10 s beside it. Only where somebody maps that, too, do the counts agree.
    const pictures = six((i) => memory(i, 8 * MIB, i * 8 * MIB));
    const go = (i: number): number => (i === 5 ? 64 * MIB : 0);
    const verdictFor = (beside: number): string | undefined => {
      const syscallCounts = counted({ flows: (i) => ({ ...quiet, mappedBytes: go(i) + beside }) });
      return diagnose(timeline(pictures, { syscallCounts })).findings.find(({ rule }) => rule === 'offheap-growth')
        ?.verdict;
    };
    expect(verdictFor(0)).toBe('suspected');
    expect(verdictFor(4 * MIB)).toBe('confirmed');
  });

  it('is only suspected where pages are touched that were mapped before', () => {
    const pictures = six((i) => ({ ...memory(i, 8 * MIB), mem: { ...memory(i, 0).mem } }));
    expect(diagnose(timeline(pictures)).findings[0]).toMatchObject({ rule: 'offheap-growth', verdict: 'confirmed' });
    const { findings } = diagnose(timeline(pictures, { syscallCounts: mapping(MIB, MIB) }));
    expect(findings[0]).toMatchObject({ rule: 'offheap-growth', verdict: 'suspected' });
    expect(findings[0]?.evidence.find(({ leg }) => leg === 'syscall')?.says).toContain('mapped before');
  });
});

describe('blocked-clients', () => {
  const CALL =
    'main.(*shop).price@/app/price.go:31 > net/http.(*Client).Do@/go/src/net/http/client.go:590 > net/http.(*persistConn).roundTrip@/go/src/net/http/transport.go:2757 > runtime.selectgo@/go/src/runtime/select.go:351';
  const READ =
    'main.(*feed).next@/app/feed.go:12 > net.(*conn).Read@/go/src/net/net.go:196 > internal/poll.runtime_pollWait@/go/src/runtime/netpoll.go:351';
  const pile = (stack: string, per: number, fdsEach = 1): Picture[] =>
    six((i) => ({ goroutines: `${stack} | ${4 + per * i}`, process: { pid: 1, fds: 50 + fdsEach * per * i } }));
  /** Six connections per window of 5 s, twelve per visit. */
  const dialing = (): Flows => ({ ...quiet, fdsOpened: 6, fdsClosed: 0, connects: 6 });

  it('is the answer where goroutines in a client each hold a connection', () => {
    const { findings, verdict } = diagnose(timeline(pile(CALL, 12), { syscallCounts: counted({ flows: dialing }) }));
    expect(rules(findings)).toEqual(['confirmed blocked-clients']);
    expect(findings[0]).toMatchObject({ where: { function: 'main.(*shop).price', line: 31 }, count: 64 });
    expect(findings[0]?.title).toContain('60 more in 50 s, each with a connection of its own');
    expect(numberOf(findings[0], 'connects')).toBe(60);
    expect(verdict).toMatch(/^Confirmed: outgoing calls that do not come back in main\.\(\*shop\)\.price/);
    const uncounted = diagnose(timeline(pile(CALL, 12))).findings;
    expect(uncounted[0]?.rule).toBe('goroutine-blocked-select');
    expect(findings[0]?.fingerprint).not.toBe(uncounted[0]?.fingerprint);
  });

  it('is confirmed for a protocol of one’s own where the sockets are its own connects', () => {
    const { findings } = diagnose(timeline(pile(READ, 12), { syscallCounts: counted({ flows: dialing }) }));
    expect(rules(findings)).toEqual(['confirmed blocked-clients']);
  });

  it('does not take clients that come to a server for it', () => {
    const accepting = (): Flows => ({ ...quiet, fdsOpened: 6, connects: 0 });
    const { findings } = diagnose(timeline(pile(READ, 12), { syscallCounts: counted({ flows: accepting }) }));
    // As without counts: waiting for the network is what busy servers do. Its descriptors are no leak of their own.
    expect(rules(findings)).toEqual(['suspected goroutine-blocked-io']);
    expect(findings[0]?.evidence.map(({ leg }) => leg)).toContain('syscall');
  });

  it('is told where nobody is there: connects that fail, or come ever faster', () => {
    const failing = (): Flows => ({ ...quiet, fdsOpened: 12, fdsClosed: 12, connects: 12, connectFailures: 11 });
    const faster = (i: number): Flows => ({ ...quiet, fdsOpened: 4 * i, fdsClosed: 4 * i, connects: 4 * i });
    for (const flows of [failing, faster])
      expect(rules(diagnose(timeline(pile(CALL, 12, 0), { syscallCounts: counted({ flows }) })).findings)).toEqual([
        'confirmed blocked-clients',
      ]);
  });

  it('leaves goroutines alone that open no connections: they wait for something else', () => {
    const still = (): Flows => ({ ...quiet, connects: 1, fdsOpened: 1, fdsClosed: 1 });
    const { findings } = diagnose(timeline(pile(CALL, 12, 0), { syscallCounts: counted({ flows: still }) }));
    expect(findings[0]?.rule).toBe('goroutine-blocked-select');
  });
});
