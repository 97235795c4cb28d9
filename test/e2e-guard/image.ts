/** Images and their signatures: `hemostat guard image` against real registries and real cosign. */
import { z } from 'zod';
import { type ImageRegistry, startRegistry } from '../../src/testing/image-registry.ts';
import type { Case, Stage } from './case.ts';
import { blocking, firstSaid, progress, type Ran, reportOf } from './env.ts';
import { CRITICAL, checkOut, type Format, type Pushed, REPOSITORY, type Supply, writeTrivyReport } from './supply.ts';

const HOUR_MS = 3_600_000;
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

export interface Lab {
  readonly supply: Supply;
  readonly registry: ImageRegistry;
}

/** What an attacker who may push does to an image between its signing and its gate. */
interface Attack {
  readonly name: string;
  readonly label: string;
  readonly says: RegExp;
  readonly signed?: { readonly key: 'release' | 'stranger'; readonly format: Format };
  /** The rule that has to stop it; another one would be luck. */
  readonly rule: string;
  /** Answers the reference that is then gated, if not the image's tag. */
  readonly tamper?: (image: Pushed, lab: Lab) => Promise<string | undefined>;
  /** A report with its age, where not a fresh and empty one. */
  readonly report?: (file: string, image: Pushed) => void;
  /** What cosign says of the very same image, before the gate looks. */
  readonly cosign?: boolean;
}

const SIGNED = { key: 'release', format: 'sig-tag' } as const;

const ATTACKS: readonly Attack[] = [
  {
    name: 'unsigned image',
    label: 'unsigned',
    says: /shop\/stock has no signature in any form that is known/,
    rule: 'image-unsigned',
    cosign: true,
  },
  {
    name: 'image signed by another key',
    label: 'stranger',
    signed: { key: 'stranger', format: 'sig-tag' },
    says: /only signature of .*shop\/stock does not hold: .*\.sig tag was not made by a trusted key \(release\.pub\)/,
    rule: 'image-signature-invalid',
    cosign: true,
  },
  {
    name: 'invalid signature: one byte of it changed',
    label: 'changed',
    signed: SIGNED,
    says: /only signature of .*shop\/stock does not hold: .*\.sig tag .*release\.pub/,
    rule: 'image-signature-invalid',
    tamper: (image, lab) => changeSignature(image, lab),
    cosign: true,
  },
  {
    name: "another image's signature put beside it",
    label: 'copied',
    says: /about sha256:[0-9a-f]{64}, not about sha256:/,
    rule: 'image-signature-invalid',
    tamper: (image, lab) => copySignature(image, lab),
    cosign: true,
  },
  {
    name: 'tag moved after signing',
    label: 'moved',
    signed: SIGNED,
    says: /The tag moved points to sha256:[0-9a-f]{64} now, not to sha256:/,
    rule: 'image-tag-moved',
    tamper: async (image, { supply, registry }) => {
      await supply.push(registry.host, 'moved', 'moved-to');
      return `${image.name}:moved@${image.digest}`;
    },
  },
  {
    name: 'signature only in a form that admission does not read',
    label: 'unread',
    signed: { key: 'release', format: 'bundle' },
    says: /reads sig-tag, and .*shop\/stock has a valid signature only in bundle-fallback-tag/,
    rule: 'image-signature-unreadable-by-admission',
    cosign: true,
  },
  {
    name: 'scan report about another image',
    label: 'mismatch',
    signed: SIGNED,
    says: /trivy\.json \(trivy\) is not about this image/,
    rule: 'image-report-mismatch',
    report: (file, image) => writeTrivyReport(file, otherDigest(image), []),
  },
  {
    name: 'scan report of last week',
    label: 'stale',
    signed: SIGNED,
    says: /trivy\.json \(trivy\) was made at .*168 h ago, and 72 h are allowed/,
    rule: 'image-report-stale',
    report: (file, image) => writeTrivyReport(file, image, [], new Date(Date.now() - 168 * HOUR_MS)),
  },
];

export async function imageStage(supply: Supply): Promise<Stage> {
  progress('starting docker-registry and a registry with the referrers API');
  const registry = await startRegistry();
  const withApi = await startRegistry({ program: 'referrers-registry' });
  const lab = { supply, registry };
  const debian = await supply.work.run('docker-registry', ['--version']);
  return {
    name: 'images',
    parts: [
      ...supply.parts,
      `docker-registry ${/ (\d[\w.+~-]*)/.exec(debian.stdout)?.[1] ?? ''} (no referrers API)`,
      'a registry with the referrers API (go-containerregistry)',
      'scan reports in the shape that Trivy publishes, written by the test: no scanner ran',
    ],
    cases: [
      honest('built, pushed, signed by cosign, gated', lab, 'sig-tag'),
      honest('the same, signed as cosign 3 does', { supply, registry: withApi }, 'bundle'),
      ...ATTACKS.map((attack) => attackCase(attack, lab)),
      criticalFinding(lab),
    ],
    async close() {
      await Promise.all([registry.stop(), withApi.stop()]);
    },
  };
}

const gateArgs = (ref: string, forms: string): string[] => [
  ...['guard', 'image', ref, '--json', '--report', 'trivy.json', '--require', 'trivy', '--policy-name', 'release'],
  ...['--key', 'release.pub', '--forms', forms, '--sign-key', '../gate.key'],
];

function honest(name: string, lab: Lab, format: Format): Case {
  return {
    name,
    group: 'honest',
    exit: 0,
    says: /^passed: .*1 of 1 signatures valid/,
    run: async () => {
      const { supply, registry } = lab;
      const image = await supply.push(registry.host, 'v1', 'v1');
      await supply.sign(image, 'release', format);
      const cwd = checkOut(supply, 'honest', image);
      const form = format === 'sig-tag' ? 'sig-tag' : 'bundle-referrer';
      const ran = await supply.work.hemostat(gateArgs(`${image.name}:v1@${image.digest}`, form), { cwd });
      const wrong = subjectIs(ran, image);
      // cosign is the judge of what we wrote: the image's signature as it was, and our verdict under the gate's key.
      for (const [how, key] of [
        ['verify', 'release'],
        ['verdict', 'gate'],
      ] as const) {
        const seen = await supply.cosignVerify(image, key, how);
        if (seen.exit !== 0) wrong.push(`cosign (${how}) says: ${seen.said}`);
      }
      return { exit: ran.exit, said: firstSaid(ran), wrong };
    },
  };
}

function attackCase(attack: Attack, lab: Lab): Case {
  const { supply, registry } = lab;
  let heard = { exit: -1, said: 'was not asked' };
  return {
    name: attack.name,
    group: 'image',
    exit: 1,
    says: attack.says,
    ...(attack.cosign === true
      ? {
          peer: async () => ({ name: 'cosign verify', ...heard }),
        }
      : {}),
    run: async () => {
      const image = await supply.push(registry.host, attack.label, attack.label);
      if (attack.signed !== undefined) await supply.sign(image, attack.signed.key, attack.signed.format);
      const ref = (await attack.tamper?.(image, lab)) ?? `${image.name}:${attack.label}`;
      const cwd = checkOut(supply, attack.label, image);
      attack.report?.(`${cwd}/trivy.json`, image);
      if (attack.cosign === true) heard = await supply.cosignVerify(image, 'release');
      const ran = await supply.work.hemostat(gateArgs(ref, 'sig-tag'), { cwd });
      return { exit: ran.exit, said: sentenceOf(ran, attack.rule), wrong: await stopped(ran, image, attack.rule, lab) };
    },
  };
}

/** A report has several findings where several things are wrong (a stale report is also no current one). */
function sentenceOf(ran: Ran, rule: string): string {
  return blocking(reportOf(ran)).find((finding) => finding.rule === rule)?.title ?? firstSaid(ran);
}

async function stopped(ran: Ran, image: Pushed, rule: string, { supply }: Lab): Promise<string[]> {
  const wrong = subjectIs(ran, image);
  if (!blocking(reportOf(ran)).some((finding) => finding.rule === rule)) wrong.push(`${rule} does not block`);
  const notes = reportOf(ran)?.parts.flatMap((part) => part.notes) ?? [];
  if (!notes.some((note) => note.includes('The verdict FAILED'))) wrong.push('no FAILED verdict was signed');
  const verdict = await supply.cosignVerify(image, 'gate', 'verdict');
  if (verdict.exit !== 0) wrong.push(`cosign cannot read the verdict: ${verdict.said}`);
  return wrong;
}

function subjectIs(ran: Ran, image: Pushed): string[] {
  const subject = reportOf(ran)?.parts[0]?.subject;
  return subject === image.ref ? [] : [`the report is about ${subject ?? 'nothing'} and not about ${image.ref}`];
}

function criticalFinding(lab: Lab): Case {
  const { supply, registry } = lab;
  return {
    name: 'critical finding in the scan report',
    group: 'image',
    exit: 1,
    says: /CVE-2024-24790 \(critical\) in stdlib v1\.22\.3 is refused by the policy; .* has the fix\. The digest was given the tag quarantine-release; no other tag was moved/,
    run: async () => {
      const released = await supply.push(registry.host, 'latest', 'v1');
      const image = await supply.push(registry.host, 'critical', 'critical');
      await supply.sign(image, 'release', 'sig-tag');
      const before = await tagsOf(lab);
      const cwd = checkOut(supply, 'critical', image);
      writeTrivyReport(`${cwd}/trivy.json`, image, [CRITICAL]);
      const ran = await supply.work.hemostat(gateArgs(`${image.name}:critical`, 'sig-tag'), { cwd });
      const wrong = await stopped(ran, image, 'image-vulnerability', lab);
      const after = await tagsOf(lab);
      // skopeo is the judge of what became of the registry.
      const quarantined = after.get('quarantine-release');
      if (quarantined !== image.digest) wrong.push(`quarantine-release is ${quarantined ?? 'not there'}`);
      if (after.get('latest') !== released.digest) wrong.push('latest was moved');
      for (const [tag, digest] of before) {
        // The index of attestations grows by the verdict; that is its purpose.
        if (after.get(tag) !== digest && tag !== image.digest.replace(':', '-'))
          wrong.push(`the tag ${tag} was moved or removed`);
      }
      const set = reportOf(ran)?.findings.find(({ rule }) => rule === 'image-quarantined')?.title ?? '';
      return { exit: ran.exit, said: `${sentenceOf(ran, 'image-vulnerability')} ${set}`, wrong };
    },
  };
}

/** As skopeo sees them: tag to digest. */
async function tagsOf({ supply, registry }: Lab): Promise<Map<string, string>> {
  const name = `docker://${registry.host}/${REPOSITORY}`;
  const listed = await supply.work.must('skopeo', ['list-tags', '--tls-verify=false', name]);
  const { Tags: tags } = z.object({ Tags: z.array(z.string()) }).parse(JSON.parse(listed));
  const digests = new Map<string, string>();
  for (const tag of tags) digests.set(tag, (await manifestOf(registry, tag)).digest);
  return digests;
}

interface Manifest {
  readonly digest: string;
  readonly text: string;
}

async function manifestOf({ host }: ImageRegistry, reference: string): Promise<Manifest> {
  const accept = [MANIFEST, 'application/vnd.oci.image.index.v1+json'].join(', ');
  const response = await fetch(`http://${host}/v2/${REPOSITORY}/manifests/${reference}`, { headers: { accept } });
  if (!response.ok) throw new Error(`the registry answered ${response.status} for ${reference}`);
  return { digest: response.headers.get('docker-content-digest') ?? '', text: await response.text() };
}

async function putManifest({ host }: ImageRegistry, tag: string, body: string): Promise<void> {
  const url = `http://${host}/v2/${REPOSITORY}/manifests/${tag}`;
  const response = await fetch(url, { method: 'PUT', headers: { 'content-type': MANIFEST }, body });
  if (!response.ok) throw new Error(`the registry answered ${response.status} to a put of ${tag}`);
}

const signatureTag = ({ digest }: Pushed): string => `${digest.replace(':', '-')}.sig`;

/** Turns a byte of cosign's signature in the `.sig` tag. */
export async function changeSignature(image: Pushed, { registry }: Lab): Promise<undefined> {
  const { text } = await manifestOf(registry, signatureTag(image));
  const pattern = /("dev\.cosignproject\.cosign\/signature":")([^"]+)"/;
  const [, , signature = ''] = pattern.exec(text) ?? [];
  const bytes = Buffer.from(signature, 'base64');
  // In the middle of r: still a well-formed ECDSA signature (DER), of something else.
  bytes[10] = (bytes[10] ?? 0) ^ 0x55;
  await putManifest(registry, signatureTag(image), text.replace(pattern, `$1${bytes.toString('base64')}"`));
  return undefined;
}

/** Puts the signature of a released image under the name of this one. */
export async function copySignature(image: Pushed, { supply, registry }: Lab): Promise<undefined> {
  const other = await supply.push(registry.host, 'v1', 'v1');
  await supply.sign(other, 'release', 'sig-tag');
  await putManifest(registry, signatureTag(image), (await manifestOf(registry, signatureTag(other))).text);
  return undefined;
}

function otherDigest(image: Pushed): Pushed {
  const digest = `sha256:${'0'.repeat(64)}`;
  return { ...image, digest, ref: `${image.name}@${digest}` };
}
