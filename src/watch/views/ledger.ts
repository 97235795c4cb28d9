/**
 * RSS taken apart over time. The counters are those of METRICS; smaps are not read that often, so that what is not Go's
 * is in the remainder. The terms sum to RSS at every point that has all of them.
 */
import { TERMS } from '../../diagnose/ledger.ts';
import type { LedgerView } from '../api/contract.ts';
import type { Metric, MetricColumns } from '../model.ts';
import { nullable } from './columns.ts';

export const LEDGER_METRICS = [
  'rss_bytes',
  'heap_alloc_bytes',
  'heap_inuse_bytes',
  'heap_idle_bytes',
  'heap_released_bytes',
  'stack_inuse_bytes',
  'runtime_bytes',
] as const satisfies readonly Metric[];

export function ledgerView({ at, values }: MetricColumns): LedgerView {
  const column = (metric: (typeof LEDGER_METRICS)[number]): Float64Array =>
    values[metric] ?? new Float64Array(at.length).fill(Number.NaN);
  const alloc = column('heap_alloc_bytes');
  const rss = column('rss_bytes');
  const terms: { name: string; how: string; value: Float64Array }[] = [
    { ...TERMS.live, how: 'HeapAlloc', value: alloc },
    { ...TERMS.freeSlots, value: minus(column('heap_inuse_bytes'), alloc) },
    { ...TERMS.idleKept, value: minus(column('heap_idle_bytes'), column('heap_released_bytes')) },
    { ...TERMS.stacks, value: column('stack_inuse_bytes') },
    { ...TERMS.runtime, how: 'MSpanSys + MCacheSys + BuckHashSys + GCSys + OtherSys', value: column('runtime_bytes') },
  ];
  const measured = terms.filter(({ value }) => value.some(Number.isFinite));
  // Without the heap there is nothing that the remainder would be of.
  if (measured[0]?.value === alloc && rss.some(Number.isFinite)) {
    let rest = rss;
    for (const { value } of measured) rest = minus(rest, value);
    measured.push({ ...TERMS.remainder, value: rest });
  }
  return {
    at: Array.from(at),
    terms: measured.map(({ name, how, value }) => ({ name, how, value: nullable(value) })),
    rss: nullable(rss),
  };
}

function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, i) => value - (b[i] ?? Number.NaN));
}
