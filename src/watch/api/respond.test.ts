/** Incidents over HTTP: what is answered, what may be said, and who may say it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { incidentCountsAnswer, incidentDetail, incidents, responseReport } from './contract.ts';
import { FINDING, startTestApi, type TestApi } from './testing.ts';

const TOKEN = 'a token of sixteen';
let api: TestApi;
let id = '';

beforeAll(async () => {
  api = await startTestApi({ token: TOKEN.replaceAll(' ', '-') });
  const all = incidents.parse(await (await api.get('/api/incidents')).json());
  id = all.incidents[0]?.id ?? '';
});
afterAll(() => api.close());

const ask = async () => incidentDetail.parse(await (await api.get(`/api/incidents/${id}`)).json());

async function say(what: string, body: object, status = 200): Promise<string> {
  const answer = await api.send('POST', `/api/incidents/${id}/${what}`, { by: 'ada', ...body });
  const text = await answer.text();
  expect(answer.status, text).toBe(status);
  return text;
}

test('lists what is open with its clocks, and the finding knows its incident', async () => {
  const all = incidents.parse(await (await api.get('/api/incidents')).json());
  expect(all).toMatchObject({ enabled: true, counts: { open: 1, breached: 0 } });
  expect(all.incidents[0]).toMatchObject({
    service: 'shop',
    environment: 'prod',
    finding: FINDING,
    urgency: 'running',
  });
  expect(all.incidents[0]?.clocks.map(({ role, clock, owes }) => `${role} ${clock}: ${owes}`)).toEqual([
    'development acknowledge: an acknowledgement',
    'development resolve: a fix with a test',
    'operations acknowledge: an acknowledgement',
    'operations resolve: a rollback plan',
  ]);
  const detail = await (await api.get(`/api/findings/${FINDING}`)).json();
  expect(detail).toMatchObject({ incident: { id } });
  const none = incidents.parse(await (await api.get('/api/incidents?role=security')).json());
  expect(none.incidents).toEqual([]);
  expect(none.counts.open).toBe(1);
});

test('takes what people say, and answers with what came of it', async () => {
  api.backend.world.now += 60_000;
  await say('acknowledge', { role: 'operations', note: 'mine' });
  expect((await ask()).incident.clocks).toContainEqual(
    expect.objectContaining({ role: 'operations', clock: 'acknowledge', state: 'met' }),
  );
  await say('pause', { why: 'waits for the vendor', role: 'development' });
  expect((await ask()).incident.clocks.filter(({ state }) => state === 'paused')).toHaveLength(2);
  await say('resume', { role: 'development' });
  expect(await say('attach', { role: 'development', kind: 'fix-with-test', reference: 'main' }, 400)).toContain('hash');
  await say('attach', { role: 'development', kind: 'fix-with-test', reference: '9fceb02d0ae5' });
  // The check is done aside; what could not be checked has not passed.
  await expect.poll(async () => api.backend.respond.settings && (await ask()).artefacts[0]?.checking).toBe(false);
  expect(await say('close', {}, 409)).toContain('development still owes fix-with-test');
  await say('close', { reason: 'rolled forward' });
  expect((await ask()).incident).toMatchObject({ state: 'closed', urgency: null });
  expect(await say('acknowledge', { role: 'development' }, 409)).toContain('closed');
  const counts = incidentCountsAnswer.parse(await (await api.get('/api/incidents/counts')).json());
  expect(counts).toMatchObject({ open: 0, closed: 1 });
  expect((await ask()).events.map(({ kind }) => kind)).toEqual(
    expect.arrayContaining(['found', 'acknowledged', 'paused', 'resumed', 'attached', 'closed']),
  );
});

test('reports and exports', async () => {
  const report = responseReport.parse(await (await api.get('/api/response-report')).json());
  expect(report).toMatchObject({ incidents: 1, rounds: 1, open: 0 });
  expect(report.notes[0]).toContain('n is 1');
  const later = responseReport.parse(await (await api.get(`/api/response-report?since=${8e12}`)).json());
  expect(later.incidents).toBe(0);
  const dojo = await (await api.get('/api/response-export?form=defectdojo')).json();
  expect(dojo).toMatchObject({ type: 'hemostat', findings: [{ active: false }] });
  expect(await (await api.get('/api/response-export?form=alertmanager')).json()).toHaveLength(1);
});

test('refuses who has no token, who is another site, and what is no incident', async () => {
  const body = JSON.stringify({ by: 'eve', role: 'development' });
  const url = `${api.url}/api/incidents/${id}/acknowledge`;
  const json = { 'content-type': 'application/json' };
  expect((await fetch(url, { method: 'POST', headers: json, body })).status).toBe(401);
  const foreign = { origin: 'http://evil.example' };
  expect(
    (await api.send('POST', `/api/incidents/${id}/acknowledge`, { by: 'eve', role: 'development' }, foreign)).status,
  ).toBe(403);
  expect((await api.get('/api/incidents/nothing')).status).toBe(400);
  expect((await api.get('/api/incidents/0000000000000000')).status).toBe(404);
  expect((await api.send('POST', '/api/incidents/0000000000000000/close', { by: 'ada' })).status).toBe(404);
  expect((await api.send('POST', `/api/incidents/${id}/acknowledge`, { by: 'ada', role: 'nobody' })).status).toBe(400);
});
