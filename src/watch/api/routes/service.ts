/** One service over a range of time, and its goroutines. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { MetricColumns, TargetId } from '../../model.ts';
import { MAX_POINTS } from '../../views/columns.ts';
import { clusterKeys, goroutinesView } from '../../views/goroutines.ts';
import { SERVICE_METRICS, serviceView, worstInstance } from '../../views/service.ts';
import { syscallsView } from '../../views/syscalls.ts';
import type { Backend, TargetState } from '../backend.ts';
import { goroutines, service, syscalls } from '../contract.ts';
import { notFound } from '../problem.ts';
import { instanceName, name, nameOf, problems, range, rangeOf, targetId } from './shared.ts';

const params = z.object({ environment: name, service: name });
const querystring = range.extend({ instance: targetId.optional() });

const MAX_CAPTURES = 200;
/** Summaries that are looked at for the first, the last, and the last dump of a range. */
const SUMMARIES = 24;
/** Windows that are looked at as they were counted: who called what, and what is said against them. */
const RECENT_WINDOWS = 240;
/** Clusters with a line of their own over time. */
const MAX_LINES = 40;
const NO_COLUMNS: MetricColumns = { at: new Float64Array(), values: {} };

export const serviceRoutes: FastifyPluginAsyncZod<{ backend: Backend }> = async (app, { backend }) => {
  const { store } = backend;

  app.get(
    '/api/services/:environment/:service',
    { schema: { params, querystring, response: { 200: service, ...problems } } },
    async ({ params, query }) => {
      const span = rangeOf(query, backend);
      const found = await select(backend, params, query.instance);
      const ids = found.targets.map(({ info }) => info.id);
      const [columns, marks, captures] = await Promise.all([
        store.metrics([found.instance], SERVICE_METRICS, span, MAX_POINTS),
        ids.length === 0 ? [] : store.marks(ids, span),
        ids.length === 0 ? [] : store.captures(ids, span, MAX_CAPTURES),
      ]);
      return serviceView({
        environment: nameOf(params.environment),
        service: nameOf(params.service),
        range: span,
        targets: found.targets,
        instance: found.instance,
        columns: columns.get(found.instance) ?? NO_COLUMNS,
        marks,
        findings: found.findings,
        captures,
        nameOf: instanceName(backend),
      });
    },
  );

  app.get(
    '/api/services/:environment/:service/goroutines',
    { schema: { params, querystring, response: { 200: goroutines, ...problems } } },
    async ({ params, query }) => {
      const span = rangeOf(query, backend);
      const { instance } = await select(backend, params, query.instance);
      const summaries = await store.summaries(instance, span, SUMMARIES);
      const keys = clusterKeys(summaries, MAX_LINES);
      const series = keys.length === 0 ? [] : await store.clusterSeries(instance, span, { keys });
      return goroutinesView({ range: span, instance, summaries, series });
    },
  );

  app.get(
    '/api/services/:environment/:service/syscalls',
    {
      schema: {
        params,
        querystring: querystring.extend({ syscall: z.string().max(100).optional() }),
        response: { 200: syscalls, ...problems },
      },
    },
    async ({ params, query }) => {
      const span = rangeOf(query, backend);
      const { instance, targets, findings } = await select(backend, params, query.instance);
      const [columns, recent] = await Promise.all([
        store.syscallColumns(instance, span, MAX_POINTS),
        store.syscallWindows(instance, span, RECENT_WINDOWS),
      ]);
      return syscallsView({
        ...{ environment: nameOf(params.environment), service: nameOf(params.service), range: span },
        ...{ targets, instance, columns, recent, findings, chosen: query.syscall },
        ...{ state: backend.syscalls(instance), nameOf: instanceName(backend) },
      });
    },
  );
};

interface Selected {
  readonly targets: readonly TargetState[];
  readonly findings: ReturnType<Backend['findings']>;
  readonly instance: TargetId;
}

/** Throws ApiProblem where the service is not known, or the instance is none of it. */
async function select(
  backend: Backend,
  asked: { readonly environment: string; readonly service: string },
  instance: TargetId | undefined,
): Promise<Selected> {
  const environment = nameOf(asked.environment);
  const service = nameOf(asked.service);
  const own = (of: { readonly environment: string; readonly service: string }): boolean =>
    of.environment === environment && of.service === service;
  const targets = backend.targets().filter(({ info }) => own(info));
  const findings = backend.findings().filter(own);
  if (instance !== undefined && !targets.some(({ info }) => info.id === instance)) {
    // Instances come and go; the history of those that went is still there.
    const former = (await backend.store.targets()).some((info) => info.id === instance && own(info));
    if (!former) throw notFound('such instance of the service');
  }
  const shown = instance ?? worstInstance(targets, findings);
  if (shown === null) throw notFound('such service');
  return { targets, findings, instance: shown };
}
