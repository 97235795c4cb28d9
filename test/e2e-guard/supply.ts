/**
 * The supply chain that is attacked: the service built by Go, made an image by umoci, pushed by skopeo, signed by cosign. Key pairs
 * are cosign's, made then and there.
 */
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { progress, ROOT, tool, type Work } from './env.ts';

const SERVICE = join(ROOT, 'test/e2e-guard/service');
export const REPOSITORY = 'shop/stock';

/** What tells images apart: all have the same program, and a label. */
export interface Pushed {
  /** `127.0.0.1:port/shop/stock` */
  readonly name: string;
  readonly digest: string;
  /** By digest. */
  readonly ref: string;
}

/** `sig-tag`: what cosign 2 wrote; `bundle`: cosign 3's own, in the referrers API or, where there is none, under the fallback tag. */
export type Format = 'sig-tag' | 'bundle';
export type Key = 'release' | 'gate' | 'stranger';

export interface Supply {
  readonly work: Work;
  /** Programs with their versions. */
  readonly parts: readonly string[];
  /** Pushes an image to the tag; the same label is the same image. */
  push(host: string, tag: string, label: string): Promise<Pushed>;
  sign(image: Pushed, key: Key, format: Format): Promise<void>;
  /** Path of `KEY.key` and `KEY.pub`. */
  keyFile(key: Key, half: 'key' | 'pub'): string;
  /** `cosign verify --key`, with its exit code and what it says. */
  cosignVerify(image: Pushed, key: Key, how?: 'verify' | 'verdict'): Promise<{ exit: number; said: string }>;
}

const VSA = 'https://slsa.dev/verification_summary/v1';

/** @throws where a tool is not installed, or the service cannot be built */
export async function openSupply(work: Work): Promise<Supply> {
  const cosign = tool('cosign');
  const layout = join(work.dir, 'image');
  const labels = new Set<string>();
  progress('building the service with go, and an image of it with umoci');
  // The person's build cache: compiling the standard library again takes a minute.
  const home = { HOME: process.env.HOME ?? work.dir, CGO_ENABLED: '0', GOFLAGS: '', GOPROXY: 'off' };
  const binary = join(work.dir, 'stock');
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', '-s -w -buildid='];
  await work.must('go', ['build', ...flags, '-o', binary, '.'], { cwd: SERVICE, env: home });
  await work.must('umoci', ['init', '--layout', layout]);
  await work.must('umoci', ['new', '--image', `${layout}:base`]);
  await work.must('umoci', ['insert', '--rootless', '--image', `${layout}:base`, binary, '/stock']);
  const config = ['--config.entrypoint', '/stock', '--config.user', '65532', '--config.exposedports', '8080/tcp'];
  await work.must('umoci', ['config', '--image', `${layout}:base`, ...config]);
  for (const key of ['release', 'gate', 'stranger'])
    await work.must(cosign, ['generate-key-pair', '--output-key-prefix', key]);

  const keyFile: Supply['keyFile'] = (key, half) => join(work.dir, `${key}.${half}`);
  return {
    work,
    parts: await versions(work, cosign),
    keyFile,
    async push(host, tag, label) {
      if (!labels.has(label)) {
        const args = ['config', '--image', `${layout}:base`, '--tag', label, '--config.label', `case=${label}`];
        await work.must('umoci', args);
        labels.add(label);
      }
      const file = join(work.dir, 'digest');
      const name = `${host}/${REPOSITORY}`;
      const to = ['--dest-tls-verify=false', '--digestfile', file, `oci:${layout}:${label}`, `docker://${name}:${tag}`];
      await work.must('skopeo', ['copy', '--quiet', ...to]);
      const digest = readFileSync(file, 'utf8').trim();
      return { name, digest, ref: `${name}@${digest}` };
    },
    async sign(image, key, format) {
      await work.must(cosign, [
        'sign',
        '--key',
        keyFile(key, 'key'),
        '--tlog-upload=false',
        '--use-signing-config=false',
        '--allow-http-registry',
        `--new-bundle-format=${format === 'bundle'}`,
        '--yes',
        image.ref,
      ]);
    },
    async cosignVerify(image, key, how = 'verify') {
      const trust = ['--key', keyFile(key, 'pub'), '--insecure-ignore-tlog', '--allow-http-registry'];
      const what = how === 'verify' ? ['verify'] : ['verify-attestation', '--type', VSA];
      const { exit, stderr } = await work.run(cosign, [...what, ...trust, image.ref]);
      const said = stderr.split('\n').filter((line) => line !== '' && !line.startsWith('WARNING'));
      return { exit, said: (said.find((line) => line.startsWith('Error')) ?? said[0] ?? '').trim() };
    },
  };
}

async function versions(work: Work, cosign: string): Promise<string[]> {
  const first = async (program: string, args: readonly string[], pattern: RegExp): Promise<string> => {
    const { stdout, stderr } = await work.run(program, args);
    return pattern.exec(`${stdout}\n${stderr}`)?.[1] ?? 'of an unknown version';
  };
  return [
    `cosign ${await first(cosign, ['version'], /GitVersion:\s+(\S+)/)}`,
    `skopeo ${await first('skopeo', ['--version'], /version (\S+)/)}`,
    `umoci ${await first('umoci', ['--version'], /version (\S+)/)}`,
  ];
}

export interface Vulnerable {
  readonly id: string;
  readonly severity: 'CRITICAL' | 'HIGH' | 'MEDIUM';
  readonly title: string;
  readonly package: string;
  readonly installed: string;
  readonly fixed: string;
}

/** A real one, which an old toolchain would have left in the program. */
export const CRITICAL: Vulnerable = {
  id: 'CVE-2024-24790',
  severity: 'CRITICAL',
  title: 'golang: net/netip: Unexpected behavior from Is methods for IPv4-mapped IPv6 addresses',
  package: 'stdlib',
  installed: 'v1.22.3',
  fixed: '1.21.11, 1.22.4',
};

/**
 * Writes a report in the shape that Trivy publishes (SchemaVersion 2, pkg/types/report.go) about exactly this digest. No scanner ran:
 * none has its vulnerability data on loopback. What is tried here is what is done with a report.
 */
export function writeTrivyReport(file: string, image: Pushed, found: readonly Vulnerable[], at = new Date()): void {
  const report = {
    SchemaVersion: 2,
    CreatedAt: at.toISOString(),
    ArtifactName: image.ref,
    ArtifactType: 'container_image',
    Metadata: { RepoTags: [], RepoDigests: [image.ref] },
    Results: [
      {
        Target: 'stock',
        Class: 'lang-pkgs',
        Type: 'gobinary',
        Vulnerabilities: found.map(({ id, severity, title, package: name, installed, fixed }) => ({
          VulnerabilityID: id,
          PkgName: name,
          InstalledVersion: installed,
          FixedVersion: fixed,
          Severity: severity,
          Title: title,
          PrimaryURL: `https://avd.aquasec.com/nvd/${id.toLowerCase()}`,
        })),
      },
    ],
  };
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}

/** What a change replaces, by file: of text that is there. */
export type Edits = Readonly<Record<string, readonly (readonly [from: string, to: string])[]>>;

/**
 * The service's repository as the pipeline has it checked out: the digest written into its manifests, and the gate's configuration.
 * @param edits to files that are there; a file that is not there is made of the second halves
 */
export function checkOut(supply: Supply, name: string, image: Pushed, edits: Edits = {}): string {
  const dir = join(supply.work.dir, name);
  rmSync(dir, { recursive: true, force: true });
  cpSync(SERVICE, dir, { recursive: true });
  for (const key of ['release', 'gate'] as const) cpSync(supply.keyFile(key, 'pub'), join(dir, `${key}.pub`));
  change(join(dir, 'deploy/stock.yaml'), [['image: IMAGE', `image: ${image.ref}`]]);
  writeTrivyReport(join(dir, 'trivy.json'), image, []);
  for (const [file, changes] of Object.entries(edits)) change(join(dir, file), changes);
  return dir;
}

function change(path: string, changes: Edits[string]): void {
  let text = readIfThere(path);
  for (const [from, to] of changes) {
    if (!text.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)} to change`);
    text = text.replace(from, to);
  }
  writeFileSync(path, text);
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (z.object({ code: z.literal('ENOENT') }).safeParse(error).success) return '';
    throw error;
  }
}
