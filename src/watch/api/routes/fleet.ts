/** The fleet: one set of queries for all targets, kept for a moment. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { MetricColumns } from '../../model.ts';
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
  const [liveHeap, latest] = await Promise.all([
    ids.length === 0
      ? new Map<string, MetricColumns>()
      : backend.store.metrics(ids, ['live_heap_bytes'], { from: now - DAY, to: now }, SPARKLINE_POINTS),
    backend.store.latestMetrics(),
  ]);
  return fleetView({
    now,
    targets,
    findings: backend.findings(),
    problems: backend.problems(),
    liveHeap,
    latest,
  });
}
