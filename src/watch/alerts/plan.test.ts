import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AlertsConfig } from '../config/config.ts';
import type { FindingRecord, Silence } from '../model.ts';
import { itemsOf } from './item.ts';
import { type Draft, overdueItems, planDeliveries, type Told } from './plan.ts';
import { alertsOf, eventOf, receiverOf, recordOf } from './testing.ts';

const NOW = 1_700_000_000_000;
const HOUR = 3_600_000;

interface Plan {
  readonly config: AlertsConfig;
  readonly records: readonly FindingRecord[];
  readonly kind?: 'opened' | 'worsened' | 'resolved' | 'regressed' | 'acknowledged';
  readonly drafts?: readonly Draft[];
  readonly due?: readonly number[];
  readonly told?: Told | null;
  readonly silences?: readonly Silence[];
  readonly now?: number;
}

function plan({
  config,
  records,
  kind = 'opened',
  drafts = [],
  due = [],
  told = null,
  silences = [],
  now = NOW,
}: Plan): Draft[] {
  const items = itemsOf(
    records.map((record) => eventOf(record, kind, now)),
    records,
  );
  return planDeliveries({ config, items, silences, drafts, due: () => due, told: () => told, now });
}

const config = alertsOf([receiverOf('http://127.0.0.1:1')]);

test('findings of one service go into one message, whose id stays the same', () => {
  const [first, ...more] = plan({ config, records: [recordOf('shop')] });
  expect(more).toEqual([]);
  expect(first?.delivery).toMatchObject({ state: 'pending', attempts: 0, dueAt: NOW + 30_000 });
  const other = recordOf('shop', { id: 'ffffffffffffffff' }, { name: 'shop.Other' });
  const [second] = plan({ config, records: [other], drafts: first === undefined ? [] : [first], now: NOW + 5000 });
  expect(second?.delivery.id).toBe(first?.delivery.id);
  expect(second?.delivery.dueAt).toBe(NOW + 30_000);
  expect(JSON.parse(second?.delivery.body ?? '').alerts).toHaveLength(2);
  const apart = plan({ config, records: [recordOf('shop'), recordOf('mail')] });
  expect(apart.map((draft) => draft.delivery.events.length)).toEqual([1, 1]);
  // Made again after a crash it has the same id.
  expect(plan({ config, records: [recordOf('shop')] })[0]?.delivery).toEqual(first?.delivery);
});

test.each<[string, Partial<Plan>, number]>([
  ['all', {}, 1],
  ['a severity below', { config: alertsOf([receiverOf('http://h', { minSeverity: 'high' })]) }, 0],
  ['a verdict below', { config: alertsOf([receiverOf('http://h', { minVerdict: 'proven' })]) }, 0],
  ['another service', { config: alertsOf([receiverOf('http://h', { services: ['mail'] })]) }, 0],
  ['another environment', { config: alertsOf([receiverOf('http://h', { environments: ['test'] })]) }, 0],
  ['this environment', { config: alertsOf([receiverOf('http://h', { environments: ['prod'] })]) }, 1],
  ['a resolution of what was not told', { kind: 'resolved' }, 0],
  ['a resolution of what was told', { kind: 'resolved', told: { kind: 'opened', at: 1 } }, 1],
  ['a second resolution', { kind: 'resolved', told: { kind: 'resolved', at: 1 } }, 0],
  ['an acknowledgement', { kind: 'acknowledged' }, 0],
  ['silenced on the finding', { records: [recordOf('shop', { silencedUntil: NOW + 1 })] }, 0],
  ['silenced before', { records: [recordOf('shop', { silencedUntil: NOW - 1 })] }, 1],
  [
    'silenced in the configuration',
    {
      config: { ...config, silences: [{ environment: 'prod', service: '', fingerprint: '', until: NOW + 1, why: '' }] },
    },
    0,
  ],
  [
    'another silenced in the store',
    { silences: [{ id: '', environment: '', service: 'mail', fingerprint: '', until: NOW + 1, by: '', why: '' }] },
    1,
  ],
])('who is told: %s', (_, changes, wanted) => {
  expect(plan({ config, records: [recordOf('shop')], ...changes })).toHaveLength(wanted);
});

test('never more than so many messages an hour, and every event is in exactly one', () => {
  const limited = { ...config, perHour: 3 };
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { minLength: 1, maxLength: 40 }), (minutes) => {
      let now = NOW;
      const all = new Map<string, Draft>();
      minutes.forEach((wait, i) => {
        now += wait * 60_000;
        const open = [...all.values()].filter(({ delivery }) => delivery.dueAt > now);
        const due = [...all.values()].map(({ delivery }) => delivery.dueAt);
        for (const draft of plan({ config: limited, records: [recordOf(`s${i}`)], drafts: open, due, now }))
          all.set(draft.delivery.id, draft);
      });
      const times = [...all.values()].map(({ delivery }) => delivery.dueAt).sort((a, b) => a - b);
      for (let i = 3; i < times.length; i++) expect((times[i] ?? 0) - (times[i - 3] ?? 0)).toBeGreaterThanOrEqual(HOUR);
      const events = [...all.values()].flatMap(({ delivery }) => delivery.events);
      expect(events).toHaveLength(minutes.length);
      expect(new Set(events).size).toBe(minutes.length);
    }),
  );
});

test('what is overdue: never told, told long ago, told before a silence that is over, and resolved meanwhile', () => {
  const receiver = receiverOf('http://h');
  const overdue = (record: FindingRecord, told: Told | null, changes: Partial<AlertsConfig> = {}): string[] =>
    overdueItems(receiver, [record], {
      config: { ...config, ...changes },
      silences: [],
      told: () => told,
      now: NOW,
    }).map((item) => item.kind);
  const before: Told = { kind: 'opened', at: NOW - 2 * HOUR };
  const shop = recordOf('shop');
  expect(overdue(shop, null)).toEqual(['reminder']);
  expect(overdue(shop, before)).toEqual([]);
  expect(overdue(shop, before, { repeatMs: 2 * HOUR })).toEqual(['reminder']);
  expect(overdue(shop, before, { repeatMs: 2 * HOUR + 1 })).toEqual([]);
  expect(overdue(recordOf('shop', { state: 'acknowledged' }), before, { repeatMs: HOUR })).toEqual([]);
  expect(overdue(recordOf('shop', { silencedUntil: NOW + 1 }), null)).toEqual([]);
  expect(overdue(recordOf('shop', { silencedUntil: NOW - HOUR }), before)).toEqual(['reminder']);
  expect(overdue(recordOf('shop', { silencedUntil: NOW - 3 * HOUR }), before)).toEqual([]);
  const resolved = recordOf('shop', { state: 'resolved', resolvedAt: NOW - 1, resolvedBy: 'it is level.' });
  expect(overdue(resolved, before)).toEqual(['resolved']);
  expect(overdue(resolved, null)).toEqual([]);
  expect(overdue(resolved, { kind: 'resolved', at: NOW })).toEqual([]);
  expect(overdue(recordOf('shop', { memory: { told: null, sightings: [] } }), null)).toEqual([]);
});

test('what a webhook gets is what the published schema says', () => {
  const ajv = new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true });
  addFormats.default(ajv);
  const check = ajv.compile(JSON.parse(readFileSync('docs/schema/alert.schema.json', 'utf8')));
  const resolved = recordOf('mail', {
    state: 'resolved',
    resolvedAt: NOW,
    resolvedBy: 'Nothing grows.',
    instances: [],
  });
  for (const draft of [
    ...plan({ config, records: [recordOf('shop')] }),
    ...plan({
      config: { ...config, pageUrl: null },
      kind: 'resolved',
      records: [resolved],
      told: { kind: 'opened', at: 1 },
    }),
    ...plan({ config, kind: 'regressed', records: [recordOf('x', { firstBuild: null, lastBuild: null })] }),
  ]) {
    check(JSON.parse(draft.delivery.body));
    expect(check.errors).toBeNull();
  }
  expect(check({ schema: 'hemostat/alert@1' })).toBe(false);
});

test('a message for people, and marks that Slack would take for its own', () => {
  const slack = alertsOf([receiverOf('http://h/secret', { kind: 'slack' })]);
  const finding = recordOf('shop').finding;
  const record = recordOf('shop', {
    finding: {
      ...finding,
      title: 'a map only grows at <!channel> & <https://evil|here>',
      growth: finding.growth && {
        ...finding.growth,
        timeToLimit: 12_000,
        limit: { bytes: 1e9, source: 'cgroup limit' },
      },
    },
  });
  const [draft] = plan({ config: slack, records: [record] });
  const body = JSON.parse(draft?.delivery.body ?? '');
  expect(body.text).toBe(
    'New: confirmed, medium, shop in prod: a map only grows at &lt;!channel&gt; &amp; &lt;https://evil|here&gt;',
  );
  expect(body.blocks[0].text.text).toBe(
    '*New: confirmed, medium, shop in prod*\na map only grows at &lt;!channel&gt; &amp; &lt;https://evil|here&gt;.',
  );
  expect(body.blocks[1].elements[0].text).toBe(
    `+100 MiB/h  ·  3 h 20 min until the cgroup limit  ·  holds 64.0 MiB  ·  example.com/shop.(*Index).Add index.go:42  ·  a  ·  build v2  ·  first seen in build v1  ·  <https://leaks.example/#/finding/${record.id}|open the finding>`,
  );
  expect(draft?.delivery.body).not.toContain('secret');
});

test('a digest of a thousand findings is a message that Slack takes', () => {
  const slack = { ...alertsOf([receiverOf('http://h', { kind: 'slack' })]), perHour: 1 };
  const records = Array.from({ length: 1000 }, (_, i) => recordOf(`s${i}`));
  const drafts = plan({ config: slack, records });
  expect(drafts).toHaveLength(2);
  const body = JSON.parse(drafts[1]?.delivery.body ?? '');
  expect(body.blocks.length).toBeLessThanOrEqual(50);
  expect(body.text.length).toBeLessThan(3000);
  expect(body.blocks.at(-1).elements[0].text).toBe('and 979 more: <https://leaks.example/|all findings>');
});

test('Alertmanager gets states: the same labels from the first to the last, and the lower severity ended', () => {
  const manager = alertsOf([receiverOf('http://h', { kind: 'alertmanager' })]);
  const read = (draft: Draft | undefined) => JSON.parse(draft?.delivery.body ?? '');
  const [opened] = plan({ config: manager, records: [recordOf('shop')] });
  expect(opened?.delivery.dueAt).toBe(NOW);
  const [alert] = read(opened);
  expect(alert).toMatchObject({
    labels: {
      alertname: 'HemostatFinding',
      rule: 'map-growth',
      service: 'shop',
      environment: 'prod',
      severity: 'medium',
    },
    startsAt: new Date(NOW).toISOString(),
    generatorURL: `https://leaks.example/#/finding/${recordOf('shop').id}`,
  });
  expect(alert.endsAt).toBeUndefined();
  const high = recordOf('shop', {
    memory: { told: { verdict: 'confirmed', severity: 'high', perHour: 1 }, sightings: [] },
  });
  const [worse] = plan({ config: manager, kind: 'worsened', records: [high] });
  expect(
    read(worse).map((each: { labels: { severity: string }; endsAt?: string }) => [
      each.labels.severity,
      each.endsAt !== undefined,
    ]),
  ).toEqual([
    ['high', false],
    ['medium', true],
    ['low', true],
    ['info', true],
  ]);
  const over = recordOf('shop', { state: 'resolved', resolvedAt: NOW + 5000, resolvedBy: 'Nothing grows.' });
  const [resolved] = plan({ config: manager, kind: 'resolved', records: [over], told: { kind: 'opened', at: 1 } });
  expect(read(resolved)[0].labels).toEqual(alert.labels);
  expect(read(resolved)[0].endsAt).toBe(new Date(NOW + 5000).toISOString());
});
