import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnose.ts';
import { MIB, type Picture, six, timeline } from './testing.ts';

const SEND =
  'main.(*srv).work@/app/work.go:40 > runtime.chansend1@/go/src/runtime/chan.go:161 > runtime.chansend@/go/src/runtime/chan.go:283 > runtime.gopark@/go/src/runtime/proc.go:460';
const IDLE =
  'main.main@/app/main.go:9 > runtime.chanrecv1@/go/src/runtime/chan.go:506 > runtime.gopark@/go/src/runtime/proc.go:460';
const OPEN = 'main.(*srv).work@/app/work.go:30 > main.load@/app/load.go:7';

/** A process whose live heap and RSS are `heap` bytes above a base. */
const process = (heap: number): Pick<Picture, 'mem' | 'process'> => ({
  mem: {
    HeapAlloc: 10 * MIB + heap,
    HeapInuse: 12 * MIB + heap,
    HeapIdle: MIB,
    HeapReleased: 0,
    Sys: 20 * MIB + heap,
    StackInuse: MIB,
    TotalAlloc: 100 * MIB + 2 * heap,
    Mallocs: 1e6,
  },
  process: { rss: 25 * MIB + heap },
});

describe('a goroutine leak that drags heap', () => {
  const leak = timeline(
    six((i) => ({
      goroutines: `${SEND} | ${3 + 20 * i}\n${IDLE} | 5`,
      heap: `${OPEN} | ${20 * i} ${20 * i * 64 * 1024} ${20 * i} ${20 * i * 64 * 1024}`,
      ...process(20 * i * 64 * 1024),
    })),
  );

  it('is one confirmed finding with the site linked to it', () => {
    const { findings, verdict } = diagnose(leak);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      rule: 'goroutine-blocked-send',
      verdict: 'confirmed',
      where: { function: 'main.(*srv).work', file: '/app/work.go', line: 40 },
      count: 103,
    });
    expect(findings[0]?.chain.map((step) => step.where?.function)).toContain('main.load');
    expect(verdict).toMatch(/^Confirmed: goroutine leak in main\.\(\*srv\)\.work \(work\.go:40\), \+\d/);
  });

  it('grows by what the goroutines and the site grow by', () => {
    // 20 goroutines of 64 KiB and a 2 KiB stack per 10 s.
    const perHour = 20 * (64 + 2) * 1024 * 360;
    expect(diagnose(leak).findings[0]?.growth?.perHour).toBeCloseTo(perHour, -3);
    expect(diagnose(leak).findings[0]?.growth?.pValue).toBeCloseTo(2 / 720, 6);
  });

  it('is proven where the runtime reports the same goroutines', () => {
    const snapshots = leak.snapshots.map((snapshot, i) => ({
      ...snapshot,
      ...(i === 5 ? { leaks: timeline([{ leaks: `${SEND} | 90` }]).snapshots[0]?.leaks } : {}),
    }));
    const [first] = diagnose({
      ...leak,
      snapshots: snapshots.map(({ leaks, ...rest }) => (leaks === undefined ? rest : { ...rest, leaks })),
    }).findings;
    expect(first).toMatchObject({ verdict: 'proven', rule: 'goroutine-blocked-send' });
    expect(first?.evidence[0]).toMatchObject({ leg: 'runtime' });
  });

  it('is only suspected where no second leg agrees', () => {
    const { findings } = diagnose(timeline(six((i) => ({ goroutines: `${SEND} | ${3 + 20 * i}`, ...process(0) }))));
    expect(findings[0]).toMatchObject({ rule: 'goroutine-blocked-send', verdict: 'suspected' });
  });

  it('is the same diagnosis twice', () => {
    expect(JSON.stringify(diagnose(leak))).toBe(JSON.stringify(diagnose(leak)));
  });
});

it('does not take its own profiling for load that explains a leak', () => {
  const own =
    'net/http/pprof.Index@/go/src/net/http/pprof/pprof.go:9 > runtime/pprof.writeHeap@/go/src/runtime/pprof/pprof.go:5';
  const [first] = diagnose(
    timeline(
      six((i) => ({
        goroutines: `${SEND} | ${3 + 20 * i}`,
        // What the program allocates is steady; what we do grows from visit to visit, in the counters too.
        heap: `${OPEN} | ${20 * i} ${20 * i * 64 * 1024} ${20 * i} ${20 * i * 64 * 1024}\n${own} | ${100 * i * i} ${MIB * i * i} 0 0`,
        ...process(20 * i * 64 * 1024),
        mem: { ...process(20 * i * 64 * 1024).mem, Mallocs: 1000 * i * i, TotalAlloc: MIB * i * i },
      })),
    ),
  ).findings;
  expect(first).toMatchObject({ rule: 'goroutine-blocked-send', verdict: 'confirmed' });
});

describe('two or three goroutines', () => {
  const few = (step: (i: number) => number) =>
    diagnose(
      timeline(
        [0, 1, 2, 3].map((i) => ({
          goroutines: `${SEND} | ${1 + i}`,
          heap: `${OPEN} | ${step(i)} ${10 * MIB * step(i)} ${step(i)} ${10 * MIB * step(i)}`,
          ...process(10 * MIB * step(i)),
        })),
      ),
    ).findings;

  it('are a finding where each holds megabytes in step with them', () => {
    expect(few((i) => i)[0]).toMatchObject({ rule: 'goroutine-blocked-send', verdict: 'confirmed' });
  });

  it('are none where the heap goes its own way', () => {
    expect(few((i) => 3 * i).map((item) => item.rule)).toEqual(['heap-site-growth']);
  });
});

describe('goroutines by how they wait', () => {
  const cases = [
    [
      'goroutine-blocked-receive',
      'main.f@/a/f.go:3 > runtime.chanrecv2@/go/src/runtime/chan.go:511 > runtime.chanrecv@/go/src/runtime/chan.go:667',
    ],
    [
      'goroutine-blocked-select',
      'main.f@/a/f.go:3 > runtime.selectgo@/go/src/runtime/select.go:351 > runtime.gopark@/go/src/runtime/proc.go:460',
    ],
    [
      'goroutine-blocked-lock',
      'main.f@/a/f.go:3 > sync.(*Mutex).Lock@/go/src/sync/mutex.go:46 > internal/sync.(*Mutex).lockSlow@/go/src/internal/sync/mutex.go:149 > internal/sync.runtime_SemacquireMutex@/go/src/runtime/sema.go:95',
    ],
    [
      'goroutine-blocked-wait',
      'main.f@/a/f.go:3 > sync.(*WaitGroup).Wait@/go/src/sync/waitgroup.go:118 > sync.runtime_Semacquire@/go/src/runtime/sema.go:71',
    ],
    [
      'goroutine-blocked-wait',
      'main.f@/a/f.go:3 > sync.(*Cond).Wait@/go/src/sync/cond.go:71 > sync.runtime_notifyListWait@/go/src/runtime/sema.go:597',
    ],
    [
      'goroutine-blocked-lock',
      'main.f@/a/f.go:3 > sync.(*RWMutex).RLock@/go/src/sync/rwmutex.go:60 > sync.runtime_Semacquire@/go/src/runtime/sema.go:62',
    ],
  ] as const;
  it.each(cases)('%s', (rule, stack) => {
    const { findings } = diagnose(
      timeline(six((i) => ({ goroutines: `${stack} | ${10 * (i + 1)}`, ...process(2 * i * MIB) }))),
    );
    expect(findings[0]).toMatchObject({ rule, verdict: 'confirmed', where: { function: 'main.f', line: 3 } });
  });

  it('does not call waiting for the network a confirmed leak', () => {
    const io =
      'main.f@/a/f.go:3 > net.(*conn).Read@/go/src/net/net.go:196 > internal/poll.runtime_pollWait@/go/src/runtime/netpoll.go:351';
    const { findings } = diagnose(
      timeline(six((i) => ({ goroutines: `${io} | ${10 * (i + 1)}`, ...process(2 * i * MIB) }))),
    );
    expect(findings[0]).toMatchObject({ rule: 'goroutine-blocked-io', verdict: 'suspected' });
  });

  it('names the sender of requests whose bodies stay open', () => {
    const body =
      'net/http.(*persistConn).readLoop@/go/src/net/http/transport.go:2325 > runtime.selectgo@/go/src/runtime/select.go:351';
    const send =
      'main.fetch@/app/fetch.go:12 > net/http.(*Client).Do@/go/src/net/http/client.go:587 > net/http.(*Transport).getConn@/go/src/net/http/transport.go:1400';
    const { findings } = diagnose(
      timeline(
        six((i) => ({
          goroutines: `${body} | ${10 * (i + 1)}`,
          heap: `${send} | ${10 * i} ${10 * i * 40_000} ${10 * i} ${10 * i * 40_000}`,
          ...process(10 * i * 40_000),
        })),
      ),
    );
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ rule: 'http-body-not-closed', where: { function: 'main.fetch', line: 12 } });
  });

  it('does not diagnose its own profiling', () => {
    const own =
      'net/http.(*conn).serve@/go/src/net/http/server.go:2000 > main.guard@/app/guard.go:5 > net/http/pprof.Index@/go/src/net/http/pprof/pprof.go:300 > runtime/pprof.(*Profile).WriteTo@/go/src/runtime/pprof/pprof.go:360 > runtime.chansend@/go/src/runtime/chan.go:283';
    expect(
      diagnose(
        timeline(six((i) => ({ goroutines: `${own} | ${10 * (i + 1)}`, ...process(2 * i * MIB) }))),
      ).findings.map((f) => f.rule),
    ).toEqual(['profile-blind-spot']);
  });
});

describe('memory that something keeps', () => {
  const grow = (stack: string, more: Parameters<typeof timeline>[1] = {}) =>
    diagnose(
      timeline(
        six((i) => ({
          heap: `${stack} | ${100 * i} ${3 * i * MIB} ${100 * i} ${3 * i * MIB}`,
          ...process(3 * i * MIB),
        })),
        more,
      ),
    ).findings[0];

  it.each([
    ['heap-site-growth', 'main.(*shop).add@/app/shop.go:5', 'main.(*shop).add'],
    ['sync-map-growth', 'main.open@/app/s.go:5 > sync.(*Map).Store@/go/src/sync/hashtriemap.go:54', 'main.open'],
    ['timer-pile-up', 'main.hold@/app/s.go:5 > time.AfterFunc@/go/src/time/sleep.go:200', 'main.hold'],
    ['context-not-cancelled', 'main.sub@/app/s.go:5 > context.WithCancel@/go/src/context/context.go:237', 'main.sub'],
    [
      'pool-growth',
      'main.get@/app/s.go:5 > sync.(*Pool).Get@/go/src/sync/pool.go:155 > main.newBuf@/app/s.go:9',
      'main.newBuf',
    ],
  ])('%s', (rule, stack, name) => {
    expect(grow(stack)).toMatchObject({ rule, verdict: 'confirmed', where: { function: name } });
  });

  it('knows a map by the allocator of its line', () => {
    const allocators = new Map([['main.put\x005', ['runtime.newobject', 'runtime.mapassign_faststr']]]);
    expect(grow('main.put@/app/s.go:5', { allocators })).toMatchObject({ rule: 'map-growth', verdict: 'confirmed' });
    expect(grow('main.put@/app/s.go:5')).toMatchObject({ rule: 'heap-site-growth' });
  });

  it('blames the user and not the library that allocates for him', () => {
    expect(
      grow(
        'main.main@/app/main.go:3 > main.handle@/app/h.go:8 > github.com/x/lru.(*Cache).Add@/root/go/pkg/mod/github.com/x/lru@v1.2.0/lru.go:77',
      )?.where,
    ).toMatchObject({ function: 'main.handle', line: 8 });
  });

  it('says with an interval how sampling widens it', () => {
    const exact = grow('main.a@/a.go:1')?.growth;
    const sampled = grow('main.a@/a.go:1', { rate: 512 * 1024 })?.growth;
    expect(exact?.high).toBeCloseTo(exact?.perHour ?? 0, 0);
    expect(sampled?.high).toBeGreaterThan(1.2 * (sampled?.perHour ?? 0));
  });

  it('does not find growth within the sampling noise', () => {
    // 600 KiB of 16-byte objects at the default rate are one sample, more or less.
    const { findings } = diagnose(
      timeline(
        six((i) => ({ heap: `main.a@/a.go:1 | ${i} ${i} ${7680 * i} ${120 * 1024 * i}`, ...process(0) })),
        { rate: 512 * 1024 },
      ),
    );
    expect(findings).toEqual([]);
  });
});

describe('what looks like a leak and is not', () => {
  const level = (values: readonly number[], more: Partial<Picture>[] = []) =>
    diagnose(timeline(values.map((value, i) => ({ ...process(value * MIB), goroutines: `${IDLE} | 5`, ...more[i] }))));

  it.each([
    ['plateau', [0, 30, 39, 40, 40, 40]],
    ['burst-drained', [0, 30, 60, 20, 2, 1]],
  ])('%s', (rule, values) => {
    const { findings, verdict } = level(values);
    expect(findings.map((item) => [item.rule, item.verdict])).toEqual([[rule, 'cleared']]);
    expect(verdict).toMatch(/^No leak found/);
  });

  it('load-follows: the heap swings with the requests', () => {
    const rates = [10, 100, 20, 90, 15, 80];
    const served = rates.map((_, i) => 10 * rates.slice(0, i + 1).reduce((sum, rate) => sum + rate, 0));
    const { findings } = diagnose(
      timeline(
        rates.map((rate, i) => ({ ...process(rate * MIB), load: served[i] ?? 0 })),
        { load: { metric: 'orders_total', kind: 'counter', guessed: false } },
      ),
    );
    expect(findings.map((item) => [item.rule, item.verdict])).toEqual([['load-follows', 'cleared']]);
  });

  it('a heap that rises with a rising load is not confirmed', () => {
    const { findings } = diagnose(
      timeline(
        six((i) => ({
          heap: `main.a@/a.go:1 | ${i} ${4 * i * MIB} ${i} ${4 * i * MIB}`,
          ...process(4 * i * MIB),
          load: 50 * (i + 1) * (i + 2),
        })),
        { load: { metric: 'orders_total', kind: 'counter', guessed: false } },
      ),
    );
    expect(findings[0]).toMatchObject({ rule: 'heap-site-growth', verdict: 'suspected' });
  });

  it('gc-churn: much is allocated and nothing stays', () => {
    const { findings } = diagnose(
      timeline(
        six((i) => ({
          mem: { HeapAlloc: 4 * MIB, TotalAlloc: i * 1000 * MIB, NumGC: 100 * i, NumForcedGC: i, Mallocs: i * 1e5 },
        })),
      ),
    );
    expect(findings.map((item) => [item.rule, item.verdict])).toEqual([['gc-churn', 'cleared']]);
  });
});

describe('the process as a whole', () => {
  it('finds growth outside the Go heap and who maps', () => {
    const pictures = six((i) => ({
      ...process(0),
      process: { rss: 25 * MIB + 8 * i * MIB },
      goroutines: `${IDLE} | 5`,
    }));
    const syscalls = {
      file: 'trace.out',
      at: 0,
      data: [
        {
          count: 9,
          frames: [
            { function: 'syscall.read', file: '/go/src/syscall/x.go', line: 1 },
            { function: 'main.noise', file: '/a.go', line: 1 },
          ],
        },
        {
          count: 4,
          frames: [
            { function: 'syscall.mmap', file: '/go/src/syscall/x.go', line: 1 },
            { function: 'main.grow', file: '/app/grow.go', line: 61 },
          ],
        },
      ],
    };
    expect(diagnose(timeline(pictures)).findings[0]).toMatchObject({
      rule: 'offheap-growth',
      verdict: 'confirmed',
      where: { function: '' },
    });
    expect(diagnose(timeline(pictures, { syscalls })).findings[0]).toMatchObject({
      rule: 'offheap-growth',
      where: { function: 'main.grow', line: 61 },
    });
  });

  it('keeps fragmentation and idle pages apart from leaks', () => {
    const rule = (mem: (i: number) => Picture['mem']) =>
      diagnose(timeline(six((i) => ({ mem: mem(i) ?? {}, process: { rss: 40 * MIB + 4 * i * MIB } })))).findings.map(
        (f) => `${f.verdict} ${f.rule}`,
      );
    expect(
      rule((i) => ({
        HeapAlloc: 10 * MIB,
        HeapInuse: (20 + 4 * i) * MIB,
        HeapIdle: MIB,
        HeapReleased: 0,
        Sys: (40 + 4 * i) * MIB,
      })),
    ).toEqual(['confirmed heap-fragmentation']);
    expect(
      rule((i) => ({
        HeapAlloc: 10 * MIB,
        HeapInuse: 12 * MIB,
        HeapIdle: (20 + 4 * i) * MIB,
        HeapReleased: 0,
        Sys: (40 + 4 * i) * MIB,
      })),
    ).toEqual(['suspected scavenger-lag']);
  });

  it('sums the ledger to RSS, whatever is known', () => {
    const { ledger } = diagnose(timeline(six((i) => process(i * MIB))));
    expect(ledger?.rss).toEqual([25 * MIB, 30 * MIB]);
    for (const end of ['first', 'last'] as const)
      expect(ledger?.terms.reduce((sum, term) => sum + term[end], 0)).toBeCloseTo(
        ledger?.rss[end === 'first' ? 0 : 1] ?? 0,
        3,
      );
  });

  it('says how long until the limit', () => {
    const { findings, verdict } = diagnose(
      timeline(
        six((i) => ({
          heap: `main.a@/a.go:1 | ${i} ${4 * i * MIB} ${i} ${4 * i * MIB}`,
          ...process(4 * i * MIB),
          process: { rss: (25 + 4 * i) * MIB, cgroup: { version: 2, path: '/', limit: 145 * MIB } },
        })),
      ),
    );
    // 100 MiB left at 0.4 MiB/s.
    expect(findings[0]?.growth?.timeToLimit).toBeCloseTo(250, 0);
    expect(verdict).toContain('until the cgroup limit');
  });
});

describe('honest limits', () => {
  it('claims no trend from three snapshots', () => {
    const three = [0, 1, 2].map((i) => ({ goroutines: `${SEND} | ${100 * i}`, ...process(50 * i * MIB) }));
    const { findings, verdict, notes } = diagnose(timeline(three));
    expect(findings.map((item) => [item.rule, item.verdict])).toEqual([['goroutine-blocked-send', 'suspected']]);
    expect(verdict).toMatch(/^Suspected: goroutine leak/);
    expect(diagnose(timeline([process(0), process(0)])).verdict).toMatch(/^Not enough evidence: 2 snapshots/);
    expect(notes.join()).toContain('too few to claim a trend');
  });

  it('compares only snapshots of one life of the process', () => {
    const pictures = [50, 60, 70, 0, 1, 0, 1, 0].map((heap) => process(heap * MIB));
    const { notes, findings } = diagnose(timeline(pictures, { restarts: [3] }));
    expect(findings).toEqual([]);
    expect(notes.join()).toContain('restarted once');
  });

  it('names a blind spot where the heap grows and no site does', () => {
    expect(
      diagnose(timeline(six((i) => ({ heap: 'main.a@/a.go:1 | 1 1 1 1', ...process(5 * i * MIB) })))).findings[0],
    ).toMatchObject({ rule: 'profile-blind-spot', verdict: 'suspected' });
  });

  it('survives an empty timeline', () => {
    expect(diagnose(timeline([])).findings).toEqual([]);
  });
});
