/**
 * Reviews of every operation and with every odd member, over real HTTPS. Their shape is that of the published ones: the example in
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ and the round-trip data of k8s.io/api
 * v0.34 (testdata/HEAD/admission.k8s.io.v1.AdmissionReview.json); what is in them is our own.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { admitLab, noSource, type Running } from '../../testing/admit-webhook.ts';

const cases = z
  .array(
    z.strictObject({
      name: z.string(),
      review: z.looseObject({ request: z.looseObject({ uid: z.string() }) }),
      http: z.int(),
      allowed: z.boolean().optional(),
      /** Of the refusal or error. */
      says: z.string().optional(),
      /** Why it was not looked at, in the audit log. */
      because: z.string().optional(),
    }),
  )
  .min(30)
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'testdata/reviews.json'), 'utf8')));

const lab = admitLab();
afterAll(() => lab.end());
let server: Running;
beforeAll(async () => {
  server = await lab.run('', { source: noSource });
});

test.each(cases)('$name', async ({ review, http, allowed, says, because }) => {
  const { uid } = review.request;
  const { status, body, headers } = await server.client.post('/validate?timeout=10s', JSON.stringify(review));
  expect(status).toBe(http);
  expect(headers['content-type']).toBe('application/json');
  if (says !== undefined) expect(body).toContain(says.replaceAll('"', '\\"'));
  const line = server.audit.find((each) => each.uid === uid);
  expect(line?.because).toBe(because);
  if (http !== 200) {
    expect(JSON.parse(body)).toMatchObject({ uid });
    expect(line?.decision).toBe('error');
    return;
  }
  // No other member than these: a webhook that validates may not send a patch.
  const answer: unknown = JSON.parse(body);
  expect(answer).toEqual({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: {
      uid,
      allowed,
      ...(allowed === true
        ? {}
        : { status: { code: 403, reason: 'Forbidden', message: expect.stringContaining(says ?? '') } }),
      ...(body.includes('"warnings"') ? { warnings: expect.any(Array) } : {}),
    },
  });
});

test('the round-trip example itself is answered with HTTP 400: it holds no operation', async () => {
  const group = { group: 'groupValue', version: 'versionValue' };
  const request = {
    uid: 'uidValue',
    kind: { ...group, kind: 'kindValue' },
    resource: { ...group, resource: 'resourceValue' },
    subResource: 'subResourceValue',
    operation: 'operationValue',
    object: { apiVersion: 'example.com/v1', kind: 'CustomType' },
  };
  const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request };
  const { status, body } = await server.client.post('/validate', JSON.stringify(review));
  expect(status).toBe(400);
  expect(JSON.parse(body)).toMatchObject({ uid: 'uidValue', error: expect.stringContaining('request.operation') });
});
