/**
 * The real kube-apiserver with etcd in it (test/guard/kube-apiserver) and `hemostat guard admit` in front of it, each a process of
 * its own on loopback. Nothing is built here: scripts/guard-apiserver.ts --build does that, once.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { type Answer, type LabClient, labClient } from './admit-lab.ts';
import { freePort } from './target-service.ts';

const ROOT = join(import.meta.dirname, '../..');
const READY_MS = 120_000;
const TOKEN = 'lab-token';

export interface Cluster {
  readonly version: string;
  /** `https://127.0.0.1:port` */
  readonly url: string;
  /** PEM file of whom to believe. */
  readonly certificate: string;
  /** Of somebody who may do everything. */
  readonly token: string;
  readonly call: (method: string, path: string, body?: object, type?: string) => Promise<Answer>;
  /** Of the client's connections; the process is among `children`. */
  close(): void;
}

/** One API server that believes one token, and trusts nobody else. No controllers and no nodes: what is made is only kept. */
export async function startCluster(program: string, dir: string, children: ChildProcess[]): Promise<Cluster> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(dir, 'sa.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync(join(dir, 'sa.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  writeFileSync(join(dir, 'tokens.csv'), `${TOKEN},lab,1,"system:masters"\n`, { mode: 0o600 });
  const port = await freePort();
  const log = openSync(join(dir, 'apiserver.log'), 'w');
  const child = spawn(
    program,
    [
      dir,
      `--secure-port=${port}`,
      '--bind-address=127.0.0.1',
      '--advertise-address=127.0.0.1',
      `--cert-dir=${join(dir, 'certs')}`,
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${join(dir, 'sa.pub')}`,
      `--service-account-signing-key-file=${join(dir, 'sa.key')}`,
      `--token-auth-file=${join(dir, 'tokens.csv')}`,
      '--authorization-mode=RBAC',
      // As kubeadm sets it; otherwise the API server itself refuses privileged pods.
      '--allow-privileged=true',
      // There is no controller that makes the default ServiceAccounts.
      '--disable-admission-plugins=ServiceAccount',
      '--service-cluster-ip-range=10.0.0.0/24',
    ],
    { stdio: ['ignore', log, log] },
  );
  children.push(child);
  const certificate = join(dir, 'certs/apiserver.crt');
  const url = `https://127.0.0.1:${port}`;
  let client: LabClient | null = null;
  const call: Cluster['call'] = async (method, path, body, type = 'application/json') => {
    client ??= labClient(url, { ca: certificate });
    const text = body === undefined ? '' : JSON.stringify(body);
    return client.send(method, path, text, {
      authorization: `Bearer ${TOKEN}`,
      'content-type': type,
      'content-length': String(Buffer.byteLength(text)),
    });
  };
  await until('the API server', child, join(dir, 'apiserver.log'), async () => {
    if (!existsSync(certificate)) return false;
    return (await call('GET', '/readyz')).status === 200;
  });
  const version = z
    .object({ gitVersion: z.string() })
    .parse(JSON.parse((await call('GET', '/version')).body)).gitVersion;
  return { version, url, certificate, token: TOKEN, call, close: () => client?.close() };
}

export interface Webhook {
  readonly child: ChildProcess;
  readonly url: string;
  readonly metricsUrl: string;
}

/** The command itself, as a cluster would run it. */
export async function startWebhook(dir: string, listen: string, children: ChildProcess[]): Promise<Webhook> {
  const file = join(dir, 'webhook.log');
  const log = openSync(file, 'w');
  const args = ['guard', 'admit', '--config', join(dir, 'admit.yaml'), '--listen', listen];
  const env = { PATH: process.env.PATH, NODE_COMPILE_CACHE: join(dir, 'compile') };
  const child = spawn(join(ROOT, 'bin/hemostat'), args, { stdio: ['ignore', log, log], env });
  children.push(child);
  let found: RegExpExecArray | null = null;
  await until('the webhook', child, file, async () => {
    found = /answered at (https:\S+)\/validate, metrics at (http:\S+)\/metrics/.exec(readFileSync(file, 'utf8'));
    return found !== null;
  });
  const [, url = '', metricsUrl = ''] = found ?? [];
  return { child, url, metricsUrl };
}

/** docs/examples/admit/webhook.yaml, with the webhook's address on this machine instead of a Service. */
export async function installWebhook({ call }: Cluster, url: string, certificate: string): Promise<void> {
  const record = z.record(z.string(), z.unknown());
  const document = z
    .looseObject({ webhooks: z.array(record) })
    .parse(parse(readFileSync(join(ROOT, 'docs/examples/admit/webhook.yaml'), 'utf8')));
  const clientConfig = { url: `${url}/validate`, caBundle: readFileSync(certificate).toString('base64') };
  const webhooks = document.webhooks.map((webhook) => ({ ...webhook, clientConfig }));
  const path = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations';
  const answer = await call('POST', path, { ...document, webhooks });
  if (answer.status !== 201) throw new Error(`the webhook was not installed: ${answer.body}`);
}

async function until(what: string, child: ChildProcess, log: string, ready: () => Promise<boolean>): Promise<void> {
  await poll(what, async () => {
    if (child.exitCode !== null) throw new Error(`${what} ended: ${readFileSync(log, 'utf8').slice(-2000)}`);
    return ready();
  });
}

export async function poll(what: string, ready: () => Promise<boolean>): Promise<void> {
  const last = Date.now() + READY_MS;
  for (;;) {
    if (await ready().catch(rethrowEnded)) return;
    if (Date.now() > last) throw new Error(`waited ${READY_MS / 1000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** What refuses connections is not ready yet. */
function rethrowEnded(error: unknown): false {
  if (error instanceof Error && 'code' in error) return false;
  throw error;
}

export function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const last = setTimeout(() => child.kill('SIGKILL'), 20_000);
    child.once('exit', () => {
      clearTimeout(last);
      resolve();
    });
    child.kill('SIGTERM');
  });
}
