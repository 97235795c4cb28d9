/** Any two captures against each other. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Diagnosis } from '../../../findings/model.ts';
import type { Capture, CaptureSummary } from '../../model.ts';
import { diagnoseBetween } from '../../views/between.ts';
import { captureInfo } from '../../views/capture.ts';
import { compareView } from '../../views/compare.ts';
import type { Backend } from '../backend.ts';
import { captureOf } from '../blobs.ts';
import { compare } from '../contract.ts';
import { ApiProblem } from '../problem.ts';
import { captureId, instanceName, problems } from './shared.ts';

const querystring = z.object({ base: captureId, head: captureId });

export const compareRoutes: FastifyPluginAsyncZod<{ backend: Backend }> = async (app, { backend }) => {
  app.get('/api/compare', { schema: { querystring, response: { 200: compare, ...problems } } }, async ({ query }) => {
    const [base, head] = await Promise.all([captureOf(backend, query.base), captureOf(backend, query.head)]);
    const [before, after] = await Promise.all([summaryOf(backend, base), summaryOf(backend, head)]);
    return compareView({
      base: captureInfo(base, instanceName(backend)),
      head: captureInfo(head, instanceName(backend)),
      before,
      after,
      diagnosis: await between(backend, base, head),
    });
  });
};

/** Captures in between that are looked at. */
const POINTS = 24;

/** Null where the two are of two instances, or the wrong way round. */
async function between(backend: Backend, base: Capture, head: Capture): Promise<Diagnosis | null> {
  const target = backend.target(base.target);
  if (target === null || base.target !== head.target || base.at >= head.at) return null;
  const { info, goVersion, loadMetric, loadKind } = target;
  const load = loadMetric === null || loadKind === null ? null : { metric: loadMetric, kind: loadKind, guessed: false };
  const summaries = await backend.store.summaries(base.target, { from: base.at, to: head.at }, POINTS);
  return diagnoseBetween(summaries, { service: info.service, instance: info.instance, goVersion, load });
}

async function summaryOf(backend: Backend, { id }: Capture): Promise<CaptureSummary> {
  const summary = await backend.store.summary(id);
  if (summary === null) {
    throw new ApiProblem(410, `Of capture ${id} there is no summary to compare: it is too old, or could not be read.`);
  }
  return summary;
}
