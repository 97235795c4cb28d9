/** The fleet: one set of queries for all targets, kept for a moment. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Range } from '../../history/store.ts';
import type { MetricColumns, TargetId } from '../../model.ts';
import { fleetView, SPARKLINE_POINTS } from '../../views/fleet.ts';
import type { Backend } from '../backend.ts';
import { cached } from '../cached.ts';
import { type FleetView, fleet } from '../contract.ts';
import { problems } from './shared.ts';

const KEPT_MS = 1500;
const DAY = 86_400_000;

export const fleetRoutes: FastifyPluginAsyncZod<{ backend: Backend }> = async (app, { backend }) => {
  const answer = cached(KEPT_MS, () => build(backend));
  app.get('/api/fleet', { schema: { response: { 200: fleet, ...problems } } }, () => answer.get());
};

async function build(backend: Backend): Promise<FleetView> {
  const now = backend.now();
  const targets = backend.targets();
  const ids = targets.map(({ info }) => info.id);
  const { range, liveHeap } = await sparklines(backend, ids, { from: now - DAY, to: now });
  return fleetView({
    now,
    targets,
    findings: backend.findings(),
    problems: backend.problems(),
    liveHeap,
    range,
    latest: await backend.store.latestMetrics(),
  });
}

/** Of the whole range; where only the end of it has points, of that end, so that a young server has a line to show, too. */
async function sparklines(
  backend: Backend,
  ids: readonly TargetId[],
  range: Range,
): Promise<{ range: Range; liveHeap: Map<TargetId, MetricColumns> }> {
  if (ids.length === 0) return { range, liveHeap: new Map() };
  const ask = (part: Range) => backend.store.metrics(ids, ['live_heap_bytes'], part, SPARKLINE_POINTS);
  const liveHeap = await ask(range);
  const step = (range.to - range.from) / SPARKLINE_POINTS;
  let first = range.to;
  for (const { at } of liveHeap.values()) first = Math.min(first, at[0] ?? range.to);
  // Points are means over a step, so the first measurement may be half of one earlier than the first point.
  if (first - step < range.from + (range.to - range.from) / 2) return { range, liveHeap };
  const young = { from: Math.min(first - step, range.to - 60_000), to: range.to };
  const points = await ask(young);
  for (const { at } of points.values())
    young.from = Math.max(young.from, Math.min(at[0] ?? range.to, range.to - 60_000));
  return { range: young, liveHeap: points };
}
