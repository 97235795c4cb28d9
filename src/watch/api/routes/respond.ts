/** Incidents: who owes what by when, and what people say to that. */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { missing } from '../../../guard/respond/events.ts';
import { alertmanager, defectDojo } from '../../../guard/respond/export.ts';
import { type IncidentState, ROLES } from '../../../guard/respond/model.ts';
import { makeReport } from '../../../guard/respond/report.ts';
import { compareIncidents, countsOf, incidentDetailView, incidentView } from '../../views/incident.ts';
import type { Backend } from '../backend.ts';
import {
  attachBody,
  checkBody,
  closeBody,
  type IncidentDetail,
  type IncidentView,
  incidentAcknowledgeBody,
  incidentCountsAnswer,
  incidentDetail,
  incidents,
  pauseBody,
  responseReport,
  resumeBody,
} from '../contract.ts';
import { ApiProblem, notFound } from '../problem.ts';
import { problems } from './shared.ts';

const params = z.object({ id: z.string().regex(/^[0-9a-f]{16}$/, 'is no id of an incident') });
const COMMIT = /^[0-9a-f]{7,64}$/i;

export const respondRoutes: FastifyPluginAsyncZod<{ backend: Backend }> = async (app, { backend }) => {
  const { respond } = backend;
  const view = (state: IncidentState): IncidentView => incidentView(state, respond.recordOf(state.id));
  const detail = (state: IncidentState): IncidentDetail =>
    incidentDetailView(
      state,
      respond.recordOf(state.id),
      respond.settings.matrix,
      (role, artefact) => respond.isChecking(state.id, role, artefact),
      backend.now(),
    );
  const found = (state: IncidentState | null): IncidentState => {
    if (state === null) throw notFound('such incident');
    return state;
  };
  /** @throws ApiProblem where nothing can be said to it any more */
  const open = (id: string): IncidentState => {
    const state = found(respond.incident(id));
    if (state.state === 'open') return state;
    throw new ApiProblem(409, 'This incident is closed; it is opened again when its finding is there again.');
  };
  const said = (state: IncidentState | null): IncidentDetail => {
    if (state === null) throw new ApiProblem(409, 'This incident was closed meanwhile.');
    return detail(state);
  };

  app.get(
    '/api/incidents',
    {
      schema: {
        querystring: z.object({
          state: z.enum(['open', 'closed', 'all']).default('open'),
          role: z.enum(ROLES).optional(),
          /** `1`: only those with a clock over its time. */
          breached: z.enum(['0', '1']).default('0'),
        }),
        response: { 200: incidents, ...problems },
      },
    },
    async ({ query }) => {
      const { enabled, minSeverity, minVerdict, receivers } = respond.settings;
      const all = respond.incidents().map(view);
      return {
        schema: 'hemostat/incidents@1' as const,
        now: backend.now(),
        enabled,
        limit: { severity: minSeverity, verdict: minVerdict },
        receivers: {
          development: [...receivers.development],
          operations: [...receivers.operations],
          security: [...receivers.security],
        },
        counts: countsOf(all),
        incidents: all
          .filter(
            ({ state, clocks, urgency }) =>
              (query.state === 'all' || state === query.state) &&
              (query.role === undefined || clocks.some(({ role }) => role === query.role)) &&
              (query.breached === '0' || urgency === 'breached'),
          )
          .sort(compareIncidents),
      };
    },
  );

  app.get('/api/incidents/counts', { schema: { response: { 200: incidentCountsAnswer, ...problems } } }, async () => ({
    ...countsOf(respond.incidents().map(view)),
    enabled: respond.settings.enabled,
  }));

  app.get(
    '/api/incidents/:id',
    { schema: { params, response: { 200: incidentDetail, ...problems } } },
    async ({ params: { id } }) => detail(found(respond.incident(id))),
  );

  const response = { 200: incidentDetail, ...problems };
  app.post(
    '/api/incidents/:id/acknowledge',
    { schema: { params, body: incidentAcknowledgeBody, response } },
    async ({ params: { id }, body: { by, role, note } }) => {
      open(id);
      return said(await respond.say(id, { kind: 'acknowledged', role, note }, by));
    },
  );
  app.post(
    '/api/incidents/:id/attach',
    { schema: { params, body: attachBody, response } },
    async ({ params: { id }, body: { by, role, kind, reference, note } }) => {
      open(id);
      if (kind === 'fix-with-test' && !COMMIT.test(reference))
        throw new ApiProblem(400, 'A fix is a commit: give its hash, 7 hex digits or more. A branch may move.');
      return said(await respond.attach(id, role, kind, reference, note, by));
    },
  );
  app.post(
    '/api/incidents/:id/pause',
    { schema: { params, body: pauseBody, response } },
    async ({ params: { id }, body: { by, role, why } }) => {
      open(id);
      return said(await respond.say(id, { kind: 'paused', role, why }, by));
    },
  );
  app.post(
    '/api/incidents/:id/resume',
    { schema: { params, body: resumeBody, response } },
    async ({ params: { id }, body: { by, role } }) => {
      open(id);
      return said(await respond.say(id, { kind: 'resumed', role }, by));
    },
  );
  app.post(
    '/api/incidents/:id/close',
    { schema: { params, body: closeBody, response } },
    async ({ params: { id }, body: { by, reason } }) => {
      const owed = missing(open(id));
      const why = reason.trim();
      if (owed.length > 0 && why === '')
        throw new ApiProblem(409, `It is not answered: ${owed.join('; ')}. Give a reason to close it all the same.`);
      return said(
        await respond.say(id, { kind: 'closed', says: why === '' ? 'answered, and nothing is owed' : why }, by),
      );
    },
  );
  app.post(
    '/api/incidents/:id/check',
    { schema: { params, body: checkBody, response } },
    async ({ params: { id }, body: { role } }) => {
      open(id);
      return said(respond.check(id, role));
    },
  );

  const since = z.coerce.number().min(0).max(8.64e15).optional();
  app.get(
    '/api/response-report',
    { schema: { querystring: z.object({ since }), response: { 200: responseReport, ...problems } } },
    async ({ query }) => {
      const report = makeReport(respond.incidents(), query.since ?? null, backend.now());
      const group = ({ times, ...rest }: typeof report.all) => ({ ...rest, times: [...times] });
      return {
        ...report,
        all: group(report.all),
        kinds: report.kinds.map(group),
        roles: report.roles.map(group),
        notes: [...report.notes],
      };
    },
  );

  app.get(
    '/api/response-export',
    { schema: { querystring: z.object({ form: z.enum(['defectdojo', 'alertmanager']) }) } },
    async ({ query: { form } }, reply) => {
      const all = respond.incidents();
      const text = form === 'defectdojo' ? defectDojo(all, backend.version) : alertmanager(all, backend.now());
      return reply
        .type('application/json; charset=utf-8')
        .header('content-disposition', `attachment; filename="hemostat-${form}.json"`)
        .send(text);
    },
  );
};
