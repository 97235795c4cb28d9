/** The fleet: one set of queries for all targets, kept for a moment. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { fleetView } from '../../views/fleet.ts';
import type { Backend } from '../backend.ts';
import { cached } from '../cached.ts';
import { type FleetView, fleet } from '../contract.ts';
import { createSparklines, type Sparklines } from '../sparklines.ts';
import { problems } from './shared.ts';

const KEPT_MS = 1000;

export const fleetRoutes: FastifyPluginAsyncZod<{ backend: Backend }> = async (app, { backend }) => {
  const ids = () => backend.targets().map(({ info }) => info.id);
  const sparklines = createSparklines(backend.store, ids, () => backend.now());
  const answer = cached(KEPT_MS, () => build(backend, sparklines));
  app.get('/api/fleet', { schema: { response: { 200: fleet, ...problems } } }, () => answer.get());
};

async function build(backend: Backend, sparklines: Sparklines): Promise<FleetView> {
  const [liveHeap, latest] = await Promise.all([sparklines.get(), backend.store.latestMetrics()]);
  return fleetView({
    now: backend.now(),
    targets: backend.targets(),
    findings: backend.findings(),
    problems: backend.problems(),
    liveHeap,
    latest,
  });
}
