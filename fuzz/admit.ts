/** Fuzz targets of admission: what the API server sends, which holds what anybody may send to it, and the webhook's own file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAdmitConfig } from '../src/guard/admit/config.ts';
import { objectOf, policyFor } from '../src/guard/admit/decide.ts';
import { repositoryOf } from '../src/guard/admit/image-check.ts';
import { holdsPod, podOf } from '../src/guard/admit/pod.ts';
import { readReview, reviewAnswer } from '../src/guard/admit/review.ts';
import { checkWorkload } from '../src/guard/config/workload/check.ts';
import { container, pod, reviewOf } from '../src/testing/admit-lab.ts';
import { type FuzzTarget, refusing, textOf, utf8 } from './target.ts';

const MIB = 1024 * 1024;
const EXAMPLE = join(import.meta.dirname, '../docs/examples/admit/admit.yaml');

const IMAGE = `registry.example/shop/api@sha256:${'a'.repeat(64)}`;
const template = { metadata: { labels: { app: 'api' } }, spec: pod(IMAGE).spec };
const reviews = [
  reviewOf(pod(IMAGE, { initContainers: [container('docker.io/x:1', 'init')], hostPID: true })),
  reviewOf(
    pod(IMAGE, {
      volumes: [
        { name: 'v', image: { reference: IMAGE } },
        { name: 'h', hostPath: { path: '/' } },
      ],
    }),
  ),
  reviewOf(pod(IMAGE), { operation: 'UPDATE', oldObject: pod(IMAGE), subResource: 'ephemeralcontainers' }),
  reviewOf(
    { apiVersion: 'batch/v1', kind: 'CronJob', metadata: { name: 'c' }, spec: { jobTemplate: { spec: { template } } } },
    { kind: { group: 'batch', version: 'v1', kind: 'CronJob' } },
  ),
  reviewOf(null, { operation: 'DELETE', oldObject: pod(IMAGE) }),
];

export const targets: readonly FuzzTarget[] = [
  {
    name: 'admission-review',
    seeds: () => reviews.map((review) => utf8(JSON.stringify(review))),
    run: (input) =>
      refusing('ReviewError', () => {
        const request = readReview(textOf(input));
        const { object, group, kind, subResource } = request;
        const says: string[] = [];
        if (object !== null && holdsPod(group, kind, subResource)) {
          const { images, labels, problems } = podOf(group, kind, object);
          for (const { image } of images) policyFor([], request.namespace, labels, repositoryOf(image));
          says.push(...problems, ...checkWorkload(objectOf(request, object)).map(({ title }) => title));
        }
        const answer: unknown = JSON.parse(
          reviewAnswer(request.uid, { allowed: says.length === 0, message: says.join(' | '), warnings: says }),
        );
        const response = typeof answer === 'object' && answer !== null && 'response' in answer ? answer.response : null;
        if (typeof response !== 'object' || response === null || !('uid' in response) || response.uid !== request.uid)
          throw new Error('the answer does not echo the uid');
      }),
    // A container of a dozen bytes raises some ten findings of 2 KiB each.
    allowance: (size) => 16 * MIB + 4096 * size,
  },
  {
    name: 'admission-config',
    seeds: () => [
      utf8(readFileSync(EXAMPLE, 'utf8')),
      utf8("tls: {certificate: a, key: b}\npolicies: [{name: all, signature: 'off', verdict: 'off'}]\n"),
    ],
    run: (input) => refusing('GuardUsageError', () => void parseAdmitConfig(textOf(input), '/nowhere/admit.yaml')),
    // A YAML document is a tree of nodes and tokens; the file is the operator's own, read once.
    allowance: (size) => 32 * MIB + 8192 * size,
  },
];
