/** The webhook's listeners: what they take, how they start, change and end. Real HTTPS; no registry is asked. */
import { copyFileSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { connect as connectPlain } from 'node:net';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { labClient, makeCertificate, pod, reviewOf } from '../../testing/admit-lab.ts';
import { admitLab, noSource } from '../../testing/admit-webhook.ts';

const lab = admitLab();
const { dir, tls, run } = lab;
afterAll(() => lab.end());
const HEX = 'a'.repeat(64);

describe('without a registry', () => {
  const image = `registry.example/shop/api@sha256:${HEX}`;

  test('refuses what it cannot look up', async () => {
    const server = await run('', { source: noSource });
    const { allowed, status } = await server.review(pod(image));
    expect(allowed).toBe(false);
    expect(status?.message).toContain('registry.example does not answer');
    const metrics = await fetch(`${server.metricsUrl}/metrics`).then((response) => response.text());
    expect(metrics).toMatch(/hemostat_admit_reasons_total\{reason="unreachable",effect="refused"\} 1/);
  });

  test('answers in time though the registry does not', async () => {
    const never = { digestOf: () => new Promise<never>(() => {}), inspect: () => new Promise<never>(() => {}) };
    const server = await run('timeout-ms: 100\n', { source: never });
    const { status } = await server.review(pod(image));
    expect(status?.message).toContain('did not answer in time');
  });

  test('answers what it does not check', async () => {
    const server = await run('', { source: noSource });
    expect(await server.review(null, { operation: 'DELETE', oldObject: pod(image) })).toMatchObject({ allowed: true });
    expect(await server.review(pod(image), { namespace: 'kube-system' })).toMatchObject({ allowed: true });
    expect(
      await server.review({ kind: 'Thing' }, { kind: { group: 'x.io', version: 'v1', kind: 'Thing' } }),
    ).toMatchObject({ allowed: true });
    expect(server.audit.map(({ because }) => because)).toEqual(['operation', 'exempt-namespace', 'no-pod']);
  });

  test('takes no other requests, and bounds those it takes', async () => {
    const server = await run('', { source: noSource });
    const old = JSON.stringify({ ...reviewOf(pod(image)), apiVersion: 'admission.k8s.io/v1beta1' });
    expect(await server.client.post('/validate', old)).toMatchObject({
      status: 400,
      body: expect.stringContaining('admissionReviewVersions'),
    });
    expect(await server.client.post('/validate', '{"kind":')).toMatchObject({ status: 400 });
    expect(await server.client.post('/validate', Buffer.alloc(8 * 1024 * 1024, 0x20))).toMatchObject({ status: 413 });
    expect(await server.client.get('/validate')).toMatchObject({ status: 405 });
    expect(await server.client.get('/metrics')).toMatchObject({ status: 404 });
    expect(await server.client.get('/readyz')).toMatchObject({ status: 200 });
    // Chunked, so that no length gives it away.
    expect(
      await server.client
        .post('/validate', Buffer.alloc(8 * 1024 * 1024, 0x20), {
          'transfer-encoding': 'chunked',
          'content-length': '',
        })
        .catch(() => ({ status: 413 })),
    ).toMatchObject({ status: 413 });
    const old11 = labClient(server.url, { ca: tls.certificate, maxVersion: 'TLSv1.1' });
    await expect(old11.get('/healthz')).rejects.toThrow();
    old11.close();
  });

  test('answers 429 where too many are under way', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    const server = await run('most-reviews: 1\n', { source: { digestOf: () => promise, inspect: () => promise } });
    const first = server.review(pod(image));
    await expect
      .poll(async () => (await server.client.post('/validate', JSON.stringify(reviewOf(pod(image))))).status)
      .toBe(429);
    resolve(null);
    expect(await first).toMatchObject({ allowed: false });
  });

  test('finishes what runs before it ends', async () => {
    const { promise, resolve } = Promise.withResolvers<null>();
    const server = await run('', { source: { digestOf: () => promise, inspect: () => promise } });
    const review = server.review(pod(image));
    await expect
      .poll(() => fetch(`${server.metricsUrl}/metrics`).then((r) => r.text()))
      .toContain('hemostat_admit_running_reviews 1');
    const stopped = server.stop();
    expect(await fetch(`${server.metricsUrl}/readyz`).then((r) => r.status)).toBe(503);
    resolve(null);
    expect(await review).toMatchObject({ allowed: false });
    await stopped;
  });

  test('asks for a client certificate where it is told to', async () => {
    const own = makeCertificate(dir, 'apiserver');
    const text = 'tls: {certificate: server.crt, key: server.key, client-ca: apiserver.crt}\n';
    const server = await run(text, { source: noSource }, { ca: tls.certificate, cert: own.certificate, key: own.key });
    expect(await server.review(pod(image))).toMatchObject({ allowed: false });
    const stranger = labClient(server.url, { ca: tls.certificate });
    expect(await stranger.post('/validate', JSON.stringify(reviewOf(pod(image))))).toMatchObject({ status: 403 });
    expect(await stranger.get('/readyz')).toMatchObject({ status: 200 });
    stranger.close();
  });

  test('takes a new certificate while it runs, and keeps the old one if the new one is broken', async () => {
    for (const part of ['crt', 'key']) copyFileSync(join(dir, `server.${part}`), join(dir, `live.${part}`));
    const server = await run('tls: {certificate: live.crt, key: live.key}\n', { source: noSource });
    const commonName = () =>
      new Promise<string>((resolve, reject) => {
        const socket = connect(
          { port: Number(new URL(server.url).port), host: '127.0.0.1', rejectUnauthorized: false },
          () => {
            resolve(String(socket.getPeerCertificate().subject.CN));
            socket.destroy();
          },
        );
        socket.on('error', reject);
      });
    expect(await commonName()).toBe('server');
    writeFileSync(join(dir, 'live.crt'), 'nothing');
    server.reload();
    expect(server.said.join()).toContain('the old one stays');
    expect(await commonName()).toBe('server');
    const next = makeCertificate(dir, 'next');
    renameSync(next.certificate, join(dir, 'live.crt'));
    // The pair does not fit yet.
    server.reload();
    renameSync(next.key, join(dir, 'live.key'));
    server.reload();
    expect(await commonName()).toBe('next');
  });

  test('opens its audit log again', async () => {
    const file = join(dir, 'audit.log');
    const server = await run(`audit: {file: ${file}}\n`, { source: noSource });
    await server.review(pod(image), { name: 'one' });
    await expect.poll(() => readFileSync(file, 'utf8')).toContain('Pod/shop/one');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    renameSync(file, `${file}.1`);
    server.reload();
    await server.review(pod(image), { name: 'two' });
    await expect
      .poll(() => {
        try {
          return readFileSync(file, 'utf8');
        } catch {
          return '';
        }
      })
      .toContain('Pod/shop/two');
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('is not disturbed by what speaks no TLS', async () => {
    const server = await run('', { source: noSource });
    await new Promise<void>((resolve) => {
      const socket = connectPlain(Number(new URL(server.url).port), '127.0.0.1', () =>
        socket.write('GET / HTTP/1.0\r\n\r\n'),
      );
      socket.on('error', () => {});
      socket.on('close', () => resolve());
      socket.resume();
    });
    expect(await server.client.get('/healthz')).toMatchObject({ status: 200 });
  });
});
