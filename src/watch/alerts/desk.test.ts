import { afterEach, expect, test, vi } from 'vitest';
import type { AlertsConfig } from '../config/config.ts';
import type { FindingEvent, FindingRecord } from '../model.ts';
import type { AlertDesk } from './alerts.ts';
import { type AlertPace, openPacedAlertDesk } from './desk.ts';
import {
  alertsOf,
  eventOf,
  receiverOf,
  recordOf,
  startReceiver,
  type TestReceiver,
  TestSurroundings,
} from './testing.ts';

const PACE: AlertPace = { retryMs: 5, longestRetryMs: 20, checkMs: 3_600_000, refreshMs: 3_600_000, random: () => 0.5 };

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function receiver(...args: Parameters<typeof startReceiver>): Promise<TestReceiver> {
  const started = await startReceiver(...args);
  open.push(started);
  return started;
}

async function desk(around: TestSurroundings, config: AlertsConfig, pace: Partial<AlertPace> = {}): Promise<AlertDesk> {
  const started = await openPacedAlertDesk(config, around, { ...PACE, ...pace });
  open.push(started);
  return started;
}

/** What the server does with a change. */
async function happen(
  around: TestSurroundings,
  to: AlertDesk,
  record: FindingRecord,
  kind: FindingEvent['kind'] = 'opened',
): Promise<void> {
  const plan = to.plan({ findings: [record], events: [eventOf(record, kind, around.clock)] });
  await around.store.commit({ deliveries: plan.deliveries });
  around.records.set(record.id, record);
  plan.committed();
}

const at = (url: string, changes: Partial<AlertsConfig> = {}) =>
  alertsOf([receiverOf(url)], { groupWaitMs: 0, ...changes });
const states = (around: TestSurroundings) => [...around.rows.values()].map((row) => row.state);
const until = (check: () => void) => vi.waitFor(check, { timeout: 60_000, interval: 5 });

test('a message is sent with its id, once, and is settled in the store', async () => {
  const ops = await receiver();
  const around = new TestSurroundings();
  const alerts = await desk(around, at(`${ops.url}/hook?token=secret`));
  await happen(around, alerts, recordOf('shop'));
  await until(() => expect(states(around)).toEqual(['delivered']));
  const [row] = around.rows.values();
  expect(ops.got).toHaveLength(1);
  expect(ops.got[0]).toMatchObject({ path: '/hook?token=secret', body: row?.body });
  expect(ops.got[0]?.headers).toMatchObject({ 'idempotency-key': row?.id, 'content-type': 'application/json' });
  expect(alerts.counts()).toEqual({ pending: 0, delivered: 1, dropped: 0 });
  expect(JSON.stringify([...around.rows.values(), around.logged])).not.toContain('secret');
});

test('a trouble of the receiver is waited for, in order, and shown until it is over', async () => {
  const ops = await receiver((before) => (before < 3 ? { status: [503, 429, 408][before] ?? 500 } : { status: 204 }));
  const around = new TestSurroundings();
  const tick = setInterval(() => (around.clock += 5), 5);
  open.push({ close: async () => clearInterval(tick) });
  const alerts = await desk(around, at(ops.url));
  await happen(around, alerts, recordOf('shop'));
  await happen(around, alerts, recordOf('mail'));
  await until(() => expect(alerts.problems()).toHaveLength(1));
  expect(alerts.problems()[0]?.says).toMatch(/^Alerts to ops do not get through: it /);
  await until(() => expect(states(around)).toEqual(['delivered', 'delivered']));
  const services = ops.got.map(({ body }) => JSON.parse(body).alerts[0].service);
  expect(services).toEqual(['shop', 'shop', 'shop', 'shop', 'mail']);
  expect(new Set(ops.got.slice(0, 4).map(({ body }) => body)).size).toBe(1);
  expect(new Set(ops.got.slice(0, 4).map(({ headers }) => headers['idempotency-key'])).size).toBe(1);
  expect(alerts.problems()).toEqual([]);
});

test('Retry-After is kept to', async () => {
  const ops = await receiver((before) =>
    before === 0 ? { status: 429, headers: { 'retry-after': '90' } } : { status: 200 },
  );
  const around = new TestSurroundings();
  const alerts = await desk(around, at(ops.url));
  await happen(around, alerts, recordOf('shop'));
  await until(() => expect([...around.rows.values()][0]?.dueAt).toBe(around.clock + 90_000));
  around.clock += 89_000;
  alerts.wake();
  expect(ops.got).toHaveLength(1);
  around.clock += 2000;
  alerts.wake();
  await until(() => expect(states(around)).toEqual(['delivered']));
});

test.each([
  ['a refusal', { status: 404 }, /it refuses the message \(404\)/],
  ['wrong credentials', { status: 401 }, /does not accept the credentials \(401\)/],
  [
    'a redirect to another host',
    { status: 307, headers: { location: 'http://127.0.0.2:1/x' } },
    /another host \(307\)/,
  ],
  ['a redirect', { status: 302, headers: { location: '/login' } }, /redirects \(302\)/],
])('%s is given up after five tries, with a problem', async (_, answer, says) => {
  const ops = await receiver(() => answer);
  const around = new TestSurroundings();
  const tick = setInterval(() => (around.clock += 5), 5);
  open.push({ close: async () => clearInterval(tick) });
  const alerts = await desk(around, at(ops.url));
  await happen(around, alerts, recordOf('shop'));
  await until(() => expect(states(around)).toEqual(['dropped']));
  expect(ops.got).toHaveLength(5);
  expect([...around.rows.values()][0]?.lastError).toMatch(says);
  expect(alerts.problems()).toMatchObject([{ about: 'alerts' }]);
  expect(JSON.stringify([alerts.problems(), around.logged, [...around.rows.values()]])).not.toContain(ops.url);
});

test('a redirect on the same host that keeps the method is followed with the body and the id', async () => {
  const ops = await receiver((_, { path }) =>
    path === '/old' ? { status: 308, headers: { location: '/new' } } : { status: 200 },
  );
  const around = new TestSurroundings();
  const alerts = await desk(around, at(`${ops.url}/old`));
  await happen(around, alerts, recordOf('shop'));
  await until(() => expect(states(around)).toEqual(['delivered']));
  const [row] = around.rows.values();
  expect(ops.got.map(({ path }) => path)).toEqual(['/old', '/new']);
  expect(ops.got[1]).toMatchObject({ body: row?.body, headers: { 'idempotency-key': row?.id } });
});

test('silence, a cut and nobody there are tried again', async () => {
  const ops = await receiver((before) => (before === 0 ? 'hang' : before === 1 ? 'cut' : { status: 200 }));
  const around = new TestSurroundings();
  const tick = setInterval(() => (around.clock += 5), 5);
  open.push({ close: async () => clearInterval(tick) });
  // Only the first is waited for. A busy machine may take the others for silent, too, and ask once more.
  const http = { headers: [], insecure: false, timeoutMs: 500 };
  const alerts = await desk(around, alertsOf([receiverOf(ops.url, { http })], { groupWaitMs: 0 }));
  await happen(around, alerts, recordOf('shop'));
  await until(() => expect(states(around)).toEqual(['delivered']));
  expect(ops.got.length).toBeGreaterThanOrEqual(3);
  const nobody = new TestSurroundings();
  const lonely = await desk(nobody, at('http://127.0.0.1:1/'));
  await happen(nobody, lonely, recordOf('shop'));
  await until(() => expect(lonely.problems()[0]?.says).toContain('nothing listens there'));
  expect(states(nobody)).toEqual(['pending']);
});

test('what an earlier process left behind is sent with the same id and takes nothing more', async () => {
  const ops = await receiver();
  const around = new TestSurroundings();
  const config = at(ops.url, { groupWaitMs: 30_000 });
  const first = await desk(around, config);
  await happen(around, first, recordOf('shop'));
  await first.close();
  const [left] = around.rows.values();
  around.clock += 1000;
  const second = await desk(around, config);
  await happen(around, second, recordOf('shop', { id: 'ffffffffffffffff' }));
  expect(around.rows.size).toBe(2);
  expect(around.rows.get(left?.id ?? '')).toEqual(left);
  around.clock += 60_000;
  second.wake();
  await until(() => expect(states(around)).toEqual(['delivered', 'delivered']));
  expect(ops.got.map(({ headers }) => headers['idempotency-key'])).toEqual([...around.rows.keys()]);
});

test('a later event of the wait goes into the message, but not into one that is being committed or sent', async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const ops = await receiver();
  const around = new TestSurroundings();
  const commit = around.store.commit.bind(around.store);
  const alerts = await desk(around, at(ops.url, { groupWaitMs: 30_000 }));
  await happen(around, alerts, recordOf('shop'));
  const second = recordOf('shop', { id: 'eeeeeeeeeeeeeeee' });
  const plan = alerts.plan({ findings: [second], events: [eventOf(second, 'opened', around.clock)] });
  expect(plan.deliveries).toMatchObject([{ events: [{}, {}] }]);
  const committing = held.then(() => commit({ deliveries: plan.deliveries }));
  // The time comes while the commit is under way: it waits for it.
  around.clock += 31_000;
  alerts.wake();
  const third = recordOf('shop', { id: 'dddddddddddddddd' });
  expect(
    alerts.plan({ findings: [third], events: [eventOf(third, 'opened', around.clock)] }).deliveries[0]?.events,
  ).toHaveLength(1);
  expect(ops.got).toHaveLength(0);
  release();
  await committing;
  plan.committed();
  await until(() => expect(ops.got).toHaveLength(1));
  expect(JSON.parse(ops.got[0]?.body ?? '').alerts).toHaveLength(2);
});

test('a commit that fails leaves nothing planned, and the reminder comes when the store is back', async () => {
  const ops = await receiver();
  const around = new TestSurroundings();
  const alerts = await desk(around, at(ops.url), { checkMs: 10 });
  const record = recordOf('shop');
  const plan = alerts.plan({ findings: [record], events: [eventOf(record, 'opened', around.clock)] });
  plan.abandoned();
  expect(alerts.counts().pending).toBe(0);
  around.full = true;
  around.records.set(record.id, record);
  await until(() => expect(alerts.problems()[0]?.says).toContain('the disk is full'));
  expect(ops.got).toHaveLength(0);
  around.full = false;
  await until(() => expect(states(around)).toEqual(['delivered']));
  expect(ops.got).toHaveLength(1);
});

test('delivered, and the store does not take it: not sent again, and stored when it can be', async () => {
  const around = new TestSurroundings();
  const ops = await receiver(() => {
    around.full = true;
    return { status: 200 };
  });
  const alerts = await desk(around, at(ops.url));
  await happen(around, alerts, recordOf('shop'));
  await until(() => expect(alerts.problems()[0]?.says).toContain('the disk is full'));
  alerts.wake();
  around.full = false;
  await until(() => expect(states(around)).toEqual(['delivered']));
  expect(ops.got).toHaveLength(1);
});

test('the clock is set back: what waits does not wait for it', async () => {
  const ops = await receiver();
  const around = new TestSurroundings();
  const alerts = await desk(around, at(ops.url, { groupWaitMs: 30_000 }));
  await happen(around, alerts, recordOf('shop'));
  around.clock -= 3_600_000;
  alerts.wake();
  await until(() => expect(states(around)).toEqual(['delivered']));
});

test('a receiver that is not configured any more loses its messages, loudly; a new one hears what is open', async () => {
  const around = new TestSurroundings();
  const ops = await receiver();
  const alerts = await desk(around, at('http://127.0.0.1:1/'));
  await happen(around, alerts, recordOf('shop'));
  await until(() => expect(alerts.problems()).toHaveLength(1));
  alerts.configure(alertsOf([receiverOf(ops.url, { name: 'new' })], { groupWaitMs: 0 }));
  await until(() => expect(states(around).sort()).toEqual(['delivered', 'dropped']));
  expect(alerts.problems()[0]?.says).toContain('The receiver ops is not in the configuration any more.');
  expect(JSON.parse(ops.got[0]?.body ?? '').alerts[0].kind).toBe('reminder');
});

test('Alertmanager hears again and again of what is open', async () => {
  const manager = await receiver();
  const around = new TestSurroundings();
  const config = alertsOf([receiverOf(`${manager.url}/am`, { kind: 'alertmanager' })]);
  const alerts = await desk(around, config, { refreshMs: 20 });
  const record = recordOf('shop');
  await happen(around, alerts, record);
  await until(() => expect(manager.got.length).toBeGreaterThan(3));
  expect(new Set(manager.got.map(({ path }) => path))).toEqual(new Set(['/am/api/v2/alerts']));
  const [first, second] = manager.got.map(({ body }) => JSON.parse(body)[0]);
  expect(second.labels).toEqual(first.labels);
  expect(Date.parse(second.endsAt)).toBe(around.clock + 600_000);
  await happen(around, alerts, { ...record, state: 'resolved', resolvedAt: around.clock }, 'resolved');
  await until(() => expect(states(around)).toEqual(['delivered', 'delivered']));
  const count = manager.got.length;
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(manager.got.length).toBeLessThanOrEqual(count + 1);
});
