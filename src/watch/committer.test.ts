import { expect, it } from 'vitest';
import { Committer } from './committer.ts';
import type { Batch } from './history/store.ts';
import type { FindingEvent, MetricPoint } from './model.ts';
import { VirtualClock } from './virtual-clock.testing.ts';

function point(at: number): MetricPoint {
  return { target: 't', at, values: { goroutines: at } };
}

const EVENT: FindingEvent = { id: 'f-opened-1-x', finding: 'f', at: 1, kind: 'opened', says: 'it leaks' };

/** A store that can be out of order, and a desk that counts. */
function setup() {
  const clock = new VirtualClock();
  const stored: Batch[] = [];
  const told: Batch[] = [];
  const problems: (string | null)[] = [];
  const desk = { planned: 0, committed: 0, abandoned: 0 };
  const broken = { says: '' };
  const committer = new Committer({
    clock,
    store: {
      async commit(batch) {
        if (broken.says !== '') throw new Error(broken.says);
        stored.push(batch);
      },
    },
    plan: () => {
      desk.planned++;
      return { deliveries: [], committed: () => void desk.committed++, abandoned: () => void desk.abandoned++ };
    },
    onStored: (batch) => told.push(batch),
    onProblem: (says) => problems.push(says),
  });
  const times = () => stored.flatMap((batch) => (batch.metrics ?? []).map(({ at }) => at));
  return { clock, committer, stored, told, problems, desk, broken, times };
}

it('puts what comes within a second into one transaction, and tells of it afterwards', async () => {
  const { clock, committer, stored, told } = setup();
  for (let at = 1; at <= 50; at++) committer.add({ metrics: [point(at)] });
  expect(told.length).toBe(0);
  await clock.advance(1_100);
  expect(stored.map(({ metrics }) => metrics?.length)).toEqual([50]);
  expect(told.length).toBe(1);
  await clock.advance(10_000);
  expect(stored.length).toBe(1);
});

it('keeps what a broken store cannot take, in order, and plans alerts again when it can', async () => {
  const { clock, committer, told, problems, desk, broken, times } = setup();
  broken.says = 'the disk is full';
  committer.add({ metrics: [point(1)], events: [EVENT] });
  await clock.advance(1_100);
  committer.add({ metrics: [point(2)] });
  await expect(committer.flush()).rejects.toThrow('the disk is full');
  expect(problems.at(-1)).toBe('the disk is full');
  expect(told.length).toBe(0);
  broken.says = '';
  await clock.advance(40_000);
  expect(times()).toEqual([1, 2]);
  expect(problems.at(-1)).toBeNull();
  expect(desk.committed).toBe(1);
  expect(desk.abandoned).toBe(desk.planned - 1);
});

it('lets the oldest measurements go when the store is broken for long, counts them, and keeps findings', async () => {
  const { clock, committer, stored, problems, broken, times } = setup();
  broken.says = 'the disk is full';
  committer.add({ events: [EVENT] });
  for (let at = 0; at < 70_000; at++) committer.add({ metrics: [point(at)] });
  await clock.advance(120_000);
  expect(problems.at(-1)).toBe('the disk is full; 20000 rows of measurements had to be let go');
  broken.says = '';
  await clock.advance(40_000);
  expect(times().length).toBe(50_000);
  expect(times().at(-1)).toBe(69_999);
  expect(stored.flatMap(({ events }) => events ?? [])).toEqual([EVENT]);
});

it('stores what is left when it is closed, and says what is lost where it cannot', async () => {
  const { committer, stored, broken } = setup();
  committer.add({ metrics: [point(1)] });
  expect(await committer.close()).toBeNull();
  expect(stored.length).toBe(1);
  const other = setup();
  other.broken.says = 'read-only';
  other.committer.add({ metrics: [point(1)] });
  expect(await other.committer.close()).toMatch(/lost: read-only/);
  expect(broken.says).toBe('');
});
