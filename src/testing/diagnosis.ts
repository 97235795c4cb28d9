/** Diagnoses for tests: a leak with every field of the model filled, and the smallest one there can be. */

import type { Diagnosis, Finding } from '../findings/model.ts';

const SUBJECT = { service: 'orders', instance: '127.0.0.1:6060' } as const;

/** Every optional field of the model is present; `Required` makes the compiler complain when one is added. */
export const LEAK: Finding = {
  rule: 'goroutine-blocked-send',
  verdict: 'confirmed',
  severity: 'critical',
  title: '1,240 goroutines are blocked sending to a channel that nobody receives from, in orders.(*Notifier).publish.',
  where: {
    function: 'example.com/orders/notify.(*Notifier).publish.func1',
    file: 'example.com/orders/notify/notify.go',
    line: 87,
  },
  subject: SUBJECT,
  count: 1240,
  growth: {
    perHour: 432_013_312,
    low: 419_430_400,
    high: 446_693_376,
    pValue: 0.0084,
    timeToLimit: 13_200,
    limit: { bytes: 2_147_483_648, source: 'cgroup memory.max' },
  },
  holds: { bytes: 96_468_992, objects: 4960 },
  chain: [
    {
      kind: 'created-by',
      text: 'created by api.(*Server).handleOrder (server.go:142)',
      where: {
        function: 'example.com/orders/api.(*Server).handleOrder',
        file: 'example.com/orders/api/server.go',
        line: 142,
      },
    },
    {
      kind: 'blocked-at',
      text: 'parked in a channel send at notify.(*Notifier).publish.func1 (notify.go:87)',
      where: {
        function: 'example.com/orders/notify.(*Notifier).publish.func1',
        file: 'example.com/orders/notify/notify.go',
        line: 87,
      },
    },
    {
      kind: 'allocated-at',
      text: 'keeps what render allocates, 4 objects per goroutine',
      where: { function: 'example.com/orders/notify.render', file: 'example.com/orders/notify/render.go', line: 31 },
      bytes: 77_594_624,
    },
  ],
  evidence: [
    {
      leg: 'goroutine',
      says: 'The cluster parked at notify.go:87 grew from 12 to 1,240 goroutines in 6 snapshots and never shrank.',
      numbers: [
        { name: 'goroutines', value: 1240, unit: 'count' },
        { name: 'growth', value: 221_040, unit: 'count/h', low: 219_000, high: 223_100 },
      ],
      captures: ['001/goroutine.pb.gz', '006/goroutine.pb.gz'],
    },
    {
      leg: 'heap',
      says: 'In-use bytes allocated by render grew by 74.0 MiB, far outside the sampling interval.',
      numbers: [{ name: 'inuse_space', value: 77_594_624, unit: 'bytes', low: 70_254_592, high: 84_934_656 }],
      captures: ['001/heap.pb.gz', '006/heap.pb.gz'],
    },
  ],
  fix: {
    text: 'Give the channel room for the one value that is sent, so that the sender can always finish:\n\n    ch := make(chan Receipt, 1)\n\nor select on the send and ctx.Done().',
  },
  fingerprint: '0f9c2f6f8d1c4b7e',
};

const SITE: Finding = {
  rule: 'heap-site-growth',
  verdict: 'suspected',
  severity: 'medium',
  title: 'In-use memory allocated by cache.(*Index).add grows steadily; only the heap profile says so.',
  where: { function: 'example.com/orders/cache.(*Index).add', file: 'example.com/orders/cache/index.go', line: 55 },
  subject: SUBJECT,
  count: null,
  growth: { perHour: 8_388_608, low: 1_048_576, high: 15_728_640, pValue: null, timeToLimit: null, limit: null },
  holds: { bytes: 4_194_304, objects: 1 },
  chain: [],
  evidence: [
    { leg: 'heap', says: 'In-use bytes grew from 2.0 MiB to 4.0 MiB.', numbers: [], captures: ['006/heap.pb.gz'] },
    {
      leg: 'source',
      says: 'in the same function, not on the same line, the source has global-unbounded (medium confidence) at index.go:57: index only grows',
      numbers: [],
      captures: [],
      source: {
        rule: 'global-unbounded',
        confidence: 'medium',
        where: { function: 'example.com/orders/cache.(*Index).add', file: '/home/me/orders/cache/index.go', line: 57 },
      },
    },
  ],
  fix: { text: 'Bound the index.' },
  fingerprint: '11aa22bb33cc44dd',
};

const CLEARED: Finding = {
  rule: 'plateau',
  verdict: 'cleared',
  severity: 'info',
  title: 'The session cache rose by 12.0 MiB and has been level for the last four snapshots: warm-up.',
  where: { function: '', file: '', line: 0 },
  subject: SUBJECT,
  count: null,
  growth: null,
  holds: null,
  chain: [],
  evidence: [],
  fix: { text: '' },
  fingerprint: '9988776655443322',
};

/** Three findings, five series, a ledger that sums to RSS, notes. */
export const FULL: Diagnosis = {
  schema: 'hemostat/diagnosis@1',
  verdict:
    'confirmed: 1,240 goroutines blocked on a channel send in notify.(*Notifier).publish.func1 drag 412 MiB per hour of heap with them.',
  target: { service: 'orders', instance: '127.0.0.1:6060', goVersion: 'go1.26.8' },
  window: { start: '2026-11-22T19:16:32.000Z', seconds: 20, snapshots: 6 },
  findings: [LEAK, SITE, CLEARED],
  series: [
    {
      name: 'rss',
      unit: 'bytes',
      at: [0, 4000, 8000, 12_000, 16_000, 20_000],
      value: [35_651_584, 52_428_800, 70_254_592, 89_128_960, 106_954_752, 125_829_120],
    },
    {
      name: 'live-heap',
      unit: 'bytes',
      at: [0, 4000, 8000, 12_000, 16_000, 20_000],
      value: [10_485_760, 26_214_400, 41_943_040, 58_720_256, 74_448_896, 90_177_536],
    },
    {
      name: 'goroutines',
      unit: 'count',
      at: [0, 4000, 8000, 12_000, 16_000, 20_000],
      value: [14, 260, 505, 750, 996, 1242],
    },
    { name: 'load', unit: '1/s', at: [4000, 8000, 12_000, 16_000, 20_000], value: [50.2, 49.8, 50, 50.1, 49.9] },
    { name: 'gc-pause', unit: 'ns', at: [0, 20_000], value: [41_000, 187_000] },
  ],
  ledger: {
    terms: [
      { name: 'live heap', first: 10_485_760, last: 90_177_536, how: 'measured: HeapAlloc after a forced GC' },
      {
        name: 'garbage not yet collected',
        first: 2_097_152,
        last: 3_145_728,
        how: 'derived: HeapAlloc before - after the GC',
      },
      { name: 'free slots in used spans', first: 1_048_576, last: 2_097_152, how: 'derived: HeapInuse - HeapAlloc' },
      {
        name: 'idle, not released to the system',
        first: 4_194_304,
        last: 2_097_152,
        how: 'derived: HeapIdle - HeapReleased',
      },
      { name: 'goroutine stacks', first: 524_288, last: 10_485_760, how: 'measured: StackInuse' },
      {
        name: 'runtime structures',
        first: 3_145_728,
        last: 4_194_304,
        how: 'measured: MSpan, MCache, BuckHash, GC, Other',
      },
      { name: 'binary and mapped files', first: 8_388_608, last: 8_388_608, how: 'measured: RssFile' },
      { name: 'not Go', first: 5_767_168, last: 5_242_880, how: 'remainder: RSS less all of the above' },
    ],
    rss: [35_651_584, 125_829_120],
  },
  notes: ['No load metric was found under /metrics; growth was not compared with load.'],
};

/** Nothing was found, and hardly anything was known. */
export const EMPTY: Diagnosis = {
  schema: 'hemostat/diagnosis@1',
  verdict: 'no leak found in orders: live heap and goroutines are level.',
  target: { service: 'orders', instance: '', goVersion: null },
  window: { start: '', seconds: 0, snapshots: 1 },
  findings: [],
  series: [],
  ledger: null,
  notes: [],
};
