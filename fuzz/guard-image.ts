/** Fuzz targets of what registries and scanners say: manifests, references, challenges, reports. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { mergeVulnerabilities } from '../src/guard/image/scans/merge.ts';
import { readScanReport } from '../src/guard/image/scans/read.ts';
import { parseChallenges } from '../src/guard/registry/challenge.ts';
import { OCI_INDEX, OCI_MANIFEST, readOciManifest } from '../src/guard/registry/oci-manifest.ts';
import { formatReference, parseImageReference } from '../src/guard/registry/reference.ts';
import { type FuzzTarget, refusing, textOf, utf8 } from './target.ts';

const GUARD = ['GuardEvidenceError', 'GuardUsageError'];
const MIB = 1024 * 1024;
const SAMPLES = join(import.meta.dirname, '../src/guard/image/scans/testdata');
const DIGEST = `sha256:${'ab'.repeat(32)}`;
const BLOB = { mediaType: 'application/octet-stream', digest: DIGEST, size: 3, annotations: { a: 'b' } };
const IMAGE = { schemaVersion: 2, mediaType: OCI_MANIFEST, config: BLOB, layers: [BLOB], subject: BLOB };
const INDEX = {
  schemaVersion: 2,
  mediaType: OCI_INDEX,
  manifests: [{ ...BLOB, artifactType: 'x/y', platform: { os: 'linux', architecture: 'arm', variant: 'v7' } }],
};

export const targets: readonly FuzzTarget[] = [
  {
    name: 'oci-manifest',
    seeds: () => [utf8(JSON.stringify(IMAGE)), utf8(JSON.stringify(INDEX))],
    run: (input) =>
      refusing(GUARD, () => {
        const read = readOciManifest(Buffer.from(input), '', 'a:b');
        if (read.kind === 'image' && read.manifests.length > 0) throw new Error('an image that lists images');
      }),
    // JSON and zod's copy of it: some hundred bytes for each `{}`.
    allowance: (size) => 16 * MIB + 2048 * size,
  },
  {
    name: 'image-reference',
    seeds: () => [utf8(`registry.example:5000/shop/api:v1@${DIGEST}`), utf8('alpine'), utf8('[::1]:5000/a__b/c-d.e:x')],
    run: (input) =>
      refusing(GUARD, () => {
        const read = parseImageReference(textOf(input));
        const whole = formatReference(read);
        if (formatReference(parseImageReference(whole)) !== whole) throw new Error(`${whole} is not read as itself`);
        // It becomes a URL: nothing may get from the name into its other parts.
        const url = new URL(`https://${read.registry}/v2/${read.repository}/manifests/${read.digest ?? read.tag}`);
        if (url.pathname !== `/v2/${read.repository}/manifests/${read.digest ?? read.tag}` || url.username !== '') {
          throw new Error(`${whole} becomes ${url.href}`);
        }
      }),
  },
  {
    name: 'auth-challenge',
    seeds: () => [
      utf8('Bearer realm="https://a/b",service="c, d",scope="repository:x:pull",error="e\\"f", Basic realm=x'),
    ],
    run: (input) => void parseChallenges(Buffer.from(input).toString('latin1')),
  },
  {
    name: 'scan-report',
    // Also those that real scanners wrote.
    seeds: () =>
      readdirSync(SAMPLES, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.json'))
        .map((name) => readFileSync(join(SAMPLES, name))),
    run: (input) =>
      refusing(GUARD, () => {
        const { vulnerabilities } = readScanReport(input, 'report.json');
        if (mergeVulnerabilities(vulnerabilities).length > vulnerabilities.length)
          throw new Error('more after joining');
      }),
    allowance: (size) => 16 * MIB + 2048 * size,
  },
];
