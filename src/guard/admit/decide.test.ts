import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { container, pod, reviewOf } from '../../testing/admit-lab.ts';
import { checkWorkload } from '../config/workload/check.ts';
import { GuardEvidenceError } from '../error.ts';
import { type AdmitConfig, parseAdmitConfig } from './config.ts';
import { decide } from './decide.ts';
import type { ImageFacts } from './facts.ts';
import { globMatches } from './glob.ts';
import { Looker } from './looker.ts';
import { ReviewError, readReview, reviewAnswer } from './review.ts';

function configOf(policies: string): AdmitConfig {
  const dir = mkdtempSync(join(tmpdir(), 'hemostat-decide-'));
  const { publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(join(dir, 'k.pub'), publicKey.export({ type: 'spki', format: 'pem' }));
  try {
    return parseAdmitConfig(
      `tls: {certificate: c, key: k}\ntrust: {t: {keys: [k.pub]}}\n${policies}`,
      join(dir, 'admit.yaml'),
    );
  } finally {
    rmSync(dir, { recursive: true });
  }
}

const digest = (letter: string) => `sha256:${letter.repeat(64)}`;
const SIGNED = `registry.example/shop@${digest('a')}`;
const UNSIGNED = `registry.example/shop@${digest('b')}`;
const AWAY = `away.example/shop@${digest('a')}`;

function lab(policies: string) {
  const asked: string[] = [];
  const facts = (of: string, signed: boolean): ImageFacts => ({
    digest: of,
    mediaType: '',
    readableIn: signed ? ['sig-tag'] : [],
    signers: signed ? ['k.pub'] : [],
    verdicts: [],
    rejected: [],
    complete: true,
    attestationsComplete: true,
  });
  const config = configOf(policies);
  const looker = new Looker(
    {
      digestOf: async () => digest('a'),
      inspect: async ({ registry }, of) => {
        asked.push(of);
        if (registry === 'away.example') throw new GuardEvidenceError('away.example does not answer.');
        return facts(of, of === digest('a'));
      },
    },
    config.settings.cache,
    { now: Date.now, random: Math.random, onRefresh: () => undefined },
  );
  const deadline = new Promise<null>(() => undefined);
  const review = (object: unknown, changes: Readonly<Record<string, unknown>> = {}) =>
    decide(readReview(JSON.stringify(reviewOf(object, changes))), {
      looker,
      config,
      now: Date.now,
      deadline,
      checkWorkload: (of) => checkWorkload(of),
    });
  return { review, asked };
}

const PLAIN = "policies: [{name: all, signature: {trust: t}, verdict: 'off'}]";
const codes = (problems: readonly { code: string; refuses: boolean }[]) =>
  problems.map(({ code, refuses }) => `${code}${refuses ? '' : ' (warning)'}`);

describe('an update', () => {
  test('may keep what ran before, and is told of it', async () => {
    const { review, asked } = lab(PLAIN);
    const before = pod(UNSIGNED, { hostPID: true });
    const after = { ...before, metadata: { name: 'api', finalizers: [] } };
    const { allowed, problems } = await review(after, { operation: 'UPDATE', oldObject: before });
    expect(allowed).toBe(true);
    expect(codes(problems)).toEqual(['config-rule (warning)']);
    // Nothing is asked of a registry for it.
    expect(asked).toEqual([]);
  });

  test('brings in nothing new that is refused', async () => {
    const { review } = lab(PLAIN);
    const before = pod(SIGNED);
    const changed = await review(pod(UNSIGNED), { operation: 'UPDATE', oldObject: before });
    expect(codes(changed.problems)).toEqual(['unsigned']);
    const moved = { containers: [container(SIGNED), container(SIGNED, 'second')] };
    expect(await review(pod(SIGNED, moved), { operation: 'UPDATE', oldObject: before })).toMatchObject({
      allowed: true,
    });
    const opened = await review(pod(SIGNED, { hostPID: true }), { operation: 'UPDATE', oldObject: before });
    expect(codes(opened.problems)).toEqual(['config-rule']);
    const added = pod(SIGNED, { ephemeralContainers: [container(UNSIGNED, 'debug')] });
    const debug = await review(added, { operation: 'UPDATE', oldObject: before, subResource: 'ephemeralcontainers' });
    expect(codes(debug.problems)).toEqual(['unsigned']);
    const resized = await review(pod(UNSIGNED), { operation: 'UPDATE', oldObject: before, subResource: 'resize' });
    expect(codes(resized.problems)).toEqual(['unsigned']);
  });

  test('does not take the old object of a CREATE for what ran', async () => {
    const { review } = lab(PLAIN);
    expect(await review(pod(UNSIGNED), { oldObject: pod(UNSIGNED) })).toMatchObject({ allowed: false });
  });
});

describe('policies', () => {
  test('the first that fits counts, and none is a refusal', async () => {
    const { review } = lab(`policies:
  - {name: lax, match: {namespaces: [dev-*], labels: {tier: lab}}, signature: 'off', verdict: 'off', config: 'off'}
  - {name: shop, match: {images: [registry.example/*]}, signature: {trust: t}, verdict: 'off'}`);
    const labelled = { ...pod(UNSIGNED), metadata: { name: 'x', labels: { tier: 'lab' } } };
    expect(await review(labelled, { namespace: 'dev-1' })).toMatchObject({ allowed: true });
    expect(await review(labelled, { namespace: 'prod' })).toMatchObject({ allowed: false });
    expect(await review(pod(UNSIGNED), { namespace: 'dev-1' })).toMatchObject({ allowed: false });
    const stranger = await review(pod(`docker.io/library/nginx@${digest('a')}`));
    expect(codes(stranger.problems)).toEqual(['no-policy']);
  });

  test.each(['REGISTRY.example/shop', 'registry.example:443/shop', 'Registry.Example:443/shop'])(
    '%s is no other registry for them',
    async (name) => {
      const { review } = lab(`policies:
  - {name: shop, match: {images: [registry.example/*]}, signature: {trust: t}, verdict: 'off'}
  - {name: rest, signature: 'off', verdict: 'off', config: 'off'}`);
      const { allowed, problems } = await review(pod(`${name}@${digest('b')}`));
      expect([allowed, problems[0]?.says]).toEqual([false, expect.stringContaining('(policy "shop")')]);
    },
  );

  test('an exempt image needs no signature, and its pod keeps the rules', async () => {
    const { review } = lab(`exempt: {images: [{image: registry.example/shop, reason: trial}]}\n${PLAIN}`);
    const { allowed, images } = await review(pod(UNSIGNED));
    expect(allowed).toBe(true);
    expect(images).toMatchObject([{ exempt: 'trial' }]);
    expect(await review(pod(UNSIGNED, { hostPID: true }))).toMatchObject({ allowed: false });
  });

  test('what cannot be looked up is refused, unless the policy lets it in', async () => {
    expect(codes((await lab(PLAIN).review(pod(AWAY))).problems)).toEqual(['unreachable']);
    const open = lab("policies: [{name: all, signature: {trust: t}, verdict: 'off', on-unreachable: allow}]");
    const { allowed, problems } = await open.review(pod(AWAY));
    expect(allowed).toBe(true);
    expect(codes(problems)).toEqual(['unreachable (warning)']);
    // That is no licence for what is known to be unsigned.
    expect(await open.review(pod(UNSIGNED))).toMatchObject({ allowed: false });
  });

  test('a form that is not read is said', async () => {
    const { review } = lab("policies: [{name: all, signature: {trust: t, forms: [bundle-referrer]}, verdict: 'off'}]");
    const { problems } = await review(pod(SIGNED));
    expect(codes(problems)).toEqual(['unread-form']);
    expect(problems[0]?.says).toContain('only as sig-tag, and only bundle-referrer is read');
  });

  test('shapes that the API server would not let through are refused', async () => {
    const { review } = lab(PLAIN);
    for (const spec of [
      null,
      'x',
      { containers: 'x' },
      { containers: [{ name: 'a' }] },
      { containers: [{ image: 1 }] },
    ])
      expect(codes((await review({ kind: 'Pod', spec })).problems)).toContain('bad-shape');
    // The last one has a Cyrillic а.
    for (const image of [
      `registry.example/shop@${digest('b')} `,
      `x@${digest('b')}@${digest('b')}`,
      `registry.exаmple/shop@${digest('b')}`,
    ])
      expect(await review(pod(image)), image).toMatchObject({ allowed: false, problems: [{ code: 'bad-reference' }] });
    for (const image of ['UPPER/case', 'a b', `x@sha256:${'A'.repeat(64)}`, '--help', '../../etc'])
      expect(await review(pod(image)), image).toMatchObject({ allowed: false });
    const long = await review(pod(`${'a-'.repeat(500_000)}@${digest('a')}`));
    expect(codes(long.problems)).toEqual(['bad-reference']);
    expect(long.problems[0]?.says.length).toBeLessThan(1000);
    const many = Array.from({ length: 65 }, (_, i) => container(`registry.example/shop${i}@${digest('a')}`, `c${i}`));
    expect(codes((await review(pod(SIGNED, { containers: many }))).problems)).toEqual(['bad-shape']);
  });
});

describe('reviews', () => {
  test.each([
    ['[]', 'no JSON object'],
    ['{"kind":"Pod"}', 'not AdmissionReview'],
    ['{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}', 'no request'],
    [JSON.stringify(reviewOf(null)), 'object is missing'],
    [JSON.stringify(reviewOf(pod('x'), { uid: '' })), 'request.uid'],
    [JSON.stringify(reviewOf(pod('x'), { operation: 'PATCH' })), 'request.operation'],
    [JSON.stringify(reviewOf(pod('x'), { namespace: null })), 'request.namespace'],
    [
      JSON.stringify(reviewOf(pod('x'))).replace('k8s.io/v1"', 'k8s.io/v1beta1"'),
      'apiVersion is "admission.k8s.io/v1beta1"',
    ],
    [JSON.stringify(reviewOf({ kind: 'Secret' })), 'request.kind is "Pod" and the object says "Secret"'],
  ])('%s is refused', (body, says) => {
    expect(() => readReview(body)).toThrow(ReviewError);
    expect(() => readReview(body)).toThrow(says);
  });

  test('the answer holds nothing that a terminal obeys, and no endless warnings', () => {
    const told = Array.from({ length: 40 }, () => `a\u001b[31m\r\nb${'x'.repeat(500)}`);
    const { response } = z
      .object({ response: z.object({ warnings: z.array(z.string()), status: z.object({ message: z.string() }) }) })
      .parse(JSON.parse(reviewAnswer('u', { allowed: false, message: 'no\u0007\u2028!', warnings: told })));
    expect(response.warnings).toHaveLength(16);
    expect(response.warnings.every((says) => says.length <= 256 && /^[^\p{Cc}]*$/u.test(says))).toBe(true);
    expect(response.status.message).toBe('no !');
  });
});

test('globs', () => {
  expect(globMatches('a*c', 'abbc')).toBe(true);
  expect(globMatches('*', '')).toBe(true);
  expect(globMatches('a?c', 'abc')).toBe(true);
  expect(globMatches('a.c', 'abc')).toBe(false);
  expect(globMatches('registry.example/*', 'registry.example.evil/x')).toBe(false);
  // Would take years with backtracking.
  expect(globMatches(`${'*a'.repeat(50)}b`, 'a'.repeat(400))).toBe(false);
});
