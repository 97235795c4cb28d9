/**
 * `hemostat guard admit` in front of a real kube-apiserver where one is built (scripts/guard-apiserver.ts --build); otherwise it is
 * sent the reviews that the API server would send, over the same HTTPS.
 */
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { createHttp } from '../../src/guard/http/create.ts';
import { anonymous } from '../../src/guard/registry/credentials.ts';
import { openRepository } from '../../src/guard/registry/open.ts';
import { parseImageReference } from '../../src/guard/registry/reference.ts';
import { attachVerdict } from '../../src/guard/signature/attach.ts';
import { signVerdict } from '../../src/guard/signature/sign-verdict.ts';
import { openSigningKey } from '../../src/guard/signature/signing-key.ts';
import { container, labClient, makeCertificate, pod, reviewOf } from '../../src/testing/admit-lab.ts';
import { findTool, startRegistry } from '../../src/testing/image-registry.ts';
import { end, installWebhook, poll, startCluster, startWebhook } from '../../src/testing/kube-cluster.ts';
import type { Case, Stage } from './case.ts';
import { PASSWORD, progress } from './env.ts';
import { changeSignature, copySignature, type Lab as ImageLab } from './image.ts';
import { CRITICAL, checkOut, type Format, type Key, type Pushed, type Supply, writeTrivyReport } from './supply.ts';

const DAY_MS = 86_400_000;
/** policy.uri of what `hemostat gate` signs under this name. */
const POLICY = 'urn:hemostat:gate:release';

/** Asks for an object to be kept; HTTP status and message, as a person with kubectl sees them. */
type Ask = (kind: 'Pod' | 'Deployment', name: string, spec: unknown) => Promise<{ status: number; message: string }>;

interface Lab extends ImageLab {
  readonly dir: string;
  readonly ask: Ask;
}

interface Attack {
  readonly name: string;
  readonly label: string;
  readonly signed?: { readonly key: Key; readonly format: Format };
  readonly verdict: 'passed' | 'failed' | 'old' | 'none' | 'by a stranger';
  readonly says: RegExp;
  /** After it was signed and gated. */
  readonly tamper?: (image: Pushed, lab: Lab) => Promise<undefined>;
  /** What of the pod is another. */
  readonly spec?: (image: Pushed, lab: Lab) => unknown;
  readonly kind?: 'Deployment';
}

const RELEASED = { key: 'release', format: 'sig-tag' } as const;

const ATTACKS: readonly Attack[] = [
  {
    name: 'unsigned image',
    label: 'adm-unsigned',
    verdict: 'passed',
    says: /container "stock" with image .*shop\/stock@sha256:.* is not signed by anybody whom "release" trusts \(no signature lies beside it\)/,
  },
  {
    name: 'unsigned image in a Deployment',
    label: 'adm-unsigned',
    verdict: 'passed',
    kind: 'Deployment',
    says: /Deployment shop\/adm-unsigned: container "stock" .*no signature lies beside it/,
  },
  {
    name: 'image signed by another key',
    label: 'adm-stranger',
    signed: { key: 'stranger', format: 'sig-tag' },
    verdict: 'passed',
    says: /not signed by anybody whom "release" trusts .*not made by a trusted key \(release\.pub\)/,
  },
  {
    name: 'invalid signature: one byte of it changed after the gate',
    label: 'adm-changed',
    signed: RELEASED,
    verdict: 'passed',
    tamper: (image, lab) => changeSignature(image, lab),
    says: /not signed by anybody whom "release" trusts .*not made by a trusted key \(release\.pub\) over what is there now/,
  },
  {
    name: "another image's signature put beside it",
    label: 'adm-copied',
    verdict: 'passed',
    tamper: (image, lab) => copySignature(image, lab),
    says: /not signed by anybody whom "release" trusts .*made by release\.pub, but is about sha256:[0-9a-f]{64}, not about sha256:/,
  },
  {
    name: 'signature only in a form that admission does not read',
    label: 'adm-unread',
    signed: { key: 'release', format: 'bundle' },
    verdict: 'passed',
    says: /its signature lies there only as bundle-fallback-tag, and only sig-tag is read/,
  },
  {
    name: 'image that no gate looked at',
    label: 'adm-ungated',
    signed: RELEASED,
    verdict: 'none',
    says: /[Nn]o gate verdict \(urn:hemostat:gate:release\) on sha256:.* counts/,
  },
  {
    name: 'verdict signed by another key than the gate',
    label: 'adm-forged',
    signed: RELEASED,
    verdict: 'by a stranger',
    says: /[Nn]o gate verdict .* counts; one is there and does not count: .*gate\.pub/,
  },
  {
    name: 'image that the gate refused (critical finding)',
    label: 'adm-failed',
    signed: RELEASED,
    verdict: 'failed',
    says: /The gate \(urn:hemostat:gate:release, signed by .*gate\.pub\) refused sha256:/,
  },
  {
    name: 'verdict of 31 days ago',
    label: 'adm-old',
    signed: RELEASED,
    verdict: 'old',
    says: /passed sha256:.* 744 h ago, and 720 h are allowed/,
  },
  {
    name: 'image not pinned by digest',
    label: 'adm-tag',
    signed: RELEASED,
    verdict: 'passed',
    spec: ({ name }) => stock(`${name}:adm-tag`).spec,
    says: /the image is not pinned by digest; write .*shop\/stock@sha256:/,
  },
  {
    name: 'root file system writable',
    label: 'adm-writable',
    signed: RELEASED,
    verdict: 'passed',
    spec: ({ ref }) => stock(ref, { readOnlyRootFilesystem: false }).spec,
    says: /[Cc]ontainer stock of Pod shop\/adm-writable .*root file system.* \(rule config-root-filesystem-writable\)/,
  },
  {
    name: 'privileged container',
    label: 'adm-privileged',
    signed: RELEASED,
    verdict: 'passed',
    spec: ({ ref }) => stock(ref, { privileged: true, allowPrivilegeEscalation: true }).spec,
    says: /[Cc]ontainer stock of Pod shop\/adm-privileged .*\(rule config-container-privileged\)/,
  },
  {
    name: 'an unsigned image beside a signed one, as an init container',
    label: 'adm-init',
    verdict: 'passed',
    spec: async ({ ref }, lab) => {
      const released = await prepare(lab, { label: 'adm-good', signed: RELEASED, verdict: 'passed' });
      return { ...stock(released.ref).spec, initContainers: [container(ref, 'setup')] };
    },
    says: /^Pod shop\/adm-init: init container "setup" with image .*no signature lies beside it/,
  },
];

export async function admissionStage(supply: Supply, wantsCluster: boolean): Promise<Stage> {
  const registry = await startRegistry();
  const dir = join(supply.work.dir, 'admission');
  mkdirSync(dir);
  const children: ChildProcess[] = [];
  const close: (() => void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const one of close) one();
    await Promise.all(children.map(end));
    await registry.stop();
  };
  try {
    const tls = makeCertificate(dir, 'webhook');
    for (const key of ['release', 'gate'] as const)
      writeFileSync(join(dir, `${key}.pub`), readFileSync(supply.keyFile(key, 'pub')));
    writeFileSync(join(dir, 'admit.yaml'), CONFIG);
    const program = wantsCluster ? findTool('kube-apiserver') : null;
    progress(`starting hemostat guard admit${program === null ? '' : ' and kube-apiserver'}`);
    const webhook = await startWebhook(dir, '127.0.0.1:0', children);
    const by =
      program === null
        ? direct(webhook.url, tls.certificate)
        : await cluster(program, webhook.url, tls.certificate, dir, children);
    close.push(by.close);
    const lab: Lab = { supply, registry, dir, ask: by.ask };
    return {
      name: 'admission',
      parts: [by.what],
      cases: casesOf(lab),
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

const CONFIG = `
metrics: {listen: 127.0.0.1:0}
tls: {certificate: webhook.crt, key: webhook.key}
drain-seconds: 0
trust: {release: {keys: [release.pub]}, gate: {keys: [gate.pub]}}
cache: {refused-seconds: 1}
audit: {file: audit.jsonl}
policies:
  - name: shop
    signature: {trust: release, forms: [sig-tag]}
    verdict: {trust: gate, policy: '${POLICY}', max-age-hours: 720}
    config: {refuse-from: medium}
`;

interface By {
  readonly what: string;
  readonly ask: Ask;
  close(): void;
}

/** The API server itself asks the webhook. */
async function cluster(
  program: string,
  url: string,
  certificate: string,
  dir: string,
  children: ChildProcess[],
): Promise<By> {
  const api = await startCluster(program, dir, children);
  await api.call('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  await installWebhook(api, url, certificate);
  const ask: Ask = async (kind, name, spec) => {
    const path = kind === 'Pod' ? '/api/v1/namespaces/shop/pods' : '/apis/apps/v1/namespaces/shop/deployments';
    const { status, body } = await api.call('POST', path, objectOf(kind, name, spec));
    const { message = '' } = z.object({ message: z.string().optional() }).parse(JSON.parse(body));
    return { status, message: message.replace(/^admission webhook "admit\.hemostat\.dev" denied the request: /, '') };
  };
  // It takes a webhook up some moments after it was made; until then everything is let in.
  const probe = stock('registry.invalid/shop/stock:probe').spec;
  let tries = 0;
  await poll('the webhook to be asked', async () => (await ask('Pod', `probe-${tries++}`, probe)).status === 403);
  return { what: `kube-apiserver ${api.version} with etcd, on which the webhook is installed`, ask, close: api.close };
}

/** What the API server would send, sent by us. */
function direct(url: string, certificate: string): By {
  const client = labClient(url, { ca: certificate });
  const answer = z.object({
    response: z.object({
      allowed: z.boolean(),
      status: z.object({ message: z.string(), code: z.number() }).optional(),
    }),
  });
  const ask: Ask = async (kind, name, spec) => {
    const group = kind === 'Pod' ? '' : 'apps';
    const plural = kind === 'Pod' ? 'pods' : 'deployments';
    const review = reviewOf(objectOf(kind, name, spec), {
      name,
      kind: { group, version: 'v1', kind },
      resource: { group, version: 'v1', resource: plural },
    });
    const { response } = answer.parse(JSON.parse((await client.post('/validate', JSON.stringify(review))).body));
    return response.allowed
      ? { status: 201, message: '' }
      : { status: response.status?.code ?? 0, message: response.status?.message ?? '' };
  };
  return { what: 'AdmissionReviews over HTTPS: kube-apiserver is not built', ask, close: client.close };
}

function objectOf(kind: 'Pod' | 'Deployment', name: string, spec: unknown): Record<string, unknown> {
  const metadata = { name, namespace: 'shop', labels: { app: 'stock' } };
  if (kind === 'Pod') return { apiVersion: 'v1', kind, metadata, spec };
  const template = { metadata: { labels: metadata.labels }, spec };
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata,
    spec: { replicas: 1, selector: { matchLabels: metadata.labels }, template },
  };
}

/** A pod that no rule objects to, and what a case changes of its container's securityContext. */
function stock(image: string, securityContext: Readonly<Record<string, unknown>> = {}): { readonly spec: object } {
  const own = container(image, 'stock');
  const kept = z.record(z.string(), z.unknown()).parse(own.securityContext);
  const { spec } = z
    .object({ spec: z.record(z.string(), z.unknown()) })
    .parse(pod(image, { containers: [{ ...own, securityContext: { ...kept, ...securityContext } }] }));
  return { spec };
}

/** The pod's spec of the Deployment that the pipeline would apply. */
function deployed(file: string): unknown {
  const documents = parseAllDocuments(readFileSync(file, 'utf8')).map((document): unknown => document.toJS());
  const deployment = z.object({
    kind: z.literal('Deployment'),
    spec: z.object({ template: z.object({ spec: z.unknown() }) }),
  });
  const found = documents.map((document) => deployment.safeParse(document)).find(({ success }) => success);
  if (found?.data === undefined) throw new Error(`${file} has no Deployment`);
  return found.data.spec.template.spec;
}

function casesOf(lab: Lab): Case[] {
  const { supply, registry, ask } = lab;
  const released = async (label: string): Promise<Pushed> =>
    prepare(lab, { label, signed: RELEASED, verdict: 'passed' });
  return [
    {
      name: 'the Deployment of the repository, after hemostat gate passed all of it, is admitted',
      group: 'honest',
      exit: 201,
      says: /^admitted$/,
      run: async () => {
        const image = await supply.push(registry.host, 'v1', 'v1');
        await supply.sign(image, 'release', 'sig-tag');
        const cwd = checkOut(supply, 'released', image);
        const gate = await supply.work.hemostat(['gate', '--image', image.ref], { cwd });
        if (gate.exit !== 0) throw new Error(`the gate ended with ${gate.exit}: ${gate.stderr || gate.stdout}`);
        return answered(await ask('Deployment', 'stock', deployed(join(cwd, 'deploy/stock.yaml'))));
      },
    },
    {
      name: 'a pod of a signed and gated image is admitted',
      group: 'honest',
      exit: 201,
      says: /^admitted$/,
      run: async () => answered(await ask('Pod', 'good', stock((await released('adm-good')).ref).spec)),
    },
    ...ATTACKS.map((attack) => attackCase(attack, lab)),
    {
      name: 'with the registry down, a digest that is known is admitted',
      group: 'honest',
      exit: 201,
      says: /^admitted$/,
      run: async () => {
        const known = await supply.push(registry.host, 'adm-good', 'adm-good');
        const unknown = await released('adm-late');
        await registry.stop();
        writeFileSync(join(lab.dir, 'late'), unknown.ref);
        return answered(await ask('Pod', 'known', stock(known.ref).spec));
      },
    },
    {
      name: 'with the registry down, a digest that nobody looked at yet (fail mode deny)',
      group: 'admission',
      exit: 403,
      says: /what is signed beside it could not be read: nothing listens at/,
      run: async () => answered(await ask('Pod', 'late', stock(readFileSync(join(lab.dir, 'late'), 'utf8')).spec)),
    },
  ];
}

function answered({ status, message }: { status: number; message: string }) {
  return { exit: status, said: status === 201 ? 'admitted' : message, wrong: [] };
}

function attackCase(attack: Attack, lab: Lab): Case {
  return {
    name: attack.name,
    group: 'admission',
    exit: 403,
    says: attack.says,
    run: async () => {
      const image = await prepare(lab, attack);
      await attack.tamper?.(image, lab);
      const spec = (await attack.spec?.(image, lab)) ?? stock(image.ref).spec;
      return answered(await lab.ask(attack.kind ?? 'Pod', attack.label, spec));
    },
  };
}

/** Pushed, signed by cosign and gated by `hemostat gate` as the case wants it. */
async function prepare(
  { supply, registry }: Lab,
  { label, signed, verdict }: Pick<Attack, 'label' | 'signed' | 'verdict'>,
): Promise<Pushed> {
  const image = await supply.push(registry.host, label, label);
  if (signed !== undefined) await supply.sign(image, signed.key, signed.format);
  if (verdict === 'none') return image;
  if (verdict === 'old') {
    await oldVerdict(supply, image);
    return image;
  }
  const key = supply.keyFile(verdict === 'by a stranger' ? 'stranger' : 'gate', 'key');
  const cwd = join(supply.work.dir, `pipeline-${label}`);
  mkdirSync(cwd, { recursive: true });
  writeTrivyReport(join(cwd, 'trivy.json'), image, verdict === 'failed' ? [CRITICAL] : []);
  // Whether the image is signed is admission's matter here: this gate is asked for the scan alone, as a careless one would be.
  const own = `{require: [trivy], reports: [trivy.json], policy: {name: release}, verdict: {key: ${key}}}`;
  writeFileSync(join(cwd, '.hemostat.yaml'), `gate: {parts: [image], image: ${own}}\n`);
  const ran = await supply.work.hemostat(['gate', '--image', image.ref], { cwd });
  const expected = verdict === 'failed' ? 1 : 0;
  if (ran.exit !== expected)
    throw new Error(`the gate ended with ${ran.exit} and not ${expected}: ${ran.stderr || ran.stdout}`);
  return image;
}

/** The command signs with the time that it is: for an old one its own functions are given another. */
async function oldVerdict(supply: Supply, image: Pushed): Promise<void> {
  const file = supply.keyFile('gate', 'key');
  const key = openSigningKey('gate.key', readFileSync(file, 'utf8'), PASSWORD);
  const http = createHttp();
  try {
    const repository = openRepository(http, parseImageReference(image.ref), anonymous);
    const manifest = await repository.manifest(image.digest);
    if (manifest === null) throw new Error(`there is no ${image.ref}`);
    const envelope = await signVerdict(
      {
        verifier: 'urn:hemostat:guard-image',
        verifiedAt: new Date(Date.now() - 31 * DAY_MS),
        resource: image.ref,
        policy: { uri: POLICY, sha256: '0'.repeat(64) },
        inputs: [],
        passed: true,
      },
      key,
    );
    await attachVerdict(repository, manifest, envelope, key, ['bundle-referrer']);
  } finally {
    http.close();
  }
}
