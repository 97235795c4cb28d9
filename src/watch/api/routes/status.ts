/** How the watching itself goes: for people, for Prometheus, and for whoever restarts it. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Backend } from '../backend.ts';
import { cached } from '../cached.ts';
import { alerts, problemAnswer, type StatusView, status } from '../contract.ts';
import { problems } from './shared.ts';

const KEPT_MS = 1000;
/** Deliveries that are shown, and that counts are of. */
const RECENT = 500;

export const statusRoutes: FastifyPluginAsyncZod<{ backend: Backend; openMetrics: boolean }> = async (
  app,
  { backend, openMetrics },
) => {
  const answer = cached(KEPT_MS, () => build(backend));
  app.get('/api/status', { schema: { response: { 200: status, ...problems } } }, () => answer.get());

  const querystring = z.object({ limit: z.coerce.number().int().min(1).max(RECENT).default(100) });
  app.get('/api/alerts', { schema: { querystring, response: { 200: alerts, ...problems } } }, async ({ query }) => ({
    deliveries: (await backend.store.deliveries(query.limit)).map(
      ({ events: _, body: __, reminders: ___, ...delivery }) => ({
        ...delivery,
        findings: [...delivery.findings],
      }),
    ),
  }));

  app.get('/metrics', { config: { public: openMetrics } }, async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await backend.metricsText()),
  );

  // Asked by whoever restarts the process, who has no token: it tells one sentence and no name.
  app.get(
    '/healthz',
    {
      config: { public: true },
      schema: { security: [], response: { 200: z.object({ status: z.literal('ok') }), 503: problemAnswer } },
    },
    async (_request, reply) => {
      const problem = backend.health();
      return problem === null ? { status: 'ok' as const } : reply.code(503).send({ error: problem });
    },
  );

  app.get('/openapi.json', { config: { public: true }, schema: { hide: true } }, () => app.swagger());
};

async function build(backend: Backend): Promise<StatusView> {
  const [stats, recent] = await Promise.all([backend.store.stats(), backend.store.deliveries(RECENT)]);
  const count = (state: string): number => recent.filter((delivery) => delivery.state === state).length;
  return {
    version: backend.version,
    now: backend.now(),
    startedAt: backend.startedAt,
    targets: backend.targets().map(({ info, up, problem, failures, nextCapture, spent, budget }) => ({
      id: info.id,
      environment: info.environment,
      service: info.service,
      instance: info.instance,
      url: info.url,
      from: info.from,
      up,
      problem,
      failures,
      nextCapture,
      spent,
      budget,
    })),
    store: {
      schemaVersion: stats.schemaVersion,
      databaseBytes: stats.databaseBytes,
      blobBytes: stats.blobBytes,
      captures: stats.captures,
      metricPoints: stats.metricPoints,
    },
    alerts: {
      pending: count('pending'),
      delivered: count('delivered'),
      dropped: count('dropped'),
      receivers: [...backend.receivers()],
    },
    problems: backend.problems().map((problem) => ({ ...problem })),
  };
}
