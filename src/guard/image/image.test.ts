import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ImageRegistry, pushTinyImage, startRegistry, withoutRegistry } from '../../testing/image-registry.ts';
import { judge } from '../gate/judge.ts';
import { DEFAULT_LIMIT } from '../gate/limit.ts';
import { createHttp } from '../http/create.ts';
import type { GuardContext, PartResult } from '../part.ts';
import { anonymous } from '../registry/credentials.ts';
import { OCI_INDEX, OCI_MANIFEST, sha256Of } from '../registry/oci-manifest.ts';
import { openRepository } from '../registry/open.ts';
import { parseImageReference } from '../registry/reference.ts';
import type { Repository } from '../registry/registry.ts';
import { inspectSignatures } from '../signature/inspect.ts';
import { readVerdict } from '../signature/read-verdict.ts';
import { type ImageFacts, lookAtImage } from './image.ts';
import { IMAGE_RULES } from './rules.ts';
import { imageSettings } from './settings.ts';
import { policyOf } from './verdict.ts';

/** An hour after the samples of Trivy and Grype were made. */
const NOW = new Date('2026-11-20T12:00:00Z');
const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const other = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
const PUBLIC = publicKey.export({ type: 'spki', format: 'pem' }).toString();

let registry: ImageRegistry;
let cwd: string;
let images = 0;
const http = createHttp();

const context = (now = NOW): GuardContext => ({
  http,
  cwd,
  cacheDir: cwd,
  now: () => now,
  offline: false,
  progress: () => undefined,
  env: { HOME: cwd },
});

interface Built {
  readonly ref: string;
  readonly digest: string;
  readonly repository: Repository;
  /** Runs with the sample reports made out to this image. */
  run(settings?: Record<string, unknown>, now?: Date): Promise<PartResult<ImageFacts>>;
}

/** A fresh image in a repository of its own. */
async function build(): Promise<Built> {
  const ref = `${registry.host}/shop/api-${images++}:v1`;
  const repository = openRepository(http, parseImageReference(ref), anonymous);
  const digest = await pushTinyImage(repository, 'v1', ref);
  await pushTinyImage(repository, 'latest', `${ref} latest`);
  return { ref, digest, repository, run: (settings, now) => run({ ref, ...settings }, now) };
}

/** What was asked besides the image's own settings. */
const ASKED = { command: 'guard image', asked: null };

/** As `hemostat guard image` does it: look, judge, sign. */
async function run(
  settings: Record<string, unknown>,
  now?: Date,
  around = context(now),
): Promise<PartResult<ImageFacts>> {
  const look = await lookAtImage(imageSettings.parse(settings), around);
  const limits = { deps: DEFAULT_LIMIT, image: DEFAULT_LIMIT, config: DEFAULT_LIMIT, surface: DEFAULT_LIMIT };
  const policy = { failOn: { limits, review: 'high' as const }, exceptions: [], baseline: null };
  const { outcome } = judge(
    { command: 'guard image', results: [look.result], skipped: [], notes: [] },
    policy,
    around.now(),
  );
  return look.conclude({ ...ASKED, outcome, partial: null });
}

/** A sample report about a digest, as a file below cwd. */
function report(name: string, digest: string, edit: (text: string) => string = (text) => text): string {
  const text = readFileSync(join(import.meta.dirname, 'scans/testdata', name), 'utf8');
  const file = `${images}-${name}`;
  writeFileSync(join(cwd, file), edit(text.replaceAll('@DIGEST@', digest).replaceAll('@CONFIG@', 'none')));
  return file;
}

/** What Trivy writes where it finds nothing. */
function cleanReport(digest: string): string {
  return report('trivy.json', digest, (text) => {
    const { Results: _, ...rest } = JSON.parse(text);
    return JSON.stringify(rest);
  });
}

/** What admission would read of the image. */
async function signedBy({ repository, digest }: Built, uri: string, now = NOW): Promise<string> {
  const found = await repository.manifest(digest);
  if (found === null) throw new Error('gone');
  const trust = { keys: [{ name: 'gate', pem: PUBLIC }], identities: [], trustedRoot: null, requireLog: null };
  return readVerdict(await inspectSignatures(repository, found, trust, now), { uri, maxAgeMs: null, now }).result;
}

const ruleIds = (result: PartResult): string[] => result.findings.map(({ rule, verdict }) => `${rule} ${verdict}`);

/** A signature as cosign 2 writes it, under the tag `sha256-….sig`. */
async function signImage({ repository, digest }: Built): Promise<void> {
  const payload = Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': `${repository.registry}/${repository.repository}` },
        image: { 'docker-manifest-digest': digest },
        type: 'cosign container image signature',
      },
      optional: null,
    }),
  );
  const layer = await repository.putBlob(payload, 'application/vnd.dev.cosign.simplesigning.v1+json');
  const config = await repository.putBlob(Buffer.from('{}'), 'application/vnd.oci.image.config.v1+json');
  const annotations = { 'dev.cosignproject.cosign/signature': sign('sha256', payload, privateKey).toString('base64') };
  const manifest = { schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers: [{ ...layer, annotations }] };
  await repository.putManifest(`${digest.replace(':', '-')}.sig`, Buffer.from(JSON.stringify(manifest)), OCI_MANIFEST);
}

describe.skipIf(withoutRegistry() !== null)('guardImage', () => {
  beforeAll(async () => {
    registry = await startRegistry();
    cwd = mkdtempSync(join(tmpdir(), 'hemostat-image-'));
    writeFileSync(join(cwd, 'gate.key'), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(join(cwd, 'cosign.pub'), PUBLIC);
    writeFileSync(join(cwd, 'other.pub'), other.export({ type: 'spki', format: 'pem' }));
  });
  afterAll(async () => {
    http.close();
    await registry?.stop();
    if (cwd !== undefined) rmSync(cwd, { recursive: true, force: true });
  });

  it('tags a refused digest for quarantine and moves nothing', async () => {
    const image = await build();
    const latest = await image.repository.digestOf('latest');
    const reports = [report('trivy.json', image.digest)];
    const dry = await image.run({ reports, 'dry-run': true });
    expect(dry.facts.quarantine).toEqual({ tag: 'quarantine-default', written: false });
    expect(await image.repository.digestOf('quarantine-default')).toBeNull();

    const result = await image.run({ reports });
    expect(ruleIds(result)).toEqual([
      'image-vulnerability confirmed',
      'image-vulnerability confirmed',
      'image-quarantined confirmed',
    ]);
    expect(result.findings[0]).toMatchObject({
      severity: 'critical',
      title: expect.stringContaining('1.0-r1 has the fix'),
    });
    expect(result.tally).toEqual([
      { name: 'refused', count: 2 },
      { name: 'excepted', count: 0 },
      { name: 'allowed', count: 3 },
    ]);
    expect(result.subject).toBe(`${image.ref.replace(':v1', '')}@${image.digest}`);
    expect(await image.repository.digestOf('quarantine-default')).toBe(image.digest);
    expect(await image.repository.digestOf('latest')).toBe(latest);
    expect(await image.repository.digestOf('v1')).toBe(image.digest);
    expect((await image.run({ reports })).facts.quarantine).toEqual({ tag: 'quarantine-default', written: false });

    const second = await pushTinyImage(image.repository, 'v2', 'another');
    const next = await image.run({ ref: image.ref.replace(':v1', ':v2'), reports: [report('trivy.json', second)] });
    expect(next.facts.quarantine?.tag).toBe(`quarantine-default-${second.slice(7, 19)}`);
    expect(await image.repository.digestOf('quarantine-default')).toBe(image.digest);
    expect((await image.repository.tags()).toSorted()).toEqual(
      ['latest', 'quarantine-default', next.facts.quarantine?.tag, 'v1', 'v2'].toSorted(),
    );
  });

  it('passes a clean report about this digest, and nothing else', async () => {
    const image = await build();
    const clean = await image.run({ reports: [cleanReport(image.digest)], require: ['trivy'] });
    expect([ruleIds(clean), clean.failures]).toEqual([[], []]);
    expect(clean.notes.join('\n')).toMatch(
      /is sha256:.* now[\s\S]*Signatures were not looked at[\s\S]*No verdict was signed/,
    );

    expect(ruleIds(await image.run())).toEqual(['image-report-missing confirmed']);
    const elsewhere = await image.run({ reports: [cleanReport(`sha256:${'0'.repeat(64)}`)], require: ['grype'] });
    expect(ruleIds(elsewhere).toSorted()).toEqual([
      'image-report-mismatch confirmed',
      'image-report-missing confirmed',
      'image-report-missing confirmed',
    ]);
  });

  it.each([
    ['2026-12-24T00:00:00Z', /h ago, and 72 h are allowed/],
    ['2026-11-20T09:00:00Z', /which is in the future/],
  ])('takes no report that was made too long before or after %s', async (now, why) => {
    const image = await build();
    const stale = await image.run({ reports: [cleanReport(image.digest)] }, new Date(now));
    expect(ruleIds(stale).toSorted()).toEqual(['image-report-missing confirmed', 'image-report-stale confirmed']);
    expect(stale.findings.map(({ title }) => title).join('\n')).toMatch(why);
  });

  it('knows an image by its layers where an archive of it has another configuration', async () => {
    const image = await build();
    const manifest = await image.repository.manifest(image.digest);
    const config = manifest?.manifest.config ?? null;
    if (config === null) throw new Error('no configuration');
    const { diff_ids: layers } = JSON.parse((await image.repository.blob(config, 1 << 20)).toString('utf8')).rootfs;
    const scan = (diffIds: readonly string[]): string =>
      report('trivy.json', image.digest, (text) => {
        const { Results: _, ...rest } = JSON.parse(text);
        return JSON.stringify({ ...rest, Metadata: { ImageID: `sha256:${'0'.repeat(64)}`, DiffIDs: diffIds } });
      });
    expect(ruleIds(await image.run({ reports: [scan(layers)] }))).toEqual([]);
    const refused = ['image-report-mismatch confirmed', 'image-report-missing confirmed'];
    expect(ruleIds(await image.run({ reports: [scan([...layers, ...layers])] })).sort()).toEqual(refused);
    expect(ruleIds(await image.run({ reports: [scan([])] })).sort()).toEqual(refused);

    // What osv-scanner found counts; it says no time, and is no current scan.
    const osv = join(cwd, `${images}-osv.json`);
    writeFileSync(osv, JSON.stringify({ results: [], image_metadata: { layer_metadata: [{ diff_id: layers[0] }] } }));
    const seen = await image.run({ reports: [osv] });
    expect(ruleIds(seen)).toEqual(['image-report-missing confirmed']);
    expect(seen.notes.join('\n')).toMatch(/is about the layers of this image and never says when it was made/);
    // Of another image it is refused.
    writeFileSync(osv, readFileSync(join(import.meta.dirname, 'scans/testdata/real/osv-image.json')));
    expect(ruleIds(await image.run({ reports: [osv] })).sort()).toEqual(refused);
  });

  it('takes no scan of today with a database of last year', async () => {
    const image = await build();
    const aged = (built: string) =>
      report('grype.json', image.digest, (text) => text.replace('2026-11-20T01:00:00Z', built));
    const stale = await image.run({ reports: [aged('2025-11-20T01:00:00Z')] });
    expect(stale.findings.map(({ title }) => title).join('\n')).toMatch(
      /database that was made at 2025-11-20.* 720 h are allowed/,
    );
    expect(ruleIds(await image.run({ reports: [aged('2026-11-10T01:00:00Z')] }))).not.toContain(
      'image-report-stale confirmed',
    );
  });

  it('takes no scan of an image that does not say when it was made', async () => {
    const image = await build();
    const result = await image.run({ reports: [report('trivy.sarif.json', image.digest)] });
    expect(ruleIds(result)).toContain('image-report-stale confirmed');
    // What it found counts nevertheless.
    expect(ruleIds(result)).toContain('image-vulnerability confirmed');
  });

  it('counts what govulncheck shows not to be called as low, and what it shows to be called', async () => {
    const image = await build();
    const now = new Date('2026-11-20T12:00:00Z');
    const fresh = (text: string): string => text.replace('2026-01-01T00:00:00Z', '2026-11-19T00:00:00Z');
    const reports = [report('trivy.json', image.digest), report('govulncheck.json', image.digest, fresh)];
    const result = await image.run({ reports }, now);
    const decisions = Object.fromEntries(result.facts.vulnerabilities.map(({ id, decision }) => [id, decision]));
    expect(decisions).toMatchObject({
      'CVE-2099-0002': 'allowed',
      'CVE-2099-0001': 'allowed',
      'CVE-2099-1000': 'refused',
    });
    const strict = await image.run({ reports, policy: { unreachable: 'same', refuse: { medium: 'always' } } }, now);
    expect(strict.tally[0]).toEqual({ name: 'refused', count: 4 });
    expect(strict.findings.map(({ title }) => title).join('\n')).toContain(
      'is refused by the policy: its code is called; ',
    );

    const alone = await image.run({ reports: [report('govulncheck.json', image.digest, fresh)] }, now);
    expect(ruleIds(alone).toSorted()).toEqual([
      'image-quarantined confirmed',
      'image-report-missing confirmed',
      'image-vulnerability confirmed',
    ]);
    expect(alone.notes.join('\n')).toContain('names no image');
  });

  it('lets exceptions count until their day, and says when they ran out', async () => {
    const image = await build();
    const reports = [report('trivy.json', image.digest)];
    const exceptions = [
      { id: 'cve-2099-1000', reason: 'the parser is not used', until: '2026-11-20' },
      { id: 'CVE-2099-0002', package: 'example.com/vulnerable', reason: 'not called', until: '2027-01-01' },
    ];
    const result = await image.run({ reports, policy: { exceptions } });
    expect([ruleIds(result), result.facts.quarantine]).toEqual([
      ['image-vulnerability cleared', 'image-vulnerability cleared'],
      null,
    ]);
    const later = await image.run(
      { reports, policy: { exceptions }, 'max-report-age-hours': 100 },
      new Date('2026-11-21T00:00:00Z'),
    );
    expect(ruleIds(later)).toEqual([
      'image-vulnerability confirmed',
      'image-exception-expired confirmed',
      'image-quarantined confirmed',
      'image-vulnerability cleared',
    ]);
    expect(() =>
      imageSettings.parse({ policy: { exceptions: [{ id: 'x', reason: ' ', until: '2027-01-01' }] } }),
    ).toThrow(/say why/);
  });

  it('says that a tag was moved, and looks at the digest that was named', async () => {
    const image = await build();
    const ref = `${image.ref}@${image.digest}`;
    const reports = [cleanReport(image.digest)];
    expect(ruleIds(await image.run({ ref, reports }))).toEqual([]);
    const moved = await pushTinyImage(image.repository, 'v1', 'something else');
    const result = await image.run({ ref, reports });
    expect(ruleIds(result)).toEqual(['image-tag-moved confirmed']);
    expect(result.findings[0]?.title).toContain(`points to ${moved} now`);
    expect(result.facts.digest).toBe(image.digest);
  });

  it('wants every platform of an index scanned', async () => {
    const { repository, digest: amd64, run: runIt } = await build();
    const arm64 = await pushTinyImage(repository, 'arm', 'for arm');
    const entry = async (digest: string, os: string, architecture: string) => {
      const size = (await repository.manifest(digest))?.bytes.length ?? 0;
      return { mediaType: OCI_MANIFEST, digest, size, platform: { os, architecture } };
    };
    const attestation = await entry(amd64, 'unknown', 'unknown');
    const manifests = [await entry(amd64, 'linux', 'amd64'), await entry(arm64, 'linux', 'arm64'), attestation];
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
    await repository.putManifest('multi', index, OCI_INDEX);
    const ref = `${repository.registry}/${repository.repository}:multi`;
    const one = await runIt({ ref, reports: [cleanReport(amd64)] });
    expect(one.findings.map(({ title }) => title)).toEqual([expect.stringContaining(`linux/arm64 (${arm64})`)]);
    images++;
    const both = [cleanReport(amd64)];
    images++;
    both.push(cleanReport(arm64));
    expect(ruleIds(await runIt({ ref, reports: both }))).toEqual([]);
    images++;
    // A report that names the index alone looked at one of them, and does not say which.
    expect((await runIt({ ref, reports: [cleanReport(sha256Of(index))] })).findings.length).toBe(2);
  });

  it('reads signatures as admission will', async () => {
    const image = await build();
    const reports = [cleanReport(image.digest)];
    const keys = ['cosign.pub'];
    expect(ruleIds(await image.run({ reports, signature: { keys } }))).toEqual(['image-unsigned confirmed']);
    await signImage(image);
    const fine = await image.run({ reports, signature: { keys, forms: ['sig-tag'] } });
    expect([ruleIds(fine), fine.facts.signatures?.readableIn]).toEqual([[], ['sig-tag']]);
    const unreadable = await image.run({ reports, signature: { keys, forms: ['sig-tag', 'bundle-referrer'] } });
    expect(ruleIds(unreadable)).toEqual(['image-signature-unreadable-by-admission confirmed']);
    expect(unreadable.findings[0]?.title).toMatch(
      /reads bundle-referrer, and .* has a valid signature only in sig-tag\.$/,
    );
    // A bundle would hide the .sig tag from cosign 3.
    const both = await image.run({ reports, verdict: { key: 'gate.key' } });
    expect(both.facts.verdict?.forms).toEqual([expect.objectContaining({ form: 'att-tag' })]);
    const told = { key: 'gate.key', forms: ['bundle-fallback-tag'] };
    const asked = await image.run({ reports, verdict: told });
    expect(asked.facts.verdict?.forms).toEqual([expect.objectContaining({ form: 'bundle-fallback-tag' })]);
    const wrong = await image.run({ reports, signature: { keys: ['other.pub'] } });
    expect(ruleIds(wrong)[0]).toMatch(/^image-signature-invalid/);
    await expect(image.run({ reports, signature: { keys: ['none.pub'] } })).rejects.toThrow(/none.pub cannot be read/);
  });

  it('signs what it says of the image: passed, and refused after it', async () => {
    const image = await build();
    const settings = { verdict: { key: 'gate.key' }, reports: [cleanReport(image.digest)] };
    const passed = await image.run(settings);
    expect(passed.facts.verdict).toMatchObject({
      passed: true,
      forms: [{ form: 'bundle-fallback-tag', written: true }],
    });
    const says = (at: Date): Promise<string> => {
      const { uri } = policyOf(imageSettings.parse({ ref: image.ref, ...settings }), ASKED);
      return signedBy(image, uri, at);
    };
    expect(await says(NOW)).toBe('passed');
    const again = await image.run(settings);
    expect(again.facts.verdict?.forms).toEqual([expect.objectContaining({ written: false })]);

    images++;
    const later = new Date(NOW.getTime() + 60_000);
    const refused = await image.run({ ...settings, reports: [report('trivy.json', image.digest)] }, later);
    expect(refused.facts.verdict?.passed).toBe(false);
    expect(await says(later)).toBe('failed');
  });

  it('keeps what it found where the registry takes no tag and no verdict, and signs nothing it does not know', async () => {
    const image = await build();
    const reports = [report('trivy.json', image.digest)];
    const readOnly: GuardContext = {
      ...context(),
      http: {
        send: async (url, request) => {
          const answer = await http.send(url, request);
          return request.method === 'PUT' ? { ...answer, status: 405, body: Buffer.alloc(0) } : answer;
        },
        close: () => undefined,
      },
    };
    const result = await run({ ref: image.ref, reports, verdict: { key: 'gate.key' } }, NOW, readOnly);
    expect(ruleIds(result)).toEqual(['image-vulnerability confirmed', 'image-vulnerability confirmed']);
    // It is refused whatever else could not be written, so that FAILED would have been true.
    expect(result.failures).toEqual([
      expect.stringMatching(/^writing .*:quarantine-default failed: .* answered 405$/),
      expect.stringMatching(/ answered 405$/),
    ]);
    expect(result.facts.verdict).toBeNull();
    const clean = { ref: image.ref, reports: [cleanReport(image.digest)], verdict: { key: 'gate.key' } };
    const look = await lookAtImage(imageSettings.parse(clean), context());
    for (const [outcome, partial, why] of [
      ['unknown', null, 'something could not be read or written'],
      ['passed', "the verdict is the gate's, and deps did not run", "the verdict is the gate's, and deps did not run"],
    ] as const) {
      const concluded = await look.conclude({ command: 'gate', asked: null, outcome, partial });
      expect(concluded.notes).toContain(`No verdict was signed: ${why}.`);
      expect(concluded.facts.verdict).toBeNull();
    }
    expect(await signedBy(image, 'urn:hemostat:gate:default')).toBe('missing');
    await look.conclude({ command: 'gate', asked: null, outcome: 'blocked', partial: null });
    expect(await signedBy(image, 'urn:hemostat:gate:default')).toBe('failed');
    expect(await signedBy(image, 'urn:hemostat:guard-image:default')).toBe('missing');
  });

  it('signs no verdict with a key that signs images, and asks nobody before it says so', async () => {
    const before = await build();
    const settings = { signature: { keys: ['other.pub', 'cosign.pub'] }, verdict: { key: 'gate.key' } };
    await expect(run({ ref: 'unreachable.invalid/a:v1', ...settings })).rejects.toThrow(
      /gate\.key .* is also trusted for signatures of images .*; sign verdicts with a key of their own/,
    );
    await expect(
      before.run({ signature: { keys: ['other.pub'] }, verdict: { key: 'gate.key' } }),
    ).resolves.toBeDefined();
  });

  it('knows the end of a key', async () => {
    const image = await build();
    await signImage(image);
    const reports = [cleanReport(image.digest)];
    const until = (day: string) =>
      image.run({ reports, signature: { keys: [{ file: 'cosign.pub', 'not-after': day }] } });
    expect(ruleIds(await until('2026-11-21'))).toEqual([]);
    expect(ruleIds(await until('2026-11-20'))[0]).toMatch(/^image-signature-invalid/);
  });

  it('claims no signature to be missing in a form that could not be read', async () => {
    const image = await build();
    await signImage(image);
    const settings = { ref: image.ref, reports: [cleanReport(image.digest)] };
    const broken: GuardContext = {
      ...context(),
      http: {
        send: async (url, request) => {
          const answer = await http.send(url, request);
          return /sha256-[0-9a-f]{64}$/.test(url) ? { ...answer, status: 403, body: Buffer.alloc(0) } : answer;
        },
        close: () => undefined,
      },
    };
    const signature = { keys: ['cosign.pub'], forms: ['sig-tag', 'bundle-fallback-tag'] };
    const result = await run({ ...settings, signature }, NOW, broken);
    expect(ruleIds(result)).toEqual([]);
    expect(result.failures.join()).toMatch(/403/);
  });

  it('fails in one sentence on what cannot be read', async () => {
    const image = await build();
    await expect(image.run({ ref: `${registry.host}/no/such:v1` })).rejects.toThrow(
      /is not in the registry: push it first/,
    );
    await expect(image.run({ reports: ['none.json'] })).rejects.toThrow(/none.json cannot be read/);
    await expect(run({})).rejects.toThrow(/no image was named/);
    writeFileSync(join(cwd, 'broken.json'), '{"SchemaVersion": 2, "Results": [');
    await expect(image.run({ reports: ['broken.json'] })).rejects.toThrow(/broken.json is no JSON, or not whole/);
  });
});

it('has rules of one family', () => {
  expect(IMAGE_RULES.every(({ id }) => id.startsWith('image-'))).toBe(true);
  expect(new Set(IMAGE_RULES.map(({ id }) => id)).size).toBe(IMAGE_RULES.length);
});
