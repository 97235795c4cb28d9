/** The fleet: one set of queries for all targets, kept for a moment. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { MetricPoint } from '../../model.ts';
import { fleetView, STALE_MS } from '../../views/fleet.ts';
import type { Backend } from '../backend.ts';
import { cached } from '../cached.ts';
import { type FleetView, fleet } from '../contract.ts';
import { createSparklines, type Sparklines } from '../sparklines.ts';
import { problems } from './shared.ts';

const KEPT_MS = 1000;
/** More than a target has points in STALE_MS, so that none is a mean of several. */
const COUNTS = 1000;

export const fleetRoutes: FastifyPluginAsyncZod<{ backend: Backend }> = async (app, { backend }) => {
  const ids = () => backend.targets().map(({ info }) => info.id);
  const sparklines = createSparklines(backend.store, ids, () => backend.now());
  const answer = cached(KEPT_MS, () => build(backend, sparklines));
  app.get('/api/fleet', { schema: { response: { 200: fleet, ...problems } } }, () => answer.get());
};

async function build(backend: Backend, sparklines: Sparklines): Promise<FleetView> {
  const [liveHeap, latest] = await Promise.all([sparklines.get(), newest(backend)]);
  return fleetView({
    now: backend.now(),
    targets: backend.targets(),
    findings: backend.findings(),
    problems: backend.problems(),
    liveHeap,
    latest,
  });
}

/**
 * The newest point of each target. A target without `/metrics` counts its goroutines only where it is profiled: its last
 * count is looked up, or the column would be empty most of the time.
 */
async function newest({ store, now }: Backend): Promise<MetricPoint[]> {
  const points = await store.latestMetrics();
  const to = now();
  const without = points.filter(({ at, values }) => values.goroutines === undefined && at >= to - STALE_MS);
  if (without.length === 0) return points;
  const ids = without.map(({ target }) => target);
  const counts = await store.metrics(ids, ['goroutines'], { from: to - STALE_MS, to }, COUNTS);
  return points.map((point) => {
    const goroutines = counts.get(point.target)?.values.goroutines?.findLast(Number.isFinite);
    return goroutines === undefined ? point : { ...point, values: { goroutines, ...point.values } };
  });
}
