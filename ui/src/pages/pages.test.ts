import { describe, expect, it } from 'vitest';
import type { CaptureInfo, ClusterView, FleetView } from '../../../src/watch/api/contract.ts';
import { matching } from '../goals.ts';
import { filtered, waitWords } from './cluster-filter.ts';
import { inOrder, summary } from './fleet-order.ts';
import { capturesAtEnds, flamePart } from './nearest-captures.ts';
import { drawnRange, rangeAt } from './range.ts';

type Service = FleetView['services'][number];

function service(name: string, over: Partial<Service> = {}): Service {
  return {
    ...{ environment: 'prod', service: name, severity: null, verdict: null, title: null, findingId: null },
    ...{ openFindings: 0, instances: { total: 1, up: 1 }, rss: null, goroutines: null, perHour: null },
    ...{ timeToLimit: null, lastCapture: null, problems: [] },
    liveHeap: { name: 'live-heap', unit: 'bytes', at: [], value: [] },
    ...over,
  };
}

describe('the fleet', () => {
  it('has the worst first, and among the same who has least time', () => {
    const order = inOrder([
      service('b'),
      service('later', { severity: 'high', timeToLimit: 9000 }),
      service('never', { severity: 'high' }),
      service('soon', { severity: 'high', timeToLimit: 60 }),
      service('worst', { severity: 'critical' }),
      service('a'),
    ]);
    expect(order.map((one) => one.service)).toEqual(['worst', 'soon', 'later', 'never', 'a', 'b']);
  });

  it('is one line', () => {
    expect(summary({ services: [] })).toBe('no services yet');
    expect(summary({ services: [service('a')] })).toBe('1 service, nothing found');
    const bad = service('b', { openFindings: 2, timeToLimit: 13_200 });
    expect(summary({ services: [service('a'), bad] })).toBe(
      '2 services, 1 with open findings; the first reaches its limit in 3 h 40 min',
    );
  });
});

describe('the range', () => {
  const now = 1_800_000_000_000;
  it('is what the address says, and one hour where it says nothing of sense', () => {
    expect(rangeAt({ query: {} }, now)).toEqual({ from: now - 3_600_000, to: now, preset: '1h' });
    expect(rangeAt({ query: { range: '7d' } }, now)).toEqual({ from: now - 604_800_000, to: now, preset: '7d' });
    expect(rangeAt({ query: { from: '5', to: '9' } }, now)).toEqual({ from: 5, to: 9, preset: null });
    for (const query of [{ range: 'x' }, { from: '9', to: '5' }, { from: 'a', to: 'b' }])
      expect(rangeAt({ query }, now).preset).toBe('1h');
  });

  it('is drawn from the first measurement on, where most of it would be empty', () => {
    const hour = rangeAt({ query: {} }, now);
    expect(drawnRange(hour, now - 180_000).from).toBeGreaterThan(now - 190_000);
    expect(drawnRange(hour, now - 180_000).from).toBeLessThan(now - 180_000);
    expect(drawnRange(hour, now - 3_000_000).from).toBe(hour.from);
    expect(drawnRange(hour, now - 5).from).toBe(now - 60_000);
    expect(drawnRange({ from: 0, to: 100, preset: null }, 90)).toEqual({ from: 0, to: 100 });
  });
});

function capture(at: number, over: Partial<CaptureInfo> = {}): CaptureInfo {
  return {
    ...{ id: `c${at}`, target: 't', instance: 'i', at, reason: 'schedule', build: null, name: null },
    parts: [{ kind: 'heap', bytes: 1, ms: 1, kept: true, error: null }],
    ...over,
  };
}

describe('captures', () => {
  const ends = (captures: CaptureInfo[], from: number, to: number) => {
    const found = capturesAtEnds(captures, 't', { from, to });
    return found === null ? null : [found.base.at, found.head.at];
  };
  it('stand for the ends of a range: two of them, the earlier first', () => {
    const all = [40, 30, 20, 10].map((at) => capture(at));
    expect(ends(all, 12, 38)).toEqual([10, 40]);
    expect(ends(all, 19, 21)).toEqual([10, 20]);
    expect(ends(all, 100, 200)).toEqual([30, 40]);
    expect(ends([capture(10)], 0, 100)).toBeNull();
  });

  it('of another instance, without bytes, or opened by a person, do not', () => {
    const gone = capture(20, { parts: [{ kind: 'heap', bytes: 1, ms: 1, kept: false, error: null }] });
    expect(
      ends([capture(10), capture(30, { target: 'u' }), gone, capture(40, { reason: 'opened' })], 0, 50),
    ).toBeNull();
  });

  it('are drawn by their heap, else by what there is', () => {
    const parts = ['goroutine', 'heap', 'expvar'].map((kind) => ({ kind, bytes: 1, ms: 1, kept: true, error: null }));
    expect(flamePart(capture(1, { parts }))).toBe('heap');
    expect(flamePart(capture(1, { parts: parts.slice(0, 1) }))).toBe('goroutine');
    expect(flamePart(capture(1, { parts: parts.slice(2) }))).toBeNull();
  });
});

describe('clusters', () => {
  const where = (name: string) => ({ function: name, file: `/src/${name}.go`, line: 1 });
  const cluster: ClusterView = {
    ...{
      key: 'k',
      state: 'chan receive',
      where: where('main.wait'),
      entry: where('main.run'),
      creator: null,
      count: 3,
    },
    ...{ before: null, owned: true, maxWaitMinutes: null, waits: null, stack: [where('runtime.gopark')], series: null },
  };
  it('fit a filter with all of its words', () => {
    expect(filtered([cluster], 'CHAN wait')).toHaveLength(1);
    expect(filtered([cluster], 'gopark')).toHaveLength(1);
    expect(filtered([cluster], '')).toHaveLength(1);
    expect(filtered([cluster], 'chan mutex')).toHaveLength(0);
  });

  it('say how long they wait', () => {
    expect(waitWords([12, 0, 0, 0, 0, 3])).toBe('12 for < 1 min, 3 for > 24 h');
    expect(waitWords([0, 0, 0, 0, 0, 0])).toBe('none');
  });
});

it('jumps first to what begins with the word', () => {
  const goal = (name: string, more = '') => ({ kind: 'service' as const, name, more, href: `#/${name}` });
  const goals = [goal('search', 'prod'), goal('reports', 'prod'), goal('report-search', 'prod'), goal('x', 'search')];
  expect(matching(goals, 'search', 8).map((one) => one.name)).toEqual(['search', 'report-search', 'x']);
  expect(matching(goals, 'prod rep', 8).map((one) => one.name)).toEqual(['reports', 'report-search']);
  expect(matching(goals, '', 2)).toHaveLength(2);
});
