/** For tests: the webhook as it runs, asked over real HTTPS. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { type AdmitEnvironment, type RunningAdmit, startAdmit } from '../guard/admit/admit.ts';
import { parseAdmitConfig } from '../guard/admit/config.ts';
import { GuardEvidenceError } from '../guard/error.ts';
import {
  type ClientOptions,
  LAB_POLICY,
  type LabClient,
  labClient,
  makeCertificate,
  makeKey,
  reviewOf,
} from './admit-lab.ts';

const answerSchema = z.object({
  apiVersion: z.literal('admission.k8s.io/v1'),
  kind: z.literal('AdmissionReview'),
  response: z.object({
    uid: z.string(),
    allowed: z.boolean(),
    status: z.object({ code: z.number(), message: z.string() }).optional(),
    warnings: z.array(z.string()).optional(),
  }),
});
export type Reply = z.infer<typeof answerSchema>['response'];

export interface Running extends RunningAdmit {
  readonly client: LabClient;
  readonly said: string[];
  readonly audit: Record<string, unknown>[];
  /** @throws where the answer is not HTTP 200 or is not for this review */
  review(object: unknown, changes?: Readonly<Record<string, unknown>>): Promise<Reply>;
  metrics(): Promise<string>;
}

export const LAB_POLICIES = `
trust: {release: {keys: [release.pub]}, gate: {keys: [gate.pub]}}
policies:
  - name: tags
    match: {namespaces: [tags]}
    digest: resolve
    signature: {trust: release}
    verdict: off
  - name: soft
    match: {namespaces: [soft]}
    mode: warn
    signature: {trust: release}
    verdict: off
  - name: shop
    signature: {trust: release}
    verdict: {trust: gate, policy: ${LAB_POLICY}, max-age-hours: 24}
`;

/** A source of images that is away. */
export const noSource = {
  digestOf: () => Promise.reject(new GuardEvidenceError('registry.example does not answer.')),
  inspect: () => Promise.reject(new GuardEvidenceError('registry.example does not answer.')),
};

/** A folder with the keys `release`, `gate`, `other` and a certificate, and webhooks that run from it. */
export function admitLab() {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-admit-'));
  const tls = makeCertificate(dir, 'server');
  const keys = { release: makeKey(dir, 'release'), gate: makeKey(dir, 'gate'), other: makeKey(dir, 'other') };
  const ended: (() => Promise<void>)[] = [];
  const textOf = (extra: string, policies = LAB_POLICIES): string => {
    const head = /^tls:/m.test(extra) ? '' : 'tls: {certificate: server.crt, key: server.key}\n';
    return `${head}listen: 127.0.0.1:0\nmetrics: {listen: 127.0.0.1:0}\ndrain-seconds: 0\n${extra}${policies}`;
  };
  const configOf = (text: string) => parseAdmitConfig(text, join(dir, 'admit.yaml'));

  async function run(
    extra: string,
    around: Partial<AdmitEnvironment> = {},
    who: ClientOptions = { ca: tls.certificate },
    policies = LAB_POLICIES,
  ): Promise<Running> {
    const said: string[] = [];
    const audit: Record<string, unknown>[] = [];
    const running = await startAdmit(configOf(textOf(extra, policies)), {
      env: {},
      say: (level, says) => said.push(`${level}: ${says}`),
      auditTo: { write: (line) => audit.push(z.record(z.string(), z.unknown()).parse(JSON.parse(line))) },
      ...around,
    });
    const client = labClient(running.url, who);
    ended.push(async () => {
      client.close();
      await running.stop();
    });
    return {
      ...running,
      client,
      said,
      audit,
      metrics: () => fetch(`${running.metricsUrl}/metrics`).then((response) => response.text()),
      async review(object, changes) {
        const asked = reviewOf(object, changes);
        const { status, body } = await client.post('/validate?timeout=10s', JSON.stringify(asked));
        if (status !== 200) throw new Error(`HTTP ${status}: ${body}`);
        const { response } = answerSchema.parse(JSON.parse(body));
        const { uid } = z.object({ request: z.object({ uid: z.string() }) }).parse(asked).request;
        if (uid !== response.uid) throw new Error(`the answer is for ${response.uid} and not for ${uid}`);
        return response;
      },
    };
  }

  return {
    dir,
    tls,
    keys,
    textOf,
    configOf,
    run,
    async end(): Promise<void> {
      await Promise.all(ended.map((stop) => stop()));
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
