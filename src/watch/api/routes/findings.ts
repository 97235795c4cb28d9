/** Findings, and what a person does to one. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { FindingRecord } from '../../model.ts';
import { compareFindings, findingView } from '../../views/finding.ts';
import type { Backend } from '../backend.ts';
import {
  acknowledgeBody,
  type FindingView,
  finding,
  findingDetail,
  findings,
  silenceBody,
  unacknowledgeBody,
} from '../contract.ts';
import { findingDetail as gatherDetail } from '../finding-detail.ts';
import { notFound } from '../problem.ts';
import { findingId, instanceName, name, nameOf, problems } from './shared.ts';

const params = z.object({ id: findingId });

export const findingRoutes: FastifyPluginAsyncZod<{ backend: Backend }> = async (app, { backend }) => {
  const view = (record: FindingRecord): FindingView => findingView(record, instanceName(backend));
  const found = (record: FindingRecord | null | undefined): FindingView => {
    if (record === null || record === undefined) throw notFound('such finding');
    return view(record);
  };

  const querystring = z.object({
    environment: name.optional(),
    service: name.optional(),
    /** `open`: all that are not resolved. */
    state: z.enum(['open', 'resolved']).optional(),
  });
  app.get(
    '/api/findings',
    { schema: { querystring, response: { 200: findings, ...problems } } },
    async ({ query }) => ({
      schema: 'hemostat/findings@1' as const,
      findings: backend
        .findings()
        .filter(
          (record) =>
            (query.environment === undefined || record.environment === nameOf(query.environment)) &&
            (query.service === undefined || record.service === nameOf(query.service)) &&
            (query.state === undefined || (record.state === 'resolved') === (query.state === 'resolved')),
        )
        .sort(compareFindings)
        .map(view),
    }),
  );

  app.get(
    '/api/findings/:id',
    { schema: { params, response: { 200: findingDetail, ...problems } } },
    async ({ params: { id } }) => {
      const detail = await gatherDetail(backend, id);
      if (detail === null) throw notFound('such finding');
      return detail;
    },
  );

  const response = { 200: finding, ...problems };
  app.post(
    '/api/findings/:id/acknowledge',
    { schema: { params, body: acknowledgeBody, response } },
    async ({ params: { id }, body }) => found(await backend.acknowledge(id, body.by, body.note)),
  );
  app.delete(
    '/api/findings/:id/acknowledge',
    { schema: { params, body: unacknowledgeBody, response } },
    async ({ params: { id }, body }) => found(await backend.unacknowledge(id, body.by)),
  );
  app.post(
    '/api/findings/:id/silence',
    { schema: { params, body: silenceBody, response } },
    async ({ params: { id }, body }) => {
      const silence = await backend.silence(id, body.by, body.why, backend.now() + body.seconds * 1000);
      if (silence === null) throw notFound('such finding');
      return found(backend.findings().find((record) => record.id === id));
    },
  );
  app.delete(
    '/api/findings/:id/silence',
    { schema: { params, body: unacknowledgeBody, response } },
    async ({ params: { id }, body }) => {
      const record = await backend.unsilence(id, body.by);
      if (record === null) throw notFound('silence of such a finding');
      return found(record);
    },
  );
};
