/** Any two captures against each other. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Capture, CaptureSummary } from '../../model.ts';
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
      diagnosis: null,
    });
  });
};

async function summaryOf(backend: Backend, { id }: Capture): Promise<CaptureSummary> {
  const summary = await backend.store.summary(id);
  if (summary === null) {
    throw new ApiProblem(410, `Of capture ${id} there is no summary to compare: it is too old, or could not be read.`);
  }
  return summary;
}
