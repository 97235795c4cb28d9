import { expect, test } from 'vitest';
import { seriesView } from './columns.ts';
import { ledgerView } from './ledger.ts';
import { processSeries } from './process-series.ts';

const of = (...values: number[]) => Float64Array.from(values);
const at = of(0, 10_000, 20_000, 30_000);

test('counters become rates; a restart and a gap are no rate', () => {
  const columns = { at, values: { gc_cycles_total: of(5, 15, 2, 4), gc_pause_ns_total: of(500, 2500, 100, 100) } };
  const series = processSeries(columns, null);
  expect(series.map(({ name, unit, value }) => [name, unit, value])).toEqual([
    ['gc-pause', 'ns', [null, 200, null, 0]],
    ['gc-rate', '1/s', [null, 1, null, 0.2]],
  ]);
});

test('two points of one moment make no rate of their own', () => {
  const twice = of(0, 5000, 5100, 10_000, 10_100, 15_000, 15_100);
  const gap = Number.NaN;
  const steady = { at: twice, values: { gc_cycles_total: of(0, 5, 5, 10, 10, 15, 15) } };
  expect(processSeries(steady, null)[0]?.value).toEqual([null, 1, null, 1, null, 1, null]);
  const second = { at: twice, values: { load: of(0, gap, 10, gap, 20, gap, 30) } };
  const rates = processSeries(second, 'counter')[0]?.value ?? [];
  expect(rates.map((rate) => rate && Math.round(rate * 10) / 10)).toEqual([null, null, 2, null, 2, null, 2]);
});

test('load is read as it is configured', () => {
  const columns = { at, values: { load: of(10, 20, Number.NaN, 50) } };
  expect(processSeries(columns, 'counter')[0]).toMatchObject({ unit: '1/s', value: [null, 1, null, null] });
  expect(processSeries(columns, 'gauge')[0]).toMatchObject({ unit: 'count', value: [10, 20, null, 50] });
});

test('the ledger sums to RSS where all of it was measured, and has no term that was not', () => {
  const { terms, rss } = ledgerView({
    at: of(0, 1),
    values: {
      rss_bytes: of(100, 110),
      heap_alloc_bytes: of(40, 50),
      heap_inuse_bytes: of(45, Number.NaN),
      stack_inuse_bytes: of(5, 5),
    },
  });
  expect(terms.map(({ name }) => name)).toEqual([
    'live heap and garbage since the last GC',
    'free slots in used spans',
    'goroutine stacks',
    expect.stringMatching(/^remainder/),
  ]);
  expect(rss).toEqual([100, 110]);
  expect(terms.map(({ value }) => value[0])).toEqual([40, 5, 5, 50]);
  expect(terms.at(-1)?.value[1]).toBeNull();
  expect(ledgerView({ at: of(0), values: { rss_bytes: of(100) } }).terms).toEqual([]);
});

test('thinning keeps both ends and the order', () => {
  const many = Float64Array.from({ length: 1000 }, (_, i) => i);
  const view = seriesView('x', 'count', { at: many, value: many }, 10);
  expect(view.at).toHaveLength(10);
  expect([view.at[0], view.at.at(-1)]).toEqual([0, 999]);
  expect(view.value).toEqual(view.at);
  expect(seriesView('x', 'count', { at: of(), value: of() }).at).toEqual([]);
});
